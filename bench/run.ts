/**
 * `npm run bench -- [--quick] [--write] [--only=side,side] [part …]`: measures the parts named, or all of them, prints their tables, and after a run of
 * all parts, or with `--write`, writes RESULTS.md. Ends with 1 when a side computed something else than the others.
 */
import { spawnSync } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parts, type Part } from "./cases.ts";
import { measureRow, type Effort } from "./measure.ts";
import { install } from "./setup.ts";
import { sidesOf, type Side } from "./side.ts";
import { machine, table, type Line } from "./table.ts";

/** Parts with programs of their own, which print their tables themselves. */
const programs: Readonly<Record<string, { title: string; file: string }>> = {
  small: { title: "Gradients of small functions", file: "small/run.ts" },
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
const versions = new Map<string, string>([["Node", process.version.slice(1)]]);
const sections: string[] = [];
let wrong = false;

for (const name of named.length > 0 ? named : known) {
  const part = parts[name];
  const text = part === undefined ? runProgram(name) : await measurePart(name, part);
  console.log(`\n${text}`);
  sections.push(text);
}
if (args.includes("--write") || (named.length === 0 && only === undefined && effort === thorough)) {
  const where = [...versions].map(([name, version]) => `${name} ${version}`).join(", ");
  const command = args.length > 0 ? `npm run bench -- ${args.join(" ")}` : "npm run bench";
  const head = `# Results\n\nWritten by \`${command}\`; [README.md](README.md) says how to read it.`;
  writeFileSync(join(import.meta.dirname, "RESULTS.md"), `${head}\n\nMachine: ${machine()}.  \nVersions: ${where}.\n\n${sections.join("\n\n").trimEnd()}\n`);
}
process.exit(wrong ? 1 : 0);

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
  for (const side of sides) {
    side.stop();
    if (side.version !== "" && side.name !== "memcpy") versions.set(side.name, side.version);
  }
  return table(part, lines, sides);
}

function runProgram(name: string): string {
  const { title, file } = programs[name] ?? { title: name, file: "" };
  const path = join(import.meta.dirname, file);
  if (!existsSync(path)) return `## ${title}\n\nnot there yet`;
  const { stdout, status } = spawnSync(process.execPath, [path], { encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  if (status !== 0) wrong = true;
  return `## ${title}\n\n${stdout.trim()}`;
}
