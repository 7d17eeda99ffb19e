/**
 * A server of static files for the pages of the engine tests. `isolated/` in front of a path adds the headers that give a page shared
 * memory, `strict/` a content policy besides.
 */
import { existsSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { extname, join, normalize } from "node:path";

const types: Readonly<Record<string, string>> = { ".html": "text/html", ".js": "text/javascript", ".json": "application/json", ".map": "application/json" };

const isolation = { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" };
const policy = { "Content-Security-Policy": "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; img-src data:" };

/** By the first part of the path. */
export const ways: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  plain: {},
  isolated: isolation,
  strict: { ...isolation, ...policy },
};

export interface Server {
  readonly origin: string;
  close(): void;
}

/** Serves `/WAY/NAME.html`, which runs `NAME.js` where there is no such file, and files: those below `folders` by the name in front, others of `files`. */
export async function serve(files: string, folders: Readonly<Record<string, string>>): Promise<Server> {
  const server = createServer((request, response) => {
    const path = normalize(decodeURIComponent(new URL(request.url ?? "/", "http://localhost").pathname));
    const [, way = "", ...rest] = path.split("/");
    // "/dist/…" has no way in front: modules ask for it by that path
    const headers = ways[way] ?? isolation;
    const parts = way in ways ? rest : [way, ...rest];
    const base = folders[parts[0] ?? ""];
    const file = base === undefined ? join(files, ...parts) : join(base, ...parts.slice(1));
    if (existsSync(file) && extname(file) in types) {
      response.writeHead(200, { "Content-Type": types[extname(file)], ...headers }).end(readFileSync(file));
    } else if (extname(file) === ".html") {
      response.writeHead(200, { "Content-Type": "text/html", ...headers });
      // the options are in the address of the page; its module is asked for by the same address
      response.end(`<!doctype html><link rel="icon" href="data:,"><script type="module" src="${(parts.at(-1) ?? "").replace(".html", ".js")}"></script>`);
    } else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return { origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, close: () => server.close() };
}
