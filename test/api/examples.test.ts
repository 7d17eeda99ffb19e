/** The one-line `@example`s of the elementwise functions: `call // → result` is executed and its result compared as text. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import "../../src/api/install.ts";
import * as activations from "../../src/api/activations.ts";
import * as arithmetic from "../../src/api/arithmetic.ts";
import * as bitwise from "../../src/api/bitwise.ts";
import * as compare from "../../src/api/compare.ts";
import * as convert from "../../src/api/convert.ts";
import * as exponential from "../../src/api/exponential.ts";
import * as rounding from "../../src/api/rounding.ts";
import * as select from "../../src/api/select.ts";
import * as special from "../../src/api/special.ts";
import { grad } from "../../src/api/transforms.ts";
import * as trigonometric from "../../src/api/trigonometric.ts";
import type { NDArray } from "../../src/core/array-types.ts";

const modules = { activations, arithmetic, bitwise, compare, convert, exponential, rounding, select, special, trigonometric };
const scope: Readonly<Record<string, unknown>> = { ...Object.assign({}, ...Object.values(modules)), grad };
const example = /@example\s(?:\s\*\s)?(?<call>.+?) \/\/ → (?<result>.+?)(?: \*\/)?$/gmu;

/** The number as a reader would write it: float32 with as few digits as name it. */
function written(x: unknown, single: boolean): string {
  if (Array.isArray(x)) return `[${x.map((v) => written(v, single)).join(", ")}]`;
  if (typeof x !== "number" || !single) return Object.is(x, -0) ? "-0" : String(x);
  const shortest = Array.from({ length: 9 }, (_, digits) => Number(x.toPrecision(digits + 1))).find((y) => Object.is(Math.fround(y), x));
  return Object.is(x, -0) ? "-0" : String(shortest ?? x);
}

describe.each(Object.keys(modules))("%s", (name) => {
  const source = readFileSync(new URL(`../../src/api/${name}.ts`, import.meta.url), "utf8");
  const found = [...source.matchAll(example)].map(({ groups }) => groups as { call: string; result: string });

  test("each function has an example", () => {
    const functions = Object.values(modules[name as keyof typeof modules]).filter((f) => typeof f === "function");
    expect(found.length).toBeGreaterThanOrEqual(new Set(functions).size - 1); // `truth` is not public
  });

  test.each(found.map(({ call, result }) => [call, result]))("%s → %s", (call, result) => {
    const run = new Function(...Object.keys(scope), `return ${call.replace(": Tensor", "")}`) as (...values: unknown[]) => NDArray;
    const value = run(...Object.values(scope));
    expect(written(value.toArray(), value.dtype === "float32")).toBe(result);
  });
});
