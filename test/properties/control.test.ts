/**
 * Random functions with branches and loops inside one another, under random stacks of transforms: they must agree with the same function
 * written out under the same stack, with JavaScript on plain numbers, and with its finite differences. FUZZ_SEED=7 looks at other functions.
 */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { Random } from "../fuzz/random.ts";
import { type Expr, onNumbers, randomExpr, read, structured, writtenOut } from "./control-programs.ts";
import { type Stored, stored } from "./control-seeds.ts";

const first = Number(process.env["FUZZ_SEED"] ?? 0) * 1_000_000;
const count = Number(process.env["FUZZ_COUNT"] ?? 60);
const point = new Float64Array([0.31, -0.72, 0.94]);
const v = new Float64Array([0.5, -0.25, 0.8]);
const w = new Float64Array([-0.3, 0.9, 0.4]);

type Fn = (x: Tensor) => Tensor;
const vector = (x: Float64Array): Tensor => cr.array(x) as unknown as Tensor;
const combine = (matrix: unknown): Tensor => cr.matmul(matrix as Tensor, vector(v));

/** Functions from vectors to vectors of the same; `library` is false for the functions that are written out. */
const transforms: Readonly<Record<string, (f: Fn, library: boolean) => Fn>> = {
  grad: (f) => (x) => cr.grad((u: Tensor) => cr.sum(f(u)))(x as never) as unknown as Tensor,
  jvp: (f) => (x) => cr.jvp(f, [x] as never, [v] as never)[1] as unknown as Tensor,
  vjp: (f) => (x) => cr.vjp(f, x as never)[1](w as never)[0] as unknown as Tensor,
  linearize: (f) => (x) => cr.linearize(f, x as never)[1](v as never) as unknown as Tensor,
  vmap: (f) => (x) => cr.mean(cr.vmap(f)(cr.stack([x, cr.mul(x, -0.5), cr.sin(x)]) as never) as unknown as Tensor, 0),
  "vmap along the last axis": (f) => (x) => cr.mean(cr.vmap(f, { inAxes: 1, outAxes: 1 })(cr.stack([cr.cos(x), x], 1) as never) as unknown as Tensor, 1),
  traceFn: (f) => (x) => cr.traceFn(f)(x as never) as unknown as Tensor,
  jacfwd: (f) => (x) => combine(cr.jacfwd(f)(x as never)),
  jacrev: (f) => (x) => combine(cr.jacrev(f)(x as never)),
  checkpoint: (f, library) => (x) => (library ? (cr.checkpoint(f)(x as never) as unknown as Tensor) : f(x)),
  loop: (f, library) => (x) => (library ? (cr.foriLoop(0, 2, (_i: Tensor, c: Tensor) => cr.tanh(f(c)), x as never) as unknown as Tensor) : cr.tanh(f(cr.tanh(f(x))))),
};

function stackOn(f: Fn, stack: readonly string[], library: boolean): Fn {
  return stack.reduce((g: Fn, name) => (transforms[name] as (f: Fn, library: boolean) => Fn)(g, library), f);
}

const run = (f: Fn): readonly number[] => [...(cr.traceFn(f)(point as never) as unknown as NDArray).data];

/** What is wrong with the expression under the stack; undefined where all is well. */
function failureOf({ expr, stack }: Stored): string | undefined {
  const library = run(stackOn((x) => read(structured, expr, [x, vector(w)]), stack, true));
  const written = run(stackOn((x) => read(writtenOut, expr, [x, vector(w)]), stack, false));
  const far = farthest(library, written);
  if (far > 1e-8) return `differs by ${far} from the function written out: ${library} instead of ${written}`;
  return undefined;
}

function farthest(got: readonly number[], want: readonly number[]): number {
  if (got.length !== want.length) return Infinity;
  const scale = Math.max(1, ...want.map(Math.abs));
  return Math.max(0, ...got.map((x, i) => (Object.is(x, want[i]) ? 0 : Math.abs(x - (want[i] as number)) / scale)).map((d) => (Number.isNaN(d) ? Infinity : d)));
}

function randomCase(seed: number): Stored {
  const random = new Random(`control ${seed}`);
  const expr = randomExpr(random, random.int(1, 4));
  const names = Object.keys(transforms);
  const stack: string[] = [];
  // each level multiplies the work of the written-out side
  for (let n = random.int(0, 4); n > 0; n--) stack.push(random.pick(names));
  return { expr, stack };
}

const cases = Array.from({ length: count }, (_, i) => ({ seed: first + i, ...randomCase(first + i) }));

describe("functions with branches and loops", () => {
  test.each(Object.entries(stored))("%s", (_name, c) => {
    expect(failureOf(c)).toBe(undefined);
  });
  test.each(cases)("seed $seed under $stack", ({ expr, stack }) => {
    expect(failureOf({ expr, stack }), JSON.stringify({ expr, stack })).toBe(undefined);
  });
  test.each(cases)("seed $seed on plain numbers", ({ expr }) => {
    const at = (x: readonly number[]): { value: readonly number[]; decisions: string } => {
      const decisions: number[] = [];
      return { value: read(onNumbers(decisions), expr as Expr, [x, [...w]]), decisions: decisions.join() };
    };
    const f: Fn = (x) => read(structured, expr as Expr, [x, vector(w)]);
    const here = at([...point]);
    expect(farthest(run(f), here.value)).toBeLessThan(1e-12);
    const h = 1e-5;
    const moved = (t: number): { value: readonly number[]; decisions: string } => at([...point].map((x, i) => x + t * (v[i] as number)));
    const [ahead, behind] = [moved(h), moved(-h)];
    if (ahead.decisions !== here.decisions || behind.decisions !== here.decisions) return;
    const slope = ahead.value.map((x, i) => (x - (behind.value[i] as number)) / (2 * h));
    expect(farthest(run((x) => cr.jvp(f, [x] as never, [v] as never)[1] as unknown as Tensor), slope)).toBeLessThan(1e-7);
  });
});
