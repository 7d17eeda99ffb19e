/**
 * Gradients of functions of a few numbers: µs per call with a list of numbers, all sides taking turns in one process, with a new input each
 * call; and ms from the function to its first gradient, each side in processes of its own (`first.ts`). `3.1×` is how many times as long as
 * ours (float64) that side takes.
 */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { type Problem, problems } from "./problems.ts";
import { allSides, type Ready, type Side } from "./sides.mjs";

const ROUNDS = 21;
const TURN_MS = 8;
const PROCESSES = 11;
const sides = await allSides();
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

const row = (title: string, values: ReadonlyMap<string, number>): string =>
  `| ${title} | ${sides.map(({ name }) => (values.has(name) ? cell(values.get(name) as number, values.get(reference) as number, name) : "–")).join(" | ")} |`;

/** What first.ts prints. */
type Times = Readonly<Record<"first" | "further" | "many", number>>;

/** Median times of each side in new processes. */
function timesOf({ title }: Problem): Record<keyof Times, Map<string, number>> {
  const all = new Map(sides.map((s) => [s.name, [] as Times[]]));
  for (let round = 0; round < PROCESSES; round++) {
    for (const [name, list] of all) {
      const run = spawnSync(process.execPath, [fileURLToPath(new URL("first.ts", import.meta.url)), name, title], { encoding: "utf8" });
      if (run.status === 0) list.push(JSON.parse(run.stdout) as Times);
      else console.error(`bench: ${name}: ${title}: ${run.stderr.trim().split("\n").pop()}`);
    }
  }
  const medians = (what: keyof Times): Map<string, number> => new Map([...all].filter(([, list]) => list.length > 0).map(([name, list]) => [name, median(list.map((t) => t[what]))]));
  return { first: medians("first"), further: medians("further"), many: medians("many") };
}

const calls: string[] = [];
const compilations: Record<keyof Times, string[]> = { first: [], further: [], many: [] };
for (const problem of problems) {
  const ready = new Map<Side, Ready>();
  for (const side of sides) {
    try {
      const made = await side.prepare(problem);
      made.call(problem.x);
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
  calls.push(row(problem.title, new Map([...ready.keys()].map((side) => [side.name, median(times.get(side) ?? [])]))));
  const compiling = timesOf(problem);
  for (const what of ["first", "further", "many"] as const) compilations[what].push(row(problem.title, compiling[what]));
}
if (sink === undefined) throw new Error("nothing ran");
console.log(table("µs per call", calls));
console.log(table("ms to the first gradient in a new process", compilations.first));
console.log(table("ms to the gradient of a further function there, the seventh to the eleventh", compilations.further));
console.log(table("ms to the gradients of a hundred functions there", compilations.many));
