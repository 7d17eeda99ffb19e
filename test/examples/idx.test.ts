import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterAll, describe, expect, it } from "vitest";
import { formatIdx, gzipIdx, parseIdx, readIdx } from "../../examples/fashion-mnist/data/idx.ts";
import { InputError } from "../../examples/fashion-mnist/errors.ts";

const directory = mkdtempSync(join(tmpdir(), "chainrule-idx-"));
afterAll(() => rmSync(directory, { recursive: true }));

function file(name: string, bytes: Uint8Array): string {
  const path = join(directory, name);
  writeFileSync(path, bytes);
  return path;
}

function message(action: () => unknown): string {
  try {
    action();
  } catch (error) {
    expect(error).toBeInstanceOf(InputError);
    return (error as Error).message.replace(directory, "DIR");
  }
  throw new Error("no error was thrown");
}

const shape = [2, 2, 3];
const data = Uint8Array.from({ length: 12 }, (_, i) => 17 * i);
const plain = formatIdx({ shape, data });

describe("an idx file", () => {
  it("is read back as it was written, gzipped or not", () => {
    expect(parseIdx(plain, "x", 3)).toEqual({ shape, data });
    expect(readIdx(file("plain", plain), 3)).toEqual({ shape, data });
    expect(readIdx(file("zipped.gz", gzipIdx({ shape, data })), 3)).toEqual({ shape, data });
    expect(readIdx(file("zipped-without-the-name", gzipIdx({ shape, data })), 3)).toEqual({ shape, data });
  });

  it("has the layout of the format", () => {
    expect([...formatIdx({ shape: [258], data: new Uint8Array(258) }).subarray(0, 8)]).toEqual([0, 0, 8, 1, 0, 0, 1, 2]);
  });

  const changed = (position: number, value: number): Uint8Array => Uint8Array.from(plain, (byte, i) => (i === position ? value : byte));
  it.each([
    ["empty", new Uint8Array(0), "x: not the idx file wanted: 0 bytes are too few for a header"],
    ["not idx", changed(0, 0x50), "x: not the idx file wanted: an idx file starts with two zero bytes, this one with 50 00"],
    ["floats", changed(2, 0x0d), "x: not the idx file wanted: it holds float32, wanted uint8"],
    ["an unknown type", changed(2, 0x77), "x: not the idx file wanted: it holds values of the unknown type 0x77, wanted uint8"],
    ["another rank", changed(3, 1), "x: not the idx file wanted: it has 1 dimensions, wanted 3"],
    ["cut in the header", plain.subarray(0, 9), "x: not the idx file wanted: it ends inside its header (9 of 16 bytes)"],
    ["cut in the data", plain.subarray(0, 20), "x: not the idx file wanted: the header promises 2 × 2 × 3 = 12 values, the file has 4"],
    ["too long", Uint8Array.from([...plain, 0]), "x: not the idx file wanted: the header promises 2 × 2 × 3 = 12 values, the file has 13"],
    ["huge sizes", changed(4, 0xff), "x: not the idx file wanted: the header promises 4278190082 × 2 × 3 = 25669140492 values, the file has 12"],
  ])("that is %s is refused", (_, bytes, expected) => {
    expect(message(() => parseIdx(bytes, "x", 3))).toBe(expected);
  });
});

describe("a gzip file", () => {
  const zipped = gzipSync(plain);
  it("that is missing is named", () => {
    expect(message(() => readIdx(join(directory, "nowhere.gz"), 3))).toBe("cannot read DIR/nowhere.gz: it does not exist");
  });
  it("that is a directory is named", () => {
    expect(message(() => readIdx(directory, 3))).toBe("cannot read DIR: it is a directory");
  });
  it("that is cut off is refused", () => {
    for (const length of [2, 10, zipped.length - 1]) {
      expect(message(() => readIdx(file("cut.gz", zipped.subarray(0, length)), 3))).toBe("DIR/cut.gz: the gzip data are cut off: the file is incomplete");
    }
  });
  it("that is damaged anywhere is refused", () => {
    for (let i = 10; i < zipped.length; i++) {
      const damaged = Uint8Array.from(zipped, (byte, at) => (at === i ? byte ^ 0xff : byte));
      expect(message(() => readIdx(file("bad.gz", damaged), 3))).toMatch(/^DIR\/bad\.gz: the gzip data are (damaged \(.*\)|cut off: the file is incomplete)$/);
    }
  });
  it("by name alone is refused", () => {
    expect(message(() => readIdx(file("page.gz", new TextEncoder().encode("<html>")), 3))).toBe("DIR/page.gz: not a gzip file (it starts with 3c 68, not 1f 8b)");
    expect(message(() => readIdx(file("none.gz", new Uint8Array(0)), 3))).toBe("DIR/none.gz: not a gzip file (it is empty)");
  });
});
