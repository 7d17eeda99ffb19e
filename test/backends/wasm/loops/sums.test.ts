/** Long sums: how far off they are, and that they are the same bits wherever they are the same sums. */
import * as cr from "chainrule";
import { afterAll, describe, expect, it } from "vitest";
import type { ConcreteArray } from "../../../../src/core/concrete.ts";
import { capFeatures, type Level } from "../../../../src/backends/wasm/features.ts";
import { general, repeated } from "../../arrays.ts";
import { compiled } from "../programs.ts";

afterAll(() => void capFeatures(undefined));

const levels: readonly (Level | undefined)[] = ["scalar", "simd", "relaxed", undefined];
/** Relative errors of sums of everything, down columns and along rows, over values and sizes. */
function errors(): readonly number[] {
  const worst = [0, 0, 0];
  for (const columns of [10, 100, 1000, 10_000]) {
    const shape = [10 * columns, columns].map((n) => Math.min(n, 1000));
    const [rows, across] = shape as [number, number];
    const programs = [(x: cr.Tensor) => cr.sum(x), (x: cr.Tensor) => cr.sum(x, 0), (x: cr.Tensor) => cr.sum(x, 1)].map((f) => compiled(f, [repeated("float32", shape, 1)]));
    for (const value of [0.1, 1 / 3, 0.7, 0.9, 1.1, 2.3].map(Math.fround)) {
      programs.forEach((program, i) => {
        const count = [rows * across, rows, across][i] as number;
        const [sum] = program.run([repeated("float32", shape, value)]) as [ConcreteArray];
        for (const e of sum.elements) worst[i] = Math.max(worst[i] as number, Math.abs(e - count * value) / (count * value));
      });
    }
  }
  return worst;
}

describe.each(levels)("with %s", (level) => {
  it("sums of equal numbers are near the exact ones", () => {
    capFeatures(level);
    const [all, columns, rows] = errors() as [number, number, number];
    expect(all).toBeLessThan(level === "scalar" ? 2e-6 : 5e-7);
    expect(columns).toBeLessThan(1e-6);
    expect(rows).toBeLessThan(1e-6);
  });
});

/** Products of many terms: the shapes of their operands. */
const products: readonly (readonly [string, (k: number) => readonly (readonly number[])[], (x: cr.Tensor, y: cr.Tensor) => cr.Tensor])[] = [
  ["vector · vector", (k) => [[k], [k]], (x, y) => cr.dot(x, y)],
  ["row · matrix", (k) => [[1, k], [k, 40]], (x, y) => cr.matmul(x, y)],
  ["matrix · vector", (k) => [[3, k], [k]], (x, y) => cr.matmul(x, y)],
  ["few rows · few columns", (k) => [[2, k], [3, k]], (x, y) => cr.matmul(x, cr.transpose(y))],
  ["matrix · matrix", (k) => [[7, k], [k, 20]], (x, y) => cr.matmul(x, y)],
  ["transposed matrix · matrix, and on", (k) => [[k, 7], [k, 20]], (x, y) => cr.maximum(cr.matmul(cr.transpose(x), y), cr.index(y, 0))],
  ["batch of vectors", (k) => [[4, k], [4, k]], (x, y) => cr.einsum("ij,ij->i", x, y)],
];
describe.each(levels)("with %s", (level) => {
  it.each(products)("%s: sums of equal products are near the exact ones", (_, shapes, f) => {
    capFeatures(level);
    for (const k of [3000, 100_000, 1_000_003]) {
      const operands = shapes(k).map((shape) => repeated("float32", shape, Math.fround(0.1))) as [ConcreteArray, ConcreteArray];
      const [result] = compiled(f as never, operands).run(operands) as [ConcreteArray];
      const exact = Math.fround(0.1) ** 2 * k;
      for (const e of result.elements) expect(Math.abs(e - exact) / exact).toBeLessThan(3e-5);
    }
  });
});

it("sums are the same bits with every kind of vectors", () => {
  const programs: readonly ((x: cr.Tensor) => cr.Tensor)[] = [(x) => cr.sum(x), (x) => cr.sum(x, 0), (x) => cr.sum(x, 1)];
  for (const shape of [[70, 1100], [1100, 70], [33, 31], [5, 40_000], [3000, 7]]) {
    for (const dtype of ["float32", "float64"] as const) {
      const x = general(dtype, shape, `${shape}`);
      const bits = (level: Level | undefined): number[][] => {
        capFeatures(level);
        return programs.map((f) => [...((compiled(f, [x]).run([x])[0] as ConcreteArray).elements)]);
      };
      const wanted = bits("simd");
      for (const level of ["relaxed", undefined] as const) expect(bits(level)).toEqual(wanted);
    }
  }
});
