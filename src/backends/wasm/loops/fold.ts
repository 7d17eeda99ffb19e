/** The end of a horizontal reduction: the lanes of a group become one number, through scratch memory and without moving lanes in registers. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { Vector, VectorCode } from "../registers.ts";
import { loadSplat, loadVector, storeVector } from "../vector/memory.ts";
import type { Engine } from "./engine.ts";

export type Fold<V> = (engine: Engine<V>, combine: ScalarInstruction, dtype: DType, value: V) => V;

/** By registers of four lanes r0…r3: (r0, r1), (r2, r3) and those; then the four lanes of what comes out in the same way. */
export function foldLanes(single: VectorCode, groups: ReadonlyMap<Engine<Vector>, VectorCode>, one: Engine<Vector>, scratch: number): Fold<Vector> {
  return (engine, combine, dtype, value) => {
    const { bytes } = dtypes[dtype];
    const pairwise = (parts: readonly Vector[]): Vector => {
      let row = parts;
      while (row.length > 1) row = row.flatMap((x, i) => (i % 2 === 0 ? [i + 1 < row.length ? one.apply(combine, dtype, [x, row[i + 1] as Vector]) : x] : []));
      return row[0] as Vector;
    };
    const code = groups.get(engine) as VectorCode;
    storeVector(code, value, scratch, 0);
    if (code.groups > 1) {
      const four = pairwise(Array.from({ length: code.groups }, (_, r) => loadVector(single, dtype, scratch, 4 * r * bytes)));
      storeVector(single, four, scratch, 0);
    }
    return pairwise(Array.from({ length: 4 }, (_, lane) => loadSplat(single, dtype, scratch, lane * bytes)));
  };
}
