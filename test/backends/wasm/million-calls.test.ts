/** A million calls of small steps in one synchronous job, whose results nobody frees: memory stays as it is after the first hundred thousand. */
import { describe, expect, it } from "vitest";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { array, matmul, mul, type NDArray, sub, sum, tanh, type Tensor, traceFn } from "../../../src/index.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";

const gradient = traceFn((x: Tensor) => sum(mul(x, mul(x, x)))).grad();
const loss = traceFn((w: Tensor) => sum(tanh(matmul(w, w)))).grad();
const step = traceFn((w: Tensor) => sub(w, mul(0.01, loss(w))));

describe("a million calls", () => {
  it("of a gradient of three numbers and of a step on 16 × 16", () => {
    setFlagsFromString("--expose-gc");
    const gc = runInNewContext("gc") as () => void;
    let w: NDArray = array(Array.from({ length: 16 }, (_, i) => Array.from({ length: 16 }, (_, j) => Math.sin(i + 2 * j))));
    let last: NDArray = array([0, 0, 0]);
    const calls = (from: number, to: number): { readonly used: number; readonly module: object } => {
      for (let i = from; i < to; i++) {
        last = gradient([i / to, 1, 2]) as NDArray;
        w = step(w) as NDArray;
      }
      gc();
      const { memory, taken } = runtime().heap.sizes;
      return { used: process.memoryUsage().heapUsed, module: { memory, taken } };
    };
    const before = calls(0, 100_000);
    const after = calls(100_000, 1_000_000);
    expect(after.module).toEqual(before.module);
    // a byte a call
    expect(after.used - before.used).toBeLessThan(900_000);
    expect(last.toArray()).toEqual([Math.fround(3 * 0.999999 ** 2), 3, 12].map((v) => expect.closeTo(v, 4)));
    expect([...w.data].every(Number.isFinite)).toBe(true);
  });
});
