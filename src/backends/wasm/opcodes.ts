/**
 * The WebAssembly instructions our kernels are made of: name, encoding and what follows it. Source: WebAssembly core specification 3.0,
 * appendix "Index of Instructions"; relaxed SIMD and threads from the same document.
 */

/** What follows the opcode: nothing, a memory operand, an index, a lane, a literal, a block type, or the 16 bytes of a vector. */
export type Immediate = "none" | "memory" | "memoryLane" | "index" | "lane" | "i32" | "i64" | "f32" | "f64" | "block" | "bytes16" | "lanes16" | "memoryIndex" | "memoryIndices" | "fence";

export interface Opcode {
  readonly name: string;
  readonly bytes: readonly number[];
  readonly immediate: Immediate;
  /** Nothing that the builder of a function says follows it. */
  readonly alone: boolean;
  /** log₂ of the natural alignment, for memory instructions. */
  readonly align: number;
}

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
export const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };
/** The result of a block. */
export const blockTypes: Readonly<Record<ValueType | "void", number>> = { ...valueTypes, void: 0x40 };

const table: Record<string, Opcode> = {};

function enter(name: string, prefix: readonly number[], code: number, immediate: Immediate, align: number): void {
  if (name === "_") return;
  const alone = immediate === "none" || immediate === "memoryIndex" || immediate === "memoryIndices" || immediate === "fence";
  table[name] = { name, bytes: prefix.length === 0 ? [code] : [...prefix, ...unsigned(code)], immediate, alone, align };
}

/** LEB128 of an unsigned number. */
export function unsigned(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  do {
    const low = rest % 128;
    rest = Math.floor(rest / 128);
    bytes.push(rest > 0 ? low | 0x80 : low);
  } while (rest > 0);
  return bytes;
}

/** Names separated by spaces get consecutive codes; `_` leaves a code out. */
function define(prefix: readonly number[], first: number, names: string, immediate: Immediate = "none"): void {
  names.split(/\s+/).forEach((name, i) => enter(name, prefix, first + i, immediate, 0));
}

/** Memory instructions with their natural alignment: `name:log2`. */
function defineMemory(prefix: readonly number[], first: number, names: string, immediate: Immediate = "memory"): void {
  names.split(/\s+/).forEach((entry, i) => {
    const [name, align] = entry.split(":") as [string, string | undefined];
    enter(name, prefix, first + i, immediate, Number(align));
  });
}

const vector = [0xfd];
const atomic = [0xfe];
const shaped = (shape: string, names: string): string => names.split(" ").map((n) => (n === "_" ? n : `${shape}.${n}`)).join(" ");

define([], 0x00, "unreachable nop");
define([], 0x02, "block loop if", "block");
define([], 0x05, "else");
define([], 0x0b, "end");
define([], 0x0c, "br br_if", "index");
define([], 0x0f, "return");
define([], 0x10, "call", "index");
define([], 0x1a, "drop select");
define([], 0x20, "local.get local.set local.tee global.get global.set", "index");
defineMemory([], 0x28, "i32.load:2 i64.load:3 f32.load:2 f64.load:3 i32.load8_s:0 i32.load8_u:0 i32.load16_s:1 i32.load16_u:1");
defineMemory([], 0x36, "i32.store:2 i64.store:3 f32.store:2 f64.store:3 i32.store8:0 i32.store16:1");
define([], 0x3f, "memory.size memory.grow", "memoryIndex");
define([], 0x41, "i32.const", "i32");
define([], 0x42, "i64.const", "i64");
define([], 0x43, "f32.const", "f32");
define([], 0x44, "f64.const", "f64");
define([], 0x45, shaped("i32", "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"));
define([], 0x50, shaped("i64", "eqz eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"));
define([], 0x5b, shaped("f32", "eq ne lt gt le ge"));
define([], 0x61, shaped("f64", "eq ne lt gt le ge"));
define([], 0x67, shaped("i32", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"));
define([], 0x79, shaped("i64", "clz ctz popcnt add sub mul div_s div_u rem_s rem_u and or xor shl shr_s shr_u rotl rotr"));
define([], 0x8b, shaped("f32", "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"));
define([], 0x99, shaped("f64", "abs neg ceil floor trunc nearest sqrt add sub mul div min max copysign"));
define([], 0xa7, "i32.wrap_i64 i32.trunc_f32_s i32.trunc_f32_u i32.trunc_f64_s i32.trunc_f64_u i64.extend_i32_s i64.extend_i32_u");
define([], 0xb2, "f32.convert_i32_s f32.convert_i32_u f32.convert_i64_s f32.convert_i64_u f32.demote_f64 f64.convert_i32_s f64.convert_i32_u f64.convert_i64_s f64.convert_i64_u f64.promote_f32");
define([], 0xbc, "i32.reinterpret_f32 i64.reinterpret_f64 f32.reinterpret_i32 f64.reinterpret_i64");
define([0xfc], 0, "i32.trunc_sat_f32_s i32.trunc_sat_f32_u i32.trunc_sat_f64_s i32.trunc_sat_f64_u");
define([0xfc], 10, "memory.copy", "memoryIndices");

defineMemory(vector, 0, "v128.load:4 _ _ _ _ _ _ v128.load8_splat:0 v128.load16_splat:1 v128.load32_splat:2 v128.load64_splat:3 v128.store:4");
define(vector, 12, "v128.const", "bytes16");
define(vector, 13, "i8x16.shuffle", "lanes16");
define(vector, 14, "i8x16.swizzle i8x16.splat i16x8.splat i32x4.splat i64x2.splat f32x4.splat f64x2.splat");
define(vector, 27, "i32x4.extract_lane i32x4.replace_lane i64x2.extract_lane i64x2.replace_lane f32x4.extract_lane f32x4.replace_lane f64x2.extract_lane f64x2.replace_lane", "lane");
define(vector, 55, shaped("i32x4", "eq ne lt_s lt_u gt_s gt_u le_s le_u ge_s ge_u"));
define(vector, 65, shaped("f32x4", "eq ne lt gt le ge"));
define(vector, 71, shaped("f64x2", "eq ne lt gt le ge"));
define(vector, 77, shaped("v128", "not and andnot or xor bitselect any_true"));
defineMemory(vector, 84, "_ _ v128.load32_lane:2 v128.load64_lane:3 _ _ v128.store32_lane:2 v128.store64_lane:3", "memoryLane");
defineMemory(vector, 92, "v128.load32_zero:2 v128.load64_zero:3");
define(vector, 94, "f32x4.demote_f64x2_zero f64x2.promote_low_f32x4");
define(vector, 103, "f32x4.ceil f32x4.floor f32x4.trunc f32x4.nearest");
define(vector, 116, "f64x2.ceil f64x2.floor");
define(vector, 122, "f64x2.trunc");
define(vector, 148, "f64x2.nearest");
define(vector, 160, shaped("i32x4", "abs neg _ all_true bitmask _ _ extend_low_i16x8_s extend_high_i16x8_s extend_low_i16x8_u extend_high_i16x8_u shl shr_s shr_u add _ _ sub _ _ _ mul min_s min_u max_s max_u"));
define(vector, 192, shaped("i64x2", "abs neg _ all_true bitmask _ _ extend_low_i32x4_s extend_high_i32x4_s extend_low_i32x4_u extend_high_i32x4_u shl shr_s shr_u add _ _ sub _ _ _ mul eq ne lt_s gt_s le_s ge_s"));
define(vector, 224, shaped("f32x4", "abs neg _ sqrt add sub mul div min max pmin pmax"));
define(vector, 236, shaped("f64x2", "abs neg _ sqrt add sub mul div min max pmin pmax"));
define(vector, 248, "i32x4.trunc_sat_f32x4_s i32x4.trunc_sat_f32x4_u f32x4.convert_i32x4_s f32x4.convert_i32x4_u i32x4.trunc_sat_f64x2_s_zero i32x4.trunc_sat_f64x2_u_zero f64x2.convert_low_i32x4_s f64x2.convert_low_i32x4_u");
define(vector, 261, "f32x4.relaxed_madd f32x4.relaxed_nmadd f64x2.relaxed_madd f64x2.relaxed_nmadd");

defineMemory(atomic, 0, "memory.atomic.notify:2 memory.atomic.wait32:2");
define(atomic, 3, "atomic.fence", "fence");
defineMemory(atomic, 0x10, "i32.atomic.load:2");
defineMemory(atomic, 0x17, "i32.atomic.store:2");
defineMemory(atomic, 0x1e, "i32.atomic.rmw.add:2");
defineMemory(atomic, 0x48, "i32.atomic.rmw.cmpxchg:2");

export const opcodes: Readonly<Record<string, Opcode>> = table;
