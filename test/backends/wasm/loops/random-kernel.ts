/** Random kernels of instructions that are rounded exactly, so that every target must give the interpreter's very bits. */
import { type DType, dtypes } from "../../../../src/core/dtype.ts";
import { range, sizeOf } from "../../../../src/core/shape.ts";
import type { ScalarInstruction } from "../../../../src/core/scalar.ts";
import type { Buffer, Carry, Expression, LoopKernel, Reduction, Stage } from "../../../../src/kernel/ir.ts";
import { applyTo, constant, index, kernel, load, random, reduce, resultOf, stage, store } from "./build.ts";

const all = Object.keys(dtypes) as DType[];
const unary: Readonly<Record<DType, readonly ScalarInstruction[]>> = {
  float32: ["neg", "abs", "floor", "ceil", "trunc", "round", "sign"], float64: ["neg", "abs", "floor", "ceil", "trunc", "round", "sign"],
  int32: ["neg", "abs", "not", "populationCount", "countLeadingZeros", "sign"], uint32: ["not", "populationCount", "countLeadingZeros"], bool: ["notBool", "copy"],
};
const binary: Readonly<Record<DType, readonly ScalarInstruction[]>> = {
  float32: ["add", "sub", "mul", "max", "min", "scaleSafe", "mulSafe", "div", "divSafe"], float64: ["add", "sub", "mul", "max", "min", "div", "divSafe"],
  int32: ["add", "sub", "mulInt32", "max", "min", "and", "xor", "divInt32", "remainderInteger", "shiftLeftInt32", "shiftRightArithmeticInt32"],
  uint32: ["add", "sub", "mulUint32", "max", "min", "or", "divUint32", "shiftRightLogicalUint32"], bool: ["and", "or", "xor"],
};
const comparisons: readonly ScalarInstruction[] = ["less", "lessEqual", "equal", "notEqual", "greater", "greaterEqual"];
const combines: Readonly<Record<DType, readonly (readonly [ScalarInstruction, number])[]>> = {
  float32: [["max", Number.NEGATIVE_INFINITY], ["min", Number.POSITIVE_INFINITY]], float64: [["max", Number.NEGATIVE_INFINITY], ["min", Number.POSITIVE_INFINITY]],
  int32: [["add", 0], ["max", -(2 ** 31)], ["mulInt32", 1]], uint32: [["add", 0], ["or", 0]], bool: [["and", 1], ["or", 0]],
};

export interface RandomKernel {
  readonly kernel: LoopKernel;
  /** Indices that must lie within bounds. */
  readonly contents: Map<Buffer, readonly number[]>;
}

export function randomKernel(seed: number): RandomKernel {
  const next = random(seed);
  const below = (n: number): number => Math.floor(next() * n);
  const pick = <T>(list: readonly T[]): T => list[below(list.length)] as T;
  const contents = new Map<Buffer, readonly number[]>();
  let id = 0;
  const make = (length: number, dtype: DType): Buffer => ({ id: id++, dtype, length, role: { kind: "temporary" } });
  const lengths = [1, 2, 3, 5, 15, 16, 17, 33, 40];
  const shape = (most: number): number[] => range(below(most + 1)).map(() => pick(lengths));
  let outer = shape(3);
  while (sizeOf(outer) > 3000) outer = shape(2);
  const buffers: Buffer[] = [];

  /** Strides over loops that reach every element of a box once, its dimensions in some order, some standing still or going backward. */
  const place = (loops: readonly number[], dtype: DType, exact: boolean, from?: Buffer): { buffer: Buffer; strides: number[]; offset: number } => {
    const order = range(loops.length);
    for (let i = order.length - 1; i > 0; i--) {
      const j = below(i + 1);
      [order[i], order[j]] = [order[j] as number, order[i] as number];
    }
    if (next() < 0.6) order.sort((a, b) => b - a);
    const strides = loops.map(() => 0);
    let [step, offset] = [!exact && next() < 0.2 ? 2 : 1, below(3)];
    let last = offset;
    for (const d of order) {
      const n = loops[d] as number;
      if (!exact && next() < 0.25) continue;
      const backward = next() < 0.15;
      strides[d] = backward ? -step : step;
      if (backward) offset += step * (n - 1);
      last += step * (n - 1);
      step *= n;
    }
    return { buffer: from !== undefined && from.length > last ? from : make(last + 1, dtype), strides, offset };
  };

  const expression = (loops: readonly number[], leaves: readonly Expression[], dtype: DType, depth: number): Expression => {
    const again = (d: DType): Expression => expression(loops, leaves, d, depth - 1);
    const known = leaves.filter((e) => e.dtype === dtype);
    const roll = next();
    if (depth === 0 || roll < 0.15) {
      if (known.length > 0 && next() < 0.5) return pick(known);
      if (next() < 0.15) return constant(dtype === "bool" ? below(2) : below(9) - (dtype === "uint32" ? 0 : 4), dtype);
      if (dtype !== "bool" && next() < 0.12) return index(loops.map(() => below(5) - (dtype === "uint32" ? 0 : 2)), dtype, below(9));
      if (next() < 0.12) {
        const from = make(64, dtype);
        const at = place(loops, "int32", false);
        const indices = Array.from({ length: at.buffer.length }, () => below(30));
        contents.set(at.buffer, indices);
        return load(from, loops.map(() => 0), below(5), [{ index: load(at.buffer, at.strides, at.offset), stride: 1 + below(2) }]);
      }
      const shared = buffers.filter((b) => b.dtype === dtype);
      const at = place(loops, dtype, false, shared.length > 0 && next() < 0.4 ? pick(shared) : undefined);
      if (!buffers.includes(at.buffer)) buffers.push(at.buffer);
      return load(at.buffer, at.strides, at.offset);
    }
    if (roll < 0.3) return applyTo(dtype, pick(unary[dtype]), again(dtype));
    if (roll < 0.4) return applyTo(dtype, "select", again("bool"), again(dtype), again(dtype));
    if (roll < 0.5 && dtype === "bool") {
      const of = pick(all);
      return applyTo("bool", pick(comparisons), again(of), again(of));
    }
    if (roll < 0.55 && dtype !== "bool") {
      const from = pick(all);
      const float = dtype === "float32" || dtype === "float64";
      if (float || from === "bool" || from === dtype) return applyTo(dtype, "copy", again(from));
      const whole = from === "int32" || from === "uint32";
      return applyTo(dtype, dtype === "int32" ? (whole ? "wrapInt32" : "toInt32") : whole ? "wrapUint32" : "toUint32", again(from));
    }
    const [a, b] = [again(dtype), again(dtype)];
    return applyTo(dtype, pick(binary[dtype]), a, next() < 0.1 ? a : b);
  };

  const stages: Stage[] = [];
  const results: Expression[] = [];
  for (let s = 1 + below(3); s > 0; s--) {
    let inner = next() < 0.5 ? [] : shape(2);
    while (sizeOf(inner) * sizeOf(outer) > 12_000) inner = shape(1);
    const loops = [...outer, ...inner];
    const carries: Carry[] = [];
    const reductions: Reduction[] = [];
    const leaves = [...results];
    if (inner.length > 0 && next() < 0.25) {
      for (let c = 1 + below(2); c > 0; c--) {
        const dtype = pick(all);
        carries.push({ kind: "running", dtype, initial: below(2), next: constant(0, dtype) });
      }
      leaves.push(...carries.map((of): Expression => ({ kind: "carry", dtype: of.dtype, of })));
    }
    const value = (dtype: DType): Expression => {
      const e = expression(loops, leaves, dtype, 1 + below(4));
      if (e.kind === "apply") leaves.push(e);
      return e;
    };
    for (const c of carries) c.next = value(c.dtype);
    if (inner.length > 0) for (let r = below(3); r > 0; r--) {
      const dtype = pick(all);
      reductions.push(reduce(...pick(combines[dtype]), value(dtype)));
    }
    const stores = range(1 + below(2)).map(() => {
      const at = place(loops, pick(all), true);
      return store(at.buffer, at.strides, value(at.buffer.dtype), { offset: at.offset });
    });
    stages.push(stage({ inner, reductions, carries, stores }));
    results.push(...[...reductions, ...carries].map(resultOf));
  }
  return { kernel: kernel(outer, stages), contents };
}
