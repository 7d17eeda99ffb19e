/** Runs kernels one element at a time, as src/kernel/ir.ts says what they mean: slow and obviously right, to try lowerings and spellings against. */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat, type TypedArray } from "../../src/core/dtype.ts";
import { meaningOf } from "../../src/core/scalar.ts";
import { sizeOf } from "../../src/core/shape.ts";
import type { TensorType } from "../../src/core/type.ts";
import type { Buffer, Carry, ContractionKernel, Expression, Kernel, KernelProgram, LoopKernel, Reduction, Stage, Store, Term } from "../../src/kernel/ir.ts";

export type Memory = Map<Buffer, TypedArray>;

function rounded(dtype: DType, value: number): number {
  if (dtype === "float64") return value;
  const cell = dtypes[dtype].allocate(1);
  cell[0] = value;
  return cell[0] as number;
}

/** Calls visit with every point of a space, in row-major order. */
function forEachPoint(shape: readonly number[], visit: (index: readonly number[]) => void): void {
  const count = sizeOf(shape);
  const index = shape.map(() => 0);
  for (let i = 0; i < count; i++) {
    visit(index);
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) break;
      index[d] = 0;
    }
  }
}

const affine = (offset: number, strides: readonly number[], index: readonly number[]): number => strides.reduce((sum, s, d) => sum + (s === 0 ? 0 : s * (index[d] as number)), offset);

class Point {
  readonly memory: Memory;
  readonly results: Map<Reduction | Carry, number>;
  readonly accumulator: number;
  constructor(memory: Memory, results: Map<Reduction | Carry, number>, accumulator = 0) {
    this.memory = memory;
    this.results = results;
    this.accumulator = accumulator;
  }

  place(access: { offset: number; strides: readonly number[]; buffer: Buffer }, terms: readonly Term[], index: readonly number[], done: Map<Expression, number>): number {
    const at = affine(access.offset, access.strides, index) + terms.reduce((sum, t) => sum + this.value(t.index, index, done) * t.stride, 0);
    if (!(at >= 0 && at < access.buffer.length)) throw new Error(`element ${at} of a buffer of ${access.buffer.length}`);
    return at;
  }

  value(root: Expression, index: readonly number[], done: Map<Expression, number>): number {
    const stack = [root];
    for (let e = stack[stack.length - 1]; e !== undefined; e = stack[stack.length - 1]) {
      const operands = e.kind === "apply" ? e.operands : e.kind === "load" ? e.terms.map((t) => t.index) : [];
      const missing = done.has(e) ? [] : operands.filter((o) => !done.has(o));
      if (missing.length > 0) {
        stack.push(...missing);
        continue;
      }
      stack.pop();
      if (!done.has(e)) done.set(e, this.#one(e, index, done));
    }
    return done.get(root) as number;
  }

  #one(e: Expression, index: readonly number[], done: Map<Expression, number>): number {
    switch (e.kind) {
      case "constant":
        return e.value;
      case "load":
        return this.memory.get(e.access.buffer)?.[this.place(e.access, e.terms, index, done)] as number;
      case "index":
        return rounded(e.dtype, affine(e.offset, e.strides, index));
      case "accumulator":
        return rounded(e.dtype, this.accumulator);
      case "result":
        return rounded(e.dtype, this.results.get(e.of) as number);
      case "carry":
        return this.results.get(e.of) as number;
      case "apply": {
        const [a = 0, b = 0, c = 0] = e.operands.map((o) => done.get(o) as number);
        return rounded(e.dtype, meaningOf(e.instruction)(a, b, c));
      }
    }
  }

  store(store: Store, index: readonly number[], done: Map<Expression, number>): void {
    const { access, terms, value, condition, combine } = store;
    if (condition !== undefined && this.value(condition, index, done) === 0) return;
    const target = this.memory.get(access.buffer) as TypedArray;
    const at = this.place(access, terms, index, done);
    const next = this.value(value, index, done);
    target[at] = combine === undefined ? next : meaningOf(combine)(target[at] as number, next, 0);
  }
}

function runStage(stage: Stage, outer: readonly number[], point: Point): void {
  for (const r of stage.reductions) point.results.set(r, r.identity);
  for (const c of stage.carries) point.results.set(c, c.initial);
  forEachPoint(stage.inner, (inner) => {
    const index = [...outer, ...inner];
    const done = new Map<Expression, number>();
    for (const { condition, value, message } of stage.checks) if (point.value(condition, index, done) === 0) throw message(point.value(value, index, done));
    const carried = stage.carries.map((c) => point.value(c.next, index, done));
    for (const r of stage.reductions) point.results.set(r, meaningOf(r.combine)(point.results.get(r) as number, point.value(r.value, index, done), 0));
    for (const s of stage.stores) point.store(s, index, done);
    stage.carries.forEach((c, i) => point.results.set(c, carried[i] as number));
  });
}

function runLoops(kernel: LoopKernel, memory: Memory): void {
  forEachPoint(kernel.outer, (outer) => {
    const point = new Point(memory, new Map());
    for (const stage of kernel.stages) runStage(stage, outer, point);
  });
}

function runContraction(kernel: ContractionKernel, memory: Memory): void {
  const { batch, m, n, k, a, b } = kernel;
  const rank = batch.length;
  const [x, y] = [memory.get(a.buffer) as TypedArray, memory.get(b.buffer) as TypedArray];
  forEachPoint([...batch, m, n], (index) => {
    const outer = index.slice(0, rank);
    let sum = 0;
    for (let i = 0; i < k; i++) {
      sum += (x[affine(a.offset, a.strides, [...outer, index[rank] as number, i])] as number) * (y[affine(b.offset, b.strides, [...outer, i, index[rank + 1] as number])] as number);
    }
    const point = new Point(memory, new Map(), sum);
    const done = new Map<Expression, number>();
    // all values before any store: a store may write what a value reads
    for (const s of kernel.stores) point.value(s.value, index, done);
    for (const s of kernel.stores) point.store(s, index, done);
  });
}

export function runKernel(kernel: Kernel, memory: Memory): void {
  if (kernel.kind === "loops") runLoops(kernel, memory);
  else if (kernel.kind === "contraction") runContraction(kernel, memory);
  else {
    const { equation, inputs, outputs } = kernel;
    const types = equation.outputs.map((v) => v.type);
    const values = equation.inputs.map((atom, i) => ConcreteArray.of(atom.type, memory.get(inputs[i] as Buffer) as TypedArray));
    equation.primitive.evaluate(values, equation.params, types).forEach((r, i) => memory.get(outputs[i] as Buffer)?.set(r.elements));
  }
}

/** Runs all kernels on arrays. Memory that nobody has written holds a value that is hard to overlook. */
export function interpret(program: KernelProgram, inputs: readonly ConcreteArray[], types: readonly TensorType[]): ConcreteArray[] {
  const memory: Memory = new Map();
  for (const buffer of program.buffers) {
    const { role } = buffer;
    if (role.kind === "input") memory.set(buffer, (inputs[role.index] as ConcreteArray).elements);
    else if (role.kind === "constant") memory.set(buffer, role.array.elements);
    else memory.set(buffer, dtypes[buffer.dtype].allocate(buffer.length).fill(isFloat(buffer.dtype) ? 1e37 : 113));
  }
  for (const kernel of program.kernels) runKernel(kernel, memory);
  return program.outputs.map((o, i) => {
    const type = types[i] as TensorType;
    if (o.kind === "constant") return o.array;
    if (o.kind === "input") return (inputs[o.index] as ConcreteArray).withType(type);
    return ConcreteArray.of(type, memory.get(o.buffer) as TypedArray);
  });
}
