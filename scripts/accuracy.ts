/**
 * Measures the elementary functions of the WebAssembly backend and writes docs/accuracy.md. `--check`: only says whether it is up to date.
 * `--search FILE`: before that, keeps the worst float64 arguments of a file of `test/golden/generate-accuracy.py` in accuracy-hard.json.
 */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bounds, errors64, knownBounds, knownExponents, targets, worst32, worst64, worstOf, type Worst } from "../test/backends/wasm/vector/measure.ts";
import type { ScalarInstruction } from "../src/core/scalar.ts";
import { root } from "./stage.ts";

const file = join(root, "docs", "accuracy.md");
const points = 2 ** 24;
const kept = 12;

const orWorst = (ulp: number): number => (Number.isNaN(ulp) ? Infinity : ulp);

/** The rows with the largest errors, of either target. */
function hardest(name: string, rows: readonly (readonly number[])[]): readonly (readonly number[])[] {
  const chosen = new Set<readonly number[]>();
  const choose = (instruction: ScalarInstruction, some: typeof rows, known?: number): void => {
    for (const target of Object.values(targets)) {
      const errors = errors64(instruction, target, some, known);
      const order = some.map((row, i) => ({ row, ulp: orWorst(errors[i]?.ulp ?? 0) })).sort((a, b) => b.ulp - a.ulp);
      for (const { row } of order.slice(0, kept)) chosen.add(row);
    }
  };
  if (name !== "knownPower") choose(name as ScalarInstruction, rows);
  else for (const n of knownExponents) choose("integerPow", rows.filter((row) => row[1] === n), n);
  return [...chosen];
}

const search = process.argv.indexOf("--search");
if (search > 0) {
  const { comment, versions, functions } = JSON.parse(readFileSync(process.argv[search + 1] as string, "utf8")) as { comment: string; versions: unknown; functions: Record<string, number[][]> };
  const hard = Object.entries(functions).map(([name, rows]) => `${JSON.stringify(name)}:${JSON.stringify(hardest(name, rows))}`);
  writeFileSync(join(root, "test", "golden", "accuracy-hard.json"), `{"comment":${JSON.stringify(comment)},"versions":${JSON.stringify(versions)},"functions":{${hard.join(",\n")}}}\n`);
}

const show = ({ ulp }: Worst): string => (Number.isNaN(ulp) ? "**wrong**" : ulp === 0 ? "0.50" : Math.max(ulp, 0.5).toFixed(2));
function row(instruction: ScalarInstruction): string {
  const single = [targets.fused, targets.plain].map((t) => show(worst32(instruction, t, points)));
  const double = [targets.fused, targets.plain].map((t) => String(Math.ceil(worst64(instruction, t).ulp)));
  return `| ${[instruction, ...single, ...double, String(bounds[instruction])].join(" | ")} |`;
}
function knownRow(): string {
  const worst = (measure: (n: number) => Worst): Worst => worstOf(knownExponents.map(measure));
  const single = [targets.fused, targets.plain].map((t) => show(worst((n) => worst32("integerPow", t, points / 4, n))));
  const double = [targets.fused, targets.plain].map((t) => String(worst((n) => worst64("integerPow", t, n)).ulp));
  return `| ${["integerPow, known n", ...single, ...double, `${knownBounds.float32}, ${knownBounds.float64}`].join(" | ")} |`;
}

const text = `# Accuracy of elementary functions

Written by \`npm run accuracy\`; do not edit.

The largest errors found of the WebAssembly backend's vector code, with a fused multiply-add (relaxed SIMD) and without; relaxed SIMD on a machine
that has no fused multiply-add gives the same numbers as none. The last column is the bound that the tests assert. NaN, infinities, the sign of zero,
denormal arguments and results, and arguments of any size are as IEEE 754 has them.

* float32: the distance from the exact value in units of the last place, over ${points.toLocaleString("en")} arguments: a quarter each of all magnitudes
  (evenly spread over the bit patterns), evenly from -12 to 12, of the exponents from -20 to 6, and next to 1 and to the multiples of π/2.
  0.50 is a correctly rounded result. Every float32 that matters was tried once for sin and cos (from 2⁻¹² to 1600; at most 1.99), logistic (1.98),
  exp (1.74), tanh (1.34) and log (0.83).
* float64: the distance from the correctly rounded value computed by mpmath, counted in representable numbers: over 240 random arguments of
  the whole domain (\`test/golden/accuracy.json\`) and the worst of 20,000 others, of random bits and next to 0, 1 and the multiples of π/2
  (\`test/golden/accuracy-hard.json\`).
* logAddExp, which may cancel, is measured in units of the largest of |x|, |y| and log 2, rounded up for float64.
* integerPow has code of its own for exponents from -6 to 6 that are known when a program is compiled, as in \`x ** -3\` and its derivatives:
  products where the bounds allow them. That row is the worst of these exponents, each measured over a quarter of the float32 arguments.
* Exact, and not listed: arithmetic, sqrt, remainder, rounding, comparisons, conversions, integers. lgamma, digamma and polygamma are computed
  by the same code as on the reference backend.
* Sums of floats of at least 32 elements go in two levels (\`loops/plan.ts\`). Sums of n equal float32 numbers have a relative error of at most 5·10⁻⁷
  up to n = 10⁷, and sums of the n / 100 rows of 100 columns of at most 2·10⁻⁶. NumPy has 2·10⁻⁷ and 10⁻³.

| function | float32, fused | float32, plain | float64, fused | float64, plain | bound |
| --- | ---: | ---: | ---: | ---: | ---: |
${(Object.keys(bounds) as ScalarInstruction[]).flatMap((name) => (name === "integerPow" ? [row(name), knownRow()] : [row(name)])).join("\n")}

## Single numbers

Arrays of a few numbers, the straight-line code of small programs and the reference backend compute with the engine's own \`Math\`, in float64, and
round to float32. So a function may differ in the last bits between a call on few numbers and one on many. What is promised there is what the
engine's functions are: float32 results are correctly rounded but for rare ties, float64 results within 1 unit in V8 (Node, Deno, Chrome). What
\`Math\` lacks (logistic, erf, lgamma and others) is within the bounds that \`src/core/math\` says.

Powers with whole exponents are multiplied out in JavaScriptCore (Bun, Safari) and so lose a little with each step: -4.138932529475923 to the power
of 236 is off by 119 units there. Where a test of that one number fails, exponents beyond ±4 have code of ours, within 1 unit in every engine
(\`core/math/whole-power.ts\`).
`;

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("docs/accuracy.md is not what is measured here: run npm run accuracy");
    process.exitCode = 1;
  }
} else writeFileSync(file, text);
