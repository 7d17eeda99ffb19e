/** Which elements of its operands one element of a virtual value is made of. */
import { InternalError } from "../../errors.ts";
import type { Indexing } from "../../core/indexing.ts";
import type { Assembly, Piece } from "../../core/lowering.ts";
import type { Atom, Equation, Variable } from "../../core/program.ts";
import { range } from "../../core/shape.ts";
import { type Affine, constantAffine, type PointMap, throughReshape, throughView } from "./affine.ts";

export interface OperandAt {
  readonly atom: Atom;
  readonly map: PointMap;
}

/** No point in particular: the operand must lie in memory before the group runs. */
const anywhere: PointMap = { kind: "linear", position: { offset: Number.NaN, strides: [] } };

/** The operands at a point of the result; undefined where the map does not tell. Operands read at computed places come last, `anywhere`. Of an assembly, every piece there may be at that point. */
export function operandsAt(equation: Equation, map: PointMap, rank: number): OperandAt[] | undefined {
  const { primitive, inputs, params, outputs } = equation;
  const { lower } = primitive;
  switch (lower.form) {
    case "elementwise":
      return inputs.map((atom) => ({ atom, map }));
    case "view": {
      const atom = inputs[0] as Atom;
      const inner = throughView(map, lower.sources(params, atom.type.shape), rank);
      return inner && [{ atom, map: inner }];
    }
    case "reshape": {
      const atom = inputs[0] as Atom;
      return [{ atom, map: throughReshape(map, atom.type.shape, (outputs[0] as Atom).type.shape, rank) }];
    }
    case "index":
      return [];
    case "gather": {
      if (map.kind === "linear") return undefined;
      const [x, indices] = inputs as readonly [Atom, Atom];
      const places = indices.type.shape.length - 1;
      return [...indexOperands(indices, map.axes.slice(0, places), lower.indexing(params), rank), { atom: x, map: anywhere }];
    }
    case "assembly":
      return map.kind === "linear" ? undefined : piecesAt(equation, map.axes);
    default:
      return undefined;
  }
}

export function assemblyOf({ primitive, inputs, params, outputs }: Equation): Assembly {
  if (primitive.lower.form !== "assembly") throw new InternalError(`${primitive.name} is not an assembly`);
  return primitive.lower.assemble(params, inputs.map((a) => a.type.shape), (outputs[0] as Variable).type.shape);
}

/** What an assembly is where a piece lies. */
export function pieceAt(equation: Equation, { operand, to, from }: Piece, axes: readonly Affine[]): OperandAt {
  return { atom: equation.inputs[operand] as Atom, map: { kind: "axes", axes: axes.map(({ offset, strides }, a) => ({ offset: offset - (to[a] as number) + (from[a] as number), strides })) } };
}

/** What it is where none lies. */
export function fillAt(equation: Equation, fill: number): OperandAt {
  return { atom: equation.inputs[fill] as Atom, map: { kind: "axes", axes: [] } };
}

function piecesAt(equation: Equation, axes: readonly Affine[]): OperandAt[] {
  const { pieces, fill } = assemblyOf(equation);
  const found = pieces.map((piece) => pieceAt(equation, piece, axes));
  return fill === undefined ? found : [...found, fillAt(equation, fill)];
}

/** The components of the index at a place, one operand per indexed axis. */
export function indexOperands(indices: Atom, places: readonly Affine[], { axes }: Indexing, rank: number): OperandAt[] {
  return range(axes.length).map((c) => ({ atom: indices, map: { kind: "axes", axes: [...places, constantAffine(c, rank)] } }));
}
