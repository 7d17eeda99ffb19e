/**
 * A loop group as a kernel. Reductions cut it into stages: what a reduction gives is known when its stage has run. A value that a later stage
 * needs again is computed again where that is cheap and kept in memory where it is not. Few results of many elements are combined block
 * by block, and the blocks after that, so that the work can be shared out and the order never depends on who does it.
 */
import type { DType } from "../../core/dtype.ts";
import type { Atom, Variable } from "../../core/program.ts";
import { meaningOf } from "../../core/scalar.ts";
import { range, sizeOf, without } from "../../core/shape.ts";
import type { Expression, LoopKernel, Reduction, Stage, Store } from "../ir.ts";
import { mapOfAxes, type PointMap, positionOf, sameMap } from "./affine.ts";
import { type Box, cutsFor, type Part, partsOf, type Read } from "./cuts.ts";
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
  const { reduced, shape, members } = group;
  const parts = partsOfGroup(group, placement);
  if (reduced !== undefined) return parts.flatMap((part) => (group.blocked ? blockedKernels(group, placement, part) : [stagedKernel(group, placement, part)]));
  const loops = loopsOver(range(shape.length), shape.length);
  return parts.map(({ box }) => kernelOf(group, box.lengths, [new StageBuilder(group, placement, { ...loops, ...box }, new Map(), 0).stage([], members, [])]));
}

/** The boxes in which every assembly that is read is one piece; everything in one where none is read. */
function partsOfGroup(group: LoopGroup, placement: Placement): Part[] {
  const { shape, members } = group;
  const whole: Box = { start: shape.map(() => 0), lengths: shape };
  if (!group.cut) return [{ box: whole, inner: [whole] }];
  // what joined the group after others had been told to compute it at other points is still made of the same pieces there
  const home = (v: Variable, map: PointMap): Home => {
    const at = placement.homeFor(v, group.index);
    const own = at.kind === "member" && at.member.group === group && !isReduction(at.member);
    return own && !sameMap(at.member.map, map, v.type.shape, shape.length) ? { kind: "virtual", equation: at.member.equation, linear: false, size: 0, cost: 0 } : at;
  };
  const cuts = { axes: shape.map(() => new Set<number>()), reads: [] as Read[] };
  for (const member of members) {
    const { equation, map } = member;
    const roots = isReduction(member) ? [{ atom: equation.inputs[0] as Atom, map: operandMap(member, group) }] : (operandsAt(equation, map, shape.length) ?? []);
    for (const root of roots) {
      const needed = cutsFor(root.atom, root.map, shape, home);
      needed?.axes.forEach((set, d) => set.forEach((c) => cuts.axes[d]?.add(c)));
      cuts.reads.push(...(needed?.reads ?? []));
    }
  }
  return partsOf(shape, group.reduced ?? [], cuts);
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
  readonly results: Map<Variable, Expression> = new Map();

  constructor(group: LoopGroup, placement: Placement, loops: Loops, stages: ReadonlyMap<Variable, number>, stage: number, results?: Map<Variable, Expression>) {
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
    if (isReduction(member)) return { expression: this.results.get(variable) as Expression };
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

/** What a reduction of a box comes to where that needs no loop: all elements are one number, and any number of them are combined to the same. */
function knownResult({ combine, identity, value, dtype }: Reduction): Expression | undefined {
  if (value.kind !== "constant") return undefined;
  const both = (a: number, b: number): number => meaningOf(combine)(a, b, 0);
  return Object.is(both(value.value, value.value), value.value) ? { kind: "constant", dtype, value: both(identity, value.value) } : undefined;
}

const resultOf = (of: Reduction): Expression => ({ kind: "result", dtype: of.dtype, of });

/** What the boxes of a reduction come to together. */
function combined({ combine, identity, dtype }: Reduction, parts: readonly Expression[]): Expression {
  const constants = parts.map((p) => (p.kind === "constant" ? p.value : undefined));
  const needed = parts.filter((_, i) => constants[i] === undefined || ![identity, ...constants.slice(0, i)].some((c) => Object.is(c, constants[i])));
  const [first = { kind: "constant", dtype, value: identity }, ...others] = needed;
  return others.reduce((all, part): Expression => ({ kind: "apply", dtype, instruction: combine, operands: [all, part] }), first as Expression);
}

/** One stage of each kind for every box of the axes that are reduced. */
function stagedKernel(group: LoopGroup, placement: Placement, { box, inner: boxes }: Part): LoopKernel {
  const reduced = group.reduced as readonly number[];
  const outer = without(range(group.shape.length), reduced);
  const stages = stagesOf(group, placement);
  const stageOf = (m: Member): number => (stages.get(m.variable) as number) - (isReduction(m) ? 1 : 0);
  const inner = group.members.filter((m) => m.level === "inner");
  keepDear(group, placement, stages);
  const last = group.members.reduce((max, m) => (m.level === "inner" || isReduction(m) ? Math.max(max, stageOf(m)) : max), 0);
  const loops = loopsOver([...outer, ...reduced], group.shape.length);
  const results = new Map<Variable, Expression>();
  const out: Stage[] = [];
  for (let s = 0; s <= last; s++) {
    const here = group.members.filter((m) => isReduction(m) && stageOf(m) === s);
    const kept = inner.filter((m) => stageOf(m) === s);
    const values = boxes.map((part): readonly Reduction[] => {
      const builder = new StageBuilder(group, placement, { ...loops, ...part }, stages, s, results);
      const reductions = here.map((m) => builder.reduction(m));
      const looped = group.cut ? reductions.filter((r) => knownResult(r) === undefined) : reductions;
      out.push(builder.stage(reduced.map((d) => part.lengths[d] as number), kept, looped));
      return reductions;
    });
    here.forEach((m, i) => {
      const own = values.map((v) => v[i] as Reduction);
      results.set(m.variable, group.cut ? combined(own[0] as Reduction, own.map((r) => knownResult(r) ?? resultOf(r))) : resultOf(own[0] as Reduction));
    });
  }
  const final = group.members.filter((m) => m.level === "outer" && m.buffer !== undefined);
  if (final.length > 0) out.push(new StageBuilder(group, placement, { ...loopsOver(outer, group.shape.length), ...box }, stages, last + 1, results).stage([], final, []));
  return kernelOf(group, outer.map((d) => box.lengths[d] as number), out.filter((s) => s.stores.length > 0 || s.reductions.length > 0));
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

/** How the blocks of one box lie: along which axis, how many points of it each takes, and how many points are left. */
interface Blocks {
  readonly box: Box;
  readonly first: number;
  readonly rest: readonly number[];
  readonly width: number;
  readonly blocks: number;
  readonly tail: number;
}

function blocksOf(box: Box, reduced: readonly number[]): Blocks {
  const { lengths } = box;
  const first = cutAxis(lengths, reduced);
  const rest = reduced.filter((d) => d !== first).sort((a, b) => a - b);
  const length = lengths[first] as number;
  const width = Math.max(1, Math.min(length, Math.ceil(block / sizeOf(rest.map((d) => lengths[d] as number)))));
  const blocks = Math.floor(length / width);
  return { box, first, rest, width, blocks, tail: length - blocks * width };
}

/** For each box a reduction in blocks along one reduced axis and the rest of that axis; and the sum of the blocks. */
function blockedKernels(group: LoopGroup, placement: Placement, { inner: boxes }: Part): LoopKernel[] {
  const reduced = group.reduced as readonly number[];
  const rank = group.shape.length;
  const outer = without(range(rank), reduced);
  const outerShape = outer.map((d) => group.shape[d] as number);
  const reductions = group.members.filter(isReduction);
  const stages = new Map<Variable, number>(group.members.map((m) => [m.variable, 0]));
  const inner = group.members.filter((m) => m.level === "inner");
  const parts = reductions.map((): Expression[] => []);
  const looped = boxes.filter((box) => {
    const builder = new StageBuilder(group, placement, { ...loopsOver(range(rank), rank), ...box }, stages, 0);
    const known = reductions.map((m) => knownResult(builder.reduction(m)));
    const needed = !group.cut || known.includes(undefined) || inner.some((m) => m.buffer !== undefined);
    if (!needed) known.forEach((k, i) => parts[i]?.push(k as Expression));
    return needed;
  });
  const plans = looped.map((box) => blocksOf(box, reduced));
  const count = plans.reduce((sum, { blocks, tail }) => sum + blocks + (tail > 0 ? 1 : 0), 0);
  const results = sizeOf(outerShape);
  const partials = reductions.map((m) => new DraftBuffer(m.variable.type.dtype, results * count));
  /** Blocks of so many points of the first axis, from `start` on. */
  const kernel = ({ box, first, rest }: Blocks, start: number, blocks: number, width: number, firstBlock: number, suffix: string): LoopKernel => {
    const step = (dims: readonly number[]): Loop[] => dims.map((axis) => ({ axis, step: 1 }));
    const loops: Loops = {
      rank,
      loops: [...step(outer), { axis: first, step: blocks === 1 ? 0 : width }, { axis: first, step: 1 }, ...step(rest)],
      start: box.start.map((s, d) => (d === first ? s + start : s)),
      lengths: box.lengths.map((n, d) => (d === first ? blocks * width : n)),
    };
    const shape = [...outerShape, blocks];
    const builder = new StageBuilder(group, placement, loops, stages, 0);
    const values = reductions.map((m) => builder.reduction(m));
    const stage = builder.stage([width, ...rest.map((d) => box.lengths[d] as number)], inner, values);
    // partial results lie [results][blocks]
    const strides = blockStrides(shape, results, count);
    const stores = values.map((of, i): Store => ({ access: { buffer: partials[i] as DraftBuffer, offset: firstBlock, strides }, value: resultOf(of), terms: [], condition: undefined, combine: undefined }));
    return kernelOf(group, shape, [stage, { inner: [], reductions: [], carries: [], stores, checks: [] }], suffix);
  };
  const kernels: LoopKernel[] = [];
  let before = 0;
  for (const plan of plans) {
    const { blocks, width, tail } = plan;
    if (blocks > 0) kernels.push(kernel(plan, 0, blocks, width, before, "_blocks"));
    if (tail > 0) kernels.push(kernel(plan, blocks * width, 1, tail, before + blocks, "_rest"));
    before += blocks + (tail > 0 ? 1 : 0);
  }
  kernels.push(combineBlocks(group, reductions, partials, results, count, parts));
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

/** What the blocks come to, and the boxes that needed none. */
function combineBlocks(group: LoopGroup, reductions: readonly Member[], partials: readonly DraftBuffer[], results: number, count: number, known: readonly (readonly Expression[])[]): LoopKernel {
  const values = reductions.map((m, i): Reduction => {
    const { lower } = m.equation.primitive;
    if (lower.form !== "reduction") throw new Error("unreachable");
    const dtype: DType = m.variable.type.dtype;
    const value: Expression = { kind: "load", dtype, access: { buffer: partials[i] as DraftBuffer, offset: 0, strides: [count, 1] }, terms: [] };
    return { kind: "reduction", dtype, combine: lower.combine(dtype), identity: lower.identity(dtype), value };
  });
  const stores = reductions.flatMap((m, i): Store[] => {
    const of = values[i] as Reduction;
    return m.buffer === undefined ? [] : [{ access: { buffer: m.buffer, offset: 0, strides: [1] }, value: combined(of, [resultOf(of), ...(known[i] ?? [])]), terms: [], condition: undefined, combine: undefined }];
  });
  const stage: Stage = { inner: [count], reductions: values, carries: [], stores: [], checks: [] };
  return kernelOf(group, [results], [stage, { inner: [], reductions: [], carries: [], stores, checks: [] }], "_combined");
}
