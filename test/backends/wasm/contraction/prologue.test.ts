/** Operands of matrix products that are computed while they are packed: every way for arrays to lie along them, on every target. */
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { afterAll, describe, expect, it } from "vitest";
import type { ConcreteArray } from "../../../../src/core/concrete.ts";
import { capFeatures, type Level } from "../../../../src/backends/wasm/features.ts";
import { runtime } from "../../../../src/backends/wasm/runtime.ts";
import { change } from "../../../../src/backends/wasm/settings.ts";
import { general } from "../../arrays.ts";
import { evaluateProgram } from "../../programs.ts";
import { compiled, programOf } from "../programs.ts";

type F = (...args: Tensor[]) => unknown;
type Case = readonly [F, ...(readonly number[])[]];

const [m, k, n] = [97, 130, 90];
/** Each is one kernel. */
const fused: Readonly<Record<string, Case>> = {
  "an activation": [(x, w) => cr.matmul(cr.relu(x), w), [m, k], [k, n]],
  "a scale": [(x, w) => cr.matmul(cr.mul(x, 2), w), [m, k], [k, n]],
  "of the second operand": [(x, w) => cr.matmul(x, cr.tanh(w)), [m, k], [k, n]],
  "transposed": [(x, w) => cr.matmul(cr.transpose(cr.mul(x, x)), w), [k, m], [k, n]],
  "transposed, of the second operand": [(x, w) => cr.matmul(x, cr.transpose(cr.exp(w))), [m, k], [n, k]],
  "a row for all": [(x, w, b) => cr.matmul(cr.sub(x, b), w), [m, k], [k, n], [k]],
  "a column for all": [(x, w, c) => cr.matmul(cr.mul(x, c), w), [m, k], [k, n], [m, 1]],
  "a number for all": [(x, w, s) => cr.matmul(cr.mul(x, s), w), [m, k], [k, n], []],
  "a mask": [(x, w, h) => cr.matmul(cr.transpose(cr.where(cr.greater(h, 0), x, 0)), w), [k, m], [k, n], [k, m]],
  "an array and its transpose": [(x, w) => cr.matmul(cr.add(x, cr.transpose(x)), w), [k, k], [k, n]],
  "reversed": [(x, w) => cr.matmul(cr.relu(cr.flip(x)), w), [m, k], [k, n]],
  "four arrays": [(x, w, y, z, v) => cr.matmul(cr.add(cr.mul(x, y), cr.mul(z, v)), w), [m, k], [k, n], [m, k], [m, k], [m, k]],
  "several blocks of k, and an epilogue": [(x, w, b) => cr.relu(cr.add(cr.matmul(cr.relu(x), w), b)), [35, 1700], [1700, 65], [65]],
  "a batch of the other operand": [(x, w) => cr.dotGeneral(cr.relu(x), w, { contract: [[1], [1]] }), [m, k], [3, k, n]],
};
/** These have kernels before the product, which read what it reads. */
const apart: Readonly<Record<string, Case>> = {
  "both operands": [(x, w) => cr.matmul(cr.relu(x), cr.tanh(w)), [m, k], [k, n]],
  "one that is used twice": [(x, w) => { const y = cr.relu(x); return [cr.matmul(y, w), y]; }, [m, k], [k, n]],
  "few columns": [(x, w) => cr.matmul(cr.relu(x), w), [m, k], [k, 5]],
  "few rows": [(x, w) => cr.matmul(cr.relu(x), w), [10, 1700], [1700, n]],
  "little of it": [(x, w) => cr.matmul(cr.relu(x), w), [10, 20], [20, n]],
  "five arrays": [(x, w, a, b, c, d) => cr.matmul(cr.add(cr.add(x, a), cr.add(cr.mul(b, c), d)), w), [m, k], [k, n], [m, k], [m, k], [m, k], [m, k]],
};

const inputsOf = (shapes: readonly (readonly number[])[], dtype: "float32" | "float64"): ConcreteArray[] => shapes.map((shape, i) => general(dtype, shape, `operand ${i}`));

function check([f, ...shapes]: Case, dtype: "float32" | "float64", donate: readonly number[] = []): readonly string[] {
  const inputs = inputsOf(shapes, dtype);
  const program = programOf(f, ...inputs);
  const want = evaluateProgram(program, inputs);
  const exe = compiled(f, inputs, { donate });
  const got = exe.run(inputsOf(shapes, dtype));
  const size = Math.max(...want.flatMap((x) => [...x.elements].map(Math.abs)));
  want.forEach((array, i) => array.elements.forEach((v, e) => expect(Math.abs(v - (got[i] as ConcreteArray).elements[e]!)).toBeLessThan(size * (dtype === "float32" ? 1e-5 : 1e-13))));
  return exe.parts.kernels.kernels.map((kernel) => kernel.kind);
}

afterAll(() => {
  capFeatures(undefined);
  change({ threads: undefined, parallelKernel: undefined, parallelProgram: undefined });
});

describe.each<Level | undefined>(["scalar", "simd", "relaxed", undefined])("with %s", (level) => {
  describe.each(["float32", "float64"] as const)("%s", (dtype) => {
    it.each(Object.entries(fused))("%s", (_, c) => {
      capFeatures(level);
      expect(check(c, dtype)).toEqual(["contraction"]);
    });
    it.each(Object.entries(apart))("%s is apart", (_, c) => {
      capFeatures(level);
      expect(check(c, dtype)).toContain("loops");
    });
  });
});

it("a result does not take the memory of what its operand is computed of", () => {
  expect(check([(x, w) => cr.matmul(cr.relu(x), w), [100, 100], [100, 100]], "float32", [0, 1])).toEqual(["contraction"]);
});

it("in loops, and their gradients", () => {
  const loop: F = (x, w) => cr.scan((state: Tensor) => [cr.tanh(cr.matmul(cr.mul(state, 0.1), w)), null], x, null, { length: 4 })[0];
  check([loop, [100, 100], [100, 100]], "float64");
  check([(x, w) => cr.grad(((a: Tensor, b: Tensor) => cr.sum(loop(a, b) as Tensor)) as never, { argnums: [0, 1] })(x as never, w as never), [100, 100], [100, 100]], "float64");
});

it("the same bits for any number of threads", async () => {
  change({ threads: 1, parallelKernel: 0, parallelProgram: 0 });
  for (const [f, ...shapes] of Object.values(fused)) {
    const inputs = inputsOf(shapes, "float32");
    const exe = compiled(f, inputs);
    const alone = exe.run(inputs).map((x) => [...x.elements]);
    for (const threads of [2, 3]) {
      change({ threads });
      for (let i = 0; i < 400 && runtime().pool.threadsFor(exe.parts.compiled, threads) < threads; i++) await new Promise((resolve) => setTimeout(resolve, 25));
      expect(exe.run(inputs).map((x) => [...x.elements])).toEqual(alone);
    }
    change({ threads: 1 });
  }
});
