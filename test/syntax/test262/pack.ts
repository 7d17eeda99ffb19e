/**
 * Packs the conformance tests that `test262.test.ts` runs, from a checkout of tc39/test262:
 *
 *   node test/syntax/test262/pack.ts CHECKOUT
 *
 * Taken are the tests of expressions and statements that run as scripts, without those that only vary the syntax of classes and
 * destructuring, of which there are thousands, and without `with`, whose scopes see every name that the rewrite adds.
 */
import { execFileSync } from "node:child_process";
import { copyFileSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

export interface Packed {
  readonly commit: string;
  readonly harness: Readonly<Record<string, string>>;
  readonly tests: Readonly<Record<string, string>>;
}

const left = /^(?:expressions|statements)\/(?:class|for-await-of|dynamic-import|await-using|using|with|assignmenttargettype|import\.meta)\/|\/dstr\/|\/method-definition\/|with-bindings\.js$/;

function pack(checkout: string): Packed {
  const commit = execFileSync("git", ["-C", checkout, "rev-parse", "HEAD"], { encoding: "utf8" }).trim();
  const tests: Record<string, string> = {};
  for (const folder of ["expressions", "statements"]) {
    for (const name of readdirSync(join(checkout, "test/language", folder), { recursive: true, encoding: "utf8" }).sort()) {
      const path = `${folder}/${name.replaceAll("\\", "/")}`;
      if (!path.endsWith(".js") || path.includes("_FIXTURE") || left.test(path)) continue;
      const text = readFileSync(join(checkout, "test/language", path), "utf8");
      if (!/phase: (?:parse|early|resolution)|flags:.*(?:module|raw|CanBlock)/.test(text)) tests[path] = text;
    }
  }
  const harness: Record<string, string> = {};
  for (const name of readdirSync(join(checkout, "harness")).filter((file) => file.endsWith(".js"))) {
    if (Object.values(tests).some((text) => text.includes(name)) || name === "assert.js" || name === "sta.js") {
      harness[name] = readFileSync(join(checkout, "harness", name), "utf8");
    }
  }
  return { commit, harness, tests };
}

if (import.meta.main) {
  const checkout = process.argv[2] ?? ".";
  const packed = pack(checkout);
  const bytes = Buffer.from(JSON.stringify(packed));
  const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_LGWIN, BROTLI_PARAM_SIZE_HINT } = constants;
  const params = { [BROTLI_PARAM_QUALITY]: 11, [BROTLI_PARAM_LGWIN]: 24, [BROTLI_PARAM_SIZE_HINT]: bytes.length };
  writeFileSync(join(import.meta.dirname, "tests.json.br"), brotliCompressSync(bytes, { params }));
  copyFileSync(join(checkout, "LICENSE"), join(import.meta.dirname, "LICENSE"));
  console.log(`${Object.keys(packed.tests).length} tests of ${packed.commit}`);
}
