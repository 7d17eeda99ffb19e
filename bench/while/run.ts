/**
 * Reverse mode through a loop whose number of turns nobody knows, up to 1,000,000 turns over a state of 100 float64: time against the forward
 * loop, and the memory of the process, JavaScript's heap and the module's, which must stay below 64 MB together. Ends with 1 where it does
 * not, or where the gradient is not that of the formula.
 */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { NDArray, Tensor, WhileMemory } from "../../src/index.ts";
import cr from "../built.ts";

const limit = 64e6;
/** No program may take more than this of the module's memory; one that needs more throws. */
const wasm = 32e6;
cr.configure({ heapMaximum: wasm });
setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const size = 100;
const a = new Float64Array(size).map((_, i) => 1 - 1e-7 * (i + 1));
const x = new Float64Array(size).map((_, i) => 0.5 + i / size);
type State = [i: Tensor, v: Tensor];

function loss(checkpoint: WhileMemory) {
  return (n: Tensor, a: Tensor, x: Tensor): Tensor => {
    const count = cr.index(n, 0);
    const body = ([i, v]: State): State => [cr.add(i, 1), cr.mul(cr.add(v, 1e-9), a)];
    return cr.sum(cr.whileLoop(([i]: State) => cr.less(i, count), body, [cr.int32(0) as unknown as Tensor, x], { checkpoint })[1]);
  };
}

/** d/dx of the sum: aⁿ. */
function isRight(gradient: NDArray, turns: number): boolean {
  return [...gradient.data].every((g, i) => Math.abs(g / (a[i] as number) ** turns - 1) < 1e-8);
}

function time(run: () => unknown): number {
  const start = performance.now();
  run();
  return performance.now() - start;
}

let failed = false;
console.log("| states kept | turns | forward, ns a turn | gradient, ns a turn | gradient / forward | JavaScript and module, MB |\n| --- | --- | --- | --- | --- | --- |");
for (const checkpoint of ["sqrt", "log"] as const) {
  const forward = cr.traceFn(loss(checkpoint));
  const gradient = cr.traceFn(loss(checkpoint)).grad({ argnums: [1, 2] });
  for (const turns of [10_000, 100_000, 1_000_000]) {
    const n = new Int32Array([turns]);
    forward(n, a, x).item();
    gradient(n, a, x);
    const plain = time(() => forward(n, a, x).item());
    let result: readonly NDArray[] = [];
    const both = time(() => { result = gradient(n, a, x) as unknown as readonly NDArray[]; });
    collect();
    const { heapUsed, arrayBuffers } = process.memoryUsage();
    const bytes = heapUsed + arrayBuffers + wasm;
    const right = isRight(result[1] as NDArray, turns);
    failed ||= bytes > limit || !right;
    const row = [checkpoint === "sqrt" ? '"sqrt"' : '"log"', turns.toLocaleString("en"), ((plain / turns) * 1e6).toFixed(0), ((both / turns) * 1e6).toFixed(0), `${(both / plain).toFixed(1)}×`, `${((heapUsed + arrayBuffers) / 1e6).toFixed(0)} + at most ${wasm / 1e6}`];
    console.log(`| ${row.join(" | ")} |${right ? "" : " **WRONG**"}`);
  }
}
process.exitCode = failed ? 1 : 0;
