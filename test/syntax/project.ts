/** A small user's project for the doors: one file, in TypeScript and in JavaScript, and what must come out when it runs. */
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect } from "vitest";

export const root: string = join(import.meta.dirname, "../..");

const source = `import { traceFn, type Tensor } from "chainrule";

interface Options { readonly scale: number }

function foo(x: Tensor, y: Tensor, { scale }: Options): Tensor {
  "use trace";
  return x * y * scale + 1.0;
}

const wrong = traceFn((x: Tensor): Tensor => {
  const y = x > 0 ? x : -x;
  if (y) return y;
  return -x;
});

const values = traceFn((x: Tensor, y: Tensor) => foo(x, y, { scale: 2 }))([1, 2, 3], [4, 5, 6]);
let stack = "";
try { wrong(5); } catch (error) { stack = (error as Error).stack ?? ""; }

const root = (broken: boolean) => traceFn((a: Tensor): Tensor => {
  if (a < 0) return -a;
  let x: Tensor = a;
  while (Math.abs(x * x - a) > 1e-6) {
    if (x > 2000) x = x / 2;
    x = (x + a / x) / 2; if (broken)
      x = x.reshape([7]);
  }
  return x;
});
let inside = "";
try { root(true)(5); } catch (error) { inside = (error as Error).stack ?? ""; }
console.log(JSON.stringify({ values: values.toArray(), stack, roots: [2, -4, 90000].map((v) => root(false)(v).item()), inside }));
`;

/** The same in JavaScript, every token at its place. */
const javascript = source
  .replace(/, type Tensor|interface Options \{.*\}|: (?:Tensor|Options|boolean)|as Error/g, (types) => (types === "as Error" ? "        " : " ".repeat(types.length)));

/** Where the condition of `if` stands. */
const place = /app\.[tj]s:12:7\b/;

/** Where a call in the body of a loop stands that is part of the program. */
const insidePlace = /app\.[tj]s:26\b/;

/** A folder inside this package, so that it can import "chainrule" by name. */
export function makeProject(): string {
  const cache = join(root, ".cache");
  mkdirSync(cache, { recursive: true });
  const folder = mkdtempSync(join(cache, "project-"));
  writeFileSync(join(folder, "app.ts"), source);
  writeFileSync(join(folder, "app.js"), javascript);
  return folder;
}

export function removeProject(folder: string): void {
  rmSync(folder, { recursive: true, force: true });
}

export function runNode(args: readonly string[], cwd: string, node: string = process.execPath): void {
  expectRun(node, ["--conditions=chainrule-source", "--enable-source-maps", ...args], cwd);
}

/** Runs a command and checks what the project printed: the values, and the user's own line and column in the stack. */
export function expectRun(command: string, args: readonly string[], cwd: string, where: RegExp = place): void {
  const { stdout, stderr, error } = spawnSync(command, args, { encoding: "utf8", cwd });
  expect(stdout.trim().startsWith("{"), `${error?.message ?? ""}${stdout}${stderr}`).toBe(true);
  const { values, stack, roots, inside } = JSON.parse(stdout) as { values: unknown; stack: string; roots: unknown; inside: string };
  expect(values).toEqual([9, 21, 37]);
  expect(roots).toEqual([1.41421, 4, 300].map((root) => expect.closeTo(root, 4) as number));
  expect(stack).toMatch(where);
  expect(inside).toMatch(insidePlace);
}
