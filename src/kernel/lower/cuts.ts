/**
 * Reading through assemblies (pad, concatenate): the points of a group are cut into boxes, in each of which an element of the assembly comes
 * from one piece alone. No element is copied on the way and none is asked where it lies.
 */
import { InternalError } from "../../errors.ts";
import type { Piece } from "../../core/lowering.ts";
import { type Atom, type Equation, isVariable, type Variable } from "../../core/program.ts";
import { range, type Shape, sizeOf, without } from "../../core/shape.ts";
import type { Affine, PointMap } from "./affine.ts";
import type { Home } from "./groups.ts";
import { assemblyOf, fillAt, operandsAt, type OperandAt, pieceAt } from "./operands.ts";

/** More boxes than this are not worth it, nor are more than one for so many points: what is small stays in the cache anyhow. */
const mostBoxes = 16;
const pointsPerBox = 256;

export interface Box {
  readonly start: Shape;
  readonly lengths: Shape;
}

/** An assembly, and which of its elements is read at a point. */
export interface Read {
  readonly equation: Equation;
  readonly map: PointMap;
}

/** Where each axis of the space is cut, and the assemblies that are read. */
export interface Cuts {
  readonly axes: readonly Set<number>[];
  readonly reads: Read[];
}

/** The cuts that one value needs; undefined where the pieces do not lie along the axes of the space. */
export function cutsFor(root: Atom, rootMap: PointMap, space: Shape, home: (v: Variable, map: PointMap) => Home): Cuts | undefined {
  const cuts = space.map(() => new Set<number>());
  const reads: Read[] = [];
  const stack: OperandAt[] = [{ atom: root, map: rootMap }];
  const seen = new Map<Atom, PointMap[]>();
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { atom, map } = top;
    const before = seen.get(atom);
    if (!isVariable(atom) || before?.includes(map)) continue;
    if (before) before.push(map);
    else seen.set(atom, [map]);
    const at = home(atom, map);
    if (at.kind !== "virtual") continue;
    const { equation } = at;
    if (equation.primitive.lower.form !== "assembly") {
      stack.push(...(operandsAt(equation, map, space.length) ?? []));
      continue;
    }
    if (map.kind === "linear") return undefined;
    reads.push({ equation, map });
    for (const piece of assemblyOf(equation).pieces) {
      const { to, shape } = piece;
      const along = map.axes.every((axis, a) => cutAxis(cuts, space, axis, to[a] as number) && cutAxis(cuts, space, axis, (to[a] as number) + (shape[a] as number)));
      if (!along) return undefined;
      stack.push(pieceAt(equation, piece, map.axes));
    }
  }
  return { axes: cuts, reads };
}

/** Cuts where the position along an axis crosses `bound`; false where it runs along several loops at once. */
function cutAxis(cuts: readonly Set<number>[], space: Shape, { offset, strides }: Affine, bound: number): boolean {
  const dims = strides.flatMap((s, d) => (s === 0 || space[d] === 1 ? [] : [d]));
  if (dims.length > 1) return false;
  const [d] = dims;
  if (d === undefined) return true;
  const stride = strides[d] as number;
  const cut = stride > 0 ? Math.ceil((bound - offset) / stride) : Math.floor((offset - bound) / -stride) + 1;
  if (cut > 0 && cut < (space[d] as number)) (cuts[d] as Set<number>).add(cut);
  return true;
}

/** Whether a space may be cut like this. */
export function isWorthCutting(space: Shape, axes: Cuts["axes"]): boolean {
  const count = countBoxes(axes);
  return count <= mostBoxes && count <= 1 + sizeOf(space) / pointsPerBox;
}

export function countBoxes(axes: Cuts["axes"]): number {
  return axes.reduce((product, c) => product * (c.size + 1), 1);
}

/** A box of the axes that stay, and the boxes that it falls into along those that are reduced. */
export interface Part {
  readonly box: Box;
  readonly inner: readonly Box[];
}

/** The boxes between the cuts; neighbours in which every assembly is the same piece are one box. */
export function partsOf(space: Shape, reduced: readonly number[], { axes, reads }: Cuts): Part[] {
  const labelOf = (box: Box): string => reads.map((r) => pieceInBox(r, box)).join();
  const within = (box: Box): Box[] => divided(box, reduced, axes, labelOf);
  const show = (box: Box): string => [...reduced.flatMap((d) => [box.start[d], box.lengths[d]]), labelOf(box)].join();
  const whole: Box = { start: space.map(() => 0), lengths: space };
  const outer = divided(whole, without(range(space.length), reduced), axes, (box) => within(box).map(show).join(";"));
  return outer.map((box) => ({ box, inner: within(box) }));
}

const replaced = (list: Shape, d: number, value: number): number[] => list.map((n, k) => (k === d ? value : n));

/** The boxes that a box is cut into along some axes; neighbours of one label are one box. */
function divided(whole: Box, dims: readonly number[], axes: Cuts["axes"], labelOf: (box: Box) => string): Box[] {
  let boxes: Box[] = [whole];
  for (const d of dims) {
    const length = whole.lengths[d] as number;
    const bounds = [0, ...[...(axes[d] as ReadonlySet<number>)].sort((a, b) => a - b), length];
    boxes = boxes.flatMap(({ start, lengths }) => bounds.slice(1).map((end, i): Box => ({ start: replaced(start, d, bounds[i] as number), lengths: replaced(lengths, d, end - (bounds[i] as number)) })));
  }
  let labelled = boxes.filter(({ lengths }) => dims.every((d) => (lengths[d] as number) > 0)).map((box) => ({ box, label: labelOf(box) }));
  for (const d of [...dims].reverse()) {
    const merged = new Map<string, (typeof labelled)[number][]>();
    const others = (list: Shape): string => list.filter((_, k) => k !== d).join();
    for (const entry of labelled) {
      const { box, label } = entry;
      const key = `${label}|${others(box.start)}|${others(box.lengths)}`;
      const row = merged.get(key) ?? [];
      merged.set(key, row);
      const last = row[row.length - 1]?.box;
      const adjoins = last !== undefined && (last.start[d] as number) + (last.lengths[d] as number) === box.start[d];
      const joined = adjoins ? { start: last.start, lengths: replaced(last.lengths, d, (last.lengths[d] as number) + (box.lengths[d] as number)) } : undefined;
      // in steps, two boxes may lie before and behind a piece that they do not touch
      if (joined !== undefined && labelOf(joined) === label) row[row.length - 1] = { label, box: joined };
      else row.push(entry);
    }
    labelled = [...merged.values()].flat();
  }
  const before = (a: Box, b: Box): number => dims.map((d) => (a.start[d] as number) - (b.start[d] as number)).find((n) => n !== 0) ?? 0;
  return labelled.map(({ box }) => box).sort(before);
}

/** The piece that a box lies in, -1 where it lies in none, undefined where it is divided. */
function pieceInBox({ equation, map }: Read, { start, lengths }: Box): number | undefined {
  if (map.kind === "linear") throw new InternalError("an assembly read by position");
  const spans = map.axes.map(({ offset, strides }) => {
    let [low, high] = [offset, offset];
    strides.forEach((s, d) => {
      const [a, b] = [s * (start[d] as number), s * ((start[d] as number) + (lengths[d] as number) - 1)];
      low += Math.min(a, b);
      high += Math.max(a, b);
    });
    return [low, high] as const;
  });
  const { pieces } = assemblyOf(equation);
  const touched = pieces.flatMap(({ to, shape }, i) => (sizeOf(shape) > 0 && spans.every(([low, high], a) => high >= (to[a] as number) && low < (to[a] as number) + (shape[a] as number)) ? [i] : []));
  const [only] = touched;
  if (only === undefined) return -1;
  const { to, shape } = pieces[only] as Piece;
  const inside = spans.every(([low, high], a) => low >= (to[a] as number) && high < (to[a] as number) + (shape[a] as number));
  return touched.length === 1 && inside ? only : undefined;
}

/** What an assembly is in a box: the piece, or the filling. */
export function operandInBox(equation: Equation, map: PointMap, box: Box): OperandAt {
  const index = pieceInBox({ equation, map }, box);
  const { pieces, fill } = assemblyOf(equation);
  if (index === -1 && fill !== undefined) return fillAt(equation, fill);
  const piece = index === undefined ? undefined : pieces[index];
  if (piece === undefined || map.kind === "linear") throw new InternalError("a box of which an assembly is not one piece");
  return pieceAt(equation, piece, map.axes);
}
