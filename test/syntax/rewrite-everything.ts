/**
 * Preloaded by the tests: every JavaScript file that Node loads is rewritten whole, installed packages included. At the end it says
 * how many files there were, on the error output.
 */
import { readFileSync } from "node:fs";
import { registerHooks } from "node:module";
import { fileURLToPath } from "node:url";
import { rewrite } from "../../src/syntax/rewrite.ts";

let count = 0;
const runtime = new URL("../../src/syntax/runtime.ts", import.meta.url);

registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    if (!url.startsWith("file:") || !/\.[mc]?js$/.test(url)) return loaded;
    const sourceType = loaded.format?.startsWith("module") ? "module" : "commonjs";
    const source = loaded.source == null ? readFileSync(fileURLToPath(url), "utf8") : Buffer.from(loaded.source as string).toString();
    const result = rewrite(source, url, { include: "all", sourceType, runtime: sourceType === "module" ? runtime.href : fileURLToPath(runtime) });
    if (result === null) throw new Error(`${url} cannot be parsed`);
    count++;
    return { ...loaded, source: result.code };
  },
});

process.on("exit", () => console.error(`${count} files rewritten`));
