/** Programs as text: names, constants, parameters, programs inside programs, places. */
import { describe, expect, test } from "vitest";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes } from "../../src/core/dtype.ts";
import { printProgram, shortest, toDot, toMermaid } from "../../src/core/print.ts";
import { type Equation, noParams, type Params, type Program, Variable } from "../../src/core/program.ts";
import { record, type Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { neg } from "../../src/ops/arithmetic.ts";
import { add } from "../../src/ops/elementwise.ts";
import { sin } from "../../src/ops/trigonometric.ts";

const f32 = tensorType("float32", []);
const constant = (dtype: DType, ...xs: number[]): ConcreteArray => {
  const data = dtypes[dtype].allocate(xs.length);
  data.set(xs);
  return ConcreteArray.of(tensorType(dtype, [xs.length]), data);
};
const printed = (...outputs: ConcreteArray[]): string => printProgram({ inputs: [], equations: [], outputs }).split("\n")[1] as string;
const withParams = (params: Params): Program => {
  const [x, y] = [new Variable(f32), new Variable(f32)];
  const equation: Equation = { primitive: { ...sin.primitive, name: "op" }, inputs: [x], params, outputs: [y], place: undefined };
  return { inputs: [x], equations: [equation], outputs: [y] };
};
const line = (params: Params): string => (printProgram(withParams(params)).split("\n")[1] as string).trim();

test("variables are called a to z, then aa, ab, in the order they are met", () => {
  const { program } = record("f", [f32], ([x]) => {
    let y: Value = x!;
    for (let i = 0; i < 30; i++) y = neg(y);
    return [y];
  });
  const names = printProgram(program).split("\n").slice(1, -1).map((l) => (l.trim().split(":")[0]));
  expect(names.join(" ")).toBe("b c d e f g h i j k l m n o p q r s t u v w x y z aa ab ac ad ae");
});

describe("constants", () => {
  test("a repeated number is the number", () => {
    const splat = (dtype: DType, x: number, shape: number[] = []): ConcreteArray => ConcreteArray.splat(tensorType(dtype, shape), x);
    expect(printed(splat("float32", 2), splat("float64", -0), splat("float32", 0.1), splat("float64", 0.1), splat("int32", -3), splat("bool", 1), splat("float32", Number.NaN), splat("float64", 1e300), splat("float32", 7, [1000]))).toBe(
      "  in (2.0, -0.0, 0.1, 0.1, -3, true, NaN, 1e+300, 7.0) }",
    );
  });
  test("a small array shows its elements, a large one its type", () => {
    expect(printed(constant("float32", 1, 0.1, -0), constant("bool", 1, 0), constant("int32"), constant("uint32", 1, 2, 3, 4, 5, 6, 7))).toBe("  in ([1.0 0.1 -0.0]:f32[3], [true false]:bool[2], []:i32[0], const:u32[7]) }");
  });
  test("the shortest decimal that names the same float32", () => {
    for (const x of [0.1, 1 / 3, 16777216, 1e-45, 3.4028234663852886e38, -2.5e-10].map(Math.fround)) expect(Math.fround(Number(shortest(x, "float32")))).toBe(x);
    expect([shortest(Math.fround(0.1), "float32"), shortest(0.1, "float64"), shortest(Math.fround(1 / 3), "float32"), shortest(Number.POSITIVE_INFINITY, "float32")]).toEqual(["0.1", "0.1", "0.33333334", "Infinity"]);
  });
});

describe("parameters", () => {
  test("numbers, texts, lists, records, what is undefined", () => {
    expect(line(noParams)).toBe("b: f32[] = op a");
    expect(line({ axis: 1, mode: "clip", axes: [0, [1, 2]], deep: { a: null, b: true }, none: undefined, zero: -0, nan: Number.NaN })).toBe("b: f32[] = op[axis=1 mode=clip axes=(0,(1,2)) deep={a:null,b:true} zero=-0 nan=NaN] a");
    expect(line({ none: undefined })).toBe("b: f32[] = op a");
  });
  test("a program inside is indented and has names of its own", () => {
    const { program } = record("f", [f32], ([x]) => [sin(x!)]);
    expect(printProgram(withParams({ body: program }))).toMatchInlineSnapshot(`
      "{ (a: f32[]) =>
          b: f32[] = op[body={ (a: f32[]) =>
                b: f32[] = sin a
              in (b) }] a
        in (b) }"
    `);
  });
});

test("places are shown on request, graphs have a node for each operation and an edge for each operand", () => {
  const { program } = record("f", [f32, f32], ([x, y]) => [add(sin(x!), y!)]);
  expect(printProgram(program)).not.toContain("#");
  expect(printProgram(program, { places: true })).toMatch(/sin a {2}# .*print\.test\.ts:\d+:\d+/);
  for (const draw of [toDot, toMermaid]) {
    const text = draw(program);
    for (const label of ["input 0", "input 1", "sin", "add", "output 0"]) expect(text.split(`"${label}"`).length, label).toBe(2);
    expect((text.match(/->|-->/g) ?? []).length).toBe(4);
  }
});

test("graphs of a program inside a program stay on one line each, quotes and all", () => {
  const { program } = record("f", [f32], ([x]) => [sin(x!)]);
  const nested = withParams({ body: program, text: 'say "hi"' });
  expect(toDot(nested).split("\n").filter((l) => l.includes("op[")).length).toBe(1);
  expect(toDot(nested)).toContain("say 'hi'");
});
