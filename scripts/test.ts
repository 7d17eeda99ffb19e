/**
 * `npm test`: runs every stage, or those that are named, and ends with a summary. `--full` asks for the long form of those that have one.
 * A failing stage does not keep the later ones from running.
 */
import type { Report, Stage } from "./stage.ts";
import { engines } from "./engines/stage.ts";
import { lint } from "./lint.ts";
import { packageTest } from "./package-test.ts";
import { readme } from "./readme/stage.ts";
import { typecheck } from "./typecheck.ts";
import { typeTests } from "./type-tests.ts";
import { unit } from "./unit.ts";

const stages: readonly Stage[] = [typecheck, lint, unit, readme, typeTests, packageTest, engines];

interface Outcome {
  readonly name: string;
  readonly passed: number;
  readonly failures: readonly string[];
  readonly seconds: number;
}

async function runStage(stage: Stage): Promise<Outcome> {
  console.log(`\n── ${stage.name} ${"─".repeat(70 - stage.name.length)}`);
  const started = performance.now();
  let passed = 0;
  const failures: string[] = [];
  const report: Report = {
    check(name, failure) {
      if (failure === null) {
        passed++;
        console.log(`  ✓ ${name}`);
      } else {
        failures.push(name);
        console.log(`  ✗ ${name}\n${shorten(failure).replaceAll(/^/gm, "      ")}`);
      }
    },
    skip(name, reason) {
      console.log(`  – ${name}: skipped, ${reason}`);
    },
    add(morePassed, moreFailed) {
      passed += morePassed;
      failures.push(...moreFailed);
    },
  };
  try {
    await stage.run(report, full);
  } catch (error) {
    report.check(stage.name, error instanceof Error ? error.stack ?? error.message : String(error));
  }
  if (passed + failures.length === 0) report.check(stage.name, "this stage checked nothing");
  return { name: stage.name, passed, failures, seconds: (performance.now() - started) / 1000 };
}

function shorten(text: string): string {
  const lines = text.split("\n");
  return lines.length <= 100 ? text : [...lines.slice(0, 100), `… and ${lines.length - 100} lines more`].join("\n");
}

const full = process.argv.includes("--full");
const names = process.argv.slice(2).filter((name) => name !== "--full");
const unknown = names.filter((name) => !stages.some((stage) => stage.name === name));
if (unknown.length > 0) {
  console.error(`no such stage: ${unknown.join(", ")}; there are ${stages.map((stage) => stage.name).join(", ")}`);
  process.exit(2);
}

const outcomes: Outcome[] = [];
for (const stage of stages) {
  if (names.length === 0 || names.includes(stage.name)) outcomes.push(await runStage(stage));
}

console.log(`\n── summary ${"─".repeat(63)}`);
for (const { name, passed, failures, seconds } of outcomes) {
  const failed = failures.length;
  const counts = `${passed} passed${failed > 0 ? `, ${failed} failed` : ""}`;
  console.log(`  ${failed > 0 ? "✗" : "✓"} ${name.padEnd(10)} ${counts.padEnd(24)} ${seconds.toFixed(1).padStart(6)} s`);
  if (failed > 0) console.log(shorten(failures.join("\n")).replaceAll(/^/gm, "      "));
}
const sum = (of: (outcome: Outcome) => number): number => outcomes.reduce((total, outcome) => total + of(outcome), 0);
const failed = sum((outcome) => outcome.failures.length);
console.log(`\n  Stages  ${outcomes.filter((outcome) => outcome.failures.length === 0).length} passed (${outcomes.length})`);
console.log(`  Time    ${sum((outcome) => outcome.seconds).toFixed(1)} s\n`);
console.log(`${sum((outcome) => outcome.passed)} passed, ${failed} failed`);
process.exitCode = failed > 0 ? 1 : 0;
