/** The committed values themselves: well formed, complete, small, and consistent between forward and reverse. */
import { readdirSync, statSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { goldenCases, goldenFamilies, type GoldenArray } from "./load.ts";

const cases = goldenCases();

/** Every operation that must have a row. */
const required = `
  add sub mul div neg abs sign floor ceil round trunc exp exp2 expm1 log log2 log1p sqrt rsqrt cbrt sin cos tan asin acos atan sinh cosh tanh
  asinh acosh atanh atan2 pow integerPow rem mod floorDivide maximum minimum erf erfc erfInv lgamma digamma polygamma logistic isFinite nextAfter
  where clamp astype equal notEqual less lessEqual greater greaterEqual logicalAnd logicalOr logicalXor logicalNot bitwiseAnd bitwiseOr bitwiseXor
  bitwiseNot shiftLeft shiftRightArithmetic shiftRightLogical populationCount countLeadingZeros
  sum prod max min all any argmax argmin cumsum cumprod cummax cummin cumlogsumexp
  reshape transpose broadcastTo slice pad concatenate reverse iota squeeze expandDims dotGeneral take takeAlongAxis index atAdd atSet
  mean variance std matmul dot einsum softmax logSoftmax logsumexp oneHot relu gelu silu softplus elu selu leakyRelu celu hardTanh relu6 sinc hypot
  norm stack split tile repeat roll flip diff linspace arange eye tri tril triu meshgrid outer trace clip logaddexp
`.trim().split(/\s+/);

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);
const inner = (xs: readonly GoldenArray[], ys: readonly GoldenArray[]): number =>
  xs.reduce((sum, x, k) => sum + x.data.reduce((s, v, i) => s + v * ys[k]!.data[i]!, 0), 0);
const magnitude = (xs: readonly GoldenArray[]): number => Math.max(1, ...xs.flatMap((x) => x.data.map(Math.abs)));

describe("JAX's values", () => {
  test("cover every operation", () => {
    const present = new Set(cases.map((c) => c.op));
    expect(required.filter((op) => !present.has(op))).toEqual([]);
  });

  test("have unique names and data that fit their shapes", () => {
    expect(new Set(cases.map((c) => `${c.family}: ${c.name}`)).size).toBe(cases.length);
    for (const c of cases) {
      for (const x of [...c.inputs, ...c.outputs]) expect(x.data.length, c.name).toBe(size(x.shape));
      for (const x of c.derivatives?.vjp ?? []) expect(x.data.every(Number.isFinite), c.name).toBe(true);
    }
  });

  test("agree between forward and reverse: ⟨cotangent, jvp⟩ = ⟨vjp, tangent⟩", () => {
    for (const { derivatives: d, name } of cases) {
      if (d === null) continue;
      const narrow = d.vjp.some((x) => x.dtype === "float32");
      const scale = magnitude(d.vjp) * magnitude(d.jvp);
      expect(Math.abs(inner(d.cotangents, d.jvp) - inner(d.vjp, d.tangents)) / scale, name).toBeLessThan(narrow ? 1e-5 : 1e-12);
    }
  });

  test("stay small", () => {
    const folder = new URL("./ops/", import.meta.url);
    const bytes = readdirSync(folder).reduce((sum, file) => sum + statSync(new URL(file, folder)).size, 0);
    expect(goldenFamilies().length).toBeGreaterThan(10);
    expect(bytes).toBeLessThan(2_500_000);
  });
});
