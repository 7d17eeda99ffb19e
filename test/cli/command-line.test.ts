/** The command `chainrule` as it is typed. */
import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { expect, test } from "vitest";
import { bun, deno } from "../../scripts/programs.ts";

const main = join(import.meta.dirname, "../../src/cli/main.ts");
const chainrule = (args: readonly string[], env: Record<string, string> = {}, engine: readonly string[] = [process.execPath]): { status: number | null; stdout: string; stderr: string } => {
  const [command = "", ...before] = engine;
  const clean = { ...process.env, CHAINRULE_WASM: "", CHAINRULE_THREADS: "", NODE_OPTIONS: "" };
  return spawnSync(command, [...before, main, ...args], { encoding: "utf8", timeout: 60_000, env: { ...clean, ...env } });
};

test("help", () => {
  for (const args of [["--help"], ["-h"], ["help"], ["doctor", "--help"]]) {
    expect(chainrule(args)).toMatchObject({ status: 0, stderr: "", stdout: expect.stringMatching(/^usage: chainrule COMMAND\n[^]*doctor/) as string });
  }
  expect(chainrule(["--version"]).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});

test.each([
  [[], "no command"],
  [["docter"], 'unknown command "docter"'],
  [["doctor", "now"], "doctor takes no arguments, got now"],
  [["--fast"], "Unknown option '--fast'"],
])("what it does not know: %j", (args, text) => {
  const { status, stdout, stderr } = chainrule(args);
  expect(status).toBe(2);
  expect(stdout).toBe("");
  expect(stderr).toContain(text);
  expect(stderr).toContain("usage: chainrule COMMAND");
});

test("doctor", () => {
  const { status, stdout, stderr } = chainrule(["doctor"], { CHAINRULE_THREADS: "2" });
  expect(stderr).toBe("");
  expect(status).toBe(0);
  expect(stdout).toMatch(/^chainrule \d+\.\d+\.\d+ on Node \d+\S* \(V8 \S+\), \S+ \S+, \d+ CPUs?\n/);
  expect(stdout).toMatch(/^ {2}SIMD +live$/m);
  expect(stdout).toMatch(/^ {2}shared memory +live$/m);
  expect(stdout).toMatch(/^ {2}threads +2, all started$/m);
  expect(stdout).toMatch(/^ {2}CHAINRULE_THREADS +2$/m);
  expect(stdout).toMatch(/^ {2}matrix product, 512 × 512 +[\d.]+ GFLOP\/s on 1 thread, [\d.]+ on 2$/m);
  expect(stdout).toMatch(/^ {2}gradient of 3 numbers +[\d.]+ µs per call$/m);
  expect(stdout).toMatch(/\n\n.+\.\n$/);
  // a figure that cannot be is a fault of the measurement
  expect(Number(/product.* ([\d.]+) GFLOP/.exec(stdout)?.[1])).toBeGreaterThan(0.5);
});

test("doctor, with variables that take something away", () => {
  const { stdout } = chainrule(["doctor"], { CHAINRULE_THREADS: "1", CHAINRULE_WASM: "simd" });
  expect(stdout).toMatch(/^ {2}relaxed SIMD +off, because not wanted \(CHAINRULE_WASM\)$/m);
  expect(stdout).toMatch(/^ {2}threads +1$/m);
  expect(stdout).toMatch(/GFLOP\/s on 1 thread$/m);
  expect(stdout).toMatch(/\nCHAINRULE_WASM=simd keeps .*\n$/);
});

test("doctor, with a variable that means nothing", () => {
  expect(chainrule(["doctor"], { CHAINRULE_WASM: "avx" })).toMatchObject({ status: 1, stdout: "", stderr: expect.stringMatching(/^chainrule: CHAINRULE_WASM is "avx"[^]*known values: scalar, simd, relaxed, wide/) as string });
  expect(chainrule(["doctor"], { CHAINRULE_THREADS: "many" })).toMatchObject({ status: 1, stderr: expect.stringMatching(/^chainrule: CHAINRULE_THREADS must be a whole number/) as string });
  expect(chainrule(["doctor"], { CHAINRULE_SHARING: "fairly" })).toMatchObject({ status: 1, stderr: expect.stringMatching(/^chainrule: CHAINRULE_SHARING is "fairly"\n +hint: known values: dynamic, equal/) as string });
});

test("doctor, where Node was started with switches of its own", () => {
  const { stdout } = chainrule(["doctor"], { CHAINRULE_THREADS: "1" }, [process.execPath, "--no-wasm-lazy-compilation"]);
  expect(stdout).toMatch(/^ {2}256-bit vectors +off, because Node was started with switches of its own/m);
});

test("doctor on Deno and Bun", (context) => {
  const engines = [[deno(), "run", "-A"], [bun(), "run"]].filter((e): e is string[] => e[0] !== undefined);
  if (engines.length === 0) return context.skip("neither can be installed here");
  for (const engine of engines) {
    const { status, stdout, stderr } = chainrule(["doctor"], { CHAINRULE_THREADS: "2" }, engine);
    expect(status, stderr).toBe(0);
    expect(stdout).toMatch(/^chainrule \S+ on (Deno|Bun) /);
    expect(stdout).toMatch(/^ {2}256-bit vectors +off, because only Node has the switch$/m);
    expect(stdout).toMatch(/^ {2}threads +2, all started$/m);
  }
});
