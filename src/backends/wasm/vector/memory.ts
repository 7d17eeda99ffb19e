/**
 * Vectors from memory and back. A pointer is an i32 local, an offset is in bytes and known now. Adjacent elements are read and written
 * through one pointer at ascending offsets, all loads of a vector in a row and all its stores in a row: pairs of them can be joined.
 * A bool is a byte, 0 or 1 (anything but 0 is read as true), and a mask in registers.
 */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { Register, Vector, VectorCode } from "../registers.ts";
import { scalarLoad, scalarStore } from "../scalar/code.ts";
import { bits32 } from "./constant.ts";

/** The pointer on the stack and what is left of the offset, which an instruction cannot hold where it is negative. */
function address({ fn }: VectorCode, pointer: number, offset: number): number {
  fn.op("local.get", pointer);
  if (offset >= 0) return offset;
  fn.op("i32.const", offset).op("i32.add");
  return 0;
}

const truth = (code: VectorCode, lanes: Vector): Vector => code.op("i32x4.ne", "bool", lanes, code.constant("int32", 0));
/** Byte i in lane i. */
const byteOfLane: Register = [255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255, 0, 0, 0, 0, 255];

/** 4·G elements that lie one after another. */
export function loadVector(code: VectorCode, dtype: DType, pointer: number, offset: number): Vector {
  const wide = dtype === "float64";
  if (dtype !== "bool") return code.build(dtype, wide, (r) => code.fn.op("v128.load", { offset: address(code, pointer, offset + 16 * r) }));
  const words = code.build("int32", false, (r) => code.fn.op("v128.load32_splat", { offset: address(code, pointer, offset + 4 * r) }));
  return truth(code, code.op("v128.and", "int32", words, code.same("int32", byteOfLane)));
}

/** One element in every lane. */
export function loadSplat(code: VectorCode, dtype: DType, pointer: number, offset: number): Vector {
  const one = code.single(dtype, () => {
    if (dtype === "bool") code.fn.op("i32.load8_u", { offset: address(code, pointer, offset) }).op("i32x4.splat");
    else code.fn.op(dtype === "float64" ? "v128.load64_splat" : "v128.load32_splat", { offset: address(code, pointer, offset) });
  });
  return dtype === "bool" ? truth(code, one) : one;
}

/** 4·G elements that lie `stride` bytes apart. */
export function loadStrided(code: VectorCode, dtype: DType, pointer: number, offset: number, stride: number): Vector {
  if (stride === 0) return loadSplat(code, dtype, pointer, offset);
  if (stride === dtypes[dtype].bytes) return loadVector(code, dtype, pointer, offset);
  const at = (lane: number): { offset: number } => ({ offset: address(code, pointer, offset + lane * stride) });
  return code.fromLanes(dtype, (lane) => code.fn.op(scalarLoad[dtype], at(lane)));
}

/** 4·G elements one after another. */
export function storeVector(code: VectorCode, x: Vector, pointer: number, offset: number): void {
  if (x.dtype === "bool") return storeMask(code, x, pointer, offset);
  x.registers.forEach((register, r) => {
    const rest = address(code, pointer, offset + 16 * r);
    code.push(register).fn.op("v128.store", { offset: rest });
  });
}

/** Four bits of a mask become four bytes: copies of the bits 7 apart, of which one each is kept. */
function storeMask(code: VectorCode, x: Vector, pointer: number, offset: number): void {
  const { fn } = code;
  for (let r = 0; r < code.groups; r++) {
    const rest = address(code, pointer, offset + 4 * r);
    if (x.wide) {
      code.push(x.registers[2 * r] as Register).fn.op("i64x2.bitmask");
      code.push(x.registers[2 * r + 1] as Register).fn.op("i64x2.bitmask").op("i32.const", 2).op("i32.shl").op("i32.or");
    } else code.push(x.registers[r] as Register).fn.op("i32x4.bitmask");
    fn.op("i32.const", 0x00204081).op("i32.mul").op("i32.const", 0x01010101).op("i32.and").op("i32.store", { offset: rest });
  }
}

/** 4·G elements `stride` bytes apart. */
export function storeStrided(code: VectorCode, x: Vector, pointer: number, offset: number, stride: number): void {
  if (stride === dtypes[x.dtype].bytes) return storeVector(code, x, pointer, offset);
  for (let lane = 0; lane < 4 * code.groups; lane++) storeLane(code, x, lane, pointer, offset + lane * stride);
}

/** One element. With lane 0 of a vector of `loadSplat`s this is the form for what is left over at the end of a loop. */
export function storeLane(code: VectorCode, x: Vector, lane: number, pointer: number, offset: number): void {
  const rest = address(code, pointer, offset);
  code.pushLane(x, lane);
  code.fn.op(scalarStore[x.dtype], { offset: rest });
}

/** The number of every lane of the group: 0, 1, 2, … in int32. */
export function laneNumbers(code: VectorCode): Vector {
  return { dtype: "int32", wide: false, registers: Array.from({ length: code.groups }, (_, r) => bits32(0).map((_b, i) => (i % 4 === 0 ? 4 * r + i / 4 : 0))) };
}
