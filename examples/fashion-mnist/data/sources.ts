/**
 * Where the images come from: the embedded subset, or one of the four places of the full set, tried in a fixed order.
 * What was chosen is said in `description`; a place that was asked for by name and fails is an error, never skipped.
 */
import { existsSync } from "node:fs";
import { join } from "node:path";
import { InputError } from "../errors.ts";
import { readDirectory, type TrainAndTest } from "./dataset.ts";
import { download } from "./download.ts";

export const SUBSET_DIRECTORY: string = join(import.meta.dirname, "subset");
/** Of the Debian package `dataset-fashion-mnist`. */
export const DEBIAN_DIRECTORY = "/usr/share/datasets/fashion-mnist";
export const ENVIRONMENT_VARIABLE = "CHAINRULE_FASHION_MNIST";
/** Downloads are kept here for the next run. */
export const CACHE_DIRECTORY: string = join(import.meta.dirname, "..", ".cache");

export type Choice = { readonly full: boolean; readonly directory: string | undefined };
export type Loaded = TrainAndTest & { readonly description: string };

/** Reads the images that the command line asked for. `say` is told about a download, which takes a while. */
export async function load(choice: Choice, say: (line: string) => void): Promise<Loaded> {
  if (!choice.full) return describe(SUBSET_DIRECTORY, "the embedded subset of Fashion-MNIST");
  if (choice.directory !== undefined) return describe(choice.directory, `${choice.directory} (--data)`);

  const fromEnvironment = process.env[ENVIRONMENT_VARIABLE];
  if (fromEnvironment) return describe(fromEnvironment, `${fromEnvironment} (${ENVIRONMENT_VARIABLE})`);

  if (existsSync(DEBIAN_DIRECTORY)) return describe(DEBIAN_DIRECTORY, `${DEBIAN_DIRECTORY} (Debian package)`);

  await download(CACHE_DIRECTORY, say).catch((error: unknown) => {
    if (!(error instanceof InputError)) throw error;
    throw new InputError(
      `${error.message}\n  Without a download: --data DIR or ${ENVIRONMENT_VARIABLE} names a directory with the four files,` +
        "\n  or install the Debian package dataset-fashion-mnist, or leave out --full for the embedded subset.",
    );
  });
  return describe(CACHE_DIRECTORY, `${CACHE_DIRECTORY} (downloaded)`);
}

function describe(directory: string, place: string): Loaded {
  const { train, test, official } = readDirectory(directory);
  const size = `${train.count.toLocaleString("en")} training and ${test.count.toLocaleString("en")} test images`;
  return { train, test, description: `${size} from ${place}${official ? ", the complete official set" : ""}` };
}
