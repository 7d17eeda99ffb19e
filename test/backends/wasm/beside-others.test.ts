/** The switches that V8 is given while a program compiles hold for all its threads: whatever they compile then must do no harm. */
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const script = fileURLToPath(new URL("beside-others.ts", import.meta.url));

test.each(["wide", "relaxed", "simd"])("somebody else's WebAssembly compiles beside ours, at most %s", (level) => {
  const { stdout, stderr } = spawnSync(process.execPath, ["--conditions=chainrule-source", script], { encoding: "utf8", env: { ...process.env, CHAINRULE_WASM: level, NODE_OPTIONS: "" } });
  expect(stderr).toBe("");
  // ten functions at a time, each 200 turns of sixty calls
  expect(stdout.trim()).toBe(`alive ${400 * (200 * 60 + 1)}`);
});
