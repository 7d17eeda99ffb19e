/**
 * Decides how a kernel runs: which loop is vectorised, in what order the loops stand, and how the points of `outer` are shared out.
 *
 * vertical: the lanes are different points of `outer`, and each runs through all stages by itself. Sums are taken one element after another.
 * horizontal: the lanes are different points of the last inner loop. Element number e of a run along that loop goes to lane e mod 16; what is
 * left over at its end goes to four lanes in the same way, and what is left of that to one more, in order. In the end sixteen lanes become
 * four as (0+4)+(8+12), (1+5)+(9+13), …, four become one as (0+1)+(2+3), and the three partial results are combined in this order.
 * scalar: one element after another.
 * A sum of floats of which a lane takes r ≥ 32 elements in the innermost loop goes in two levels: the sum of 2^max(4, ½·log₂ r, rounded) elements at
 * a time, and the sum of these.
 * None of it depends on how the points are shared out among threads.
 */
import type { Expression, LoopKernel, Stage } from "../../../kernel/ir.ts";
import { costOf } from "../../../core/cost.ts";
import { range, sizeOf } from "../../../core/shape.ts";
import type { Target } from "../target.ts";
import { operandsOf, postOrder, rootsOf } from "./graph.ts";
import { type Demand, type Loop, loopsOf, merge, sortForMemory, vectorPrice } from "./nest.ts";

export interface StagePlan {
  readonly stage: Stage;
  /** Operands before those who use them. */
  readonly order: readonly Expression[];
  readonly roots: readonly Expression[];
  readonly inner: readonly Loop[];
  /** Some inner loop has no points. */
  readonly empty: boolean;
}

export interface Plan {
  readonly mode: "scalar" | "vertical" | "horizontal";
  readonly outer: readonly Loop[];
  /** The position in `outer` of the vectorised loop; -1: none. */
  readonly vector: number;
  readonly stages: readonly StagePlan[];
  /** Elements of the groups that are worked on, the largest first. */
  readonly lanes: readonly number[];
  /** Estimated nanoseconds for all points. */
  readonly cost: number;
}

/** Elements of a group: pairs of registers can be joined, and four of them hide the latency of most instructions. */
const groupLanes = 16;
/** What is left over goes by fours, then one by one. */
const usual: readonly number[] = [groupLanes, 4];
/** More expressions than this in one body are computed one element at a time: their values would not fit into the locals of a function. */
const manyExpressions = 1500;

interface Draft extends StagePlan {
  readonly demands: readonly Demand[];
  readonly arithmetic: number;
  readonly points: number;
}

function draft(stage: Stage, outerRank: number): Draft {
  const roots = rootsOf(stage);
  const order = postOrder(roots);
  const demands: Demand[] = [];
  let arithmetic = stage.reductions.length + stage.carries.length;
  for (const { access, terms } of stage.stores) demands.push({ strides: access.strides, gather: terms.length > 0 });
  for (const e of order) {
    if (e.kind === "load") demands.push({ strides: e.access.strides, gather: e.terms.length > 0 });
    if (e.kind === "apply") arithmetic += costOf(e.instruction);
  }
  return { stage, roots, order, demands, arithmetic, points: sizeOf(stage.inner), inner: loopsOf(stage.inner, outerRank), empty: sizeOf(stage.inner) === 0 };
}

function linearOf(d: Draft): (readonly number[])[] {
  return [...d.demands.map((x) => x.strides), ...d.order.flatMap((e) => (e.kind === "index" ? [e.strides] : []))];
}

const needsScalar = (drafts: readonly Draft[]): boolean => drafts.some((d) => d.order.length > manyExpressions || d.stage.checks.length > 0);

/** Whether the lanes may be points of this loop: places and conditions of stores that are computed must be the same in all of them. */
function mayBeLanes({ stage, order }: Draft, { dimension }: Loop, sequential: boolean): boolean {
  const computed = stage.stores.flatMap((s) => [...s.terms.map((t) => t.index), ...(s.condition === undefined ? [] : [s.condition])]);
  if (sequential) {
    // One element after another is what groups do too if they write different elements of one buffer, and read others.
    const [first] = stage.stores;
    if (stage.stores.length > 1 || first === undefined || first.access.strides[dimension] === 0) return false;
    if (order.some((e) => e.kind === "load" && e.access.buffer === first.access.buffer)) return false;
  }
  if (computed.length === 0) return true;
  const differs = new Set<Expression>();
  for (const e of order) {
    const strides = e.kind === "load" ? e.access.strides : e.kind === "index" ? e.strides : [];
    const own = e.kind === "result" || e.kind === "carry" || (strides[dimension] ?? 0) !== 0;
    if (own || operandsOf(e).some((o) => differs.has(o))) differs.add(e);
  }
  return computed.every((e) => !differs.has(e));
}

const singlePrice = (d: Draft): number => d.points * (0.8 * d.arithmetic + 0.5 * d.demands.length);

/** The position of the cheapest loop to vectorise and its price. */
function cheapest(loops: readonly Loop[], price: (loop: Loop) => number): { readonly at: number; readonly price: number } {
  let best = { at: -1, price: Number.POSITIVE_INFINITY };
  loops.forEach((loop, at) => {
    const p = price(loop);
    // Of equals the innermost.
    if (p <= best.price && p < Number.POSITIVE_INFINITY) best = { at, price: p };
  });
  return best;
}

const moveLast = <T>(items: readonly T[], at: number): T[] => [...items.filter((_, i) => i !== at), ...(at < 0 ? [] : [items[at] as T])];

export function planLoops(kernel: LoopKernel, target: Target): Plan {
  const rank = kernel.outer.length;
  const drafts = kernel.stages.map((s) => draft(s, rank));
  const points = sizeOf(kernel.outer);
  const storesFirst = drafts.flatMap((d) => d.demands.map((x) => x.strides));
  const inOrder = kernel.sequential ? loopsOf(kernel.outer, 0) : sortForMemory(loopsOf(kernel.outer, 0), storesFirst);
  const outer = merge(inOrder, drafts.flatMap(linearOf));
  const stages = drafts.map((d) => {
    const fixed = kernel.sequential || d.stage.carries.length > 0 || d.stage.checks.length > 0;
    const ordered = fixed ? d.inner : sortForMemory(d.inner, d.demands.map((x) => x.strides));
    return { ...d, inner: merge(ordered, linearOf(d)) };
  });
  const single = stages.reduce((sum, d) => sum + singlePrice(d), 0);
  const scalar = (): Plan => ({ mode: "scalar", outer, vector: -1, stages, lanes: [], cost: points * single * 1.5 });
  if (!target.simd || needsScalar(drafts)) return scalar();

  const price = (d: Draft, loop: Loop): number => (mayBeLanes(d, loop, kernel.sequential) ? d.points * vectorPrice(loop, d.demands, d.arithmetic, groupLanes, target.wide) : Number.POSITIVE_INFINITY);
  if (kernel.sequential) {
    // In row-major order: groups of the last loop, which write different elements, one after another.
    const last = outer.at(-1);
    if (last === undefined || stages.length > 1 || stages.some((d) => d.inner.length > 0) || price(stages[0] as Draft, last) === Number.POSITIVE_INFINITY) return scalar();
    return { mode: "vertical", outer, vector: outer.length - 1, stages, lanes: usual, cost: points * price(stages[0] as Draft, last) };
  }
  const vertical = cheapest(outer, (loop) => stages.reduce((sum, d) => sum + price(d, loop), 0));
  const chosen = stages.map((d) => cheapest(d.inner, (loop) => price(d, loop)));
  const impossible = stages.every((d) => d.inner.length === 0) || stages.some((d, i) => d.stage.carries.length > 0 || (d.inner.length > 0 && (chosen[i]?.at ?? -1) < 0));
  const horizontal = impossible
    ? Number.POSITIVE_INFINITY
    : chosen.reduce((sum, c, i) => {
        const d = stages[i] as Draft;
        return sum + (c.at < 0 ? singlePrice(d) : c.price) + 15 * d.stage.reductions.length;
      }, 0);
  if (horizontal <= vertical.price && horizontal < Number.POSITIVE_INFINITY) {
    const ordered = stages.map((d, i) => ({ ...d, inner: moveLast(d.inner, chosen[i]?.at ?? -1) }));
    return { mode: "horizontal", outer, vector: -1, stages: ordered, lanes: usual, cost: points * horizontal };
  }
  if (outer.length > 0 && vertical.price === Number.POSITIVE_INFINITY) return scalar();
  if (vertical.at < 0) return { mode: "vertical", outer, vector: -1, stages, lanes: usual, cost: points * single };
  const order = verticalOrder(outer, vertical.at, stages);
  const ordered = order.map((i) => outer[i] as Loop);
  const vector = order.indexOf(vertical.at);
  const tiled = inTiles(ordered, vector, stages);
  if (tiled !== undefined) return { mode: "vertical", outer: tiled, vector: tiled.length - 2, stages, lanes: [tileSide], cost: points * vertical.price };
  return { mode: "vertical", outer: ordered, vector, stages, lanes: downColumns(stages) ? [(target.wide ? 4 : 2) * groupLanes, ...usual] : usual, cost: points * vertical.price };
}

/** Simple reductions down long columns read whole cache lines side by side in each row. */
function downColumns(stages: readonly Draft[]): boolean {
  const reducing = stages.filter((d) => d.inner.length > 0);
  const narrow = reducing.every((d) => d.order.every((e) => e.dtype !== "float64"));
  return narrow && reducing.length === 1 && reducing.every((d) => d.points >= 32 && d.order.length <= 6 && d.arithmetic <= 4 && d.stage.reductions.length === 1 && d.stage.carries.length === 0);
}

/** The vectorised loop innermost, but for a loop along which what is strided for the lanes lies in a row: its cache lines are used up in turn. */
function verticalOrder(outer: readonly Loop[], at: number, stages: readonly Draft[]): number[] {
  const vector = (outer[at] as Loop).dimension;
  const order = moveLast(range(outer.length), at);
  const strided = stages.flatMap((d) => d.demands.filter((x) => ![0, 1].includes(x.strides[vector] as number)));
  const along = order.findIndex((i) => i !== at && strided.some((x) => Math.abs(x.strides[(outer[i] as Loop).dimension] as number) === 1));
  return along < 0 ? order : moveLast(order, along);
}

/** Points along a tile, and elements of a group in it: as many cache lines as lie in one set of a first-level cache. Points across it: a few lines. */
const tileSide = 8;
const tileAcross = 64;

/**
 * A matrix read across, whose lines lie a multiple of 4 KiB apart, as they do where sizes are powers of two: all of a column fall into one set
 * of the cache. The two loops go in tiles. Nothing is computed in another order for any one point.
 */
function inTiles(loops: readonly Loop[], at: number, stages: readonly Draft[]): readonly Loop[] | undefined {
  const [vector, along] = loops.slice(-2);
  if (vector === undefined || along === undefined || at !== loops.length - 2 || vector.length % tileAcross > 0 || along.length % tileSide > 0) return undefined;
  const collides = (stride: number): boolean => stride !== 0 && stride % 1024 === 0;
  // much arithmetic wants larger groups
  if (stages.some((d) => d.inner.length > 0 || d.arithmetic > 8) || !stages.some((d) => d.demands.some((x) => collides(x.strides[vector.dimension] as number)))) return undefined;
  const coarse = (loop: Loop, step: number): Loop => ({ ...loop, length: loop.length / step, step });
  return [...loops.slice(0, -2), coarse(vector, tileAcross), coarse(along, tileSide), { ...vector, length: tileAcross }, { ...along, length: tileSide }];
}
