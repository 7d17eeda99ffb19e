/**
 * Gradients of functions of a few numbers: µs per call with a list of numbers, and ms from the function to its first gradient. The sides
 * take turns in one process, with a new input each call; `3.1×` is how many times as long as ours (float64) that side takes.
 */
import { type Problem, problems } from "./problems.ts";
import { allSides } from "./sides.mjs";

interface Ready {
  readonly call: (x: readonly number[]) => unknown;
  readonly numbers: (result: unknown) => ArrayLike<number>;
}
interface Side {
  readonly name: string;
  prepare(problem: Problem): Promise<Ready>;
}

const ROUNDS = 21;
const TURN_MS = 8;
const sides = (await allSides()) as readonly Side[];
const reference = "chainrule float64";

function check(side: Side, { byHand, x, title }: Problem, ready: Ready): void {
  const want = byHand(x);
  const got = ready.numbers(ready.call(x));
  want.forEach((w, i) => {
    if (!(Math.abs((got[i] as number) - w) <= 1e-4 * (1 + Math.abs(w)))) throw new Error(`${side.name}: ${title}: element ${i} is ${got[i]}, not ${w}`);
  });
}

let sink: unknown;
/** µs per call, over calls for about a turn. */
function turn({ call }: Ready, x: number[], calls: number): number {
  const start = performance.now();
  for (let i = 0; i < calls; i++) {
    x[0] = i / calls;
    sink = call(x);
  }
  return ((performance.now() - start) / calls) * 1000;
}

const median = (list: number[]): number => list.sort((a, b) => a - b)[list.length >> 1] as number;
const cell = (value: number, ours: number, name: string): string => `${value.toPrecision(3)}${name === reference ? "" : ` **${(value / ours).toPrecision(2)}×**`}`;
const table = (title: string, rows: string[]): string => [`| ${title} | ${sides.map((s) => s.name).join(" | ")} |`, `| --- |${" --- |".repeat(sides.length)}`, ...rows, ""].join("\n");

const calls: string[] = [];
const firsts: string[] = [];
for (const problem of problems) {
  const ready = new Map<Side, Ready>();
  const first = new Map<Side, number>();
  for (const side of sides) {
    const start = performance.now();
    try {
      const made = await side.prepare(problem);
      made.call(problem.x);
      first.set(side, performance.now() - start);
      check(side, problem, made);
      ready.set(side, made);
    } catch (error) {
      console.error(`bench: ${side.name}: ${problem.title}: ${String(error).split("\n")[0]}`);
    }
  }
  const times = new Map<Side, number[]>(sides.map((s) => [s, []]));
  const x = [...problem.x];
  const counts = new Map<Side, number>();
  for (const [side, made] of ready) counts.set(side, Math.max(3, Math.ceil((TURN_MS * 1000) / Math.max(0.02, turn(made, x, 50)))));
  for (let round = -3; round < ROUNDS; round++) {
    for (const [side, made] of ready) {
      const t = turn(made, x, counts.get(side) as number);
      if (round >= 0) times.get(side)?.push(t);
    }
  }
  const medians = new Map(sides.map((s) => [s.name, ready.has(s) ? median(times.get(s) ?? []) : Number.NaN]));
  const ours = medians.get(reference) as number;
  const oursFirst = first.get(sides.find((s) => s.name === reference) as Side) as number;
  calls.push(`| ${problem.title} | ${sides.map((s) => (ready.has(s) ? cell(medians.get(s.name) as number, ours, s.name) : "–")).join(" | ")} |`);
  firsts.push(`| ${problem.title} | ${sides.map((s) => (ready.has(s) ? cell(first.get(s) as number, oursFirst, s.name) : "–")).join(" | ")} |`);
}
if (sink === undefined) throw new Error("nothing ran");
console.log(table("µs per call", calls));
console.log(table("ms to the first gradient (one process, so what comes first also warms up)", firsts));
