/**
 * `npm run bench -- [--quick] [--write] [--only=side,side] [part …]`: measures the parts named, or all of them, prints their tables, and after a run of
 * all parts, or with `--write`, puts them into RESULTS.md. Ends with 1 when a side computed something else than the others.
 */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { build } from "../scripts/build.ts";
import { parts, type Part } from "./cases.ts";
import { measureRow, type Effort } from "./measure.ts";
import { writeResults } from "./results.ts";
import { install } from "./setup.ts";
import { sidesOf, type Side } from "./side.ts";
import { table, type Line } from "./table.ts";

/** Parts with programs of their own, which print their tables themselves. */
const programs: Readonly<Record<string, { title: string; file: string }>> = {
  small: { title: "Gradients of small functions", file: "small/run.ts" },
  load: { title: "Loading", file: "load/run.ts" },
  while: { title: "Reverse mode through loops of unknown length", file: "while/run.ts" },
  operators: { title: "Rewritten operators on plain values", file: "operators/run.ts" },
};
const quick: Effort = { rounds: 2, turn: 40, patience: 20_000 };
const thorough: Effort = { rounds: 7, turn: 150, patience: 60_000 };

const args = process.argv.slice(2);
const effort = args.includes("--quick") ? quick : thorough;
const named = args.filter((arg) => !arg.startsWith("--"));
const known = [...Object.keys(parts), ...Object.keys(programs)];
const only = args.find((arg) => arg.startsWith("--only="))?.slice("--only=".length).split(",");
const unknown = [...named.filter((name) => !known.includes(name)), ...args.filter((arg) => arg.startsWith("--") && arg !== "--quick" && arg !== "--write" && !arg.startsWith("--only="))];
if (unknown.length > 0) {
  console.error(`bench: unknown: ${unknown.join(" ")}\nusage: npm run bench -- [--quick] [--write] [--only=side,side] [${known.join(" | ")}] …`);
  process.exit(2);
}

install();
const failure = await build();
if (failure !== null) {
  console.error(`bench: the package does not build\n${failure}`);
  process.exit(1);
}
const measured = new Map<string, string>();
let wrong = false;

for (const name of named.length > 0 ? named : known) {
  const part = parts[name];
  const text = part === undefined ? runProgram(name) : await measurePart(name, part);
  console.log(`\n## ${headingOf(name)}\n\n${text}`);
  measured.set(headingOf(name), text);
}
if (args.includes("--write") || (named.length === 0 && only === undefined && effort === thorough)) writeResults(measured, known.map(headingOf));
process.exit(wrong ? 1 : 0);

function headingOf(name: string): string {
  const part = parts[name];
  return part === undefined ? (programs[name]?.title ?? name) : `${part.title} (${part.unit})`;
}

async function measurePart(name: string, part: Part): Promise<string> {
  const sides: Side[] = part.sides.filter((side) => only?.includes(side) ?? true).flatMap(sidesOf);
  const lines: Line[] = [];
  for (const row of part.rows) {
    const start = performance.now();
    const results = await measureRow(row, part, sides, effort);
    wrong ||= [...results.values()].some((result) => "wrong" in result && result.wrong !== null);
    lines.push({ row, results });
    console.error(`bench: ${name}: ${row.title} (${((performance.now() - start) / 1000).toFixed(0)} s)`);
  }
  for (const side of sides) side.stop();
  const versions = new Map(sides.filter(({ name, version }) => version !== "" && name !== "memcpy").map(({ name, version }) => [name, version]));
  const list = [["Node", process.version.slice(1)], ...versions].map((entry) => entry.join(" "));
  return `${table(part, lines, sides)}\n\n${list.join(", ")}.`;
}

function runProgram(name: string): string {
  const path = join(import.meta.dirname, programs[name]?.file ?? "");
  const { stdout, status } = spawnSync(process.execPath, [path], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) wrong = true;
  return `${stdout.trim()}\n\nNode ${process.version.slice(1)}.`;
}
