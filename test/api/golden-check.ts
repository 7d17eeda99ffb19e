/** One test per golden case of a family: outputs, jvp, vjp and hvp of a library function against JAX's. What is compared and how: test/golden/README.md. */
import { describe, expect, test } from "vitest";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { dtypes } from "../../src/core/dtype.ts";
import { tensorType } from "../../src/core/type.ts";
import { jvp, vjp } from "../../src/api/transforms.ts";
import { type GoldenArray, type GoldenCase, goldenCases } from "../golden/load.ts";

/** The function of a case: arrays in, array or arrays out. */
export type GoldenFunction = (params: GoldenCase["params"], ...inputs: readonly never[]) => unknown;

/**
 * Tests every case of `families`. `elsewhere` names the operations, and the single cases, that are not tested here, each with the
 * reason; an operation that is neither there nor in `functions` fails.
 */
export function testGolden(families: readonly string[], functions: Readonly<Record<string, GoldenFunction>>, elsewhere: Readonly<Record<string, string>> = {}): void {
  const cases = goldenCases(...families).filter((c) => !(c.op in elsewhere) && !(c.name in elsewhere));
  for (const op of new Set(cases.map((c) => c.op))) {
    describe(op, () => {
      for (const c of cases.filter((other) => other.op === op)) {
        test(c.name, () => {
          const f = functions[op];
          if (f === undefined) throw new Error(`no function is named for the golden cases of ${op}`);
          checkCase(c, f);
        });
      }
    });
  }
}

export function checkCase(c: GoldenCase, f: GoldenFunction): void {
  const inputs = c.inputs.map(arrayOf);
  const call = (...xs: readonly unknown[]): unknown[] => {
    const y = f(c.params, ...(xs as readonly never[]));
    return Array.isArray(y) ? y : [y];
  };
  compare(call(...inputs), c.outputs, "outputs", signedZeros(c));
  const d = c.derivatives;
  if (d === null) return;
  const ofSelected = (...xs: readonly unknown[]): unknown[] => call(...inputs.map((x, i) => (d.wrt.includes(i) ? xs[d.wrt.indexOf(i)] : x)));
  const primals = d.wrt.map((i) => inputs[i]);
  const tangents = d.tangents.map(arrayOf);
  const cotangents = d.cotangents.map(arrayOf);
  compare(jvp(ofSelected, primals as never, tangents as never)[1] as unknown as readonly unknown[], d.jvp, "jvp");
  const pulled = (...xs: readonly unknown[]): unknown[] => vjp(ofSelected, ...(xs as never[]))[1](cotangents as never) as unknown as unknown[];
  compare(pulled(...primals), d.vjp, "vjp");
  if (d.hvp) compare(jvp(pulled, primals as never, tangents as never)[1] as unknown as readonly unknown[], d.hvp, "hvp");
}

/** Where the sign of a zero is defined: not for the extremes of zeros of both signs, nor for products that vanish far out. */
function signedZeros(c: GoldenCase): boolean {
  return c.name.includes("edges") && c.op !== "maximum" && c.op !== "minimum" && c.family !== "activation";
}

export function arrayOf({ dtype, shape, data }: GoldenArray): ConcreteArray {
  const elements = dtypes[dtype].allocate(data.length);
  elements.set(data);
  return ConcreteArray.of(tensorType(dtype, shape), elements);
}

/** Relative to the largest finite expected value of each array; NaN and infinities by place and sign. */
function compare(got: readonly unknown[], want: readonly GoldenArray[], what: string, signedZero = false): void {
  expect(got.length, what).toBe(want.length);
  want.forEach((expected, k) => {
    const actual = got[k] as ConcreteArray;
    expect({ dtype: actual.type.dtype, shape: actual.type.shape }, what).toEqual({ dtype: expected.dtype, shape: expected.shape });
    const scale = Math.max(...expected.data.filter(Number.isFinite).map(Math.abs), 1e-30);
    const allowed = (expected.dtype === "float32" ? 3e-6 : expected.dtype === "float64" ? 1e-12 : 0) * scale;
    const elements = Array.from(actual.elements);
    const wrong = expected.data.flatMap((x, i) => {
      const y = elements[i] as number;
      const near = Number.isFinite(x) ? Math.abs(x - y) <= allowed && !(signedZero && x === 0 && !Object.is(x, y)) : Object.is(x, y);
      return near ? [] : [`[${i}] ${y} where ${x} belongs`];
    });
    expect(wrong, what).toEqual([]);
  });
}
