/**
 * Small loops as straight-line code around one WebAssembly loop: the state lives in locals, every kernel is written out element by element, and
 * a turn takes as long as the arithmetic in it. Meant for a few hundred operations on single numbers; larger bodies are for vectors.
 */
import { InternalError } from "../../errors.ts";
import { type DType, dtypes } from "../../core/dtype.ts";
import { meaningOf } from "../../core/scalar.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { type BranchKernel, type Buffer, type Carry, type Check, type ContractionKernel, type Expression, type Kernel, listsOf, type Load, type LoopKernel, type Reduction, type RepeatKernel, type Store } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import { trafficOf } from "../../kernel/traffic.ts";
import { type FunctionBuilder, ModuleBuilder } from "./assembler.ts";
import type { EmittedKernel } from "./kernel.ts";
import { faultCheck, faultValue } from "./layout.ts";
import { postOrder, rootsOf } from "./loops/graph.ts";
import type { HostFunctions } from "./registers.ts";
import { type Scalar, ScalarCode, scalarLoad, scalarStore, typeOf } from "./scalar/code.ts";
import { hostFunctions } from "./scalar/host.ts";
import { spellScalar } from "./scalar/spellings.ts";
import { stepParameters } from "./step.ts";

/** Elements of the state, of any buffer, points of a kernel, expressions at all points, and WebAssembly instructions of a turn. */
const mostState = 64;
const mostElements = 64;
const mostPoints = 200;
const mostExpressions = 1500;
const mostInstructions = 2500;
/** Elements of operands that are read once, before the loop. */
const mostPreloaded = 24;

const { table } = stepParameters;

type Element = readonly [buffer: Buffer, index: number];

/** The loop as one function, or undefined where it is not small. Checks are numbered from `checkBase`. */
export function emitSmallLoop(module: ModuleBuilder, kernel: RepeatKernel, checkBase: number): EmittedKernel | undefined {
  if (!isSimple(kernel)) return undefined;
  // tried on a module that nobody needs
  const trial = new ModuleBuilder();
  let calls = 0;
  // what WebAssembly has no instruction for is done better in vectors: engines call functions of JavaScript slowly at first
  const count: HostFunctions = () => calls++;
  const dry = new SmallLoop(trial.function(kernel.name, parameters, []), count, kernel, checkBase, []);
  dry.emit();
  if (calls > 0 || dry.fn.length > mostInstructions) return undefined;
  const elements = [...dry.elements.values()];
  const f = module.function(kernel.name, parameters, []);
  new SmallLoop(f, hostFunctions(module), kernel, checkBase, elements.length <= mostPreloaded ? elements : []).emit();
  return { function: f, units: 1, grain: 1, cost: dry.fn.length * 0.3 * Math.max(16, kernel.length), scratch: 0 };
}

const parameters = ["i32", "i32", "i32", "i32"] as const;

/** The checks in the order of their numbers, and the kernel of each. */
export function checksInside(kernel: Kernel): { readonly check: Check; readonly kernel: Kernel }[] {
  if (kernel.kind === "loops") return kernel.stages.flatMap((s) => s.checks.map((check) => ({ check, kernel })));
  return listsOf(kernel).flatMap((list) => list.flatMap(checksInside));
}

/** The kernels inside a loop, those of branches too. */
const allInside = (kernel: Kernel): Kernel[] => listsOf(kernel).flatMap((list) => list.flatMap((k) => [k, ...(k.kind === "branch" ? allInside(k) : [])]));

/** Nothing but loops and products over few points, and choices between them, of which all that is kept in locals is found at places known now. */
function isSimple(loop: RepeatKernel): boolean {
  const { state, windows } = loop;
  if (state.reduce((sum, s) => sum + s.before.length, 0) > mostState) return false;
  const kernels = allInside(loop);
  const control = [loop, ...kernels.filter((k) => k.kind === "branch")];
  const own = control.flatMap((k) => k.own);
  const shown = control.flatMap((k) => k.windows);
  if ([...shown, ...own].some((b) => b.length > mostElements)) return false;
  const inLocals = new Set<Buffer>([...own, ...state.map((s) => s.before), ...shown.filter((w) => !windows.includes(w) || kernels.some((k) => trafficOf(k).writes.has(w)))]);
  if (kernels.reduce((sum, k) => sum + expressionsOf(k), 0) > mostExpressions) return false;
  return kernels.every((k) => {
    if (k.kind === "branch") return true;
    if ((k.kind !== "loops" && k.kind !== "contraction") || (k.kind === "contraction" && k.prologue !== undefined)) return false;
    const points = k.kind === "contraction" ? sizeOf(k.batch) * k.m * k.n * Math.max(1, k.k) : sizeOf(k.outer) * k.stages.reduce((sum, s) => sum + Math.max(1, sizeOf(s.inner)), 0);
    const { loads, stores } = trafficOf(k);
    return points <= mostPoints && loads.every(({ load }) => load.terms.length === 0 || !inLocals.has(load.access.buffer)) && stores.every(({ store }) => store.terms.length === 0 && store.condition === undefined);
  });
}

/** Expressions at all points. */
function expressionsOf(kernel: Kernel): number {
  if (kernel.kind === "contraction") return sizeOf(kernel.batch) * kernel.m * kernel.n * (2 * kernel.k + postOrder(kernel.stores.map((s) => s.value)).length);
  if (kernel.kind !== "loops") return 0;
  return sizeOf(kernel.outer) * kernel.stages.reduce((sum, s) => sum + sizeOf(s.inner) * postOrder(rootsOf(s)).length, 0);
}

/** All index lists of a shape, row-major. */
function pointsOf(shape: Shape): number[][] {
  return shape.reduce<number[][]>((points, n) => points.flatMap((p) => Array.from({ length: n }, (_, i) => [...p, i])), [[]]);
}

const along = (offset: number, strides: readonly number[], point: readonly number[]): number => strides.reduce((sum, s, d) => sum + s * (point[d] as number), offset);

/** What is known at a point of the loops of a kernel. */
interface Point {
  readonly index: readonly number[];
  readonly results: ReadonlyMap<Reduction | Carry, Scalar>;
  readonly accumulator: Scalar | undefined;
}

class SmallLoop {
  readonly fn: FunctionBuilder;
  /** Elements of operands that are read, by name. */
  readonly elements: Map<string, Element> = new Map();
  readonly #code: ScalarCode;
  readonly #kernel: RepeatKernel;
  readonly #ahead: readonly Element[];
  /** Locals that point to what lies in memory. */
  readonly #bases: Map<Buffer, number> = new Map();
  readonly #state: Map<Buffer, Scalar[]> = new Map();
  readonly #preloaded: Map<string, Scalar> = new Map();
  /** Of this turn: elements of buffers that are no memory or have just been written, and what was computed already. */
  #cells: Map<Buffer, (Scalar | undefined)[]> = new Map();
  #known: Map<string, Scalar> = new Map();
  readonly #numbers: Map<Scalar, number> = new Map();
  readonly #failed: number;
  #check: number;

  constructor(fn: FunctionBuilder, host: HostFunctions, kernel: RepeatKernel, checkBase: number, ahead: readonly Element[]) {
    this.fn = fn;
    this.#code = new ScalarCode(fn, host);
    this.#kernel = kernel;
    this.#ahead = ahead;
    this.#failed = fn.local("i32");
    this.#check = checkBase;
  }

  emit(): void {
    const { fn } = this;
    const { condition, test, body, length, state } = this.#kernel;
    const left = fn.local("i32");
    this.#begin();
    fn.op("i32.const", length).op("local.set", left);
    fn.op("local.get", table).op("i32.const", faultCheck).op("i32.add").op("i32.load", { offset: 0 }).op("local.set", this.#failed);
    fn.nest("block", () => {
      // what failed before the loop may have left anything to decide by, and makes its work useless
      fn.op("local.get", this.#failed).op("br_if", 0);
      fn.nest("loop", () => {
        test.forEach((k) => this.#run(k));
        if (condition !== undefined) this.#code.push(this.#cell(condition, 0)).fn.op("i32.eqz").op("br_if", 1);
        body.forEach((k) => this.#run(k));
        this.#advance();
        if (checksInside(this.#kernel).length > 0) fn.op("local.get", this.#failed).op("br_if", 1);
        if (condition !== undefined) fn.op("br", 0);
        else fn.op("local.get", left).op("i32.const", 1).op("i32.sub").op("local.tee", left).op("br_if", 0);
      });
    });
    for (const { before } of state) (this.#state.get(before) as Scalar[]).forEach((x, i) => this.#store(before, i, x));
  }

  /** Leaves the address of a buffer on the stack. */
  #pushBase(buffer: Buffer): void {
    const base = this.#bases.get(buffer);
    if (base === undefined) throw new InternalError(`a small loop reads buffer ${buffer.id} before it is written`);
    this.fn.op("local.get", base);
  }

  #begin(): void {
    const { fn } = this;
    const { state, windows, reverse, length, test, body, own } = this.#kernel;
    const read = [...test, ...body].flatMap((k) => [...trafficOf(k).reads, ...trafficOf(k).writes]);
    const mine = new Set(own);
    for (const buffer of new Set([...state.flatMap((s) => [s.initial, s.before]), ...read])) {
      if (mine.has(buffer)) continue;
      const window = windows.includes(buffer) && buffer.role.kind === "window" ? buffer.role.of : undefined;
      const base = fn.local("i32");
      fn.op("local.get", table).op("i32.load", { offset: 4 * (window ?? buffer).id });
      if (window !== undefined && reverse) fn.op("i32.const", (length - 1) * bytesOf(buffer)).op("i32.add");
      fn.op("local.set", base);
      this.#bases.set(buffer, base);
    }
    for (const { initial, before } of state) {
      this.#state.set(before, Array.from({ length: before.length }, (_, i) => this.#fetch(initial, i)));
    }
    for (const [buffer, i] of this.#ahead) this.#preloaded.set(nameOf(buffer, i), this.#fetch(buffer, i));
  }

  #fetch(buffer: Buffer, i: number): Scalar {
    this.#pushBase(buffer);
    this.fn.op(scalarLoad[buffer.dtype], { offset: i * dtypes[buffer.dtype].bytes });
    return this.#code.keep(buffer.dtype);
  }

  #store(buffer: Buffer, i: number, x: Scalar): void {
    this.#pushBase(buffer);
    this.#code.push(x).fn.op(scalarStore[buffer.dtype], { offset: i * dtypes[buffer.dtype].bytes });
  }

  /** The new state at once, since one leaf's may be another's old one; windows on the next elements. */
  #advance(): void {
    const { fn } = this;
    const moves = this.#kernel.state.flatMap(({ before, after }) => (this.#state.get(before) as Scalar[]).map((to, i) => ({ to, from: this.#cell(after, i) }))).filter(({ to, from }) => to !== from);
    for (const { from } of moves) this.#code.push(from);
    for (const { to } of moves.reverse()) fn.op("local.set", to.local as number);
    for (const window of this.#kernel.windows) {
      const base = this.#bases.get(window);
      const stride = bytesOf(window) * (this.#kernel.reverse ? -1 : 1);
      if (base !== undefined && stride !== 0) fn.op("local.get", base).op("i32.const", stride).op("i32.add").op("local.set", base);
    }
    this.#cells.clear();
    this.#known.clear();
  }

  // --- kernels --------------------------------------------------------------------------------------------------------------------

  #run(kernel: Kernel): void {
    if (kernel.kind === "loops") this.#loops(kernel);
    else if (kernel.kind === "contraction") this.#contraction(kernel);
    else if (kernel.kind === "branch") this.#branch(kernel);
  }

  /** Each branch leaves its results in the same locals. What it computed on the way is not there afterwards. */
  #branch({ index, branches, windows }: BranchKernel): void {
    const { fn } = this;
    const taken = this.#cell(index, 0);
    const results = new Map<Buffer, Scalar[]>();
    for (const { role, dtype, length } of windows) {
      if (role.kind !== "window" || results.has(role.of)) continue;
      results.set(role.of, Array.from({ length }, () => ({ dtype, local: fn.local(typeOf[dtype]), value: Number.NaN })));
    }
    const { cells, known } = { cells: this.#cells, known: this.#known };
    const branch = (kernels: readonly Kernel[]): void => {
      this.#cells = new Map([...cells].map(([b, list]) => [b, [...list]]));
      this.#known = new Map(known);
      const written = new Set(kernels.flatMap((k) => [...trafficOf(k).writes]));
      kernels.forEach((k) => this.#run(k));
      for (const w of windows) {
        if (w.role.kind !== "window" || !written.has(w)) continue;
        (results.get(w.role.of) as Scalar[]).forEach((to, i) => this.#code.push(this.#cell(w, i)).fn.op("local.set", to.local as number));
      }
    };
    fn.nest("block", () => {
      branches.forEach((kernels, b) => {
        if (b === branches.length - 1) return branch(kernels);
        this.#code.push(taken).fn.op("i32.const", b).op("i32.le_s").nest("if", () => {
          branch(kernels);
          fn.op("br", 1);
        });
      });
    });
    this.#cells = cells;
    this.#known = known;
    for (const [buffer, list] of results) {
      this.#cells.set(buffer, [...list]);
      if (this.#bases.has(buffer)) list.forEach((x, i) => this.#store(buffer, i, x));
    }
  }

  #loops({ outer, stages }: LoopKernel): void {
    const first = this.#check;
    for (const point of pointsOf(outer)) {
      this.#check = first;
      const results = new Map<Reduction | Carry, Scalar>();
      for (const stage of stages) {
        for (const r of stage.reductions) results.set(r, this.#code.constant(r.dtype, r.identity));
        for (const c of stage.carries) results.set(c, this.#code.constant(c.dtype, c.initial));
        const before = this.#check;
        for (const inner of pointsOf(stage.inner)) {
          this.#check = before;
          const at: Point = { index: [...point, ...inner], results: new Map(results), accumulator: undefined };
          const values = new Map<Expression, Scalar>();
          const value = (e: Expression): Scalar => this.#value(e, at, values);
          for (const check of stage.checks) this.#refuse(check, value);
          const written = stage.stores.map((s) => value(s.value));
          for (const r of stage.reductions) results.set(r, this.#apply(r.combine, r.dtype, [results.get(r) as Scalar, value(r.value)]));
          for (const c of stage.carries) results.set(c, value(c.next));
          stage.stores.forEach((s, i) => this.#write(s, written[i] as Scalar, at));
        }
        this.#check = before + stage.checks.length;
      }
    }
    this.#check = first + stages.reduce((sum, s) => sum + s.checks.length, 0);
  }

  /** Products one after another, each rounded. */
  #contraction({ batch, m, n, k, a, b, stores, dtype }: ContractionKernel): void {
    for (const index of pointsOf([...batch, m, n])) {
      const outer = index.slice(0, -2);
      const [row, column] = index.slice(-2) as [number, number];
      let sum: Scalar | undefined;
      for (let i = 0; i < k; i++) {
        const product = this.#apply("mul", dtype, [this.#cell(a.buffer, along(a.offset, a.strides, [...outer, row, i])), this.#cell(b.buffer, along(b.offset, b.strides, [...outer, i, column]))]);
        sum = sum === undefined ? product : this.#apply("add", dtype, [sum, product]);
      }
      const at: Point = { index, results: new Map<Reduction | Carry, Scalar>(), accumulator: sum ?? this.#code.constant(dtype, 0) };
      const values = new Map<Expression, Scalar>();
      const written = stores.map((s) => this.#value(s.value, at, values));
      stores.forEach((s, i) => this.#write(s, written[i] as Scalar, at));
    }
  }

  #write({ access, combine }: Store, value: Scalar, { index }: Point): void {
    const { buffer } = access;
    const i = along(access.offset, access.strides, index);
    const x = combine === undefined ? value : this.#apply(combine, buffer.dtype, [this.#cell(buffer, i), value]);
    const cells = this.#cells.get(buffer);
    if (cells === undefined) this.#cells.set(buffer, Array.from({ length: buffer.length }, (_, k) => (k === i ? x : undefined)));
    else cells[i] = x;
    if (this.#bases.has(buffer)) this.#store(buffer, i, x);
  }

  #refuse({ condition, value }: Check, at: (e: Expression) => Scalar): void {
    const { fn } = this;
    const number = ++this.#check;
    const offender = this.#apply("copy", "float64", [at(value)]);
    const word = (offset: number): void => void fn.op("local.get", table).op("i32.const", offset).op("i32.add");
    this.#code.push(at(condition)).fn.op("i32.eqz").op("local.get", this.#failed).op("i32.eqz").op("i32.and").nest("if", () => {
      word(faultCheck);
      fn.op("i32.const", number).op("i32.store", { offset: 0 });
      word(faultValue);
      this.#code.push(offender).fn.op("f64.store", { offset: 0 });
      fn.op("i32.const", 1).op("local.set", this.#failed);
    });
  }

  // --- values ---------------------------------------------------------------------------------------------------------------------

  /** An element of a buffer. */
  #cell(buffer: Buffer, i: number): Scalar {
    const here = this.#cells.get(buffer)?.[i] ?? this.#state.get(buffer)?.[i];
    if (here !== undefined) return here;
    const name = nameOf(buffer, i);
    if (!this.#kernel.windows.includes(buffer)) this.elements.set(name, [buffer, i]);
    return this.#preloaded.get(name) ?? this.#once(name, () => this.#fetch(buffer, i));
  }

  #once(key: string, make: () => Scalar): Scalar {
    let x = this.#known.get(key);
    if (x === undefined) this.#known.set(key, (x = make()));
    return x;
  }

  /** Expressions are shallow here: there are few operations. */
  #value(e: Expression, at: Point, values: Map<Expression, Scalar>): Scalar {
    let x = values.get(e);
    if (x === undefined) values.set(e, (x = this.#define(e, at, (o) => this.#value(o, at, values))));
    return x;
  }

  #define(e: Expression, { index, results, accumulator }: Point, operand: (e: Expression) => Scalar): Scalar {
    switch (e.kind) {
      case "constant":
        return this.#code.constant(e.dtype, e.value);
      case "index":
        return this.#code.constant(e.dtype, along(e.offset, e.strides, index));
      case "result":
      case "carry":
        return results.get(e.of) as Scalar;
      case "accumulator":
        return accumulator as Scalar;
      case "load":
        return e.terms.length === 0 ? this.#cell(e.access.buffer, along(e.access.offset, e.access.strides, index)) : this.#gather(e, index, e.terms.map((t) => operand(t.index)));
      case "apply":
        return this.#apply(e.instruction, e.dtype, e.operands.map(operand));
    }
  }

  #gather({ access, terms, dtype }: Load, index: readonly number[], indices: readonly Scalar[]): Scalar {
    const { bytes } = dtypes[dtype];
    const at = along(access.offset, access.strides, index);
    return this.#once(`${nameOf(access.buffer, at)} ${indices.map((x) => this.#number(x)).join()} ${terms.map((t) => t.stride).join()}`, () => {
      this.#pushBase(access.buffer);
      this.fn.op("i32.const", at * bytes).op("i32.add");
      terms.forEach((t, k) => this.#code.push(indices[k] as Scalar).fn.op("i32.const", t.stride * bytes).op("i32.mul").op("i32.add"));
      this.fn.op(scalarLoad[dtype], { offset: 0 });
      return this.#code.keep(dtype);
    });
  }

  #apply(instruction: Parameters<typeof spellScalar>[0], dtype: DType, operands: readonly Scalar[]): Scalar {
    if (operands.every((x) => x.local === undefined)) {
      const cell = dtypes[dtype].allocate(1);
      const [a = 0, b = 0, c = 0] = operands.map((x) => x.value);
      cell[0] = meaningOf(instruction)(a, b, c);
      return this.#code.constant(dtype, cell[0] as number);
    }
    return this.#once(`${instruction} ${dtype} ${operands.map((x) => this.#number(x)).join()}`, () => spellScalar(instruction, dtype, this.#code, operands));
  }

  /** Equal for values that are the same. */
  #number(x: Scalar): string {
    if (x.local === undefined) return `${x.dtype}${Object.is(x.value, -0) ? "-0" : x.value}`;
    let n = this.#numbers.get(x);
    if (n === undefined) this.#numbers.set(x, (n = this.#numbers.size));
    return `#${n}`;
  }
}

const nameOf = ({ id }: Buffer, i: number): string => `${id}[${i}]`;
