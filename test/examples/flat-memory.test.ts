/** Ten thousand steps of the showcase's own training, in one synchronous job: memory stays as it is after the first thousands. */
import { describe, expect, it } from "vitest";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { firstState, trainStep } from "../../examples/fashion-mnist/adam.ts";
import { batches } from "../../examples/fashion-mnist/data/batches.ts";
import { readDirectory } from "../../examples/fashion-mnist/data/dataset.ts";
import { SUBSET_DIRECTORY } from "../../examples/fashion-mnist/data/sources.ts";
import { seeded } from "../../examples/fashion-mnist/random.ts";
import { firstParameters } from "../../examples/fashion-mnist/weights.ts";
import { runtime } from "../../src/backends/wasm/runtime.ts";

describe("10,000 training steps", () => {
  it("need no more memory than the first 3,000", () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    const random = seeded(1);
    const { train } = readDirectory(SUBSET_DIRECTORY);
    let state: ReturnType<typeof firstState> = firstState(firstParameters([16, 8], random));
    const losses: number[] = [];
    const steps = (count: number): { readonly used: number; readonly module: object } => {
      for (const end = losses.length + count; losses.length < end;) {
        for (const { images, labels } of batches(train, 8, random.permutation(train.count))) {
          const result = trainStep(state, images, labels, 0.001);
          state = result.state as typeof state;
          losses.push(result.loss.item());
          if (losses.length === end) break;
        }
      }
      gc();
      const { memory, taken } = runtime().heap.sizes;
      return { used: process.memoryUsage().heapUsed, module: { memory, taken } };
    };
    const before = steps(3000);
    const after = steps(7000);
    expect(after.module).toEqual(before.module);
    // the results of one step come to more than 600 bytes
    expect(after.used - before.used).toBeLessThan(7000 * 300);
    const mean = (from: number): number => losses.slice(from, from + 500).reduce((a, b) => a + b) / 500;
    expect(mean(9500)).toBeLessThan(mean(0) / 2);
  });
});
