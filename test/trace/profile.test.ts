/** profile: every kernel of what ran, with the user's line, and nothing of what did not. */
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

const rows = (n: number): cr.NDArray => cr.reshape(cr.array(Float32Array.from({ length: n * 64 }, (_, i) => Math.sin(i))), [n, 64]);
const layer = cr.traceFn((x: Tensor, w: Tensor) => cr.softmax(cr.matmul(x, w), -1));

test("kernels with runs, bytes, operations and the place in this file", () => {
  const [x, w] = [rows(128), rows(64)];
  const before = layer(x, w);
  const p = cr.profile(() => [layer(x, w), layer(x, w)]);
  expect(p.result[1]?.toArray()).toEqual(before.toArray());
  const product = p.rows.find((r) => r.operations > 0);
  expect(product).toMatchObject({ runs: 2, operations: 2 * 2 * 128 * 64 * 64, bytes: 2 * 4 * (128 * 64 + 64 * 64 + 128 * 64), shape: "128×64·64×64" });
  expect(p.rows.every((r) => r.time >= 0 && r.place.includes("profile.test.ts"))).toBe(true);
  expect(p.runs.length).toBe(2 * p.rows.length);
  expect(p.time).toBeGreaterThanOrEqual(p.rows.reduce((sum, r) => sum + r.time, 0));
  expect(p.toString()).toMatch(/GFLOP\/s[^]*128×64·64×64 +.*profile\.test\.ts:7:\d+/);
});

test("a sum in parts reads each element once", () => {
  const f = cr.traceFn((x: Tensor) => cr.sum(cr.exp(x)));
  const x = cr.ones([1_000_003]);
  f(x);
  const { rows: parts } = cr.profile(() => f(x));
  expect(parts.length).toBeGreaterThan(1);
  expect(parts.reduce((sum, r) => sum + r.bytes, 0) / (4 * 1_000_003)).toBeCloseTo(1, 2);
});

test("the trace file has one event per run, in order", () => {
  const x = rows(64);
  const { traceEvents } = JSON.parse(cr.profile(() => layer(x, x)).toTrace()) as { traceEvents: { name: string; ts: number; dur: number; ph: string }[] };
  expect(traceEvents.length).toBeGreaterThan(1);
  traceEvents.forEach((e, i) => {
    expect(e.ph).toBe("X");
    expect(e.dur).toBeGreaterThanOrEqual(0);
    expect(e.ts).toBeGreaterThanOrEqual(traceEvents[i - 1]?.ts ?? 0);
  });
});

test("a small program is one run", () => {
  const f = cr.traceFn((x: Tensor) => cr.sin(x)).grad();
  f([1, 2, 3]);
  const p = cr.profile(() => f([1, 2, 3]));
  expect(p.rows).toMatchObject([{ name: "straight", runs: 1, bytes: 24 }]);
});

test("mistakes", () => {
  expect(() => cr.profile(3 as never)).toThrow(/profile: expected a function/);
  expect(() => cr.profile(() => cr.profile(() => 1))).toThrow(/already/);
  expect(() => cr.profile(() => { throw new Error("mine"); })).toThrow("mine");
  expect(() => cr.profile(async () => 1)).toThrow(/returned a Promise/);
  expect(cr.profile(() => 7).result).toBe(7);
});
