/** A synchronous loop gets the memory of dead results back while it runs, where the engine lets one find out. */
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { collector } from "../../../src/backends/wasm/collector.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";

const double = cr.traceFn((x: Tensor) => cr.mul(x, 2));
const x = cr.array(Float32Array.from({ length: 250_000 }, (_, i) => i));

test("this engine has a collector", () => expect(collector()).toBeDefined());

test("results that nobody holds are freed inside one job, those that somebody holds are not", () => {
  const held: cr.NDArray[] = [];
  const budget = runtime().heap.budget;
  for (let i = 0; i < 1200; i++) {
    const y = double(x);
    if (i % 100 === 0) held.push(y);
  }
  // 1.2 GB of results went by: far less than the budget is taken
  expect(runtime().heap.sizes.slots).toBeLessThan(budget / 2);
  for (const y of held) expect([y.get(0).item(), y.get(249_999).item()]).toEqual([0, 499_998]);
});

test("asking does not keep results alive", () => {
  const { heap } = runtime();
  for (let i = 0; i < 20; i++) double(x);
  heap.reclaim(true);
  const once = heap.sizes.slots;
  for (let i = 0; i < 20; i++) double(x);
  heap.reclaim(true);
  heap.reclaim(true);
  expect(heap.sizes.slots).toBeLessThanOrEqual(once + 2_000_000);
});

test("results that were all held for a while do not make every later look a whole collection", (context) => {
  for (let i = 0; i < 20; i++) double(x);
  if (runtime().heap.reclaim(false).freed === 0) return context.skip("this engine, as V8 before 14, frees what weak references point to in whole collections alone");
  const c = collector() as { collect(whole: boolean): void };
  const { collect } = c;
  const whole: boolean[] = [];
  c.collect = (all) => {
    whole.push(all);
    collect(all);
  };
  try {
    // 150 MB, so that look after look frees nothing
    let held: cr.NDArray[] = Array.from({ length: 150 }, () => double(x));
    expect(held.at(-1)?.get(1).item()).toBe(2);
    held = [];
    whole.length = 0;
    for (let i = 0; i < 4000; i++) double(x);
    expect(whole.length).toBeGreaterThan(40);
    expect(whole.filter(Boolean).length).toBeLessThan((2 / 3) * whole.length);
  } finally {
    c.collect = collect;
  }
});

test("over its budget the heap looks for dead results before it copies living ones", () => {
  const next = cr.traceFn((list: Tensor[]) => list.map((y) => cr.add(y, 1)));
  cr.configure({ heapBudget: 8 * 2 ** 20 });
  try {
    // 6 MB of state, made anew at every step: two of them do not fit the budget
    let state: cr.NDArray[] = Array.from({ length: 6 }, () => next([x])[0] as cr.NDArray);
    const before = process.memoryUsage().arrayBuffers;
    for (let i = 0; i < 15; i++) state = next(state) as cr.NDArray[];
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(15 * 6e6 * 0.3);
    expect(state.map((y) => y.get(7).item())).toEqual(state.map(() => 23));
  } finally {
    cr.configure({ heapBudget: undefined });
  }
});
