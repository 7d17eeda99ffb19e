/** Files run without a bundler: Node through the register hook, Bun and Deno through a preloaded module. */
import { spawnSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import * as programs from "../../scripts/programs.ts";
import { expectRun, makeProject, removeProject, root, runNode } from "./project.ts";

let folder = "";
beforeAll(() => { folder = makeProject(); });
afterAll(() => removeProject(folder));

const register = join(root, "src/syntax/register.ts");

describe("Node", { timeout: 120_000 }, () => {
  test.each(["app.ts", "app.js"])("runs %s", (file) => runNode(["--import", register, file], folder));

  test("by the package's name", () => runNode(["--import", "chainrule/register", "app.ts"], folder));

  test("Node 24", (context) => {
    const node = programs.oldestNode();
    if (node === undefined) return context.skip("Node 24 cannot be installed here");
    expect(spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim()).toBe("v24.21.0");
    runNode(["--import", register, "app.ts"], folder, node);
  });

  test("CommonJS, in TypeScript too, and packages that ask for it", () => {
    writeFileSync(join(folder, "part.cts"), `const { traceFn } = require("chainrule");\nexports.f = traceFn((x: unknown) => (x as never) * 2);\n`);
    writeFileSync(join(folder, "plain.cjs"), `module.exports = function (a, b) { "use trace"; return a + b; };`);
    writeFileSync(join(folder, "main.mts"), `import { f } from "./part.cts"; import add from "./plain.cjs";\nconsole.log(f(4).item(), add("a", "b"), /\\$op/.test(String(add)));\n`);
    const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=chainrule-source", "--import", register, "main.mts"], { encoding: "utf8", cwd: folder });
    expect(stdout, stderr).toBe("8 ab true\n");
  });

  test("a warning of the lint names file, line and column", () => {
    writeFileSync(join(folder, "warned.ts"), `import { traceFn, type Tensor } from "chainrule";\ntraceFn((x: Tensor) => {\n  if (x > 0) throw x;\n  return x;\n});\n`);
    const { stderr } = spawnSync(process.execPath, ["--conditions=chainrule-source", "--import", register, "warned.ts"], { encoding: "utf8", cwd: folder });
    expect(stderr).toMatch(/ChainruleWarning: .*warned\.ts:3:7 if \(x > 0\): the condition is a Tensor/);
  });
});

test("Bun", { timeout: 60_000 }, (context) => {
  const bun = programs.bun();
  if (bun === undefined) return context.skip("the package bun has no program for this platform");
  writeFileSync(join(folder, "preload.ts"), `import { plugin } from "bun";\nimport trace from "chainrule/bun";\nplugin(trace());\n`);
  // Bun reads no source map from a plugin: the line is right, the column is that of the rewritten text.
  expectRun(bun, ["--conditions=chainrule-source", "--preload", "./preload.ts", "app.ts"], folder, /app\.ts:12:\d+/);
  writeFileSync(join(folder, "build.ts"), `import trace from "chainrule/bun";\nawait Bun.build({ entrypoints: ["app.ts"], outdir: "built", target: "node", conditions: ["chainrule-source"], sourcemap: "linked", plugins: [trace()] });\n`);
  spawnSync(bun, ["--conditions=chainrule-source", "build.ts"], { cwd: folder });
  expectRun(process.execPath, ["--enable-source-maps", "built/app.js"], folder, /app\.ts:12:\d+/);
});

test("Deno", { timeout: 120_000 }, (context) => {
  const deno = programs.deno();
  if (deno === undefined) return context.skip("Deno cannot be installed here");
  // Deno translates TypeScript itself, after the rewrite, and maps only that: places in JavaScript files are right.
  expectRun(deno, ["run", "-A", "--quiet", "--conditions=chainrule-source", `--preload=${register}`, "app.js"], folder, /app\.js:12:\d+/);
});
