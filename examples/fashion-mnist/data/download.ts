/**
 * The download of the four official files, over https from the data set's own repository at a fixed commit. Nothing is
 * kept that does not match its checksum; a file is moved into place only when it is complete.
 */
import { existsSync, mkdirSync, renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { InputError, reason } from "../errors.ts";
import { FILE_NAMES, OFFICIAL_SHA256, sha256, type FileName } from "./dataset.ts";
import { decompress, readMaybeGzipped } from "./idx.ts";

const BASE = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/b2617bb6d3ffa2e429640350f613e3291e10b141/data/fashion";
const TIMEOUT_MS = 120_000;

/** Puts those of the four files that are missing or damaged into `directory`. */
export async function download(directory: string, say: (line: string) => void, base: string = BASE): Promise<void> {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot make the directory ${directory} for the download: ${reason(error)}`);
  }
  for (const name of FILE_NAMES) {
    const path = join(directory, `${name}.gz`);
    if (isGood(path, name)) continue;
    const url = `${base}/${name}.gz`;
    say(`Downloading ${url}`);
    const bytes = await fetchBytes(url);
    if (sha256(decompress(bytes, url)) !== OFFICIAL_SHA256[name]) {
      throw new InputError(`${url}: the checksum is wrong: this is not the official file`);
    }
    writeFileSync(`${path}.part`, bytes);
    renameSync(`${path}.part`, path);
  }
}

async function fetchBytes(url: string): Promise<Uint8Array> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    if (!response.ok) throw new Error(`the server answered ${response.status} ${response.statusText}`.trimEnd());
    return new Uint8Array(await response.arrayBuffer());
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? `: ${error.cause.message}` : "";
    throw new InputError(`cannot download ${url}: ${reason(error)}${cause}`);
  }
}

/** A cached file that is damaged is downloaded again. */
function isGood(path: string, name: FileName): boolean {
  if (!existsSync(path)) return false;
  try {
    return sha256(readMaybeGzipped(path)) === OFFICIAL_SHA256[name];
  } catch (error) {
    if (error instanceof InputError) return false;
    throw error;
  }
}
