/** The ECMAScript conformance tests for expressions and statements, rewritten whole, pass wherever the plain ones do. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import vm from "node:vm";
import { brotliDecompressSync } from "node:zlib";
import { buildSync } from "esbuild";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { rewritten } from "./evaluate.ts";
import { isValid } from "./outcome.ts";
import type { Packed } from "./test262/pack.ts";

const packed = JSON.parse(brotliDecompressSync(readFileSync(join(import.meta.dirname, "test262/tests.json.br"))).toString()) as Packed;
const harness = new Map(Object.entries(packed.harness).map(([name, text]) => [name, new vm.Script(text, { filename: name })]));
/** Each test runs in a realm of its own, and its errors must be of that realm: so must the runtime. */
const runtime = new vm.Script(`${buildSync({
  entryPoints: [join(import.meta.dirname, "../../src/syntax/runtime.ts")], bundle: true, write: false, format: "iife", globalName: "runtime",
}).outputFiles[0]?.text}; runtime`);

interface Header {
  readonly flags: readonly string[];
  readonly includes: readonly string[];
  readonly throws: string | undefined;
}

function headerOf(text: string): Header {
  const header = /\/\*---([^]*?)---\*\//.exec(text)?.[1] ?? "";
  const list = (name: string): readonly string[] => {
    const [, inline, lines] = new RegExp(`^${name}:(?: *\\[(.*)\\]|((?:\\s+- .*)+))`, "m").exec(header) ?? [];
    return (inline?.split(",") ?? lines?.split("- ") ?? []).map((item) => item.trim()).filter((item) => item !== "");
  };
  return { flags: list("flags"), includes: list("includes"), throws: /^negative:[^]*?type: (\w+)/m.exec(header)?.[1] };
}

/** Undefined where the test passes, else what went wrong. */
async function failure(code: string, { flags, includes, throws }: Header): Promise<string | undefined> {
  const context = vm.createContext({});
  const { promise, resolve } = Promise.withResolvers<string | undefined>();
  const realm = (inner: vm.Context): object => ({
    global: vm.runInContext("this", inner), evalScript: (text: string): unknown => vm.runInContext(text, inner), gc: () => {},
    createRealm: () => realm(vm.createContext({})),
  });
  const module = runtime.runInContext(context);
  Object.assign(context, {
    require: () => module, print: () => {}, setTimeout, $262: realm(context),
    $DONE: (error?: unknown) => resolve(error === undefined ? undefined : String(error)),
  });
  try {
    for (const name of ["assert.js", "sta.js", ...includes]) harness.get(name)?.runInContext(context);
    vm.runInContext(code, context, { timeout: 5000 });
    if (throws !== undefined) return `no ${throws} was thrown`;
  } catch (error) {
    const { name = typeof error } = (error as Error).constructor;
    return name === throws ? undefined : String(error);
  }
  if (!flags.includes("async")) return undefined;
  setTimeout(resolve, 2000, "the test did not end");
  return promise;
}

// Some of the tests leave rejected promises behind on purpose.
const watchers = process.listeners("unhandledRejection");
const ignore = (): void => {};
beforeAll(() => {
  process.removeAllListeners("unhandledRejection").on("unhandledRejection", ignore);
});
afterAll(async () => {
  await new Promise((resolve) => setTimeout(resolve, 50));
  process.removeListener("unhandledRejection", ignore);
  for (const watcher of watchers) process.on("unhandledRejection", watcher);
});

const folders = Map.groupBy(Object.keys(packed.tests), (path) => path.split("/").slice(0, 2).join("/"));

describe("conformance tests, rewritten whole", { timeout: 120_000 }, () => {
  test("are all there", () => expect(Object.keys(packed.tests).length).toBeGreaterThan(4000));

  test.each([...folders])("%s", async (_, paths) => {
    for (const path of paths) {
      const text = packed.tests[path] as string;
      const header = headerOf(text);
      await expectPass(path, header.flags.includes("onlyStrict") ? `"use strict";\n${text}` : text, header);
    }
  });

  // Statements become part of a program inside of functions alone; what the tests say of the global object does not hold there.
  const inFunctions = Object.entries(packed.tests).filter(([path]) => path.startsWith("statements/")).map(([path, text]) => {
    const header = headerOf(text);
    return { path, header, code: `(function () { ${header.flags.includes("onlyStrict") ? '"use strict";' : ""}\n${text}\n}).call(this);` };
  }).filter(({ code }) => isValid(code));

  test.each([...Map.groupBy(inFunctions, ({ path }) => path.split("/")[1] as string)])("statements/%s, in a function", async (_, cases) => {
    for (const { path, code, header } of cases) await expectPass(path, code, header);
  });

  test("hold statements that could be on arrays", () => {
    const count = inFunctions.reduce((sum, { code }) => sum + (rewritten(code, { sourceType: "commonjs" }, "test.js").match(/\$op\.(?:fork|split|loop)\(/g)?.length ?? 0), 0);
    expect(count).toBeGreaterThan(80);
  });

  /** Runs the rewritten test, and the plain one if that fails: what the engine does not pass by itself says nothing about the rewrite. */
  async function expectPass(path: string, code: string, header: Header): Promise<void> {
    const found = await failure(rewritten(code, { sourceType: "commonjs" }, "test.js"), header);
    if (found !== undefined) expect({ path, found, plain: await failure(code, header) }).not.toHaveProperty("plain", undefined);
  }
});
