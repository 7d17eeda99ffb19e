/** What the doctor says where something is off: the first thing that is worth doing. */
import { expect, test } from "vitest";
import type { Status } from "../../src/backends/wasm/status.ts";
import { advice, type Findings } from "../../src/cli/advice.ts";

const well: Findings = {
  status: {
    target: { simd: true, relaxed: true, wide: true }, reasons: [], shared: true, threads: { wanted: 4, running: 4 },
    memory: { size: 2 ** 21, taken: 0, budget: 2 ** 29, maximum: 2 ** 32 },
  },
  measured: { product: { one: 80, all: 300 }, elementwise: { one: 20, all: 30 }, gradient: 0.2 },
  cpus: 4, isNode: true, variables: { CHAINRULE_WASM: undefined, CHAINRULE_THREADS: undefined },
};
const but = (status: Partial<Status>, findings: Partial<Findings> = {}): Findings => ({ ...well, ...findings, status: { ...well.status, ...status } });
const noWide = (reason: string): Partial<Status> => ({ target: { simd: true, relaxed: true, wide: false }, reasons: [`wide: ${reason}`] });

test.each<[string, Findings, string]>([
  ["all well", well, "Everything this machine offers is in use."],
  ["one CPU", but({ threads: { wanted: 1, running: 1 } }, { cpus: 1, measured: { ...well.measured, product: { one: 80, all: undefined } } }), "Everything this machine offers is in use."],
  ["capped", but(noWide("not wanted (CHAINRULE_WASM)"), { variables: { CHAINRULE_WASM: "simd", CHAINRULE_THREADS: undefined } }), "CHAINRULE_WASM=simd keeps"],
  ["no SIMD", but({ target: { simd: false, relaxed: false, wide: false } }), "This engine has no SIMD"],
  ["no relaxed SIMD", but({ target: { simd: true, relaxed: false, wide: false } }), "This engine has no relaxed SIMD"],
  ["switches", but(noWide("Node was started with switches of its own for WebAssembly, which are left alone")), "Node was started with"],
  ["wrong", but(noWide('joined vectors give another result in the self-test "tile"')), "V8 computes 256-bit vectors wrongly"],
  ["few threads wanted", but({ threads: { wanted: 1, running: 1 } }, { variables: { CHAINRULE_WASM: undefined, CHAINRULE_THREADS: "1" } }), "CHAINRULE_THREADS=1 leaves 3 of 4 CPUs unused"],
  ["not shared", but({ shared: false, threads: { wanted: 4, running: 1 } }), "There is no shared memory"],
  ["a worker missing", but({ threads: { wanted: 4, running: 3 } }), "Of 4 threads only 3 started"],
  ["busy", but({}, { measured: { ...well.measured, product: { one: 80, all: 85 } } }), "4 threads are hardly faster than one"],
  ["another engine", but(noWide("only Node has the switch"), { isNode: false }), "Everything this engine offers is in use; Node on an x64"],
  ["another processor", but(noWide("only x64 processors")), "Everything that works here is in use; 256-bit vectors do not: only x64 processors."],
])("%s", (_, findings, text) => {
  const said = advice(findings);
  expect(said.startsWith(text), said).toBe(true);
  expect(said).toMatch(/^[A-Z0-9].*\.$/);
});
