/**
 * A loop group as a kernel. Reductions cut it into stages: what a reduction gives is known when its stage has run. A value that a later stage
 * needs again is computed again where that is cheap and kept in memory where it is not. Few results of many elements are combined block
 * by block, and the blocks after that, so that the work can be shared out and the order never depends on who does it.
 */
import type { DType } from "../../core/dtype.ts";
import type { Atom, Variable } from "../../core/program.ts";
import { range, sizeOf, without } from "../../core/shape.ts";
import type { Expression, LoopKernel, Reduction, Stage, Store } from "../ir.ts";
import { mapOfAxes, type PointMap, positionOf, sameMap } from "./affine.ts";
import { boxesOf, cutsFor, type Read } from "./cuts.ts";
import { DraftBuffer, type Home, type LoopGroup, type Member } from "./groups.ts";
import { operandsAt } from "./operands.ts";
import { ExpressionBuilder, type Loop, type Loops, loopsOver, type Resolved } from "./expressions.ts";
import type { Placement } from "./placement.ts";

/** Elements of a block of a reduction with few results. */
const block = 4096;
/** A value that costs more than this (see core/cost.ts) is kept for later stages. */
const dear = 8;

const isReduction = (m: Member): boolean => m.equation.primitive.lower.form === "reduction";

export function emitLoopGroup(group: LoopGroup, placement: Placement): LoopKernel[] {
  const axes = range(group.shape.length);
  if (group.reduced === undefined && group.cut) return cutKernels(group, placement);
  if (group.reduced === undefined) {
    const stages = [new StageBuilder(group, placement, loopsOver(axes, axes.length), new Map(), 0).stage([], group.members, [])];
    return [kernelOf(group, group.shape, stages)];
  }
  return group.blocked ? blockedKernels(group, placement) : [stagedKernel(group, placement)];
}

/** One kernel for each box in which every assembly is one piece. */
function cutKernels(group: LoopGroup, placement: Placement): LoopKernel[] {
  const { shape, members } = group;
  const axes = range(shape.length);
  const home = (v: Variable): Home => placement.homeFor(v, group.index);
  const cuts = { axes: shape.map(() => new Set<number>()), reads: [] as Read[] };
  for (const { variable, map, equation } of members) {
    const roots = operandsAt(equation, map, shape.length) ?? [{ atom: variable, map }];
    for (const root of roots) {
      const needed = cutsFor(root.atom, root.map, shape, home);
      needed?.axes.forEach((set, d) => set.forEach((c) => cuts.axes[d]?.add(c)));
      cuts.reads.push(...(needed?.reads ?? []));
    }
  }
  return boxesOf(shape, cuts).map(({ start, lengths }) => {
    const loops: Loops = { ...loopsOver(axes, axes.length), start, lengths };
    return kernelOf(group, lengths, [new StageBuilder(group, placement, loops, new Map(), 0).stage([], members, [])]);
  });
}

function kernelOf(group: LoopGroup, outer: readonly number[], stages: readonly Stage[], suffix = ""): LoopKernel {
  const last = group.members[group.members.length - 1] as Member;
  const names = [...new Set(group.members.map((m) => m.equation.primitive.name))];
  const name = names.length > 4 ? [...names.slice(0, 3), `${names.length - 3} more`].join("_").replaceAll(" ", "_") : names.join("_");
  return { kind: "loops", name: name + suffix, place: last.equation.place, outer, stages, sequential: false };
}

/** In which stage each member is computed; a result of a reduction or what is made of it, in which it is there. */
function stagesOf(group: LoopGroup, placement: Placement): Map<Variable, number> {
  const stages = new Map<Variable, number>();
  for (const member of group.members) {
    let stage = 0;
    const seen = new Set<Atom>();
    const stack: Atom[] = [...member.equation.inputs];
    for (let atom = stack.pop(); atom !== undefined; atom = stack.pop()) {
      if ("splat" in atom || seen.has(atom)) continue;
      seen.add(atom);
      const own = stages.get(atom);
      const home = placement.homeFor(atom, group.index);
      if (own !== undefined) stage = Math.max(stage, own);
      else if (home.kind === "virtual") stack.push(...home.equation.inputs);
      // joined the group after this member, which computes it on the way
      else if (home.kind === "member" && home.member.group === group) stack.push(...home.member.equation.inputs);
    }
    stages.set(member.variable, isReduction(member) ? stage + 1 : stage);
  }
  return stages;
}

class StageBuilder {
  readonly #group: LoopGroup;
  readonly #placement: Placement;
  readonly #stages: ReadonlyMap<Variable, number>;
  readonly #stage: number;
  readonly #loops: Loops;
  readonly builder: ExpressionBuilder;
  /** Results of the reductions of earlier stages. */
  readonly results: Map<Variable, Reduction> = new Map();

  constructor(group: LoopGroup, placement: Placement, loops: Loops, stages: ReadonlyMap<Variable, number>, stage: number, results?: Map<Variable, Reduction>) {
    this.#group = group;
    this.#placement = placement;
    this.#stages = stages;
    this.#stage = stage;
    this.#loops = loops;
    if (results) this.results = results;
    this.builder = new ExpressionBuilder({
      loops,
      home: (v) => placement.homeFor(v, group.index),
      constant: (array) => placement.bufferOf(array),
      resolve: (v, map) => this.#resolve(v, map),
    });
  }

  #resolve(variable: Variable, map: PointMap): Resolved | undefined {
    const home = this.#placement.homeFor(variable, this.#group.index);
    if (home.kind !== "member" || home.member.group !== this.#group) return undefined;
    const { member } = home;
    if (isReduction(member)) return { expression: { kind: "result", dtype: variable.type.dtype, of: this.results.get(variable) as Reduction } };
    // used at other points before it joined the group: computed anew there
    if (!sameMap(member.map, map, variable.type.shape, this.#loops.rank)) return { equation: member.equation, map };
    const earlier = member.level === "inner" && (this.#stages.get(variable) ?? 0) < this.#stage;
    if (earlier && member.buffer !== undefined) return { expression: this.builder.load(member.buffer, positionOf(map, variable.type.shape, this.#loops.rank)) };
    return { equation: member.equation, map: member.map };
  }

  reduction(member: Member): Reduction {
    const { equation, variable } = member;
    const { lower } = equation.primitive;
    if (lower.form !== "reduction") throw new Error("unreachable");
    const operand = equation.inputs[0] as Atom;
    const { dtype } = variable.type;
    const map = operandMap(member, this.#group);
    return { kind: "reduction", dtype, combine: lower.combine(dtype), identity: lower.identity(dtype), value: this.builder.build(operand, map) };
  }

  stage(inner: readonly number[], members: readonly Member[], reductions: readonly Reduction[]): Stage {
    const stores: Store[] = [];
    for (const { variable, map, buffer } of members) {
      if (buffer === undefined) continue;
      const value = this.builder.build(variable, map);
      stores.push({ access: this.builder.access(buffer, positionOf(map, variable.type.shape, this.#loops.rank)), value, terms: [], condition: undefined, combine: undefined });
    }
    return { inner, reductions, carries: [], stores, checks: [] };
  }
}

/** The point of the operand of a reduction: the axes it removes are those of the group, in order. */
function operandMap({ equation, map }: Member, group: LoopGroup): PointMap {
  const { lower } = equation.primitive;
  if (lower.form !== "reduction" || map.kind !== "axes") throw new Error("unreachable");
  const axes = lower.axes(equation.params);
  const { shape } = (equation.inputs[0] as Atom).type;
  const rank = group.shape.length;
  const long = (group.reduced as readonly number[]).filter((d) => group.shape[d] !== 1);
  let kept = 0;
  let removed = 0;
  const exact = axes.length === (group.reduced as readonly number[]).length && shape.length === rank;
  const dims = shape.map((length, a): number => {
    if (!axes.includes(a)) {
      const of = map.axes[kept++];
      return of === undefined ? -1 : of.strides.indexOf(1);
    }
    if (exact) return (group.reduced as readonly number[])[removed++] as number;
    return length === 1 ? -1 : (long[removed++] as number);
  });
  return mapOfAxes(dims, rank);
}

function stagedKernel(group: LoopGroup, placement: Placement): LoopKernel {
  const reduced = group.reduced as readonly number[];
  const outer = without(range(group.shape.length), reduced);
  const stages = stagesOf(group, placement);
  const stageOf = (m: Member): number => (stages.get(m.variable) as number) - (isReduction(m) ? 1 : 0);
  const inner = group.members.filter((m) => m.level === "inner");
  keepDear(group, placement, stages);
  const last = group.members.reduce((max, m) => (m.level === "inner" || isReduction(m) ? Math.max(max, stageOf(m)) : max), 0);
  const loops = loopsOver([...outer, ...reduced], group.shape.length);
  const lengths = (dims: readonly number[]): number[] => dims.map((d) => group.shape[d] as number);
  const results = new Map<Variable, Reduction>();
  const out: Stage[] = [];
  for (let s = 0; s <= last; s++) {
    const builder = new StageBuilder(group, placement, loops, stages, s, results);
    const here = group.members.filter((m) => isReduction(m) && stageOf(m) === s);
    const reductions = here.map((m) => builder.reduction(m));
    out.push(builder.stage(lengths(reduced), inner.filter((m) => stageOf(m) === s), reductions));
    here.forEach((m, i) => results.set(m.variable, reductions[i] as Reduction));
  }
  const final = group.members.filter((m) => m.level === "outer" && m.buffer !== undefined);
  if (final.length > 0) out.push(new StageBuilder(group, placement, loopsOver(outer, group.shape.length), stages, last + 1, results).stage([], final, []));
  return kernelOf(group, lengths(outer), out.filter((s) => s.stores.length > 0 || s.reductions.length > 0));
}

/** Inner values that a later stage needs and that are dear to compute again get a buffer. */
function keepDear(group: LoopGroup, placement: Placement, stages: ReadonlyMap<Variable, number>): void {
  for (const member of group.members) {
    const at = (stages.get(member.variable) as number) - (isReduction(member) ? 1 : 0);
    if (member.level === "outer" && !isReduction(member)) continue;
    const seen = new Set<Atom>();
    const stack: Atom[] = [...member.equation.inputs];
    for (let atom = stack.pop(); atom !== undefined; atom = stack.pop()) {
      if ("splat" in atom || seen.has(atom)) continue;
      seen.add(atom);
      const home = placement.homeFor(atom, group.index);
      if (home.kind === "virtual") stack.push(...home.equation.inputs);
      if (home.kind !== "member" || home.member.group !== group || home.member.level === "outer") continue;
      const { member: used } = home;
      if ((stages.get(used.variable) as number) >= at) continue;
      if (used.buffer === undefined && placement.costBelow(used) > dear) used.buffer = new DraftBuffer(used.variable.type.dtype, sizeOf(used.variable.type.shape));
      if (used.buffer === undefined) stack.push(...used.equation.inputs);
    }
  }
}

/** The axis that is cut into blocks: the outermost behind which no more than a block lies, so that blocks lie in a row, where it gives enough of them; else the longest. */
function cutAxis(shape: readonly number[], reduced: readonly number[]): number {
  const inOrder = [...reduced].sort((a, b) => a - b);
  const lengthOf = (d: number): number => shape[d] as number;
  const behind = (d: number): number => sizeOf(inOrder.filter((other) => other > d).map(lengthOf));
  return inOrder.find((d) => lengthOf(d) >= 16 && behind(d) <= block) ?? inOrder.reduce((longest, d) => (lengthOf(d) > lengthOf(longest) ? d : longest));
}

/** A reduction in blocks along one reduced axis, the rest of that axis, and the sum of the blocks. */
function blockedKernels(group: LoopGroup, placement: Placement): LoopKernel[] {
  const reduced = group.reduced as readonly number[];
  const rank = group.shape.length;
  const outer = without(range(rank), reduced);
  const lengths = (dims: readonly number[]): number[] => dims.map((d) => group.shape[d] as number);
  const first = cutAxis(group.shape, reduced);
  const restInOrder = reduced.filter((d) => d !== first).sort((a, b) => a - b);
  const length = group.shape[first] as number;
  const width = Math.max(1, Math.min(length, Math.ceil(block / sizeOf(lengths(restInOrder)))));
  const blocks = Math.floor(length / width);
  const tail = length - blocks * width;
  const count = blocks + (tail > 0 ? 1 : 0);
  const results = sizeOf(lengths(outer));
  const reductions = group.members.filter(isReduction);
  const partials = reductions.map((m) => new DraftBuffer(m.variable.type.dtype, results * count));
  const stages = new Map<Variable, number>(group.members.map((m) => [m.variable, 0]));
  const inner = group.members.filter((m) => m.level === "inner");
  const part = (start: number, shape: readonly number[], loops: readonly Loop[], innerShape: readonly number[], firstBlock: number, suffix: string): LoopKernel => {
    const starts = range(rank).map((d) => (d === first ? start : 0));
    const builder = new StageBuilder(group, placement, { rank, loops, start: starts }, stages, 0);
    const values = reductions.map((m) => builder.reduction(m));
    const stage = builder.stage(innerShape, inner, values);
    // partial results lie [results][blocks]
    const stores = values.map((of, i): Store => {
      const strides = blockStrides(shape, results, count);
      return { access: { buffer: partials[i] as DraftBuffer, offset: firstBlock, strides }, value: { kind: "result", dtype: of.dtype, of }, terms: [], condition: undefined, combine: undefined };
    });
    return kernelOf(group, shape, [stage, { inner: [], reductions: [], carries: [], stores, checks: [] }], suffix);
  };
  const step = (dims: readonly number[]): Loop[] => dims.map((axis) => ({ axis, step: 1 }));
  const kernels: LoopKernel[] = [];
  if (blocks > 0) {
    const loops = [...step(outer), { axis: first, step: width }, { axis: first, step: 1 }, ...step(restInOrder)];
    kernels.push(part(0, [...lengths(outer), blocks], loops, [width, ...lengths(restInOrder)], 0, "_blocks"));
  }
  if (tail > 0) {
    const loops = [...step(outer), { axis: first, step: 0 }, { axis: first, step: 1 }, ...step(restInOrder)];
    kernels.push(part(blocks * width, [...lengths(outer), 1], loops, [tail, ...lengths(restInOrder)], blocks, "_rest"));
  }
  kernels.push(combineBlocks(group, reductions, partials, results, count));
  return kernels;
}

/** Strides of partial results [results][count] over loops [...outer, blocks]. */
function blockStrides(shape: readonly number[], results: number, count: number): number[] {
  const strides = new Array<number>(shape.length).fill(1);
  let size = results * count;
  for (let d = 0; d < shape.length - 1; d++) {
    size /= shape[d] as number;
    strides[d] = size;
  }
  return strides;
}

function combineBlocks(group: LoopGroup, reductions: readonly Member[], partials: readonly DraftBuffer[], results: number, count: number): LoopKernel {
  const values = reductions.map((m, i): Reduction => {
    const { lower } = m.equation.primitive;
    if (lower.form !== "reduction") throw new Error("unreachable");
    const dtype: DType = m.variable.type.dtype;
    const value: Expression = { kind: "load", dtype, access: { buffer: partials[i] as DraftBuffer, offset: 0, strides: [count, 1] }, terms: [] };
    return { kind: "reduction", dtype, combine: lower.combine(dtype), identity: lower.identity(dtype), value };
  });
  const stores = reductions.flatMap((m, i): Store[] => {
    const of = values[i] as Reduction;
    return m.buffer === undefined ? [] : [{ access: { buffer: m.buffer, offset: 0, strides: [1] }, value: { kind: "result", dtype: of.dtype, of }, terms: [], condition: undefined, combine: undefined }];
  });
  const stage: Stage = { inner: [count], reductions: values, carries: [], stores: [], checks: [] };
  return kernelOf(group, [results], [stage, { inner: [], reductions: [], carries: [], stores, checks: [] }], "_combined");
}
