import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CLASS_NAMES, FILE_NAMES, readDirectory, sha256 } from "../../examples/fashion-mnist/data/dataset.ts";
import { readMaybeGzipped } from "../../examples/fashion-mnist/data/idx.ts";
import { firstOfEachClass } from "../../examples/fashion-mnist/data/make-subset.ts";
import { DEBIAN_DIRECTORY, SUBSET_DIRECTORY } from "../../examples/fashion-mnist/data/sources.ts";

describe("the embedded subset", () => {
  const { train, test, official } = readDirectory(SUBSET_DIRECTORY);
  const perClass = (labels: Uint8Array): number[] => CLASS_NAMES.map((_, label) => labels.filter((one) => one === label).length);

  it("has 800 training and 200 test images of every class", () => {
    expect([train.count, test.count, official]).toEqual([8000, 2000, false]);
    expect(perClass(train.labels)).toEqual(CLASS_NAMES.map(() => 800));
    expect(perClass(test.labels)).toEqual(CLASS_NAMES.map(() => 200));
  });

  it("is unchanged", () => {
    const sums = FILE_NAMES.map((name) => [name, sha256(readMaybeGzipped(join(SUBSET_DIRECTORY, `${name}.gz`)))]);
    expect(Object.fromEntries(sums)).toEqual({
      "train-images-idx3-ubyte": "75160f837651dde775b4fd9dea1bb7553cfac40348cc57c68f6b39cb0074904a",
      "train-labels-idx1-ubyte": "04f45099e6fb006d6bc9513294ffdae927861e382b72e36787b8e11d386e3ea3",
      "t10k-images-idx3-ubyte": "15a92dd1e9b16ea361928086e77df4dfa890c255c00b5a8c8162c1040ce8eef1",
      "t10k-labels-idx1-ubyte": "234596aeb6eb48133ec99a62541f90bc0728c9559a681f1e0638037462458f2c",
    });
  });

  it("takes at most 5 MB and comes with its licence", () => {
    const names = readdirSync(SUBSET_DIRECTORY);
    expect(names).toContain("LICENSE");
    expect(names.map((name) => statSync(join(SUBSET_DIRECTORY, name)).size).reduce((a, b) => a + b)).toBeLessThan(5_000_000);
  });

  // Needs the whole official set, which only the Debian package dataset-fashion-mnist brings along.
  it.skipIf(!existsSync(DEBIAN_DIRECTORY))("is what the script makes of the official files", () => {
    const full = readDirectory(DEBIAN_DIRECTORY);
    expect(full.official).toBe(true);
    for (const [set, whole, count] of [[train, full.train, 800], [test, full.test, 200]] as const) {
      const again = firstOfEachClass(whole, count);
      expect(sha256(again.images)).toBe(sha256(set.images));
      expect(sha256(again.labels)).toBe(sha256(set.labels));
    }
  });
});
