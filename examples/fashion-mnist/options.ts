/**
 * The command line: its help text, its defaults, and the reading of it. Every bad value is refused with one sentence that
 * names the option, what was given and what is wanted.
 */
import { parseArgs } from "node:util";
import { InputError } from "./errors.ts";

export type Options = {
  readonly epochs: number;
  readonly batch: number;
  readonly lr: number;
  readonly hidden: readonly number[];
  readonly seed: number;
  readonly out: string;
  readonly full: boolean;
  /** A directory with the four files of the data set. */
  readonly data: string | undefined;
  /** A file of saved weights to start from. */
  readonly weights: string | undefined;
};

type Defaults = Pick<Options, "epochs" | "batch" | "lr" | "hidden" | "seed" | "out">;
export const DEFAULTS: Defaults = { epochs: 6, batch: 100, lr: 0.003, hidden: [128, 64], seed: 1, out: "out" };
/** With `--full` there is enough to learn for a larger network. */
export const FULL_DEFAULTS: Defaults = { ...DEFAULTS, batch: 128, lr: 0.002, hidden: [512, 256] };

export const HELP = `Trains a small neural network on Fashion-MNIST and writes a report.

Usage: npm start -- [options]

  --epochs N      passes over the training images (default ${DEFAULTS.epochs})
  --batch N       images per training step (default ${DEFAULTS.batch}, with --full ${FULL_DEFAULTS.batch})
  --lr X          learning rate of Adam at the start; it falls to 0 (default ${DEFAULTS.lr}, with --full ${FULL_DEFAULTS.lr})
  --hidden LIST   sizes of the hidden layers (default ${DEFAULTS.hidden.join(",")}, with --full ${FULL_DEFAULTS.hidden.join(",")})
  --seed N        seed of the first weights and of the shuffling (default ${DEFAULTS.seed})
  --out DIR       where report.html and weights.safetensors go (default ${DEFAULTS.out})
  --full          the full set, 60,000 training and 10,000 test images, instead of the embedded subset; found in
                  --data, else in $CHAINRULE_FASHION_MNIST, else in the Debian package dataset-fashion-mnist,
                  else downloaded
  --data DIR      a directory with the four idx files, gzipped or not; implies --full
  --weights FILE  start from saved weights; their layer sizes replace --hidden, and --epochs 0 only tests them
  --help          this text`;

/** The options of a command line, or "help". */
export function parseOptions(args: readonly string[]): Options | "help" {
  const given = parse(args);
  if (given.help) return "help";
  if (given.weights !== undefined && given.hidden !== undefined) {
    throw new InputError("--hidden and --weights exclude each other: the file of weights has the layer sizes");
  }
  const full = given.full === true || given.data !== undefined;
  const defaults = full ? FULL_DEFAULTS : DEFAULTS;
  return {
    epochs: integer("--epochs", given.epochs, defaults.epochs, given.weights === undefined ? 1 : 0, 10_000),
    batch: integer("--batch", given.batch, defaults.batch, 1, 60_000),
    lr: learningRate(given.lr, defaults.lr),
    hidden: layerSizes(given.hidden, defaults.hidden),
    seed: integer("--seed", given.seed, defaults.seed, 0, 2 ** 32 - 1),
    out: path("--out", given.out) ?? defaults.out,
    data: path("--data", given.data),
    full,
    weights: path("--weights", given.weights),
  };
}

type Given = Partial<Record<"epochs" | "batch" | "lr" | "hidden" | "seed" | "out" | "data" | "weights", string>> & {
  readonly full?: boolean;
  readonly help?: boolean;
};

function parse(args: readonly string[]): Given {
  const text = { type: "string" } as const;
  try {
    return parseArgs({
      args: [...args],
      options: {
        epochs: text, batch: text, lr: text, hidden: text, seed: text, out: text, data: text, weights: text,
        full: { type: "boolean" }, help: { type: "boolean", short: "h" },
      },
    }).values;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    const [sentence = ""] = error.message.split(/\n|\. /);
    throw new InputError(`${sentence.replace(/\.$/, "")} (--help lists the options)`);
  }
}

function integer(name: string, text: string | undefined, fallback: number, min: number, max: number): number {
  if (text === undefined) return fallback;
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= min && value <= max) return value;
  throw new InputError(`${name} wants a whole number from ${min} to ${max}, got "${text}"`);
}

function learningRate(text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback;
  const value = text.trim() === "" ? NaN : Number(text);
  if (value > 0 && value <= 10) return value;
  throw new InputError(`--lr wants a number above 0 and at most 10, got "${text}"`);
}

function layerSizes(text: string | undefined, fallback: readonly number[]): readonly number[] {
  if (text === undefined) return fallback;
  const sizes = text.split(",").map((size) => (/^\s*\d+\s*$/.test(size) ? Number(size) : NaN));
  if (sizes.length <= 8 && sizes.every((size) => size >= 1 && size <= 4096)) return sizes;
  throw new InputError(`--hidden wants one to eight sizes from 1 to 4096, as in "128,64", got "${text}"`);
}

function path(name: string, text: string | undefined): string | undefined {
  if (text === "") throw new InputError(`${name} wants a path, got an empty one`);
  return text;
}
