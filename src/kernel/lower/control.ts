/**
 * Loops and branches: the programs inside become lists of kernels over the buffers of the operands, without copying them. Results of the
 * programs are written where they are to be: to the places of the state, and through windows to the results of the operation.
 */
import { hasEffects } from "../../core/effects.ts";
import type { Loop } from "../../core/lowering.ts";
import type { Atom, Equation, Program, Variable } from "../../core/program.ts";
import { sizeOf } from "../../core/shape.ts";
import { type Buffer, type Expression, type Kernel, listsOf, type RepeatKernel, type State, type Store } from "../ir.ts";
import { oldBeforeNew } from "../order-state.ts";
import { trafficOf } from "../traffic.ts";
import { loopKernel, stageOf } from "./copy.ts";
import { DraftBuffer } from "./groups.ts";
import { Placement } from "./placement.ts";
import { writeProductSums } from "./product-sums.ts";

/** How the equations of a program become kernels; see lower.ts. */
export interface Lower {
  place(placement: Placement, program: Program): void;
  emit(placement: Placement): readonly Kernel[];
}

/** Whether the operation has a form of control flow; then it has its kernels. */
export function placeControl(placement: Placement, equation: Equation, lower: Lower): boolean {
  const form = equation.primitive.lower;
  if (form.form === "loop") placeLoop(placement, equation, form.loop(equation.params), lower);
  else if (form.form === "branch") placeBranches(placement, equation, form.branches(equation.params), lower);
  else return false;
  return true;
}

function placeLoop(placement: Placement, equation: Equation, loop: Loop, lower: Lower): void {
  const { inputs, outputs } = equation;
  const { body, test, constants, state, length } = loop;
  const isWhile = test !== undefined;
  const runs = isWhile || length > 0;
  const initial = inputs.slice(constants, constants + state);
  // a leaf that the body passes on is a constant
  const unchanged = initial.map((_, k) => !runs || body.outputs[k] === body.inputs[constants + k]);
  const operands = inputs.map((atom) => placement.bufferOf(atom));
  const changed = outputs.filter((_, i) => i >= state || unchanged[i] !== true);
  unchanged.forEach((same, k) => {
    if (same) placement.alias(outputs[k] as Variable, initial[k] as Atom);
  });
  if (changed.length === 0 && !hasEffects(equation)) return;
  if (!runs) return placement.placeDirect({ ...equation, outputs: changed }, [], () => []);
  placement.placeDirect({ ...equation, outputs: changed }, [], (results) => {
    let next = 0;
    const before = initial.map((_, k) => (unchanged[k] === true ? undefined : (results[next++] as DraftBuffer)));
    const sequences = results.slice(next);
    const states = operands.slice(constants, constants + state).map((b, k) => before[k] ?? b);
    const windowOn = (of: Buffer, variable: Atom): DraftBuffer => windowOf(new DraftBuffer(variable.type.dtype, sizeOf(variable.type.shape)), of);
    const windows = operands.slice(constants + state).map((of, i) => windowOn(of, body.inputs[constants + state + i] as Atom));
    const given = [...operands.slice(0, constants), ...states];
    const inside = lowerInner(body, [...given, ...windows], body.outputs.map((_, i) => (i >= state ? "new" : unchanged[i] === true ? undefined : "state")), lower, isWhile ? [] : before);
    inside.results.slice(state).forEach((b, i) => windowOf(b as DraftBuffer, sequences[i] as Buffer));
    const asked = test === undefined ? undefined : lowerInner(test, given, ["new"], lower);
    const leaves = before.flatMap((b, k): State[] => (b === undefined ? [] : [{ initial: operands[constants + k] as Buffer, before: b, after: inside.results[k] as Buffer }]));
    const allWindows = touched([...windows, ...(inside.results.slice(state) as Buffer[])], inside.kernels);
    const kernel: RepeatKernel = {
      kind: "repeat", name: equation.primitive.name, place: equation.place, test: asked?.kernels ?? [], condition: asked?.results[0], body: oldBeforeNew(inside.kernels, leaves),
      length: isWhile ? 0 : length, reverse: loop.reverse, state: leaves, windows: allWindows, own: [],
    };
    // those that nothing is written to, since they have no elements, too
    const own = new Set<Buffer>([...leaves.map((s) => s.after).filter((b) => !before.includes(b as DraftBuffer)), ...ownBuffers(kernel, new Set<Buffer>([...operands, ...results, ...allWindows]))]);
    return [{ ...kernel, own: [...own] }];
  });
}

function placeBranches(placement: Placement, equation: Equation, branches: readonly Program[], lower: Lower): void {
  const [index, ...operands] = equation.inputs.map((atom) => placement.bufferOf(atom));
  placement.placeDirect(equation, [], (results) => {
    const lists = branches.map((program) => lowerInner(program, operands, program.outputs.map(() => "new"), lower));
    const windows = lists.flatMap((list) => touched(list.results.map((b, i) => windowOf(b as DraftBuffer, results[i] as Buffer)), list.kernels));
    const kernel = { kind: "branch" as const, name: equation.primitive.name, place: equation.place, index: index as Buffer, branches: lists.map((l) => l.kernels), windows, own: [] };
    return [{ ...kernel, own: ownBuffers(kernel, new Set<Buffer>([index as Buffer, ...operands, ...results, ...windows])) }];
  });
}

/** Those that some kernel reads or writes. Nothing touches the elements of an empty sequence, which may lie nowhere. */
function touched(windows: readonly Buffer[], kernels: readonly Kernel[]): Buffer[] {
  const all = new Set<Buffer>();
  for (const kernel of kernels) {
    const { reads, writes } = trafficOf(kernel);
    for (const b of [...reads, ...writes]) all.add(b);
  }
  return windows.filter((w) => all.has(w));
}

function windowOf(buffer: DraftBuffer, of: Buffer): DraftBuffer {
  buffer.role = { kind: "window", of };
  return buffer;
}

interface Inner {
  readonly kernels: readonly Kernel[];
  /** By output; each is a buffer that nothing else is, or undefined where none was wanted. */
  readonly results: readonly (DraftBuffer | undefined)[];
}

/**
 * A program on buffers that are there. Outputs wanted "new" are written to buffers of their own, which are nobody else's; those of the "state"
 * too, unless they are one of the `old` values, each of which one output may be.
 */
function lowerInner(given: Program, inputs: readonly DraftBuffer[], wanted: readonly ("new" | "state" | undefined)[], lower: Lower, old: readonly (DraftBuffer | undefined)[] = []): Inner {
  const program = writeProductSums(given);
  const placement = new Placement(program, inputs);
  lower.place(placement, program);
  const taken = new Set<Buffer>(inputs);
  const moved = new Set<Buffer>();
  const copies = new Map<Buffer, DraftBuffer[]>();
  const sources = program.outputs.map((atom) => placement.bufferOf(atom));
  const results = program.outputs.map((_, i): DraftBuffer | undefined => {
    if (wanted[i] === undefined) return undefined;
    const source = sources[i] as DraftBuffer;
    if (wanted[i] === "state" && old.includes(source) && !moved.has(source)) {
      moved.add(source);
      return source;
    }
    if (source.role.kind === "temporary" && !taken.has(source)) {
      taken.add(source);
      return source;
    }
    const copy = new DraftBuffer(source.dtype, source.length);
    const others = copies.get(source);
    if (others === undefined) copies.set(source, [copy]);
    else others.push(copy);
    return copy;
  });
  return { kernels: withCopies(lower.emit(placement), copies), results };
}

/** The kernels, and what they leave in some buffers in others too: written by the very kernels where that is possible. */
function withCopies(kernels: readonly Kernel[], copies: ReadonlyMap<Buffer, readonly DraftBuffer[]>): readonly Kernel[] {
  if (copies.size === 0) return kernels;
  const written = new Set<Buffer>();
  /** Those that some kernel writes which cannot store anything besides. */
  const apart = new Set<Buffer>();
  for (const kernel of kernels) {
    const simple = isSimple(kernel);
    for (const b of trafficOf(kernel).writes) (simple ? written : apart).add(b);
  }
  const besides = new Map([...copies].filter(([from]) => written.has(from) && !apart.has(from)));
  const after = [...copies].flatMap(([from, to]) => (besides.has(from) ? [] : to.map((copy) => copyOf(from, copy))));
  return [...kernels.map((k) => alsoStoring(k, besides)), ...after];
}

function isSimple(kernel: Kernel): boolean {
  if (kernel.kind === "loops") return !kernel.sequential && kernel.stages.every((s) => s.stores.every(plain));
  return kernel.kind === "contraction" && kernel.stores.every(plain);
}

function copyOf(from: Buffer, to: Buffer): Kernel {
  const value: Expression = { kind: "load", dtype: from.dtype, access: { buffer: from, offset: 0, strides: [1] }, terms: [] };
  const store: Store = { access: { buffer: to, offset: 0, strides: [1] }, value, terms: [], condition: undefined, combine: undefined };
  return loopKernel(undefined, "copy", [from.length], [stageOf([], { stores: [store] })]);
}

const plain = ({ terms, condition, combine }: Store): boolean => terms.length === 0 && condition === undefined && combine === undefined;

function alsoStoring(kernel: Kernel, copies: ReadonlyMap<Buffer, readonly DraftBuffer[]>): Kernel {
  const twice = (stores: readonly Store[]): Store[] => stores.flatMap((s) => [s, ...(copies.get(s.access.buffer) ?? []).map((buffer) => ({ ...s, access: { ...s.access, buffer } }))]);
  if (![...trafficOf(kernel).writes].some((b) => copies.has(b))) return kernel;
  if (kernel.kind === "loops") return { ...kernel, stages: kernel.stages.map((s) => ({ ...s, stores: twice(s.stores) })) };
  return kernel.kind === "contraction" ? { ...kernel, stores: twice(kernel.stores) } : kernel;
}

/** What the kernels inside write and nobody outside knows. */
function ownBuffers(kernel: Kernel, outside: ReadonlySet<Buffer>): Buffer[] {
  const own = new Set<Buffer>();
  for (const inner of listsOf(kernel).flat()) {
    const { reads, writes } = trafficOf(inner);
    for (const b of [...writes, ...reads]) if (b.role.kind === "temporary" && !outside.has(b)) own.add(b);
  }
  return [...own];
}
