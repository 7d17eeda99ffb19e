/**
 * Looks for programs that come out wrong: `node scripts/fuzz.ts --count 20000 --seed 1 --only wasm`. Prints each failure made small, with
 * the text to keep it by in test/fuzz/seeds.ts; exits with 1 if there was any.
 */
import { parseArgs } from "node:util";
import { candidates } from "../test/fuzz/candidates.ts";
import { oracle } from "../test/fuzz/check.ts";
import { generate } from "../test/fuzz/generate.ts";
import { reportOf } from "../test/fuzz/report.ts";

const { values } = parseArgs({
  options: {
    count: { type: "string", default: "20000" },
    seed: { type: "string", default: "0" },
    /** Candidates whose names contain this. */
    only: { type: "string", default: "" },
    /** Elements of the largest value in most programs; every eighth program may have 20,000. */
    elements: { type: "string", default: "600" },
    /** Failures after which to stop. */
    failures: { type: "string", default: "10" },
  },
});

const first = Number(values.seed);
const chosen = candidates.filter((c) => c.name.includes(values.only));
let failures = 0;
for (let i = first; i < first + Number(values.count) && failures < Number(values.failures); i++) {
  const c = generate(String(i), i % 8 === 7 ? 20_000 : Number(values.elements));
  const expected = oracle(c);
  for (const candidate of chosen) {
    const report = reportOf(candidate, c, `seed ${i}`, expected);
    if (report === undefined) continue;
    failures++;
    console.log(`${"=".repeat(80)}\n${report}\n`);
    break;
  }
  if ((i - first) % 1000 === 999) console.log(`${i - first + 1} programs, ${failures} failures`);
}
console.log(failures === 0 ? "no failures" : `${failures} failures`);
process.exitCode = failures === 0 ? 0 : 1;
