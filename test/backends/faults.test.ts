/** The suite finds faults: backends that break one promise each fail the checks that are there for it. */
import { describe, expect, it } from "vitest";
import { UnsupportedError } from "../../src/errors.ts";
import type { Backend, Executable } from "../../src/backends/backend.ts";
import { reference } from "../../src/backends/reference/backend.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import { nextAfter32, nextAfter64 } from "../../src/core/math/next-after.ts";
import type { Equation, Program } from "../../src/core/program.ts";
import { showTypes } from "../../src/core/type.ts";
import { conformance } from "./conformance.ts";
import { type ConformanceOptions, suiteFor } from "./suite.ts";
import { dtypesOf } from "./run.ts";

/** Why the check of that name fails, or undefined where it passes. */
function failure(backend: Backend, check: string, options?: ConformanceOptions): string | undefined {
  const found = suiteFor(backend, options).checks.find((c) => c.name === check);
  if (found === undefined) throw new Error(`no check is called ${check}`);
  try {
    found.run();
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
}

const outOfBounds = 'an index out of bounds in mode "throw" is an IndexError, and the next run works';

/** The reference with something else done to each run. */
function running(change: (run: Executable["run"], program: Program) => Executable["run"]): Backend {
  return { ...reference, name: "broken", compile: (program) => ({ run: change(reference.compile(program).run, program) }) };
}

/** The reference with the results of one primitive changed. */
function computing(primitive: string, change: (element: number, dtype: DType) => number, only: (equation: Equation) => boolean = () => true): Backend {
  const changed = (equation: Equation): Equation => {
    if (equation.primitive.name !== primitive || !only(equation)) return equation;
    const evaluate: Equation["primitive"]["evaluate"] = (...args) =>
      equation.primitive.evaluate(...args).map((x) => ConcreteArray.of(x.type, x.elements.map((e) => change(e, x.type.dtype)) as typeof x.elements));
    return { ...equation, primitive: { ...equation.primitive, evaluate } };
  };
  return { ...reference, name: "broken", compile: (program) => reference.compile({ ...program, equations: program.equations.map(changed) }) };
}

const up = (x: number, dtype: DType): number => (dtype === "float32" ? nextAfter32 : nextAfter64)(x, Number.POSITIVE_INFINITY);
const held = new Map<Program, ConcreteArray[]>();

const broken: Readonly<Record<string, readonly [Backend, check: string, message: RegExp]>> = {
  "a sum off by one unit in the last place": [computing("add", up), "add of float32", /element 0 is .*, expected .* exactly/],
  "a sine that is off by 1e-5": [computing("sin", (x) => x + 1e-5), "sin of float64", /within 4 units in the last place/],
  "a zero without its sign": [computing("neg", (x) => x + 0), "neg of float64", /is 0, expected -0 exactly/],
  "denormals flushed to zero": [computing("mul", (x, d) => (isFloat(d) && Math.abs(x) < 2 ** -126 ? 0 : x)), "mul of float32", /is 0, expected/],
  "NaN taken for a number": [computing("max", (x) => (Number.isNaN(x) ? 0 : x)), "max of float32", /is 0, expected NaN/],
  "an integer product in floating arithmetic": [computing("mul", (x, d) => (d === "int32" ? Math.fround(x) : x)), "mul of int32", /expected/],
  "a transposition that forgets the tail": [computing("transpose", (x) => x + 1, ({ inputs }) => inputs[0]?.type.shape[0] === 33), "transpose of float32", /\[33,17\]/],
  "an input that is written to": [running((run) => (inputs) => (inputs.forEach((x) => (x.elements[0] = 1e3)), run(inputs))), "neg of float32", /input 0 was changed/],
  "one buffer for all runs": [
    running((run, program) => (inputs) => {
      const results = run(inputs).map((x) => ConcreteArray.of(x.type, x.elements.slice()));
      const before = held.get(program);
      if (before === undefined) held.set(program, results);
      else results.forEach((x, i) => before[i]?.elements.set(x.elements));
      return before ?? results;
    }),
    "runs do not disturb each other",
    /result 0 of the first run was changed/,
  ],
  "results in another order": [running((run) => (inputs) => [...run(inputs)].reverse()), "results that are inputs, in another order and repeated", /got f32\[3\], f32\[2\]/],
  "a result that is missing": [running((run) => (inputs) => run(inputs).slice(0, 1)), "several results that share a value", /got f32\[3\] where f32\[3\], f32\[3\], f32\[3\] belongs/],
  "shapes forgotten": [running((run) => (inputs) => run(inputs).map((x) => x.withType({ ...x.type, shape: [x.elements.length] }))), "add of float32", /got f32\[1\] where f32\[\] belongs/],
  "elements in the wrong kind of array": [running((run) => (inputs) => run(inputs).map((x) => ConcreteArray.of(x.type, Float64Array.from(x.elements)))), "add of int32", /Float64Array for i32/],
  "only the first run is right": [running((run) => ((first: ConcreteArray[] | undefined) => (inputs) => (first ??= run(inputs)))(undefined)), "runs do not disturb each other", /a second run on other inputs/],
  "an address rounded to 16 bytes": [
    running((run) => (inputs) => run(inputs.map((x) => (x.elements.byteOffset % 16 === 0 ? x : ConcreteArray.of(x.type, new (x.elements.constructor as Float32ArrayConstructor)(x.elements.buffer as ArrayBuffer, 0, x.elements.length)))))),
    "neg of float32",
    /misaligned inputs/,
  ],
  "a long program cut short": [{ ...reference, compile: (p) => reference.compile(p.equations.length < 1500 ? p : { ...p, equations: p.equations.slice(0, 1500), outputs: p.equations[1499]?.outputs ?? [] }) }, "2,000 equations in a row", /element/],
  "bounds not reported": [
    { ...reference, compile: (p) => reference.compile({ ...p, equations: p.equations.map((e) => (e.params["mode"] === "throw" ? { ...e, params: { ...e.params, mode: "clip" } } : e)) }) },
    outOfBounds,
    /index 3 of 3 elements was not refused with IndexError/,
  ],
  "a dtype that is declared missing and computed all the same": [{ ...reference, capabilities: { ...reference.capabilities, dtypes: ["bool", "int32", "float32"] } }, "sin of float64", /was not refused with UnsupportedError/],
  "any number of inputs": [running((run) => (inputs) => (inputs.length === 1 ? run([...inputs, ...inputs]) : run(inputs))), "a wrong number of inputs is refused", /was not refused/],
};

describe("a backend with", () => {
  it.each(Object.entries(broken))("%s", (_what, [backend, check, message]) => {
    expect(failure(backend, check)).toMatch(message);
    expect(failure(reference, check)).toBe(undefined);
  });
});

/** The reference without 64-bit floats: it refuses them by name. */
function narrow(message: (equation: Equation, dtype: DType) => string): Backend {
  const known: readonly DType[] = ["bool", "int32", "uint32", "float32"];
  const refuse = (program: Program): void => {
    const bad = program.equations.find((e) => ![...dtypesOf({ ...program, equations: [e] })].every((d) => known.includes(d)));
    if (bad !== undefined) throw new UnsupportedError(message(bad, "float64"));
  };
  return {
    name: "reference without float64",
    capabilities: { dtypes: known, throwsAtRunTime: false },
    compile: (program) => (refuse(program), reference.compile(program)),
  };
}

const honest = narrow(({ primitive, inputs }, dtype) => `${primitive.name} of ${showTypes(inputs.map((a) => a.type))}: there is no ${dtype} here`);
conformance(honest, { skips: { "100,003 elements": "shows that a check can be left out" }, looser: { sin: { ulps: 40, reason: "shows that a tolerance can be widened" } } });

describe("the suite", () => {
  it("wants refusals that name operation and dtype", () => {
    expect(failure(narrow(() => "not here"), "sin of float64")).toMatch(/must name the operation and the dtype/);
  });
  it("lists what a capability excludes with the reason", () => {
    expect(suiteFor(honest).skipped).toEqual([{ name: outOfBounds, reason: "capabilities.throwsAtRunTime is false" }]);
    expect(suiteFor(reference).skipped).toEqual([]);
  });
  it("wants a reason for every skip, and no skip of a check that is not there", () => {
    expect(() => suiteFor(reference, { skips: { "sin of float32": " " } })).toThrow(/without a reason/);
    expect(() => suiteFor(reference, { skips: { "sine of float32": "misspelt" } })).toThrow(/no check is called "sine of float32"/);
    expect(() => suiteFor(reference, { looser: { sine: { ulps: 1, reason: "misspelt" } } })).toThrow(/no primitive is called sine/);
  });
  it("wants the dtypes that indices and conditions need", () => {
    expect(() => suiteFor({ ...reference, capabilities: { dtypes: ["float32"], throwsAtRunTime: true } })).toThrow(/int32 .* bool/);
  });
  it("lets a widened tolerance pass what fails without it", () => {
    const off = computing("sin", (x, d) => x * (1 + 20 * dtypes[d].epsilon));
    expect(failure(off, "sin of float64")).toMatch(/within 4 units/);
    expect(failure(off, "sin of float64", { looser: { sin: { ulps: 64, reason: "for this test" } } })).toBe(undefined);
  });
});
