/** Real libraries, rewritten whole together with everything that they load: their own tests still pass. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const root = join(import.meta.dirname, "../..");
const preload = join(import.meta.dirname, "rewrite-everything.ts");

/** Runs files in one process and returns the lines of its output that report passed tests, without their times. */
function passed(files: readonly string[], rewrite: boolean): { passed: readonly string[]; errors: string; status: number | null } {
  const script = `const t = require("node:test"); globalThis.describe = t.describe; globalThis.it = t.it; for (const file of ${JSON.stringify(files)}) require(file);`;
  const args = [...(rewrite ? ["--import", preload] : []), "--test-reporter=tap", "-e", script];
  const { stdout, stderr, status } = spawnSync(process.execPath, args, { encoding: "utf8", cwd: root, maxBuffer: 1 << 28 });
  return { passed: stdout.split("\n").filter((line) => /^ *ok \d/.test(line)), errors: stderr, status };
}

describe("a library's own tests", { timeout: 120_000 }, () => {
  test.each<readonly [library: string, folder: string, atLeast: number]>([
    ["minimist", "test", 150], ["bit-twiddle", "test", 70_000], ["simplicial-complex", "test", 80], ["robust-orientation", "test", 800],
    ["functional-red-black-tree", "test", 1000], ["fraction.js", "tests", 300], ["complex.js", "tests", 200],
  ])("%s", (library, folder, atLeast) => {
    const home = join(root, "node_modules", library, folder);
    const files = readdirSync(home).filter((file) => file.endsWith(".js")).map((file) => join(home, file));
    const plain = passed(files, false);
    expect({ status: plain.status, enough: plain.passed.length >= atLeast }, plain.errors).toEqual({ status: 0, enough: true });
    const result = passed(files, true);
    expect({ status: result.status, passed: result.passed.length }, result.errors).toEqual({ status: 0, passed: plain.passed.length });
    expect(Number(/(\d+) files rewritten/.exec(result.errors)?.[1])).toBeGreaterThanOrEqual(files.length + 1);
  });
});

describe("a program's output", () => {
  test("the TypeScript compiler checks and translates a program as before", { timeout: 240_000 }, () => {
    const folder = mkdtempSync(join(tmpdir(), "chainrule-"));
    writeFileSync(join(folder, "program.ts"), `
      type Tail<T> = T extends [infer A, ...infer R] ? [A, ...Tail<R>] : [];
      const wrong: Tail<[1, 2, 3]> = [1, 2, "x"];
      class Counter { #n = 0; static made = 0; async *count(by = this.#n ?? 1) { for (;;) yield this.#n += by; } }
      const { made, ...rest } = { made: Counter.made ** 2, a: [1, 2].map((v) => v?.toFixed(2).missing) };
      enum Flag { A = 1 << 0, B = A | 4 } export { rest, made, Flag };
    `);
    const compileWith = (args: readonly string[]): { stdout: string; emitted: string; rewritten: boolean } => {
      const compiler = join(root, "node_modules/typescript-5/lib/tsc.js");
      const { stdout, stderr } = spawnSync(process.execPath, [...args, compiler, "program.ts", "--strict", "--target", "es5", "--lib", "es2022"], { encoding: "utf8", cwd: folder });
      return { stdout, emitted: readFileSync(join(folder, "program.js"), "utf8"), rewritten: /[1-9] files rewritten/.test(stderr) };
    };
    const plain = compileWith([]);
    expect(plain.stdout).toContain("error TS");
    expect(compileWith(["--import", preload])).toEqual({ ...plain, rewritten: true });
  });
});
