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
console.log(JSON.stringify({ values: values.toArray(), stack }));
`;

/** The same in JavaScript, every token at its place. */
const javascript = source
  .replace(/, type Tensor|interface Options \{.*\}|: (?:Tensor|Options)|as Error/g, (types) => (types === "as Error" ? "        " : " ".repeat(types.length)));

/** Where the condition of `if` stands. */
const place = /app\.[tj]s:12:7\b/;

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
  const { values, stack } = JSON.parse(stdout) as { values: unknown; stack: string };
  expect(values).toEqual([9, 21, 37]);
  expect(stack).toMatch(where);
}
