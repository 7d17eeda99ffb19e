/**
 * Loading in a new process: ours in one file, as Node gets it, and module by module, as bundlers do, beside the peers. Sides take turns;
 * `3.1×` is how many times as long as the one file that side takes.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";

const PROCESSES = 11;
const here = (path: string): string => new URL(path, import.meta.url).href;
const sides: readonly (readonly [name: string, module: string])[] = [
  ["chainrule, one file", here("../../dist/chainrule.js")],
  ["chainrule, modules", here("../../dist/index.js")],
  ["rose", "rose"],
  ["jax-js", "@jax-js/jax"],
  ["TensorFlow.js", "@tensorflow/tfjs"],
];

interface Times {
  readonly load: number;
  readonly first?: number;
}
const all = new Map(sides.map(([name]) => [name, [] as Times[]]));
for (let round = 0; round < PROCESSES; round++) {
  for (const [name, module] of sides) {
    const run = spawnSync(process.execPath, [fileURLToPath(here("once.mjs")), module], { encoding: "utf8" });
    if (run.status === 0) all.get(name)?.push(JSON.parse(run.stdout.trim().split("\n").pop() as string) as Times);
    else console.error(`bench: ${name}: ${run.stderr.trim().split("\n").pop()}`);
  }
}

const median = (list: number[]): number | undefined => list.sort((a, b) => a - b)[list.length >> 1];
const cell = (value: number | undefined, ours: number | undefined): string => (value === undefined ? "–" : `${value.toPrecision(3)}${value === ours ? "" : ` **${(value / (ours as number)).toPrecision(2)}×**`}`);
const row = (title: string, pick: (t: Times) => number | undefined): string => {
  const medians = [...all.values()].map((list) => median(list.map(pick).filter((v) => v !== undefined)));
  return `| ${title} | ${medians.map((m) => cell(m, medians[0])).join(" | ")} |`;
};
console.log(`| ms in a new process | ${sides.map(([name]) => name).join(" | ")} |`);
console.log(`| --- |${" --- |".repeat(sides.length)}`);
console.log(row("to load", (t) => t.load));
console.log(row("then to a first gradient, Σ sin(x) x + exp(-x), n = 300", (t) => t.first));
console.log();
