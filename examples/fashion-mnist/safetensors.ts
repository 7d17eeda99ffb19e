/**
 * Saved weights in the safetensors format (https://huggingface.co/docs/safetensors): a 64-bit little-endian header length, a JSON
 * header with dtype, shape and byte range of every array, then the bytes, row-major and little-endian. Only float32 here.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { InputError, reason } from "./errors.ts";

export type FloatArray = { readonly shape: readonly number[]; readonly data: Float32Array };
export type NamedArrays = Readonly<Record<string, FloatArray>>;

export function saveArrays(path: string, arrays: NamedArrays, metadata: Readonly<Record<string, string>> = {}): void {
  try {
    writeFileSync(path, formatSafetensors(arrays, metadata));
  } catch (error) {
    throw new InputError(`cannot write ${path}: ${reason(error)}`);
  }
}

export function loadArrays(path: string): NamedArrays {
  let bytes: Uint8Array;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new InputError(`cannot read ${path}: ${reason(error)}`);
  }
  return parseSafetensors(bytes, path);
}

export function formatSafetensors(arrays: NamedArrays, metadata: Readonly<Record<string, string>>): Uint8Array {
  const header: Record<string, unknown> = { __metadata__: metadata };
  let end = 0;
  for (const [name, { shape, data }] of Object.entries(arrays)) {
    header[name] = { dtype: "F32", shape, data_offsets: [end, (end += 4 * data.length)] };
  }
  const json = new TextEncoder().encode(JSON.stringify(header));
  const start = 8 + Math.ceil(json.length / 8) * 8;
  const bytes = new Uint8Array(start + end).fill(0x20, 8, start);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, BigInt(start - 8), true);
  bytes.set(json, 8);
  let position = start;
  for (const { data } of Object.values(arrays)) {
    for (const value of data) {
      view.setFloat32(position, value, true);
      position += 4;
    }
  }
  return bytes;
}

export function parseSafetensors(bytes: Uint8Array, name: string): NamedArrays {
  const fail = (what: string): never => {
    throw new InputError(`${name}: not a file of saved weights: ${what}`);
  };
  if (bytes.length < 8) fail(`${bytes.length} bytes are too few for a header`);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const start = 8 + Number(view.getBigUint64(0, true));
  if (start > bytes.length) fail(`the header would end at byte ${start}, the file has ${bytes.length}`);

  const arrays: Record<string, FloatArray> = {};
  let end = start;
  for (const [key, entry] of Object.entries(parseHeader(bytes.subarray(8, start), fail))) {
    if (key === "__metadata__") continue;
    if (!isEntry(entry)) return fail(`"${key}" is described by ${JSON.stringify(entry)}, wanted dtype "F32", shape and data_offsets`);
    const size = entry.shape.reduce((product, n) => product * n, 1);
    const [from, to] = entry.data_offsets;
    if (to - from !== 4 * size) fail(`"${key}" has ${to - from} bytes for the shape [${entry.shape.join(", ")}]`);
    if (start + to > bytes.length) fail(`"${key}" would end at byte ${start + to}, the file has ${bytes.length}`);
    arrays[key] = { shape: entry.shape, data: Float32Array.from({ length: size }, (_, i) => view.getFloat32(start + from + 4 * i, true)) };
    end = Math.max(end, start + to);
  }
  if (end !== bytes.length) fail(`${bytes.length - end} bytes follow the last array`);
  return arrays;
}

function parseHeader(bytes: Uint8Array, fail: (what: string) => never): Record<string, unknown> {
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder().decode(bytes));
  } catch {
    return fail("the header is not JSON");
  }
  if (typeof header !== "object" || header === null || Array.isArray(header)) return fail("the header is not a JSON object");
  return { ...header };
}

type Entry = { readonly dtype: "F32"; readonly shape: readonly number[]; readonly data_offsets: readonly [number, number] };

function isEntry(value: unknown): value is Entry {
  if (typeof value !== "object" || value === null) return false;
  const { dtype, shape, data_offsets: offsets } = value as Record<string, unknown>;
  return dtype === "F32" && isSizes(shape) && isSizes(offsets) && offsets.length === 2;
}

function isSizes(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.every((n) => Number.isSafeInteger(n) && n >= 0);
}
