/**
 * The idx format of MNIST and its relatives: a big-endian header (two zero bytes, a type, the number of dimensions, one
 * 32-bit size each) and then the values. Only unsigned bytes occur here. Reading is strict: a file that is not exactly
 * what its header promises is refused by name.
 */
import { readFileSync } from "node:fs";
import { gunzipSync, gzipSync } from "node:zlib";
import { InputError, reason } from "../errors.ts";

export type IdxArray = { readonly shape: readonly number[]; readonly data: Uint8Array };

const UNSIGNED_BYTE = 0x08;
const TYPES: Readonly<Record<number, string>> = {
  0x08: "uint8", 0x09: "int8", 0x0b: "int16", 0x0c: "int32", 0x0d: "float32", 0x0e: "float64",
};
/** More than any file of the data set holds; keeps a hostile gzip file from filling the memory. */
const MAX_BYTES = 1 << 28;

/** Reads an idx file, gzipped or not. `rank` is the number of dimensions wanted. */
export function readIdx(path: string, rank: number): IdxArray {
  return parseIdx(readMaybeGzipped(path), path, rank);
}

/** The bytes of a file, decompressed when it is a gzip file. */
export function readMaybeGzipped(path: string): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new InputError(`cannot read ${path}: ${reason(error)}`);
  }
  return decompress(bytes, path);
}

/** `bytes` without their gzip wrapping, if they have one. A name that ends in `.gz` promises one. */
export function decompress(bytes: Uint8Array, name: string): Uint8Array {
  const gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
  if (!gzipped && name.endsWith(".gz")) {
    throw new InputError(`${name}: not a gzip file (${bytes.length === 0 ? "it is empty" : `it starts with ${hex(bytes.subarray(0, 2))}, not 1f 8b`})`);
  }
  if (!gzipped) return bytes;
  try {
    return gunzipSync(bytes, { maxOutputLength: MAX_BYTES });
  } catch (error) {
    const code = error instanceof Error && "code" in error ? error.code : "";
    if (code === "Z_BUF_ERROR") throw new InputError(`${name}: the gzip data are cut off: the file is incomplete`);
    if (code === "ERR_BUFFER_TOO_LARGE") throw new InputError(`${name}: the gzip data unpack to more than ${MAX_BYTES} bytes`);
    throw new InputError(`${name}: the gzip data are damaged (${reason(error)})`);
  }
}

/** The array that the bytes of an idx file hold. The data are a view of `bytes`. */
export function parseIdx(bytes: Uint8Array, name: string, rank: number): IdxArray {
  const fail = (what: string): never => {
    throw new InputError(`${name}: not the idx file wanted: ${what}`);
  };
  if (bytes.length < 4) fail(`${bytes.length} bytes are too few for a header`);
  if (bytes[0] !== 0 || bytes[1] !== 0) fail(`an idx file starts with two zero bytes, this one with ${hex(bytes.subarray(0, 2))}`);
  const type = bytes[2] ?? 0;
  if (type !== UNSIGNED_BYTE) fail(`it holds ${TYPES[type] ?? `values of the unknown type 0x${hex([type])}`}, wanted uint8`);
  const dimensions = bytes[3] ?? 0;
  if (dimensions !== rank) fail(`it has ${dimensions} dimensions, wanted ${rank}`);
  const start = 4 + 4 * rank;
  if (bytes.length < start) fail(`it ends inside its header (${bytes.length} of ${start} bytes)`);

  const header = new DataView(bytes.buffer, bytes.byteOffset, start);
  const shape = Array.from({ length: rank }, (_, axis) => header.getUint32(4 + 4 * axis));
  const promised = shape.reduce((product, size) => product * size, 1);
  const present = bytes.length - start;
  if (present !== promised) fail(`the header promises ${shape.join(" × ")} = ${promised} values, the file has ${present}`);
  return { shape, data: new Uint8Array(bytes.buffer, bytes.byteOffset + start, present) };
}

/** The idx file of an array, gzipped as small as it gets. */
export function gzipIdx(array: IdxArray): Uint8Array {
  return gzipSync(formatIdx(array), { level: 9, memLevel: 9 });
}

/** The idx file of an array. */
export function formatIdx({ shape, data }: IdxArray): Uint8Array {
  const start = 4 + 4 * shape.length;
  const bytes = new Uint8Array(start + data.length);
  const header = new DataView(bytes.buffer);
  header.setUint8(2, UNSIGNED_BYTE);
  header.setUint8(3, shape.length);
  shape.forEach((size, axis) => header.setUint32(4 + 4 * axis, size));
  bytes.set(data, start);
  return bytes;
}

function hex(bytes: Iterable<number>): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join(" ");
}
