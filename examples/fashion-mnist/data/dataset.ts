/**
 * A labelled set of images as this example uses it, and the reading of one from a directory with the four files of
 * Fashion-MNIST. Where the directory comes from is the business of `sources.ts`.
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { parseIdx, readMaybeGzipped } from "./idx.ts";

export const CLASS_NAMES: readonly string[] = [
  "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker", "Bag", "Ankle boot",
];
export const CLASSES = 10;
export const SIDE = 28;
export const PIXELS: number = SIDE * SIDE;

/** `images` holds `count` rows of `PIXELS` bytes, 0 is the background; `labels` one class index per row. */
export type Dataset = { readonly count: number; readonly images: Uint8Array; readonly labels: Uint8Array };
export type TrainAndTest = { readonly train: Dataset; readonly test: Dataset };

export type FileName = keyof typeof OFFICIAL_SHA256;

/** SHA-256 of the four official files, decompressed: gzip wrappings differ between mirrors, the data do not. */
export const OFFICIAL_SHA256 = {
  "train-images-idx3-ubyte": "c59f468a2f672dc815687fe0f83887768d799fd8a3f3276145d20f83aa44d888",
  "train-labels-idx1-ubyte": "bad3541b69d912435c50bb6ba87bec294ff4f6a2e1246121d8633921760443d9",
  "t10k-images-idx3-ubyte": "5b4141f0afbad91edebe8549f8fcffe087ea10ca49f1dbef5c9a5cd8815ce37b",
  "t10k-labels-idx1-ubyte": "0402a96d92fd2663957122ceb108a494c5af83dab82d92729df917d7dec38c34",
} as const;
export const FILE_NAMES: readonly FileName[] = Object.keys(OFFICIAL_SHA256) as FileName[];

/** The data of a directory, and whether its four files are the official ones, byte for byte. */
export function readDirectory(directory: string): TrainAndTest & { readonly official: boolean } {
  let official = true;
  const read = (name: FileName): { path: string; bytes: Uint8Array } => {
    const path = findFile(directory, name);
    const bytes = readMaybeGzipped(path);
    official &&= sha256(bytes) === OFFICIAL_SHA256[name];
    return { path, bytes };
  };
  const train = pair(read("train-images-idx3-ubyte"), read("train-labels-idx1-ubyte"));
  const test = pair(read("t10k-images-idx3-ubyte"), read("t10k-labels-idx1-ubyte"));
  return { train, test, official };
}

export function sha256(bytes: Uint8Array): string {
  return createHash("sha256").update(bytes).digest("hex");
}

function findFile(directory: string, name: FileName): string {
  const plain = join(directory, name);
  for (const path of [`${plain}.gz`, plain]) if (existsSync(path)) return path;
  throw new InputError(`${directory} has neither ${name}.gz nor ${name}`);
}

type NamedBytes = { readonly path: string; readonly bytes: Uint8Array };

function pair(imageFile: NamedBytes, labelFile: NamedBytes): Dataset {
  const images = parseIdx(imageFile.bytes, imageFile.path, 3);
  const labels = parseIdx(labelFile.bytes, labelFile.path, 1);
  const [count = 0, rows, columns] = images.shape;
  if (rows !== SIDE || columns !== SIDE) {
    throw new InputError(`${imageFile.path}: the images are ${rows} × ${columns}, wanted ${SIDE} × ${SIDE}`);
  }
  if (count === 0) throw new InputError(`${imageFile.path}: it holds no images`);
  if (labels.data.length !== count) {
    throw new InputError(`${labelFile.path}: ${labels.data.length} labels for the ${count} images of ${imageFile.path}`);
  }
  const wrong = labels.data.findIndex((label) => label >= CLASSES);
  if (wrong >= 0) {
    throw new InputError(`${labelFile.path}: label ${wrong} is ${labels.data[wrong]}, wanted 0 to ${CLASSES - 1}`);
  }
  return { count, images: images.data, labels: labels.data };
}
