/** What becomes one kernel: the number of kernels of well-known functions, and the text of a few. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import type { Program } from "../../src/core/program.ts";
import type { KernelProgram } from "../../src/kernel/ir.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { printKernels } from "../../src/kernel/print.ts";
import { optimize } from "../../src/transform/optimize.ts";

const array = (...shape: number[]): cr.NDArray => cr.reshape(cr.array(Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i % 7)), shape);

function kernelsOf(f: (...xs: Tensor[]) => unknown, ...args: unknown[]): KernelProgram {
  const traced = cr.traceFn(f as never) as unknown as { program(...args: unknown[]): { program: Program } };
  return lowerProgram(optimize(traced.program(...args).program));
}

function layerNorm(x: Tensor, gain: Tensor, bias: Tensor): Tensor {
  const centred = cr.sub(x, cr.mean(x, { axis: -1, keepDims: true }));
  const deviation = cr.sqrt(cr.add(cr.variance(x, { axis: -1, keepDims: true }), 1e-5));
  return cr.add(cr.mul(cr.div(centred, deviation), gain), bias) as Tensor;
}

function attention(q: Tensor, k: Tensor, v: Tensor): Tensor {
  return cr.matmul(cr.softmax(cr.div(cr.matmul(q, cr.swapaxes(k, -1, -2)), 8), -1), v) as Tensor;
}

function dense(x: Tensor, w: Tensor, b: Tensor): Tensor {
  return cr.relu(cr.add(cr.matmul(x, w), b)) as Tensor;
}

/** What the four neighbours of each point add up to, 0 beyond the edges. */
function rim(x: Tensor): Tensor {
  const p = cr.pad(x, 1) as Tensor;
  const inside = cr.slice(1, -1);
  const rows = cr.add(p.get(cr.slice(0, -2), inside), p.get(cr.slice(2, null), inside));
  return cr.add(rows, cr.add(p.get(inside, cr.slice(0, -2)), p.get(inside, cr.slice(2, null)))) as Tensor;
}

const gradientOf = (f: (...xs: Tensor[]) => Tensor, count: number) => (...xs: Tensor[]) => cr.grad((...ys: Tensor[]) => cr.sum(cr.sin(f(...ys))) as Tensor, { argnums: Array.from({ length: count }, (_, i) => i) })(...(xs as never[]));

describe("one kernel", () => {
  const single: readonly (readonly [string, (...xs: Tensor[]) => unknown, readonly unknown[]])[] = [
    ["a chain of elementwise operations", (x) => cr.mul(cr.tanh(cr.add(cr.mul(x, 2), 1)), x), [array(40, 30)]],
    ["operands that are views", (x, y) => cr.add(cr.transpose(x), cr.flip(y, 0)), [array(4, 5), array(5, 4)]],
    ["several results", (x) => [cr.sin(x), cr.cos(x), cr.mul(cr.sin(x), 2)], [array(40)]],
    ["softmax along the last axis", (x) => cr.softmax(x, -1), [array(64, 100)]],
    ["softmax along the first axis", (x) => cr.softmax(x, 0), [array(64, 100)]],
    ["layer norm", layerNorm, [array(64, 100), array(100), array(100)]],
    ["mean and maximum of the same", (x) => [cr.mean(x, { axis: 1 }), cr.max(x, { axis: 1 })], [array(64, 100)]],
    ["a dense layer", dense, [array(16, 20), array(20, 30), array(30)]],
    ["a slice, reversed, and its sum along an axis", (x) => cr.sum(cr.flip(x.get(cr.slice(3, 40), cr.slice(null, 50)), 1), 1), [array(64, 100)]],
    ["softmax of a slice", (x) => cr.softmax(x.get(cr.slice(3, 40), cr.slice(null, 50)), 1), [array(64, 100)]],
    ["the sum of rows with padding on both sides", (x) => cr.sum(cr.pad(x, [[0, 0], [2, 3]]), 1), [array(64, 100)]],
    ["softmax of rows with padding", (x) => cr.softmax(cr.pad(x, [[0, 0], [2, 3]]), 1), [array(64, 100)]],
    ["layer norm of joined rows", (x, y) => layerNorm(cr.concatenate([x, cr.flip(y, 0)], 1) as Tensor, 1 as never, 0 as never), [array(64, 100), array(64, 60)]],
    ["the sum of a product of rows with themselves, rotated", (x) => cr.sum(cr.mul(x, cr.roll(x, 1, 1)), 1), [array(64, 100)]],
    ["an update of a weight", (x, g, w) => cr.sub(w, cr.mul(0.1, cr.matmul(cr.transpose(x), g))), [array(16, 20), array(16, 30), array(20, 30)]],
  ];
  for (const [name, f, args] of single) test(name, () => expect(kernelsOf(f, ...args).kernels.map((k) => k.name)).toHaveLength(1));
});

describe("few kernels", () => {
  const few: readonly (readonly [string, number, (...xs: Tensor[]) => unknown, readonly unknown[]])[] = [
    ["attention: two products and a softmax", 3, attention, [array(4, 50, 64), array(4, 50, 64), array(4, 50, 64)]],
    ["the gradient of layer norm: rows, and columns", 2, gradientOf(layerNorm, 3), [array(64, 100), array(100), array(100)]],
    ["the gradient of a dense layer: four products or sums, and the mask on the way", 4, gradientOf(dense, 3), [array(16, 20), array(20, 30), array(30)]],
    ["a sum of many elements: blocks, the rest, and their sum", 3, (x) => cr.sum(cr.mul(x, x)), [array(100_000)]],
    ["padding on all sides, and the sum of everything: blocks of the inside, the rest, and their sum", 3, (x) => cr.sum(cr.pad(x, 1)), [array(200, 300)]],
    ["the largest of columns with padding on all sides: the inside and two sides", 3, (x) => cr.max(cr.pad(x, 1), 0), [array(64, 100)]],
    ["padding with two consumers: the inside and four sides", 5, (x) => [cr.sin(cr.pad(x, 1)), cr.cos(cr.pad(x, 1))], [array(64, 100)]],
    ["differences on a grid with a rim: the inside, four sides and four corners", 9, rim, [array(64, 100)]],
    ["padding of little is put together in memory", 3, rim, [array(20, 20)]],
    ["what is joined and used twice, with parts that have to be computed, is put together in memory", 3, (x) => cr.softmax(cr.concatenate([x, cr.mul(x, 2)], 1), 1), [array(64, 100)]],
    ["padding read through: the inside and four sides", 5, (x) => cr.mul(cr.pad(x, 1), 2), [array(64, 100)]],
  ];
  for (const [name, count, f, args] of few) test(name, () => expect(kernelsOf(f, ...args).kernels.map((k) => k.name)).toHaveLength(count));
});

test("a dense layer as text", () => {
  expect(printKernels(kernelsOf(dense, array(16, 20), array(20, 30), array(30))).replaceAll(/ {2}# .*/g, "")).toMatchInlineSnapshot(`
    "in0: f32[320]  input 0
    in1: f32[600]  input 1
    in2: f32[30]  input 2
    out3: f32[480]  output 0

    kernel 0 dotGeneral_add_select: contraction m 16 n 30 k 20 f32
      acc = Σk in0[20·i + k] · in1[30·k + j]
      v0: f32 = add acc in2[j]
      v1: bool = lessEqual v0 0
      v2: f32 = select v1 0 v0
      out3[30·i + j] = v2

    return out3"
  `);
});

test("softmax as text", () => {
  expect(printKernels(kernelsOf((x) => cr.softmax(x, -1), array(4, 5))).replaceAll(/ {2}# .*/g, "")).toMatchInlineSnapshot(`
    "in0: f32[20]  input 0
    out1: f32[20]  output 0
    t2: f32[20]  temporary

    kernel 0 reduceMax_exp_sum_div: for i < 4
      for j < 5
        r0 = max in0[5·i + j]
      for j < 5
        v2: f32 = sub in0[5·i + j] r0
        v3: f32 = exp v2
        r1 = add v3
        t2[5·i + j] = v3
      for j < 5
        v4: f32 = div t2[5·i + j] r1
        out1[5·i + j] = v4

    return out1"
  `);
});

test("a chain as long as the program", () => {
  const { kernels } = kernelsOf((x) => {
    let y: Tensor = x;
    for (let i = 0; i < 5000; i++) y = cr.sin(cr.mul(y, 1.0001)) as Tensor;
    return y;
  }, array(64));
  expect(kernels.length).toBeGreaterThan(1);
  expect(kernels.length).toBeLessThan(60);
});
