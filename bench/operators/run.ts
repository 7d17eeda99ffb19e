/**
 * How much slower ordinary code on plain numbers is when it is rewritten: the loops of functions.ts as they are, and as the
 * rewrite makes them, in turns in one process.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { rewrite } from "../../src/syntax/rewrite.ts";
import { loops, type Loop } from "./functions.ts";

const ITERATIONS = 1_000_000;
const ROUNDS = 15;

const rewritten = await load();
console.log("| ns per iteration | plain | rewritten | slower |\n| --- | --- | --- | --- |");
for (const [name, plain] of Object.entries(loops)) {
  const other = rewritten[name];
  if (other === undefined || !Object.is(plain(1000), other(1000))) throw new Error(`${name}: the rewritten loop computes something else`);
  const times: [number[], number[]] = [[], []];
  for (let round = 0; round < ROUNDS; round++) {
    times[0].push(time(plain));
    times[1].push(time(other));
  }
  const [before = NaN, after = NaN] = times.map((list) => list.sort((a, b) => a - b)[ROUNDS >> 1]);
  console.log(`| ${name} | ${before.toFixed(2)} | ${after.toFixed(2)} | ${(after / before).toFixed(1)}× |`);
}

async function load(): Promise<Readonly<Record<string, Loop>>> {
  const code = readFileSync(join(import.meta.dirname, "functions.ts"), "utf8");
  const runtime = new URL("../../src/syntax/runtime.ts", import.meta.url).href;
  const result = rewrite(code, "functions.ts", { include: "all", runtime });
  if (result?.map == null) throw new Error("nothing was rewritten");
  const directory = mkdtempSync(join(tmpdir(), "chainrule-bench-"));
  try {
    const file = join(directory, "functions.ts");
    writeFileSync(file, result.code);
    return ((await import(pathToFileURL(file).href)) as { loops: Readonly<Record<string, Loop>> }).loops;
  } finally {
    rmSync(directory, { recursive: true });
  }
}

function time(loop: Loop): number {
  const start = performance.now();
  loop(ITERATIONS);
  return ((performance.now() - start) * 1e6) / ITERATIONS;
}
