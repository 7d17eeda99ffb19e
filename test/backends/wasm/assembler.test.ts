/** The binary emitter against the engine: every instruction is accepted, and what the instructions compute is what their names say. */
import { describe, expect, test } from "vitest";
import { ModuleBuilder, type Operand, type ValueType } from "../../../src/backends/wasm/assembler.ts";
import { type Immediate, opcodes } from "../../../src/backends/wasm/opcodes.ts";

const samples: Readonly<Record<Immediate, Operand | undefined>> = {
  none: undefined, memoryIndex: undefined, memoryIndices: undefined, fence: undefined, memory: { offset: 16 }, memoryLane: { offset: 16, lane: 1 }, index: 0, lane: 1,
  i32: -5, i64: -5n, f32: 1.5, f64: 1.5, block: "void", bytes16: Array.from({ length: 16 }, (_, i) => i), lanes16: Array.from({ length: 16 }, (_, i) => i),
};
const limits = { minimum: 1, maximum: 1, shared: true };

/** Instructions whose operands stand elsewhere than on the stack, or that need a frame around them. */
const framed = new Set(["block", "loop", "if", "else", "end", "br_if", "call", "local.get", "local.set", "local.tee", "global.get", "global.set", "select"]);

test.each(Object.keys(opcodes).filter((name) => !framed.has(name)))("%s is a valid instruction", (name) => {
  const module = new ModuleBuilder();
  module.importMemory(limits);
  module.function("f", [], []).op("unreachable").op(name, samples[opcodes[name]!.immediate]).op("unreachable");
  expect(WebAssembly.validate(module.encode())).toBe(true);
});

function run(results: readonly ValueType[], build: (f: ReturnType<ModuleBuilder["function"]>) => void): unknown {
  const module = new ModuleBuilder();
  const memory = new WebAssembly.Memory({ initial: limits.minimum, maximum: limits.maximum, shared: limits.shared });
  module.importMemory(limits);
  build(module.function("main", [], results, true));
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory } });
  return (exports["main"] as () => unknown)();
}

const f32 = Math.fround;
const scalar: [string, ValueType, number[], number][] = [
  ["i32.add", "i32", [7, -9], -2], ["i32.sub", "i32", [7, 9], -2], ["i32.mul", "i32", [7, 9], 63], ["i32.div_s", "i32", [-7, 2], -3], ["i32.rem_s", "i32", [-7, 2], -1],
  ["i32.and", "i32", [6, 3], 2], ["i32.or", "i32", [6, 3], 7], ["i32.xor", "i32", [6, 3], 5], ["i32.shl", "i32", [1, 4], 16], ["i32.shr_s", "i32", [-8, 1], -4],
  ["i32.shr_u", "i32", [-8, 28], 15], ["i32.lt_s", "i32", [-1, 1], 1], ["i32.lt_u", "i32", [-1, 1], 0], ["i32.clz", "i32", [1], 31], ["i32.popcnt", "i32", [7], 3], ["i32.eqz", "i32", [0], 1],
  ["f64.add", "f64", [1.5, 2], 3.5], ["f64.sub", "f64", [1.5, 2], -0.5], ["f64.mul", "f64", [1.5, 2], 3], ["f64.div", "f64", [3, 2], 1.5], ["f64.min", "f64", [1, 2], 1], ["f64.max", "f64", [1, 2], 2],
  ["f64.copysign", "f64", [3, -1], -3], ["f64.sqrt", "f64", [9], 3], ["f64.floor", "f64", [-1.5], -2], ["f64.ceil", "f64", [-1.5], -1], ["f64.trunc", "f64", [-1.5], -1], ["f64.nearest", "f64", [2.5], 2], ["f64.neg", "f64", [2], -2], ["f64.abs", "f64", [-2], 2],
  ["f32.add", "f32", [0.1, 0.2], f32(f32(0.1) + f32(0.2))], ["f32.div", "f32", [1, 3], f32(1 / 3)], ["f32.sqrt", "f32", [2], f32(Math.SQRT2)],
];

describe("what instructions compute", () => {
  test.each(scalar)("%s", (name, type, operands, want) => {
    expect(run([type], (f) => {
      for (const x of operands) f.op(`${type}.const`, x);
      f.op(name);
    })).toBe(want);
  });
  test.each([["f32x4.add", 3.5], ["f32x4.sub", -0.5], ["f32x4.mul", 3], ["f32x4.div", 0.75], ["f32x4.min", 1.5], ["f32x4.max", 2], ["f32x4.pmin", 1.5], ["f32x4.pmax", 2]])("%s", (name, want) => {
    expect(run(["f32"], (f) => f.op("f32.const", 1.5).op("f32x4.splat").op("f32.const", 2).op("f32x4.splat").op(name).op("f32x4.extract_lane", 3))).toBe(want);
  });
  test("relaxed multiply-add, conversions, lanes", () => {
    const vector = (f: ReturnType<ModuleBuilder["function"]>, x: number) => f.op("f64.const", x).op("f64x2.splat");
    expect(run(["f64"], (f) => vector(vector(vector(f, 3), 4), 5).op("f64x2.relaxed_madd").op("f64x2.extract_lane", 1))).toBe(17);
    expect(run(["f64"], (f) => f.op("i32.const", -3).op("f64.convert_i32_s"))).toBe(-3);
    expect(run(["i32"], (f) => f.op("f64.const", 1e20).op("i32.trunc_sat_f64_s"))).toBe(2 ** 31 - 1);
  });
  test("loops, locals, memory: the sum of the first hundred numbers, stored and loaded", () => {
    expect(run(["i32"], (f) => {
      const i = f.local("i32"), sum = f.local("i32");
      f.nest("loop", () => {
        f.op("local.get", i).op("i32.const", 1).op("i32.add").op("local.tee", i).op("local.get", sum).op("i32.add").op("local.set", sum);
        f.op("local.get", i).op("i32.const", 100).op("i32.lt_s").op("br_if", 0);
      });
      f.op("i32.const", 64).op("local.get", sum).op("i32.store", { offset: 8 }).op("i32.const", 0).op("i32.load", { offset: 72 });
    })).toBe(5050);
  });
  test("calls between functions share their types", () => {
    const module = new ModuleBuilder();
    const square = module.function("square", ["f64"], ["f64"]).op("local.get", 0).op("local.get", 0).op("f64.mul");
    module.function("fourth", ["f64"], ["f64"], true).op("local.get", 0).op("call", module.indexOf(square)).op("call", module.indexOf(square));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()));
    expect((exports["fourth"] as (x: number) => number)(3)).toBe(81);
    expect(module.toText()).toBe(`(module
  (func $square (param f64) (result f64)
    local.get 0
    local.get 0
    f64.mul)
  (func $fourth (param f64) (result f64)
    local.get 0
    call 0
    call 0)
  (export "fourth" (func $fourth)))`);
  });
});

describe("functions of the host", () => {
  test("are called by their number, before the functions of the module, which calls name themselves", () => {
    const module = new ModuleBuilder();
    const inner = module.function("inner", ["f64"], ["f64"]);
    module.function("main", ["f64"], ["f64"], true).op("local.get", 0).op("call", inner).op("call", inner);
    const triple = module.importFunction("math", "triple", ["f64"], ["f64"]);
    inner.op("local.get", 0).op("call", triple).op("call", module.importFunction("math", "next", ["f64"], ["f64"]));
    expect(module.importFunction("math", "triple", ["f64"], ["f64"])).toBe(triple);
    expect(module.imports.map((f) => f.name)).toEqual(["triple", "next"]);
    const math = { triple: (x: number) => 3 * x, next: (x: number) => x + 1 };
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { math });
    expect((exports["main"] as (x: number) => number)(5)).toBe(49);
    expect(module.toText()).toContain("call $inner");
    expect(module.toText()).toContain('(import "math" "triple" (func (param f64) (result f64)))');
  });
  test("cannot come after functions were numbered", () => {
    const module = new ModuleBuilder();
    module.indexOf(module.function("f", [], []));
    expect(() => module.importFunction("math", "sin", ["f64"], ["f64"])).toThrow("too late");
  });
});

test("numbers of every length arrive", () => {
  for (const x of [0, -1, 63, 64, -64, -65, 127, 128, 8191, 8192, 2 ** 31 - 1, -(2 ** 31)]) expect(run(["i32"], (f) => f.op("i32.const", x))).toBe(x);
  for (const x of [0n, -1n, 63n, 64n, -65n, 2n ** 63n - 1n, -(2n ** 63n)]) expect(run(["i64"], (f) => f.op("i64.const", x))).toBe(x);
  for (const x of [0.1, -0, Number.NEGATIVE_INFINITY, 5e-324]) expect(run(["f64"], (f) => f.op("f64.const", x))).toBe(x);
});

test("a very long function is encoded", () => {
  const ones = 200_000;
  expect(run(["i32"], (f) => {
    f.op("i32.const", 0);
    for (let i = 0; i < ones; i++) f.op("i32.const", 1).op("i32.add");
  })).toBe(ones);
});

describe("the text is read from the code", () => {
  const texts: Readonly<Record<Immediate, string>> = {
    none: "", memoryIndex: "", memoryIndices: "", fence: "", memory: " offset=16", memoryLane: " offset=16 1", index: " 0", lane: " 1",
    i32: " -5", i64: " -5", f32: " 1.5", f64: " 1.5", block: "", bytes16: " i8x16 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15", lanes16: " 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15",
  };
  test.each(Object.keys(opcodes))("%s", (name) => {
    const { immediate } = opcodes[name]!;
    const f = new ModuleBuilder().function("f", [], []).op("nop").op(name, samples[immediate]).op("i32.const", 7);
    expect(f.toText().split("\n")[2]?.trim()).toBe(name + texts[immediate]);
    expect(f.toText()).toMatch(/i32\.const 7\)$/);
  });
  test("numbers of every length, types of blocks, nesting", () => {
    const f = new ModuleBuilder().function("f", [], ["f64"]);
    f.op("i64.const", -(2n ** 63n)).op("i32.const", 2 ** 31).op("f64.const", -1e-300).op("f64.const", Number.NaN).op("i32.load", { offset: 2 ** 32 - 1 });
    f.nest("if", () => f.op("f64.const", 1).op("else").op("f64.const", 2), "f64");
    expect(f.toText().split("\n").slice(1)).toEqual(["  i64.const -9223372036854775808", "  i32.const -2147483648", "  f64.const -1e-300", "  f64.const nan", "  i32.load offset=4294967295", "  if (result f64)", "    f64.const 1", "  else", "    f64.const 2", "  end)"]);
  });
});

test("faults of the caller are reported", () => {
  const f = new ModuleBuilder().function("f", [], []);
  expect(() => f.op("f32x4.fused")).toThrow("unknown WebAssembly instruction f32x4.fused");
  expect(() => f.op("i32.const")).toThrow("an operand is missing");
  expect(() => f.op("i32.add", 3)).toThrow("takes no operand");
  expect(() => new ModuleBuilder().indexOf(f)).toThrow("belongs to another module");
});
