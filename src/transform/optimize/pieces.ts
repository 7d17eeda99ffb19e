/** Reading from assemblies (padded and joined arrays): a view that lies within one piece reads the operand that the piece comes from. */
import { ConcreteArray } from "../../core/concrete.ts";
import type { Assembly, AxisSource, Piece } from "../../core/lowering.ts";
import type { Equation } from "../../core/program.ts";
import { type Shape, sizeOf } from "../../core/shape.ts";
import { at, TracedArray } from "../../core/tensor.ts";
import type { View, Workspace } from "./workspace.ts";

const assemblies = new WeakMap<Equation, Assembly>();

/** The pieces of an equation that has the form of an assembly, those without elements left out. */
export function assemblyOf(equation: Equation): Assembly | undefined {
  const { lower } = equation.primitive;
  if (lower.form !== "assembly") return undefined;
  let known = assemblies.get(equation);
  if (known === undefined) {
    const { fill, pieces } = lower.assemble(equation.params, equation.inputs.map((a) => a.type.shape), at(equation.outputs, 0).type.shape);
    assemblies.set(equation, (known = { fill, pieces: pieces.filter((p) => sizeOf(p.shape) > 0) }));
  }
  return known;
}

/** How many assemblies one view looks through: joins of joins could otherwise take quadratic time. */
const furthest = 16;

/** The view of what lies behind the assemblies at its root, as far as each shows one piece, or the padding, alone. */
export function lookThrough(view: View, shape: Shape, ws: Workspace): View | ConcreteArray {
  for (let step = 0; step < furthest; step++) {
    const { root, sources } = view;
    const definition = ws.definition(root);
    const assembly = definition && assemblyOf(definition);
    if (definition === undefined || assembly === undefined) return view;
    const counts = sources.map((s) => (s.axis < 0 ? 1 : at(shape, s.axis)));
    const piece = pieceAt(assembly, sources, counts);
    if (piece !== undefined) {
      const operand = ws.operand(definition, piece.operand);
      view = behind({ root: operand, sources: sources.map((s, d) => within(s, piece, d)) }, ws);
    } else if (assembly.fill !== undefined && !assembly.pieces.some((p) => touches(p, sources, counts))) {
      const fill = ws.operand(definition, assembly.fill);
      if (fill instanceof ConcreteArray && fill.splat !== undefined) return ConcreteArray.splat({ ...root.type, shape }, fill.splat);
      view = { root: fill, sources: [] };
    } else return view;
  }
  return view;
}

/** The same elements as seen from the root of the root. */
function behind(view: View, ws: Workspace): View {
  const inner = view.root instanceof TracedArray ? ws.views.get(view.root.variable) : undefined;
  return inner === undefined ? view : { root: inner.root, sources: inner.sources.map((s) => follow(s, view.sources)) };
}

/** Where an axis of a root comes from once `outer` is laid over the view that said `source`. */
export function follow(source: AxisSource, outer: readonly AxisSource[]): AxisSource {
  if (source.axis < 0) return source;
  const { axis, start, step } = at(outer, source.axis);
  return { axis, start: source.start + source.step * start, step: axis < 0 ? 0 : source.step * step };
}

function within({ axis, start, step }: AxisSource, { from, to, step: apart }: Piece, d: number): AxisSource {
  return { axis, start: at(from, d) + (start - at(to, d)) / at(apart, d), step: step / at(apart, d) };
}

/** The one piece that has every element looked at. Joined pieces stand in order, so that among many it is found by halving. */
function pieceAt({ fill, pieces }: Assembly, sources: readonly AxisSource[], counts: readonly number[]): Piece | undefined {
  if (fill !== undefined || pieces.length < 3) return pieces.find((p) => holds(p, sources, counts));
  const joined = at(pieces, 1).to.findIndex((n) => n > 0);
  const first = at(sources, joined).start;
  let [low, high] = [0, pieces.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (at(at(pieces, middle).to, joined) <= first) low = middle;
    else high = middle - 1;
  }
  const found = at(pieces, low);
  return holds(found, sources, counts) ? found : undefined;
}

function holds(piece: Piece, sources: readonly AxisSource[], counts: readonly number[]): boolean {
  return sources.every(({ start, step }, d) => {
    const [length, apart, count] = [at(piece.shape, d), at(piece.step, d), at(counts, d)];
    const first = (start - at(piece.to, d)) / apart;
    const last = first + ((count - 1) * step) / apart;
    return Number.isInteger(first) && (count === 1 || Number.isInteger(step / apart)) && Math.min(first, last) >= 0 && Math.max(first, last) < length;
  });
}

/** Whether the span of the piece and that of the view have a place in common. */
function touches(piece: Piece, sources: readonly AxisSource[], counts: readonly number[]): boolean {
  return sources.every(({ start, step }, d) => {
    const last = start + (at(counts, d) - 1) * step;
    const low = at(piece.to, d);
    return Math.max(start, last) >= low && Math.min(start, last) <= low + (at(piece.shape, d) - 1) * at(piece.step, d);
  });
}
