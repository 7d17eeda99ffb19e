/** The rules of the optimiser, text to text: the equations that are left of a function. Each is also run against the program as traced. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { printProgram } from "../../src/core/print.ts";
import type { Program } from "../../src/core/program.ts";
import { optimize, runPasses } from "../../src/transform/optimize.ts";
import { evaluateProgram } from "../backends/programs.ts";

type F = (...xs: Tensor[]) => unknown;
const nan = Number.NaN;
const vector = [1.5, -2, 0, -0, nan, Number.POSITIVE_INFINITY];
const matrix = [[1, -2, nan], [-0, 5, 6]];
const flags = [true, false, true, true, false, false];
const integers = new Int32Array([3, -7, 0, 2 ** 31 - 1, -(2 ** 31), 1]);

function programOf(f: F, args: readonly unknown[]): Program {
  const traced = cr.traceFn(f as never) as unknown as { program(...args: readonly unknown[]): { readonly program: Program } };
  return traced.program(...args).program;
}

/** The right-hand sides of the optimised program, and its outputs. Verifies every pass, and every bit of the results. */
function optimized(f: F, ...args: readonly unknown[]): string[] {
  const program = programOf(f, args);
  const result = runPasses(program, (pass, after) => checkProgram(after, pass.name));
  const inputs = args.map((x) => (typeof x === "object" && x instanceof ConcreteArray ? x : cr.array(x as number[]))) as unknown as ConcreteArray[];
  const [got, want] = [result, program].map((p) => evaluateProgram(p, inputs).map((array) => [array.type, ...array.elements]));
  expect(got).toEqual(want);
  const lines = printProgram(result).split("\n").slice(1);
  return lines.map((line) => line.replace(/^.* = /, "").trim()).map((line) => line.replace(/^in \((.*)\) \}$/, "→ $1"));
}

describe("identities of numbers", () => {
  const cases: Record<string, [F, readonly unknown[], readonly string[]]> = {
    "x · 1 and x / 1": [(x) => cr.div(cr.mul(x!, 1), 1), [vector], ["→ a"]],
    "x + (-0) and x - 0": [(x) => cr.sub(cr.add(x!, -0), 0), [vector], ["→ a"]],
    "x + 0 of floats loses the sign of -0": [(x) => cr.add(x!, 0), [vector], ["add a 0.0", "→ b"]],
    "x + 0 of integers": [(x) => cr.add(x!, 0), [integers], ["→ a"]],
    "x · 0 of integers, not of floats": [(x) => [cr.mul(x!, 0)], [integers], ["→ 0"]],
    "0 · NaN stays": [(x) => cr.mul(x!, 0), [vector], ["mul a 0.0", "→ b"]],
    "x - x stays: it is NaN at infinity": [(x) => cr.sub(x!, x!), [vector], ["sub a a", "→ b"]],
    "-(-x)": [(x) => cr.neg(cr.neg(x!)), [vector], ["→ a"]],
    "x · (-1)": [(x) => cr.mul(x!, -1), [vector], ["neg a", "→ b"]],
    "-(x · c)": [(x) => cr.neg(cr.mul(x!, 3)), [vector], ["mul a -3.0", "→ b"]],
    "(-x) · c": [(x) => cr.mul(cr.neg(x!), 3), [vector], ["mul a -3.0", "→ b"]],
    "(-x) · (-y)": [(x, y) => cr.mul(cr.neg(x!), cr.neg(y!)), [vector, vector], ["mul a b", "→ c"]],
    "x + (-y)": [(x, y) => cr.add(x!, cr.neg(y!)), [vector, vector], ["sub a b", "→ c"]],
    "(-x) + y": [(x, y) => cr.add(cr.neg(x!), y!), [vector, vector], ["sub b a", "→ c"]],
    "x - (-y)": [(x, y) => cr.sub(x!, cr.neg(y!)), [vector, vector], ["add a b", "→ c"]],
    "x / 2ᵏ": [(x) => cr.div(x!, 8), [vector], ["mul a 0.125", "→ b"]],
    "x / 3 stays": [(x) => cr.div(x!, 3), [vector], ["div a 3.0", "→ b"]],
    "x · 4 · 3": [(x) => cr.mul(cr.mul(x!, 4), 3), [vector], ["mul a 12.0", "→ b"]],
    "x · 3 · 4 stays: the first product may round": [(x) => cr.mul(cr.mul(x!, 3), 4), [vector], ["mul a 3.0", "mul b 4.0", "→ c"]],
    "x · ½ · 3 stays: the first product may underflow": [(x) => cr.mul(cr.mul(x!, 0.5), 3), [vector], ["mul a 0.5", "mul b 3.0", "→ c"]],
    "max(x, x)": [(x) => cr.maximum(x!, x!), [vector], ["→ a"]],
    "floor(floor(x))": [(x) => cr.floor(cr.floor(x!)), [vector], ["floor a", "→ b"]],
    "x²": [(x) => cr.square(x!), [vector], ["mul a a", "→ b"]],
    "not equal": [(x, y) => cr.logicalNot(cr.equal(x!, y!)), [vector, vector], ["notEqual a b", "→ c"]],
    "not less stays: NaN is neither": [(x, y) => cr.logicalNot(cr.less(x!, y!)), [vector, vector], ["less a b", "not c", "→ d"]],
  };
  test.each(Object.entries(cases))("%s", (_name, [f, args, lines]) => {
    expect(optimized(f, ...args)).toEqual(lines);
  });
});

describe("choices and conversions", () => {
  const cases: Record<string, [F, readonly unknown[], readonly string[]]> = {
    "equal sides": [(c, x) => cr.where(c!, x!, x!), [flags, vector], ["→ b"]],
    "a condition turned around": [(c, x, y) => cr.where(cr.logicalNot(c!), x!, y!), [flags, vector, vector], ["select a c b", "→ d"]],
    "the same condition again": [(c, x, y) => cr.where(c!, cr.where(c!, x!, 2), cr.where(c!, 3, y!)), [flags, vector, vector], ["select a b c", "→ d"]],
    "there and back": [(x) => cr.astype(cr.astype(x!, "float64"), "float32"), [vector], ["→ a"]],
    "there and back with a loss": [(x) => cr.astype(cr.astype(x!, "int32"), "float32"), [vector], ["convert[dtype=int32] a", "convert[dtype=float32] b", "→ c"]],
    "bool by way of an integer": [(x) => cr.astype(cr.astype(x!, "int32"), "float32"), [flags], ["convert[dtype=float32] a", "→ b"]],
    "integers by way of a float stop at the ends": [(x) => cr.astype(cr.astype(x!, "float64"), "uint32"), [integers], ["convert[dtype=float64] a", "convert[dtype=uint32] b", "→ c"]],
    stopGradient: [(x) => cr.stopGradient(x!), [vector], ["→ a"]],
  };
  test.each(Object.entries(cases))("%s", (_name, [f, args, lines]) => {
    expect(optimized(f, ...args)).toEqual(lines);
  });
});

describe("views", () => {
  const cases: Record<string, [F, readonly unknown[], readonly string[]]> = {
    "transpose of transpose": [(x) => cr.transpose(cr.transpose(x!)), [matrix], ["→ a"]],
    "slice of slice": [(x) => cr.index(cr.index(x!, cr.slice(1, null, 2)), cr.slice(1, null)), [vector], ["slice[start=(3) limit=(6) strides=(2)] a", "→ b"]],
    "a row, however it is read": [(x) => cr.add(cr.index(x!, 0), cr.index(x!, 0, cr.ellipsis)), [matrix], ["pick[axis=0 position=0] a", "add b b", "→ c"]],
    "an element of a row": [(x) => cr.index(cr.index(x!, 1), 2), [matrix], ["slice[start=(1,2) limit=(2,3) strides=(1,1)] a", "reshape[shape=()] b", "→ c"]],
    "flip of flip": [(x) => cr.flip(cr.flip(x!)), [vector], ["→ a"]],
    "a slice of a transpose is cut out first": [(x) => cr.index(cr.transpose(x!), cr.slice(1, null)), [matrix], ["slice[start=(0,1) limit=(2,3) strides=(1,1)] a", "transpose[permutation=(1,0)] b", "→ c"]],
    "a transpose of a broadcast is a broadcast": [(x) => cr.transpose(cr.broadcastTo(x!, [4, 6])), [vector], ["broadcast[shape=(6,4) axes=(0)] a", "→ b"]],
    "broadcast of broadcast": [(x) => cr.broadcastTo(cr.broadcastTo(x!, [4, 6]), [2, 4, 6]), [vector], ["broadcast[shape=(2,4,6) axes=(2)] a", "→ b"]],
    "moving axes of length 1 moves nothing": [(x) => cr.transpose(cr.expandDims(x!, 0)), [vector], ["reshape[shape=(6,1)] a", "→ b"]],
    "reshape of reshape": [(x) => cr.reshape(cr.reshape(x!, [2, 3]), [3, 2]), [vector], ["reshape[shape=(3,2)] a", "→ b"]],
    "a part of joined arrays": [(x, y) => cr.index(cr.concatenate([x!, y!]), cr.slice(7, 9)), [vector, vector], ["slice[start=(1) limit=(3) strides=(1)] b", "→ c"]],
    "a part of padding": [(x) => cr.index(cr.pad(x!, [[2, 3]]), cr.slice(0, 2)), [vector], ["→ 0.0"]],
    "what was padded": [(x) => cr.index(cr.pad(x!, [[2, 3]]), cr.slice(2, 8)), [vector], ["→ a"]],
    "padding of padding": [(x) => cr.pad(cr.expandDims(cr.pad(x!, [[1, 0]]), 0), [[1, 1], [0, 2]]), [vector], ["reshape[shape=(1,6)] a", "pad[low=(1,1) high=(1,2) interior=(0,0)] b 0.0", "→ c"]],
  };
  test.each(Object.entries(cases))("%s", (_name, [f, args, lines]) => {
    expect(optimized(f, ...args)).toEqual(lines);
  });
});

describe("reductions", () => {
  const cases: Record<string, [F, readonly unknown[], readonly string[]]> = {
    "of one element, where -0 becomes 0": [(x) => cr.sum(cr.expandDims(x!, 0), 0), [vector], ["add a 0.0", "→ b"]],
    "of one element": [(x) => cr.max(cr.expandDims(x!, 0), 0), [vector], ["→ a"]],
    "the sum of what repeats": [(x) => cr.sum(cr.broadcastTo(x!, [3, 6]), 0), [vector], ["mul a 3.0", "add b 0.0", "→ c"]],
    "the largest of what repeats": [(x) => cr.max(cr.broadcastTo(x!, [3, 6])), [vector], ["reduceMax[axes=(0)] a", "→ b"]],
    "operations on what repeats are done once": [(x) => cr.exp(cr.mul(cr.broadcastTo(x!, [3, 6]), 2)), [vector], ["mul a 2.0", "exp b", "broadcast[shape=(3,6) axes=(1)] c", "→ d"]],
  };
  test.each(Object.entries(cases))("%s", (_name, [f, args, lines]) => {
    expect(optimized(f, ...args)).toEqual(lines);
  });
});

describe("contractions", () => {
  const square = [[1, 2], [3, 4]];
  const cases: Record<string, [F, readonly unknown[], readonly string[]]> = {
    "read transposed operands": [(x, y) => cr.matmul(cr.transpose(x!), y!), [square, square], ["dotGeneral[contract=((0),(0)) batch=((),())] a b", "→ c"]],
    "exchange sides for a transposed result": [(x, y) => cr.transpose(cr.matmul(x!, y!)), [matrix, cr.ones([3, 4])], ["dotGeneral[contract=((0),(1)) batch=((),())] b a", "→ c"]],
    "are not done twice": [(x, y) => [cr.matmul(x!, y!), cr.transpose(cr.matmul(x!, y!))], [square, square], ["dotGeneral[contract=((1),(0)) batch=((),())] a b", "transpose[permutation=(1,0)] c", "→ c, d"]],
  };
  test.each(Object.entries(cases))("%s", (_name, [f, args, lines]) => {
    expect(optimized(f, ...args)).toEqual(lines);
  });
});

describe("safe products", () => {
  const gradient = (f: (x: Tensor) => Tensor) => (x?: Tensor) => (cr.grad(((y: Tensor) => cr.sum(f(y))) as never) as unknown as (x: unknown) => unknown)(x);
  const lines = (f: (x: Tensor) => Tensor): string[] => {
    const result = optimize(programOf(gradient(f) as F, [[1, 2]]));
    return result.equations.map((e) => e.primitive.name);
  };
  test("with numbers that are not 0, or with what is finite for sure, are products", () => {
    expect(lines((x) => cr.mul(x, 3))).toEqual([]);
    expect(lines((x) => cr.mul(cr.sin(x), cr.array([3, 5])))).toEqual(["cos", "mul"]);
    expect(lines((x) => cr.mul(cr.sin(x), cr.array([3, 0])))).toEqual(["cos", "scaleSafe"]);
    expect(lines((x) => cr.mul(cr.mul(cr.sin(x), cr.array([3, 0])), 2))).toEqual(["cos", "scaleSafe"]);
    expect(lines((x) => cr.exp(cr.mul(x, cr.astype(cr.greater(x, 1), "float32"))))).toEqual(["greater", "convert", "mul", "exp", "mul"]);
  });
  test("with anything that may be infinite stay", () => {
    expect(lines((x) => cr.mul(cr.where(cr.greater(x, 0), cr.sqrt(x), 0), 2))).toContain("divSafe");
    expect(lines((x) => cr.exp(cr.mul(x, x)))).toContain("scaleSafe");
  });
});

describe("constants", () => {
  test("are folded while small, and never written out from repeated numbers", () => {
    const table = cr.array([1, 2, 3]);
    expect(optimized((x) => cr.add(x!, cr.cumsum(cr.mul(table, table))), [1, 2, 3])).toEqual(["add a [1.0 5.0 14.0]:f32[3]", "→ b"]);
    const large = cr.ones([4096, 4096]);
    const program = optimize(programOf((x) => cr.add(x!, cr.sum(cr.mul(large, 2))), [1]));
    expect(program.equations.flatMap((e) => e.inputs.flatMap((a) => (a instanceof ConcreteArray && a.splat === undefined ? [a] : [])))).toEqual([]);
  });
  test("outputs keep their types", () => {
    const program = programOf((x) => [cr.astype(cr.astype(x!, "float64"), "float32"), cr.mul(cr.array(2), 1)], [[1, 2]]);
    expect(optimize(program).outputs.map((a) => a.type)).toEqual(program.outputs.map((a) => a.type));
  });
});
