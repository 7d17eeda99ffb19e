/** What the engine offers: found out, capped, and switched on only while our own modules compile. */
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, it } from "vitest";
import { ModuleBuilder } from "../../../src/backends/wasm/assembler.ts";
import { capFeatures, features } from "../../../src/backends/wasm/features.ts";
import { faultOfWide } from "../../../src/backends/wasm/self-test.ts";
import { compileModule, isX64, noSwitches } from "../../../src/backends/wasm/v8-flags.ts";

afterEach(() => capFeatures(undefined));

/** What a new process finds. */
function inProcess(env: Record<string, string>, flags: readonly string[] = []): string {
  const file = JSON.stringify(new URL("../../../src/backends/wasm/features.ts", import.meta.url).href);
  const code = `const { features } = await import(${file}); const { target, reasons } = features(); console.log(JSON.stringify(target), reasons.join("; "));`;
  return execFileSync(process.execPath, [...flags, "--input-type=module", "-e", code], { encoding: "utf8", env: { ...process.env, CHAINRULE_WASM: "", ...env }, stdio: ["ignore", "pipe", "pipe"] }).trim();
}

describe("features", () => {
  it("are capped one after another", () => {
    capFeatures("scalar");
    expect(features().target).toEqual({ simd: false, relaxed: false, wide: false });
    capFeatures("simd");
    expect(features().target).toEqual({ simd: true, relaxed: false, wide: false });
    capFeatures("relaxed");
    expect(features()).toMatchObject({ target: { simd: true, relaxed: true, wide: false }, reasons: ["wide: not wanted (configure)"] });
  });
  it("follow CHAINRULE_WASM, which is checked", () => {
    expect(inProcess({ CHAINRULE_WASM: "simd" })).toBe('{"simd":true,"relaxed":false,"wide":false} relaxed: not wanted (CHAINRULE_WASM)');
    expect(() => inProcess({ CHAINRULE_WASM: "fast" })).toThrow(/CHAINRULE_WASM is "fast"/);
  });
  it("leave switches alone that the user has set", () => {
    expect(inProcess({}, ["--no-wasm-lazy-compilation"])).toContain("wide: Node was started with switches of its own");
  });
});

describe("joined vectors", () => {
  it.runIf(isX64 && noSwitches === undefined)("agree with the others bit for bit in the self-test", () => {
    expect(faultOfWide(true)).toBeUndefined();
  });
  it("are switched on for our modules only", () => {
    // a sum that the engine would join: the same time for a user's module, compiled after ours
    const module = (tag: number): Uint8Array<ArrayBuffer> => {
      const builder = new ModuleBuilder();
      builder.importMemory({ minimum: 1, maximum: 1, shared: false });
      const f = builder.function("f", ["i32"], [], true);
      const halves = [f.local("v128"), f.local("v128")];
      f.nest("loop", () => {
        halves.forEach((v, h) => {
          f.op("i32.const", 0).op("v128.load", { offset: 16 * h });
          for (let i = 0; i < 60; i++) f.op("local.get", v).op("f32x4.add").op("v128.const", new Array<number>(16).fill(i)).op("f32x4.mul");
          f.op("local.set", v);
        });
        halves.forEach((v, h) => f.op("i32.const", 0).op("local.get", v).op("v128.store", { offset: 64 + 16 * h }));
        for (const v of halves) f.op("v128.const", new Array<number>(16).fill(0)).op("local.set", v);
        f.op("local.get", 0).op("i32.const", 1).op("i32.sub").op("local.tee", 0).op("br_if", 0);
      });
      builder.function(`tag${tag}`, [], [], true);
      return builder.encode();
    };
    const time = (compiled: WebAssembly.Module): number => {
      const memory = new WebAssembly.Memory({ initial: 1, maximum: 1 });
      const run = new WebAssembly.Instance(compiled, { env: { memory } }).exports["f"] as (n: number) => void;
      let best = Number.POSITIVE_INFINITY;
      for (let i = 0; i < 100; i++) {
        const start = performance.now();
        run(500);
        best = Math.min(best, performance.now() - start);
      }
      return best;
    };
    const ours = time(compileModule(module(1), "wide"));
    const users = time(new WebAssembly.Module(module(2)));
    if (features().target.wide) expect(users / ours).toBeGreaterThan(1.2);
    else expect(users / ours).toBeLessThan(3);
  });
});
