/** Measures the elementary functions of the WebAssembly backend and writes docs/accuracy.md. `--check`: only says whether it is up to date. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bounds, targets, worst32, worst64, type Worst } from "../test/backends/wasm/vector/measure.ts";
import type { ScalarInstruction } from "../src/core/scalar.ts";
import { root } from "./stage.ts";

const file = join(root, "docs", "accuracy.md");
const points = 2 ** 20;

const show = ({ ulp }: Worst): string => (Number.isNaN(ulp) ? "**wrong**" : ulp === 0 ? "0.50" : Math.max(ulp, 0.5).toFixed(2));
function row(instruction: ScalarInstruction): string {
  const single = [targets.fused, targets.plain].map((t) => show(worst32(instruction, t, points)));
  const double = [targets.fused, targets.plain].map((t) => String(Math.ceil(worst64(instruction, t).ulp)));
  return `| ${[instruction, ...single, ...double, String(bounds[instruction])].join(" | ")} |`;
}

const text = `# Accuracy of elementary functions

Written by \`npm run accuracy\`; do not edit.

The largest errors of the WebAssembly backend's vector code, with a fused multiply-add (relaxed SIMD) and without. The last column is the bound
that the tests assert. NaN, infinities, the sign of zero, denormal arguments and results, and arguments of any size are as IEEE 754 has them.

* float32: the distance from the exact value in units of the last place, over ${points.toLocaleString("en")} arguments: half of them of all magnitudes
  (evenly spread over the bit patterns), half evenly from -12 to 12. 0.50 is a correctly rounded result.
* float64: the distance from the correctly rounded value, counted in representable numbers, over 240 random arguments of the whole domain computed
  by mpmath (\`test/golden/accuracy.json\`). Four thousand arguments each, tried once, gave at most 2, and 4 for erfc.
* logAddExp, which may cancel, is measured in units of the largest of |x|, |y| and log 2, rounded up for float64.
* Exact, and not listed: arithmetic, sqrt, remainder, rounding, comparisons, conversions, integers. lgamma, digamma and polygamma are computed
  by the same code as on the reference backend.
* Sums of floats of at least 32 elements go in two levels (\`loops/plan.ts\`). Sums of n equal float32 numbers have a relative error of at most 5·10⁻⁷
  up to n = 10⁷, and sums of the n / 100 rows of 100 columns of at most 2·10⁻⁶. NumPy has 2·10⁻⁷ and 10⁻³.

| function | float32, fused | float32, plain | float64, fused | float64, plain | bound |
| --- | ---: | ---: | ---: | ---: | ---: |
${(Object.keys(bounds) as ScalarInstruction[]).map(row).join("\n")}
`;

if (process.argv.includes("--check")) {
  if (readFileSync(file, "utf8") !== text) {
    console.error("docs/accuracy.md is not what is measured here: run npm run accuracy");
    process.exitCode = 1;
  }
} else writeFileSync(file, text);
