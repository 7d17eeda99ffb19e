/**
 * `first.ts side title`: in this new process, ms from a function to its first gradient, the median for further functions of the same kind
 * while engines warm up, and the ms that many of them take in all. Printed as JSON.
 */
import { problems } from "./problems.ts";
import { allSides } from "./sides.mjs";

/** The seventh to the eleventh. */
const FURTHER = [6, 11] as const;
const MANY = 100;
const [name, title] = process.argv.slice(2);
const problem = problems.find((p) => p.title === title);
const side = (await allSides()).find((s) => s.name === name);
if (problem === undefined || side === undefined) throw new Error(`no ${name}, or no ${title}`);

const times: number[] = [];
for (let i = 0; i < MANY; i++) {
  const start = performance.now();
  const { call } = await side.prepare(problem);
  call(problem.x);
  times.push(performance.now() - start);
}
const further = times.slice(...FURTHER).sort((a, b) => a - b);
console.log(JSON.stringify({ first: times[0], further: further[further.length >> 1], many: times.reduce((sum, t) => sum + t, 0) }));
