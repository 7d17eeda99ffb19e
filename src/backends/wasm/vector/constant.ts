/** The sixteen bytes of a number in every lane of a v128. */
import type { DType } from "../../../core/dtype.ts";
import type { Vector } from "../registers.ts";

const buffer = new DataView(new ArrayBuffer(16));
const bytes = (): readonly number[] => [...new Uint8Array(buffer.buffer)];

/** Four times the low 32 bits of an integer. */
export function bits32(value: number): readonly number[] {
  for (let i = 0; i < 16; i += 4) buffer.setInt32(i, value | 0, true);
  return bytes();
}

/** Twice the low 64 bits of an integer. */
export function bits64(value: bigint): readonly number[] {
  for (let i = 0; i < 16; i += 8) buffer.setBigInt64(i, BigInt.asIntN(64, value), true);
  return bytes();
}

/** A number of the dtype; a bool is a mask of 32-bit lanes. */
export function constantBytes(dtype: DType, value: number): readonly number[] {
  switch (dtype) {
    case "bool":
      return bits32(value === 0 ? 0 : -1);
    case "int32":
    case "uint32":
      return bits32(value);
    case "float32":
      for (let i = 0; i < 16; i += 4) buffer.setFloat32(i, value, true);
      return bytes();
    case "float64":
      for (let i = 0; i < 16; i += 8) buffer.setFloat64(i, value, true);
      return bytes();
  }
}

/** The number in all lanes of a constant; undefined where it is computed. */
export function knownNumber(x: Vector): number | undefined {
  const first = x.registers[0];
  if (typeof first !== "object" || x.registers.some((r) => r !== first)) return undefined;
  const view = new DataView(Uint8Array.from(first).buffer);
  return x.dtype === "float64" ? view.getFloat64(0, true) : x.dtype === "float32" ? view.getFloat32(0, true) : view.getInt32(0, true);
}
