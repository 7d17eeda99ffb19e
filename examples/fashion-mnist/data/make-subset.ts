/**
 * Makes the subset in `data/subset/` from the full set: of every class the first 800 training and the first 200 test
 * images, in the order of the original files. Run with the directory of the four official files:
 *   node examples/fashion-mnist/data/make-subset.ts /usr/share/datasets/fashion-mnist
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { CLASSES, PIXELS, readDirectory, SIDE, type Dataset } from "./dataset.ts";
import { gzipIdx } from "./idx.ts";
import { DEBIAN_DIRECTORY, SUBSET_DIRECTORY } from "./sources.ts";

/** The first `perClass` images of every class. */
export function firstOfEachClass(set: Dataset, perClass: number): Dataset {
  const taken = new Array<number>(CLASSES).fill(0);
  const kept: number[] = [];
  set.labels.forEach((label, i) => {
    const before = taken[label] ?? 0;
    if (before === perClass) return;
    taken[label] = before + 1;
    kept.push(i);
  });
  const images = new Uint8Array(kept.length * PIXELS);
  kept.forEach((from, to) => images.set(set.images.subarray(from * PIXELS, (from + 1) * PIXELS), to * PIXELS));
  return { count: kept.length, images, labels: Uint8Array.from(kept, (i) => set.labels[i] ?? 0) };
}

/** Writes a set as the two gzipped idx files of Fashion-MNIST. */
export function writeSet(directory: string, prefix: "train" | "t10k", set: Dataset): void {
  mkdirSync(directory, { recursive: true });
  const images = gzipIdx({ shape: [set.count, SIDE, SIDE], data: set.images });
  const labels = gzipIdx({ shape: [set.count], data: set.labels });
  writeFileSync(join(directory, `${prefix}-images-idx3-ubyte.gz`), images);
  writeFileSync(join(directory, `${prefix}-labels-idx1-ubyte.gz`), labels);
}

if (import.meta.main) {
  const full = readDirectory(process.argv[2] ?? DEBIAN_DIRECTORY);
  if (!full.official) throw new Error("these are not the official files: their checksums differ");
  writeSet(SUBSET_DIRECTORY, "train", firstOfEachClass(full.train, 800));
  writeSet(SUBSET_DIRECTORY, "t10k", firstOfEachClass(full.test, 200));
}
