/** Nothing is left out of the table: every primitive occurs in a program of it, every public function has a row or a written reason. */
import { describe, expect, it } from "vitest";
import * as chainrule from "../../src/index.ts";
import { arrayMethods } from "../../src/api/methods.ts";
import { noPrograms } from "../../src/core/primitive.ts";
import type { Program } from "../../src/core/program.ts";
import { primitives } from "../../src/ops/all.ts";
import { primitiveCases } from "./cases-primitive.ts";
import { cases } from "./cases.ts";
import { operandsOf } from "./support/arrays.ts";
import { title } from "./support/case.ts";
import { verifiedPrograms } from "./support/programs.ts";

/** Functions that take no arrays or are no operations on them, and where they are tested instead. */
const noRow: Readonly<Record<string, string>> = {
  ...Object.fromEntries(
    ["checkGrads", "grad", "hessian", "hvp", "jacfwd", "jacrev", "jvp", "linearize", "linearTranspose", "traceFn", "valueAndGrad", "vjp", "vmap"].map((name) => [name, "a transform: test/transforms, and every row"]),
  ),
  ...Object.fromEntries(["allGather", "axisIndex", "axisSize", "pmax", "pmean", "pmin", "psum"].map((name) => [name, "along named axes: test/control/collectives.test.ts"])),
  ...Object.fromEntries(
    ["associativeScan", "callback", "checkpoint", "checkpointName", "cond", "customJvp", "customVjp", "customVmap", "defineRule", "map", "scan", "switchCase", "whileLoop", "foriLoop"].map((name) => [name, "takes functions, or stands in them: test/control"]),
  ),
  registerTree: "about classes: test/trace",
  ...Object.fromEntries(["treeLeaves", "treeMap", "treePaths"].map((name) => [name, "of whole trees: test/api/tree.test.ts"])),
  profile: "of whole runs: test/trace/profile.test.ts",
  configure: "of the backend: test/backends/wasm/executable.test.ts",
  explainRecompile: "of traced functions: test/trace/explain-recompile.test.ts",
  nonzero: "of concrete arrays only: test/api",
  slice: "a part of an index: the rows of index",
};

/** The name of a row's function: rows of methods are named as they are called. */
const functionOf = (name: string): string => name.split(".")[0] as string;

function namesIn(programs: readonly Program[]): string[] {
  return programs.flatMap((p) => p.equations.flatMap(({ primitive, params }) => [primitive.name, ...(primitive.inner === noPrograms ? [] : namesIn(primitive.inner.programs(params)))]));
}

describe("the methods of arrays", () => {
  it("are the public functions of the same names, on traced and on concrete arrays", () => {
    const renamed: Readonly<Record<string, string>> = { get: "index" };
    const functions: Readonly<Record<string, unknown>> = { ...chainrule };
    expect(Object.entries(arrayMethods).filter(([name, f]) => f !== functions[renamed[name] ?? name]).map(([name]) => name)).toEqual([]);
    const names = Object.keys(arrayMethods);
    const missing = (x: object): string[] => names.filter((name) => typeof (x as Readonly<Record<string, unknown>>)[name] !== "function");
    expect(missing(chainrule.zeros([2]) as unknown as object)).toEqual([]);
    chainrule.traceFn((x: chainrule.Tensor) => {
      expect(missing(x as unknown as object)).toEqual([]);
      return x;
    })([1]);
  });
  it("compute what the functions compute", () => {
    const x = chainrule.array([[4, 1], [2, 3]]);
    expect(x.neg().abs().sum({ axis: 0, keepDims: true }).toArray()).toEqual(chainrule.sum(chainrule.abs(chainrule.neg(x)), { axis: 0, keepDims: true }).toArray());
    expect(x.get(1).at(0).set(9).toArray()).toEqual([9, 3]);
    expect(chainrule.traceFn((t: chainrule.Tensor) => t.trace())(x).item()).toBe(7);
  });
});

describe("the table", () => {
  it("has every primitive in some program", () => {
    const seen = new Set(cases.flatMap((row) => namesIn(verifiedPrograms(row, operandsOf(row, row.shapes[0] ?? [])))));
    expect(primitives.map((p) => p.name).filter((name) => !seen.has(name))).toEqual([]);
    expect([...seen].filter((name) => !primitives.some((p) => p.name === name)), "in a program, but not in src/ops/all.ts").toEqual([]);
  });
  it("has no primitive twice, and no two of one name", () => {
    expect(primitives.map((p) => p.name).filter((name, i, all) => all.indexOf(name) !== i)).toEqual([]);
  });
  it("has a row for every public function, or says why not", () => {
    const functions = Object.entries(chainrule as Readonly<Record<string, unknown>>).flatMap(([name, value]) => (typeof value === "function" && !((value.prototype as unknown) instanceof Error) ? [name] : []));
    const rows = new Set(cases.filter((row) => !primitiveCases.includes(row)).map((row) => functionOf(row.name)));
    expect(functions.filter((name) => !rows.has(name) && noRow[name] === undefined)).toEqual([]);
    expect(Object.keys(noRow).filter((name) => !functions.includes(name) || rows.has(name)), "reasons that are not needed").toEqual([]);
    expect([...rows].filter((name) => !functions.includes(name)), "rows of functions that are not public").toEqual([]);
  });
  it("has no two rows of one title", () => {
    const titles = cases.map((row) => `${title(row)}${primitiveCases.includes(row) ? " (primitive)" : ""}`);
    expect(titles.filter((t, i) => titles.indexOf(t) !== i)).toEqual([]);
  });
});
