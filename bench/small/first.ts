/**
 * `first.ts side title`: in this new process, ms from a function to its first gradient, and the median for further functions of the same kind,
 * when engines have warmed up. Printed as JSON.
 */
import { problems } from "./problems.ts";
import { allSides } from "./sides.mjs";

const FURTHER = 10;
const [name, title] = process.argv.slice(2);
const problem = problems.find((p) => p.title === title);
const side = (await allSides()).find((s) => s.name === name);
if (problem === undefined || side === undefined) throw new Error(`no ${name}, or no ${title}`);

const times: number[] = [];
for (let i = 0; i <= FURTHER; i++) {
  const start = performance.now();
  const { call } = await side.prepare(problem);
  call(problem.x);
  times.push(performance.now() - start);
}
const further = times.slice(1 + FURTHER / 2).sort((a, b) => a - b);
console.log(JSON.stringify({ first: times[0], further: further[further.length >> 1] }));
