/** What straight-line code is made for: small functions and their derivatives to third order, long programs of single numbers, gradients of reads. */
import { describe, expect, it } from "vitest";
import * as cr from "../../../../src/index.ts";
import type { Tensor } from "../../../../src/index.ts";
import { compileStraight } from "../../../../src/backends/wasm/straight/straight.ts";
import type { Executable } from "../../../../src/backends/backend.ts";
import { ConcreteArray } from "../../../../src/core/concrete.ts";
import { evaluator } from "../../../../src/core/evaluate.ts";
import type { Program } from "../../../../src/core/program.ts";
import { record, splatLike, type Value } from "../../../../src/core/tensor.ts";
import { tensorType } from "../../../../src/core/type.ts";
import { scaleSafe } from "../../../../src/ops/arithmetic.ts";
import { exactly, roughly, runAndCompare } from "../../run.ts";

type F = (...args: Tensor[]) => unknown;
interface View {
  program(...args: unknown[]): { readonly program: Program };
  grad(): View;
  jacobian(): View;
}
const traced = (f: F, dtype: "float32" | "float64"): View => cr.traceFn(f as never, { dtype }) as never;

function straight(program: Program): Executable {
  const executable = compileStraight(program);
  if (executable === undefined) throw new Error("refused");
  return executable;
}
const inputsOf = (program: Program, values: readonly (readonly number[])[]): ConcreteArray[] =>
  program.inputs.map(({ type }, i) => ConcreteArray.of(type, (type.dtype === "float64" ? Float64Array : Float32Array).from(values[i] as readonly number[])));

const functions: Readonly<Record<string, { readonly f: F; readonly shapes: readonly (readonly number[])[] }>> = {
  "a polynomial": { f: (x) => x.mul(x).mul(x).add(x.mul(2)).sub(1), shapes: [[]] },
  "powers": { f: (x) => cr.add(x.pow(3), cr.add(x.pow(5), x.pow(0.5))), shapes: [[]] },
  "elementary functions": { f: (x) => cr.add(x.sin().mul(x.exp()), cr.add(cr.log(x.mul(x).add(1)), cr.tanh(x))), shapes: [[]] },
  "a quotient": { f: (x, y) => x.div(y.mul(y).add(1)), shapes: [[], []] },
  "atan2 and hypot": { f: (x, y) => cr.atan2(x, y).add(cr.sqrt(x.mul(x).add(y.mul(y)))), shapes: [[], []] },
  "a choice": { f: (x) => cr.where(x.greater(0.5), x.mul(x), x.neg().exp()), shapes: [[]] },
  "abs, max and min": { f: (x, y) => cr.maximum(x, y).mul(cr.minimum(x, y)).add(x.abs()), shapes: [[], []] },
  "reads of a vector": { f: (x) => x.get(0).mul(x.get(1)).mul(x.get(2)).add(x.get(0).mul(x.get(0))), shapes: [[3]] },
  "a norm": { f: (x) => cr.sqrt(x.mul(x).sum()), shapes: [[3]] },
  "softmax": { f: (x) => { const e = cr.exp(x.sub(x.max())); return e.div(e.sum()).get(0); }, shapes: [[3]] },
  "a matrix and a vector": { f: (a, x) => cr.matmul(a, x).sin().sum(), shapes: [[2, 3], [3]] },
  "a determinant": { f: (a) => a.get(0, 0).mul(a.get(1, 1)).sub(a.get(0, 1).mul(a.get(1, 0))), shapes: [[2, 2]] },
  "parts and joins": { f: (x) => cr.concatenate([x.get(cr.slice(1, 3)), x.get(cr.slice(0, 2)).mul(2)]).mul(cr.arange(4)).sum().mul(x.get(-1)), shapes: [[3]] },
  "running sums": { f: (x) => cr.cumsum(x.mul(x)).mul(x).sum(), shapes: [[3]] },
  "indices that are constants": { f: (x) => x.get([2, 0, 0]).mul(x.get([1, 1, 2])).sum(), shapes: [[3]] },
};

/** A few points, one of them with zeros of both signs and one with what is no number. */
const points = (size: number): number[][] => [
  Array.from({ length: size }, (_, i) => 0.7 + 0.4 * i),
  Array.from({ length: size }, (_, i) => 1.3 - 0.5 * i),
  Array.from({ length: size }, (_, i) => (i % 2 === 0 ? 0 : -0)),
  Array.from({ length: size }, (_, i) => [Number.POSITIVE_INFINITY, Number.NaN, -1][i % 3] as number),
];

describe.each(["float32", "float64"] as const)("%s", (dtype) => {
  it.each(Object.entries(functions))("%s and its derivatives to third order", (_name, { f, shapes }) => {
    const sizes = shapes.map((s) => s.reduce((a, b) => a * b, 1));
    const examples = shapes.map((shape, i) => cr.reshape(Array.from({ length: sizes[i] as number }, () => 1), shape));
    let g = traced(f, dtype);
    for (let order = 0; order <= 3; order++) {
      const { program } = g.program(...examples);
      const executable = straight(program);
      for (const [k] of points(1).entries()) {
        const values = sizes.map((n, i) => (points(n + i)[k] as number[]).slice(i));
        const inputs = inputsOf(program, values);
        if (k < 2) runAndCompare(executable, program, inputs, roughly, `order ${order}, point ${k}`);
        else sameKind(executable.run(inputs), evaluator(program)(inputs), `order ${order}, point ${k}`);
      }
      g = g.grad();
    }
  });
});

/** Finite where the other is, and the same infinities: at poles float32 rounds to one side or the other, but not to something else. */
function sameKind(actual: readonly ConcreteArray[], expected: readonly ConcreteArray[], what: string): void {
  const kinds = (list: readonly ConcreteArray[]): string[] => list.flatMap((x) => Array.from(x.elements, (v) => (Number.isFinite(v) ? v.toPrecision(4).replace(/^-0\.000$/, "0.000") : String(v))));
  expect(kinds(actual), what).toEqual(kinds(expected));
}

describe("a safe product with a number", () => {
  it.each([0, -0, 0.5, 1, -1, -3, Number.POSITIVE_INFINITY])("with %d has the zeros of the reference", (d) => {
    const program = record("a safe product", [tensorType("float32", [4])], ([t]) => [scaleSafe(t as Value, splatLike(t as Value, d))]).program;
    runAndCompare(straight(program), program, inputsOf(program, [[0, -0, -0.75, -1e-45]]), exactly, `times ${d}`);
  });
});

describe("long programs", () => {
  it("thousands of steps, divided among functions", () => {
    const f = traced((x, v) => {
      let [y, w] = [x, v];
      for (let i = 0; i < 1200; i++) {
        w = w.sub(y.sin().mul(0.01));
        y = y.add(w.mul(0.01));
      }
      return y.mul(w);
    }, "float64");
    for (const { program } of [f.program(1, 0), f.grad().program(1, 0)]) {
      expect(program.equations.length).toBeGreaterThan(4000);
      runAndCompare(straight(program), program, inputsOf(program, [[0.9], [0.1]]), exactly, "a pendulum");
    }
  });
  it("a value of the first step read by the last", () => {
    const f = traced((x) => {
      const first = [x.sin(), x.cos(), x.exp()] as const;
      let y = x;
      for (let i = 0; i < 4000; i++) y = y.mul(0.999).add(first[i % 3] as Tensor);
      return [y, first[0], first[0], x, 3, y];
    }, "float32");
    const { program } = f.program(1);
    runAndCompare(straight(program), program, inputsOf(program, [[0.3]]), exactly, "far reads");
  });
});

describe("gradients of reads", () => {
  const rosenbrock = (n: number): F => (x) => {
    let sum = x.get(0).mul(0);
    for (let i = 0; i + 1 < n; i++) {
      const u = x.get(i + 1).sub(x.get(i).mul(x.get(i)));
      const v = x.get(i).neg().add(1);
      sum = sum.add(u.mul(u).mul(100)).add(v.mul(v));
    }
    return sum;
  };
  it.each([3, 30, 200])("chained Rosenbrock of %i numbers", (n) => {
    const { program } = traced(rosenbrock(n), "float64").grad().program(Array.from({ length: n }, () => 1));
    runAndCompare(straight(program), program, inputsOf(program, [Array.from({ length: n }, (_, i) => Math.sin(3 * i))]), roughly, `n = ${n}`);
  });
  it("a padded value that is still needed after it was added to", () => {
    const f = traced((x) => {
      const a = cr.pad(x.get(cr.slice(0, 1)), [[0, 15]]);
      const b = cr.pad(x.get(cr.slice(1, 2)), [[7, 8]]);
      const both = a.add(b);
      const more = both.add(b);
      return [both, more, both.add(a), a, a.add(a), cr.mul(a, Number.POSITIVE_INFINITY), a.neg(), b.sub(a)];
    }, "float32");
    const { program } = f.program([1, 2]);
    runAndCompare(straight(program), program, inputsOf(program, [[3, 5]]), { ulps: 0, ofLargest: true }, "padding");
  });
  it("wide values are left to vector code, matrices too, without trying for long", () => {
    const wide = traced((x) => x.mul(x).sin().sum(), "float32").grad().program(Array.from({ length: 4000 }, () => 1)).program;
    const matrices = traced((a) => cr.matmul(a, a).sum(), "float32").grad().program(cr.ones([64, 64])).program;
    const start = performance.now();
    expect(compileStraight(wide)).toBeUndefined();
    expect(compileStraight(matrices)).toBeUndefined();
    expect(performance.now() - start).toBeLessThan(200);
  });
});
