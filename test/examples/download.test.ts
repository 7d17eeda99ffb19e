import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { afterEach, expect, it } from "vitest";
import { readDirectory } from "../../examples/fashion-mnist/data/dataset.ts";
import { download } from "../../examples/fashion-mnist/data/download.ts";
import { DEBIAN_DIRECTORY } from "../../examples/fashion-mnist/data/sources.ts";

const directory = mkdtempSync(join(tmpdir(), "chainrule-download-"));
let server: Server | undefined;
afterEach(() => {
  server?.close();
  rmSync(directory, { recursive: true, force: true });
});

/** The address of a server that answers every path with what `answer` gives, or with 404. */
async function serve(answer: (path: string) => Uint8Array | undefined): Promise<string> {
  server = createServer((request, response) => {
    const body = answer(request.url ?? "");
    response.writeHead(body === undefined ? 404 : 200).end(body);
  });
  await new Promise<void>((listening) => server?.listen(0, "127.0.0.1", listening));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const quiet = (): void => {};

it("keeps nothing whose checksum is wrong", async () => {
  const base = await serve(() => gzipSync("something else"));
  await expect(download(directory, quiet, base)).rejects.toThrow(`${base}/train-images-idx3-ubyte.gz: the checksum is wrong: this is not the official file`);
  expect(readdirSync(directory)).toEqual([]);
});

it("says what failed", async () => {
  const missing = await serve(() => undefined);
  await expect(download(directory, quiet, missing)).rejects.toThrow("the server answered 404 Not Found");
  server?.close();
  await expect(download(directory, quiet, "http://127.0.0.1:9")).rejects.toThrow("cannot download http://127.0.0.1:9/train-images-idx3-ubyte.gz: fetch failed");
});

// Needs the whole official set, which only the Debian package dataset-fashion-mnist brings along.
it.skipIf(!existsSync(DEBIAN_DIRECTORY))("fetches what is missing or damaged, once", async () => {
  const asked: string[] = [];
  const base = await serve((path) => {
    asked.push(path);
    return readFileSync(join(DEBIAN_DIRECTORY, path));
  });
  await download(directory, quiet, base);
  expect(readDirectory(directory).official).toBe(true);
  expect(asked).toHaveLength(4);

  await download(directory, quiet, base);
  expect(asked).toHaveLength(4);

  writeFileSync(join(directory, "t10k-labels-idx1-ubyte.gz"), "damaged");
  await download(directory, quiet, base);
  expect(asked.slice(4)).toEqual(["/t10k-labels-idx1-ubyte.gz"]);
});
