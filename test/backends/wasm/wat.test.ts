/** The text of a module is a module: another assembler makes the same bytes of it. */
import { afterAll, describe, expect, it } from "vitest";
import createWabt from "wabt";
import * as cr from "chainrule";
import { ModuleBuilder } from "../../../src/backends/wasm/assembler.ts";
import { emit, planKernels } from "../../../src/backends/wasm/compile-program.ts";
import { capFeatures } from "../../../src/backends/wasm/features.ts";
import { lowerProgram } from "../../../src/kernel/lower.ts";
import { optimize } from "../../../src/transform/optimize.ts";
import { workloads } from "../programs.ts";

const wabt = await createWabt();
const features = { simd: true, threads: true, relaxed_simd: true, bulk_memory: true, sat_float_to_int: true, sign_extension: true };

function bytesOf(text: string): Uint8Array {
  const module = wabt.parseWat("module.wat", text, features);
  try {
    return module.toBinary({}).buffer;
  } finally {
    module.destroy();
  }
}

describe.each(["scalar", "simd", "relaxed", "wide"] as const)("%s", (level) => {
  afterAll(() => capFeatures(undefined));
  it.each((["float32", "float64"] as const).flatMap((dtype) => workloads(dtype).map((w) => [`${w.name}, ${dtype}`, w] as const)))("%s", (_, { trace }) => {
    capFeatures(level);
    const { kernels, plan } = planKernels(lowerProgram(optimize(trace().program)));
    const { module } = emit(kernels, plan, false).emission;
    expect(bytesOf(module.toText())).toEqual(module.encode());
  });
});

it("constants that text writes in ways of its own", () => {
  const module = new ModuleBuilder();
  const f = module.function("run", [], [], true);
  for (const value of [0, -0, Number.NaN, Infinity, -Infinity, 0.1, 1e21, -1e-40, 16_777_217]) f.op("f32.const", value).op("drop").op("f64.const", value).op("drop");
  const bytes = Array.from({ length: 16 }, (_, i) => 17 * i);
  f.op("v128.const", bytes).op("v128.const", bytes).op("i8x16.shuffle", bytes.map((x) => x % 32)).op("drop");
  expect(bytesOf(module.toText())).toEqual(module.encode());
});

it("small programs", () => {
  const f = cr.traceFn((x: cr.Tensor) => cr.where(cr.greater(x, 0), -0, cr.mul(cr.sin(x), Infinity)));
  for (const text of [f.lower("wat")(2), f.grad().lower("wat")(2)]) expect(WebAssembly.validate(Uint8Array.from(bytesOf(text)))).toBe(true);
});
