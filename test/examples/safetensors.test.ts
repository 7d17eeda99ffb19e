import { describe, expect, it } from "vitest";
import { formatSafetensors, parseSafetensors } from "../../examples/fashion-mnist/safetensors.ts";

const arrays = {
  "0.weights": { shape: [2, 3], data: Float32Array.of(1, -2, 0.5, 1e-40, Infinity, 3) },
  "0.bias": { shape: [0], data: new Float32Array(0) },
  scalar: { shape: [], data: Float32Array.of(7) },
};
const file = formatSafetensors(arrays, { made: "here" });

/** A file with another header over the same bytes. */
function withHeader(header: string): Uint8Array {
  const json = new TextEncoder().encode(header);
  const bytes = new Uint8Array(8 + json.length + 28);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(json.length), true);
  bytes.set(json, 8);
  return bytes;
}

describe("saved weights", () => {
  it("come back bit by bit", () => {
    expect(parseSafetensors(file, "w")).toEqual(arrays);
  });

  it("have the layout of the format", () => {
    const length = Number(new DataView(file.buffer).getBigUint64(0, true));
    expect(length % 8).toBe(0);
    expect(JSON.parse(new TextDecoder().decode(file.subarray(8, 8 + length)))).toEqual({
      __metadata__: { made: "here" },
      "0.weights": { dtype: "F32", shape: [2, 3], data_offsets: [0, 24] },
      "0.bias": { dtype: "F32", shape: [0], data_offsets: [24, 24] },
      scalar: { dtype: "F32", shape: [], data_offsets: [24, 28] },
    });
    expect(file.length).toBe(8 + length + 28);
  });

  it.each([
    [file.subarray(0, 5), "5 bytes are too few for a header"],
    [file.subarray(0, 20), /the header would end at byte \d+, the file has 20/],
    [file.subarray(0, -1), /"scalar" would end at byte/],
    [Uint8Array.from([...file, 0]), "1 bytes follow the last array"],
    [withHeader("{oops"), "the header is not JSON"],
    [withHeader("[1]"), "the header is not a JSON object"],
    [withHeader('{"a":{"dtype":"F64","shape":[7],"data_offsets":[0,56]}}'), '"a" is described by {"dtype":"F64"'],
    [withHeader('{"a":{"dtype":"F32","shape":[-7],"data_offsets":[0,28]}}'), '"a" is described by'],
    [withHeader('{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,28]}}'), '"a" has 28 bytes for the shape [8]'],
    [withHeader('{"a":{"dtype":"F32","shape":[8],"data_offsets":[0,32]}}'), '"a" would end at byte'],
  ])("that are damaged are refused", (bytes, message) => {
    expect(() => parseSafetensors(bytes, "w")).toThrow(message);
  });
});
