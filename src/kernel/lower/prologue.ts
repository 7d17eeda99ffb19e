/**
 * Operands of matrix products that are computed while they are packed: elementwise, of arrays that lie along their axes in any way. Packing goes
 * once over the operand anyhow, so it costs no memory traffic of its own.
 */
import { dtypes } from "../../core/dtype.ts";
import type { AxisPairs } from "../../core/lowering.ts";
import { type Atom, type Equation, isVariable } from "../../core/program.ts";
import { sizeOf } from "../../core/shape.ts";
import type { Expression, Load } from "../ir.ts";
import { loadsUnder } from "../traffic.ts";
import { identityMap, type PointMap, positionOf, sameMap } from "./affine.ts";
import { directBuilder } from "./copy.ts";
import { loopsOver } from "./expressions.ts";
import type { Homes } from "./homes.ts";
import { operandsAt } from "./operands.ts";
import type { Placement } from "./placement.ts";

/** Fewer rows are not shared out among threads, and fewer columns do not repay packing. */
const fewestRows = 24;
const fewestColumns = 16;
/** Elements of an operand that stays in the nearest cache: writing it there and reading it again costs less than packing it. */
const near = 8192;
/** Bytes of one that would need too much memory for what is packed, which is kept for the next product. */
const far = 24 * 2 ** 20;
/** Arrays that it may be computed of: each is packed on its own first. */
const mostArrays = 4;

/** Which operand is computed on the way, the larger one where both could be; the other lies in memory then. */
export function computedSide(homes: Homes, { inputs, outputs }: Equation, { contract, batch }: { readonly contract: AxisPairs; readonly batch: AxisPairs }): 0 | 1 | undefined {
  const sizes = ([0, 1] as const).map((side) => {
    const { shape, dtype } = (inputs[side] as Atom).type;
    const size = sizeOf(shape);
    const k = shape[(contract[side] as readonly number[])[0] as number] as number;
    const isMatrix = shape.length === 2 && contract[side].length === 1 && batch[side].length === 0;
    if (!isMatrix || size < near || size * dtypes[dtype].bytes > far || size / k < fewestRows || sizeOf((outputs[0] as Atom).type.shape) / (size / k) < fewestColumns) return 0;
    return isComputed(homes, inputs[side] as Atom) ? size : 0;
  }) as [number, number];
  if (sizes[0] === 0 && sizes[1] === 0) return undefined;
  return sizes[1] > sizes[0] ? 1 : 0;
}

/** Whether a matrix is made by elementwise operations of few arrays with elements as wide as its own, one of which runs along both axes. */
function isComputed(homes: Homes, root: Atom): boolean {
  const { bytes } = dtypes[root.type.dtype];
  let [operations, arrays, whole] = [0, 0, false];
  const seen = new Map<Atom, PointMap[]>();
  const stack: { readonly atom: Atom; readonly map: PointMap }[] = [{ atom: root, map: identityMap(2) }];
  for (let top = stack.pop(); top !== undefined; top = stack.pop()) {
    const { atom, map } = top;
    const before = seen.get(atom) ?? [];
    if (before.some((m) => sameMap(m, map, atom.type.shape, 2))) continue;
    seen.set(atom, [...before, map]);
    const home = isVariable(atom) ? homes.home(atom) : undefined;
    if (home?.kind === "virtual") {
      const { form } = home.equation.primitive.lower;
      const operands = form === "elementwise" || form === "view" || form === "reshape" ? operandsAt(home.equation, map, 2) : undefined;
      if (operands === undefined) return false;
      if (form === "elementwise") operations++;
      stack.push(...operands);
    } else if (isVariable(atom) || (atom.splat === undefined && sizeOf(atom.type.shape) > 1)) {
      if (dtypes[atom.type.dtype].bytes !== bytes || ++arrays > mostArrays) return false;
      whole ||= positionOf(map, atom.type.shape, 2).strides.every((stride) => stride !== 0);
    }
  }
  return operations > 0 && whole;
}

/** The value over [rows, k], and a load of it that moves along both. */
export function prologueOf(placement: Placement, group: number, atom: Atom, row: number, k: number): { readonly value: Expression; readonly load: Load } {
  const value = directBuilder(placement, group, loopsOver([row, k], 2)).build(atom, identityMap(2));
  return { value, load: loadsUnder([value]).find(({ access }) => access.strides.every((s) => s !== 0)) as Load };
}
