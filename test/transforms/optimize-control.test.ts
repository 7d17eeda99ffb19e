/** Random functions with loops, branches and checkpoints inside one another, and their derivatives: every pass leaves a verified program, and no pass changes a bit. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { evaluator } from "../../src/core/evaluate.ts";
import type { Program } from "../../src/core/program.ts";
import { runPasses } from "../../src/transform/optimize.ts";
import { Random } from "../fuzz/random.ts";
import { randomExpr, read, structured } from "../properties/control-programs.ts";

type Fn = (x: Tensor) => Tensor;
const first = Number(process.env["FUZZ_SEED"] ?? 0) * 1_000_000;
const count = Number(process.env["FUZZ_COUNT"] ?? 25);
const point = cr.array(new Float64Array([0.31, -0.72, 0.94]));
const w = cr.array(new Float64Array([-0.3, 0.9, 0.4])) as unknown as Tensor;

const gradient = (f: Fn): Fn => (x) => cr.grad((u: Tensor) => cr.sum(f(u)))(x as never) as unknown as Tensor;
const derived: Readonly<Record<string, (f: Fn) => (x: Tensor) => unknown>> = {
  value: (f) => f,
  gradient,
  "value and gradient of a checkpoint": (f) => (x) => cr.valueAndGrad((u: Tensor) => cr.sum(cr.checkpoint(f)(u)))(x as never),
  "Hessian of a checkpoint times a vector": (f) => (x) => cr.jvp(gradient((u) => cr.checkpoint(f)(u)), [x] as never, [x] as never)[1],
  "gradients of a batch": (f) => (x) => cr.vmap(gradient(f))(cr.stack([x, cr.mul(x, 2)]) as never),
};

/** The elements of all results; the sign of a zero is nobody's. */
function elements(program: Program): number[] {
  return evaluator(program)([point as unknown as ConcreteArray]).flatMap((y) => [...y.elements]).map((v) => (v === 0 ? 0 : v));
}

describe.each(Object.entries(derived))("%s", (_name, derive) => {
  test(`of ${count} functions`, () => {
    for (let seed = first; seed < first + count; seed++) {
      const random = new Random(`passes ${seed}`);
      const expr = randomExpr(random, random.int(1, 4));
      const { program } = cr.traceFn(derive((x) => read(structured, expr, [x, w]))).program(point as never);
      checkProgram(program, `tracing function ${seed}`);
      const after = runPasses(program, (pass, result) => checkProgram(result, `${pass.name} of function ${seed}`));
      expect(elements(after), `function ${seed}`).toEqual(elements(program));
    }
  });
});

test("lanes of a batch that a branch keeps from a loop have no part in how the loop keeps its states", () => {
  const repeated = (x: Tensor): Tensor => cr.whileLoop(({ n }) => cr.less(n, 40), ({ n, y }) => ({ n: cr.add(n, 1), y: cr.sin(cr.add(cr.mul(y, x), 1)) }), { n: cr.float32(0) as unknown as Tensor, y: x }, { checkpoint: 2 }).y;
  const f = (x: Tensor): Tensor => cr.cond(cr.greater(x, 0), repeated, (y: Tensor) => cr.sin(y), x);
  const xs = new Float32Array([-0.5, 0.75, 0.875]);
  const want = [...xs].map((x) => (cr.grad(f)(x) as unknown as NDArray).item() as number);
  (cr.vmap(cr.grad(f))(xs) as unknown as NDArray).data.forEach((v, i) => expect(v).toBeCloseTo(want[i] as number, 5));
});
