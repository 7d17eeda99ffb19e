/** What a kernel program means, one element after another, on typed arrays: the oracle of the code that backends emit. */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { dtypes, isFloat, type TypedArray } from "../../src/core/dtype.ts";
import { meaningOf } from "../../src/core/scalar.ts";
import { sizeOf } from "../../src/core/shape.ts";
import type { TensorType } from "../../src/core/type.ts";
import type { Access, BranchKernel, Buffer, Carry, ContractionKernel, Expression, HostKernel, Kernel, KernelProgram, LoopKernel, Reduction, RepeatKernel, Store, Term } from "../../src/kernel/ir.ts";

/** The elements of each buffer, by id. */
export type Memory = Map<number, TypedArray>;

interface Point {
  readonly index: readonly number[];
  readonly results: Map<Reduction | Carry, number>;
  readonly accumulator: number;
}

function round(dtype: keyof typeof dtypes, value: number): number {
  const cell = dtypes[dtype].allocate(1);
  cell[0] = value;
  return cell[0] as number;
}

/** All index lists of a shape, row-major. */
function* points(shape: readonly number[]): Generator<number[]> {
  const index = shape.map(() => 0);
  for (let count = sizeOf(shape); count > 0; count--) {
    yield [...index];
    for (let d = shape.length - 1; d >= 0; d--) {
      index[d] = (index[d] as number) + 1;
      if ((index[d] as number) < (shape[d] as number)) break;
      index[d] = 0;
    }
  }
}

const along = (offset: number, strides: readonly number[], index: readonly number[]): number => strides.reduce((sum, s, d) => sum + s * (index[d] as number), offset);

/** Values of expressions at one point; iterative, since expressions may be very deep. */
function evaluate(roots: readonly Expression[], memory: Memory, point: Point): Map<Expression, number> {
  const values = new Map<Expression, number>();
  const stack: Expression[] = [...roots].reverse();
  while (stack.length > 0) {
    const e = stack.at(-1) as Expression;
    if (values.has(e)) {
      stack.pop();
      continue;
    }
    const operands = e.kind === "apply" ? e.operands : e.kind === "load" ? e.terms.map((t) => t.index) : [];
    const missing = operands.filter((o) => !values.has(o));
    if (missing.length > 0) stack.push(...missing);
    else {
      values.set(e, round(e.dtype, valueOf(e, values, memory, point)));
      stack.pop();
    }
  }
  return values;
}

function valueOf(e: Expression, values: Map<Expression, number>, memory: Memory, { index, results, accumulator }: Point): number {
  switch (e.kind) {
    case "load": {
      const at = place(e.access, e.terms, values, index);
      const elements = memory.get(e.access.buffer.id);
      if (elements === undefined || !(at in elements)) throw new Error(`a load outside of buffer ${e.access.buffer.id}: element ${at}`);
      return elements[at] as number;
    }
    case "constant":
      return e.value;
    case "index":
      return along(e.offset, e.strides, index);
    case "apply": {
      const [a = 0, b = 0, c = 0] = e.operands.map((o) => values.get(o) as number);
      return meaningOf(e.instruction)(a, b, c);
    }
    case "result":
    case "carry":
      return results.get(e.of) as number;
    case "accumulator":
      return accumulator;
  }
}

const place = (access: Access, terms: readonly Term[], values: Map<Expression, number>, index: readonly number[]): number =>
  terms.reduce((sum, t) => sum + t.stride * (values.get(t.index) as number), along(access.offset, access.strides, index));

function write(store: Store, values: Map<Expression, number>, memory: Memory, index: readonly number[]): void {
  if (store.condition !== undefined && values.get(store.condition) === 0) return;
  const elements = memory.get(store.access.buffer.id) as TypedArray;
  const at = place(store.access, store.terms, values, index);
  if (!(at in elements)) throw new Error(`a store outside of buffer ${store.access.buffer.id}: element ${at}`);
  const value = values.get(store.value) as number;
  elements[at] = store.combine === undefined ? value : meaningOf(store.combine)(elements[at] as number, value, 0);
}

const storeRoots = (s: Store): Expression[] => [s.value, ...s.terms.map((t) => t.index), ...(s.condition === undefined ? [] : [s.condition])];

/** Runs a kernel of loops; gives the first value that each check refused. */
export function interpretLoops(kernel: LoopKernel, memory: Memory): (number | undefined)[] {
  const refused: (number | undefined)[] = kernel.stages.flatMap((s) => s.checks).map(() => undefined);
  for (const outer of points(kernel.outer)) {
    const results = new Map<Reduction | Carry, number>();
    let firstCheck = 0;
    for (const stage of kernel.stages) {
      for (const r of stage.reductions) results.set(r, round(r.dtype, r.identity));
      for (const c of stage.carries) results.set(c, round(c.dtype, c.initial));
      for (const inner of points(stage.inner)) {
        const index = [...outer, ...inner];
        const roots = [...stage.reductions.map((r) => r.value), ...stage.carries.map((c) => c.next), ...stage.stores.flatMap(storeRoots), ...stage.checks.flatMap((c) => [c.condition, c.value])];
        const values = evaluate(roots, memory, { index, results, accumulator: Number.NaN });
        stage.checks.forEach((c, i) => {
          if (values.get(c.condition) === 0) refused[firstCheck + i] ??= values.get(c.value) as number;
        });
        for (const s of stage.stores) write(s, values, memory, index);
        for (const r of stage.reductions) results.set(r, round(r.dtype, meaningOf(r.combine)(results.get(r) as number, values.get(r.value) as number, 0)));
        for (const c of stage.carries) results.set(c, values.get(c.next) as number);
      }
      firstCheck += stage.checks.length;
    }
  }
  return refused;
}

/** The sums are taken in float64 and rounded once. */
function interpretContraction(kernel: ContractionKernel, memory: Memory): void {
  const { batch, m, n, k } = kernel;
  const element = (access: Access, index: readonly number[]): number => (memory.get(access.buffer.id) as TypedArray)[along(access.offset, access.strides, index)] as number;
  for (const index of points([...batch, m, n])) {
    const [row, column] = index.slice(-2) as [number, number];
    let sum = 0;
    for (let i = 0; i < k; i++) sum += element(kernel.a, [...index.slice(0, -2), row, i]) * element(kernel.b, [...index.slice(0, -2), i, column]);
    const values = evaluate(kernel.stores.flatMap(storeRoots), memory, { index, results: new Map<Reduction | Carry, number>(), accumulator: round(kernel.dtype, sum) });
    for (const s of kernel.stores) write(s, values, memory, index);
  }
}

function runHost({ equation, inputs, outputs }: HostKernel, memory: Memory): void {
  const values = equation.inputs.map((atom, i) => ConcreteArray.of(atom.type, memory.get((inputs[i] as Buffer).id) as TypedArray));
  const results = equation.primitive.evaluate(values, equation.params, equation.outputs.map((v) => v.type));
  results.forEach((r, i) => memory.get((outputs[i] as Buffer).id)?.set(r.elements));
}

/** Memory that nobody has written: a value that is hard to overlook. */
function fresh({ dtype, length }: Buffer): TypedArray {
  return dtypes[dtype].allocate(length).fill(isFloat(dtype) ? 1e37 : 113);
}

const elementsOf = (b: Buffer, memory: Memory): TypedArray => memory.get(b.id) as TypedArray;

/** State by copying: what is read in a turn is never what is written in it. */
function runRepeat({ test, condition, body, length, reverse, state, windows, own }: RepeatKernel, memory: Memory): void {
  for (const { initial, before } of state) elementsOf(before, memory).set(elementsOf(initial, memory));
  const turns = condition === undefined ? length : Number.POSITIVE_INFINITY;
  for (let turn = 0; turn < turns; turn++) {
    for (const b of own) memory.set(b.id, fresh(b));
    const position = reverse ? length - 1 - turn : turn;
    for (const w of windows) if (w.role.kind === "window") memory.set(w.id, elementsOf(w.role.of, memory).subarray(position * w.length, (position + 1) * w.length));
    runKernels(test, memory);
    if (condition !== undefined && elementsOf(condition, memory)[0] === 0) break;
    runKernels(body, memory);
    const next = state.map(({ after }) => elementsOf(after, memory).slice());
    state.forEach(({ before }, i) => elementsOf(before, memory).set(next[i] as TypedArray));
  }
}

function runBranch({ index, branches, windows }: BranchKernel, memory: Memory): void {
  const taken = Math.min(Math.max(elementsOf(index, memory)[0] as number, 0), branches.length - 1);
  for (const w of windows) if (w.role.kind === "window") memory.set(w.id, elementsOf(w.role.of, memory));
  runKernels(branches[taken] as readonly Kernel[], memory);
}

function runKernels(kernels: readonly Kernel[], memory: Memory): void {
  for (const kernel of kernels) {
    if (kernel.kind === "host") runHost(kernel, memory);
    else if (kernel.kind === "contraction") interpretContraction(kernel, memory);
    else if (kernel.kind === "repeat") runRepeat(kernel, memory);
    else if (kernel.kind === "branch") runBranch(kernel, memory);
    else {
      const refused = interpretLoops(kernel, memory);
      kernel.stages.flatMap((s) => s.checks).forEach((check, i) => {
        const value = refused[i];
        if (value !== undefined) throw check.message(value);
      });
    }
  }
}

/** Runs all kernels on arrays. */
export function interpret(program: KernelProgram, inputs: readonly ConcreteArray[], types: readonly TensorType[]): ConcreteArray[] {
  const memory: Memory = new Map();
  for (const buffer of program.buffers) {
    const { id, role } = buffer;
    if (role.kind === "input") memory.set(id, (inputs[role.index] as ConcreteArray).elements);
    else memory.set(id, role.kind === "constant" ? role.array.elements : fresh(buffer));
  }
  runKernels(program.kernels, memory);
  return program.outputs.map((o, i) => {
    const type = types[i] as TensorType;
    if (o.kind === "constant") return o.array;
    if (o.kind === "input") return (inputs[o.index] as ConcreteArray).withType(type);
    return ConcreteArray.of(type, memory.get(o.buffer.id) as TypedArray);
  });
}
