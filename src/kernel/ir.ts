/**
 * What a program becomes before a backend spells it: buffers, and kernels that run over them one after another. A kernel is a loop nest
 * over expressions of scalar instructions; loads and stores say by strides where an element lies, so views cost nothing. Plain readonly data.
 *
 * One element at a time: for every point of `outer` (in any order, on any thread), the stages run one after another; a stage runs over the
 * points of its `inner` loops in row-major order. What is computed in one stage reaches the next through reductions and carries (one number
 * per point of `outer`) or through buffers that are written and read at the same point of `outer`.
 */
import type { ConcreteArray } from "../core/concrete.ts";
import type { DType } from "../core/dtype.ts";
import type { Place } from "../core/place.ts";
import type { Equation } from "../core/program.ts";
import type { ScalarInstruction } from "../core/scalar.ts";
import type { Shape } from "../core/shape.ts";

/** A block of memory that holds `length` elements; a bool takes one byte. */
export interface Buffer {
  /** Position in `KernelProgram.buffers`. */
  readonly id: number;
  readonly dtype: DType;
  readonly length: number;
  readonly role: BufferRole;
}

export type BufferRole =
  | { readonly kind: "input"; readonly index: number }
  | { readonly kind: "output"; readonly index: number }
  | { readonly kind: "constant"; readonly array: ConcreteArray }
  | { readonly kind: "temporary" }
  /** Inside a control kernel, another name for a buffer outside, or for one element of it after another. */
  | { readonly kind: "window"; readonly of: Buffer };

/** Element number `offset + Σ strides[d] · index[d]` of a buffer, over the loops around it, outermost first. All in elements. */
export interface Access {
  readonly buffer: Buffer;
  readonly offset: number;
  readonly strides: readonly number[];
}

/** What is added to an access for an index that is computed: `index · stride`. */
export interface Term {
  /** An int32 that lies within bounds. */
  readonly index: Expression;
  readonly stride: number;
}

/** Has a dtype and is computed at every point of the loops. Used twice, it is computed once: identity is the object itself. */
export type Expression = Load | Constant | Index | Apply | Result | Accumulator | CarryValue;

/** Reads memory. `terms` makes it a gather. The dtype is that of the buffer. */
export interface Load {
  readonly kind: "load";
  readonly dtype: DType;
  readonly access: Access;
  readonly terms: readonly Term[];
}
/** A number, rounded to the dtype already. */
export interface Constant {
  readonly kind: "constant";
  readonly dtype: DType;
  readonly value: number;
}
/** `offset + Σ strides[d] · index[d]` as a number of the dtype. */
export interface Index {
  readonly kind: "index";
  readonly dtype: DType;
  readonly offset: number;
  readonly strides: readonly number[];
}
/** A scalar instruction on operands; what it means, `core/scalar.ts` says. The result is rounded to `dtype`. */
export interface Apply {
  readonly kind: "apply";
  readonly dtype: DType;
  readonly instruction: ScalarInstruction;
  readonly operands: readonly Expression[];
}
/** What a reduction or carry of an earlier stage of the same kernel came to. */
export interface Result {
  readonly kind: "result";
  readonly dtype: DType;
  readonly of: Reduction | Carry;
}
/** In the stores of a contraction: the sum of products. */
export interface Accumulator {
  readonly kind: "accumulator";
  readonly dtype: DType;
}
/** The value of a carry before this point of the inner loops. */
export interface CarryValue {
  readonly kind: "carry";
  readonly dtype: DType;
  readonly of: Carry;
}

/** Combines `value` over all points of the inner loops, beginning from `identity`. The order is the backend's, the same on every run. */
export interface Reduction {
  readonly kind: "reduction";
  readonly dtype: DType;
  readonly combine: ScalarInstruction;
  readonly identity: number;
  readonly value: Expression;
}

/** A running value: `initial` before the first point of the inner loops, then `next` computed at each point in order. */
export interface Carry {
  readonly kind: "running";
  readonly dtype: DType;
  readonly initial: number;
  /** Set once, when the expression that mentions this very carry is known. */
  next: Expression;
}

/** Writes memory. With `terms` it is a scatter: the place is computed; where `condition` is false nothing is written. */
export interface Store {
  readonly access: Access;
  readonly value: Expression;
  readonly terms: readonly Term[];
  readonly condition: Expression | undefined;
  /** What is written is this of the old element and the value; undefined: the value itself. */
  readonly combine: ScalarInstruction | undefined;
}

/** Where `condition` (bool) is false at any point, the call fails with this error after it ran. */
export interface Check {
  readonly condition: Expression;
  /** The offending number, for the message. */
  readonly value: Expression;
  readonly message: (value: number) => Error;
}

export interface Stage {
  /** Lengths of the loops inside those of the kernel. Strides in this stage run over `[...outer, ...inner]`. */
  readonly inner: Shape;
  readonly reductions: readonly Reduction[];
  readonly carries: readonly Carry[];
  readonly stores: readonly Store[];
  readonly checks: readonly Check[];
}

/** A loop nest. */
export interface LoopKernel {
  readonly kind: "loops";
  readonly name: string;
  readonly place: Place | undefined;
  readonly outer: Shape;
  readonly stages: readonly Stage[];
  /** Points must run one after another, in row-major order: scatters whose places may coincide. */
  readonly sequential: boolean;
}

/** Matrix products: for all points of `batch`, Σₖ a[…, m, k] · b[…, k, n], of float32 or float64. Stores run over `[...batch, m, n]`. */
export interface ContractionKernel {
  readonly kind: "contraction";
  readonly name: string;
  readonly place: Place | undefined;
  readonly dtype: "float32" | "float64";
  readonly batch: Shape;
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Strides over `[...batch, m, k]`. */
  readonly a: Access;
  /** Strides over `[...batch, k, n]`. */
  readonly b: Access;
  /**
   * What is multiplied in the place of `a`, computed element by element while rows are packed: of loads, with strides over `[m, k]`, and constants. Then
   * nothing of `a` depends on the batch, and its access is one of those loads, which moves along both.
   */
  readonly prologue?: Expression | undefined;
  /** At least one; their values are computed from an `accumulator`, loads, constants and results of nothing else. */
  readonly stores: readonly Store[];
}

/** An operation that no kernel describes: the reference evaluates it on copies of its operands. Inputs are row-major. */
export interface HostKernel {
  readonly kind: "host";
  readonly name: string;
  readonly place: Place | undefined;
  readonly equation: Equation;
  readonly inputs: readonly Buffer[];
  readonly outputs: readonly Buffer[];
}

/**
 * Kernels that run again and again. Before each turn those of `test` run and `condition` is asked, or `length` turns are counted. A window
 * stands for the element of its sequence whose turn it is: the sequence holds one window's length after another.
 */
export interface RepeatKernel {
  readonly kind: "repeat";
  readonly name: string;
  readonly place: Place | undefined;
  readonly test: readonly Kernel[];
  /** One bool that `test` writes. */
  readonly condition: Buffer | undefined;
  readonly body: readonly Kernel[];
  /** Turns; with a condition 0 and of no meaning. Otherwise at least one. */
  readonly length: number;
  /** The windows go from the last element to the first. */
  readonly reverse: boolean;
  readonly state: readonly State[];
  /** Buffers with the role of a window; written ones are results. */
  readonly windows: readonly Buffer[];
  /** What nobody outside knows, besides windows: temporaries, and every `after`. */
  readonly own: readonly Buffer[];
}

/** One leaf of the state of a loop: `before` begins as `initial`; after each turn it is what the turn left in `after`; in the end it is the result. */
export interface State {
  /** Outside; not written by the loop, except where `before` has taken over its memory. */
  readonly initial: Buffer;
  /** Outside; the body and the test read it. */
  readonly before: Buffer;
  /** Written by the body; or the `before` of another leaf, whose old value becomes this one's new one. That only where turns are counted. */
  readonly after: Buffer;
}

/** Leaves whose values move on from one to the next, the last of each list first: its new value is written by the body, or, where `closed`, the old one of the first. */
export function movesOf(state: readonly State[]): { readonly leaves: readonly State[]; readonly closed: boolean }[] {
  const after = new Map(state.map((s) => [s.after, s]));
  const before = new Map(state.map((s) => [s.before, s]));
  const seen = new Set<State>();
  const walk = (last: State, closed: boolean): { leaves: State[]; closed: boolean } => {
    const leaves: State[] = [];
    for (let s: State | undefined = last; s !== undefined && !seen.has(s); s = after.get(s.before)) {
      seen.add(s);
      leaves.push(s);
    }
    return { leaves, closed };
  };
  const open = state.filter((s) => !before.has(s.after)).map((s) => walk(s, false));
  const closed = state.flatMap((s) => (seen.has(s) ? [] : [walk(s, true)]));
  return [...open.filter(({ leaves }) => leaves.length > 1), ...closed];
}

/** One of several lists of kernels: that which an int32 counts to; the nearest where it is out of range. Windows stand for the whole results. */
export interface BranchKernel {
  readonly kind: "branch";
  readonly name: string;
  readonly place: Place | undefined;
  readonly index: Buffer;
  readonly branches: readonly (readonly Kernel[])[];
  readonly windows: readonly Buffer[];
  readonly own: readonly Buffer[];
}

/** Kernels with lists of kernels inside. */
export type ControlKernel = RepeatKernel | BranchKernel;

export type Kernel = LoopKernel | ContractionKernel | HostKernel | ControlKernel;

export function isControl(kernel: Kernel): kernel is ControlKernel {
  return kernel.kind === "repeat" || kernel.kind === "branch";
}

/** The lists of kernels inside a kernel; each runs in order. */
export function listsOf(kernel: Kernel): readonly (readonly Kernel[])[] {
  if (kernel.kind === "repeat") return [[...kernel.test, ...kernel.body]];
  return kernel.kind === "branch" ? kernel.branches : [];
}

/** Whether the reference evaluates something in it. */
export function callsHost(kernel: Kernel): boolean {
  return kernel.kind === "host" || listsOf(kernel).some((list) => list.some(callsHost));
}

/** Whether it can end a call with an error. */
export function mayFail(kernel: Kernel): boolean {
  return kernel.kind === "host" || (kernel.kind === "loops" && kernel.stages.some((s) => s.checks.length > 0)) || listsOf(kernel).some((list) => list.some(mayFail));
}

/** The buffer outside of all control kernels, or the own one of some control kernel, that a window shows. */
export function behindWindows(buffer: Buffer): Buffer {
  let b = buffer;
  while (b.role.kind === "window") b = b.role.of;
  return b;
}

/** Where an output comes from: a buffer, an input passed on, or a constant. */
export type OutputSource = { readonly kind: "buffer"; readonly buffer: Buffer } | { readonly kind: "input"; readonly index: number } | { readonly kind: "constant"; readonly array: ConcreteArray };

export interface KernelProgram {
  readonly buffers: readonly Buffer[];
  readonly kernels: readonly Kernel[];
  readonly outputs: readonly OutputSource[];
}
