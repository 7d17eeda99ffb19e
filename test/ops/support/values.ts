/** What a row computes: the same however it is called, in the dtype its row says, from operands of any layout and from plain numbers. */
import { expect } from "vitest";
import { DTypeError } from "../../../src/errors.ts";
import { traceFn } from "../../../src/api/transforms.ts";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../../src/core/dtype.ts";
import { sizeOf } from "../../../src/core/shape.ts";
import { expectAgreement } from "./agreement.ts";
import { arrayOf, asDType, baseDType, concreteResults, fromPlain, isTyped, nested, operandsOf, scattered } from "./arrays.ts";
import type { Call, Case, Plain } from "./case.ts";
import { expectClose, expectSame } from "./compare.ts";

type Loose = (...operands: readonly unknown[]) => unknown;
const loosely = (f: unknown): Loose => f as Loose;

export function eagerly(call: Call, operands: readonly unknown[]): ConcreteArray[] {
  return concreteResults(loosely(call)(...operands));
}

export function traced(call: Call, operands: readonly unknown[]): ConcreteArray[] {
  return concreteResults(loosely(traceFn(call))(...operands));
}

/** Done at once, as a compiled program, and as a traced function inside another: the same. */
export function checkAgreement(row: Case, operands: readonly ConcreteArray[], what: string): void {
  const expected = eagerly(row.call, operands);
  expectAgreement(traced(row.call, operands), expected, row.call, operands, `${what}: compiled against eager`);
  const inside = traceFn(row.call);
  const within = traced((...xs) => loosely(inside)(...xs), operands);
  expectAgreement(within, expected, row.call, operands, `${what}: a traced function in another against eager`);
}

/** The result's dtype for every dtype of the operands; the values are those of the row's main dtype. */
export function checkDTypes(row: Case): void {
  const varying = row.operands.some((d) => d.dtype === undefined);
  const base = baseDType(row);
  for (const dtype of Object.keys(dtypes) as DType[]) {
    if (!varying && dtype !== base) continue;
    const result = row.dtypes[dtype];
    for (const shapes of row.shapes.slice(0, 4)) {
      const operands = operandsOf(row, shapes, dtype);
      const what = `${dtype} operands of shapes ${JSON.stringify(shapes)}`;
      if (result === undefined) {
        expect(() => eagerly(row.call, operands), what).toThrow(DTypeError);
        continue;
      }
      const outputs = eagerly(row.call, operands);
      for (const output of outputs) expect(output.type.dtype, what).toBe(result);
      checkAgreement(row, operands, what);
      if (row.unlike?.includes(dtype) === true) continue;
      const wide = operands.map((x, i) => (row.operands[i]?.dtype === undefined ? asDType(x, base) : x));
      const expected = eagerly(row.call, wide).map((x) => asDType(x, result));
      expectClose(outputs, expected, result === "float32" ? 2e-6 : 1e-15, `${what} against ${base}`);
    }
  }
}

/** Operands in any layout: `{ data, shape, stride, offset }` with negative and padded strides. */
export function checkLayouts(row: Case): void {
  for (const shapes of row.shapes) {
    const operands = operandsOf(row, shapes);
    if (operands.length === 0) return;
    const other = operands.map((x) => (x.type.dtype === "bool" ? x : scattered(x)));
    const expected = eagerly(row.call, operands);
    const what = `strided operands of shapes ${JSON.stringify(shapes)}`;
    expectAgreement(traced(row.call, other), expected, row.call, operands, what);
    if (row.strict === undefined) expectSame(eagerly(row.call, other), expected, `${what}, not traced`);
  }
}

/** JavaScript numbers and lists of them take the precision of what they meet, and float32 where they meet nothing. */
export function checkNumbers(row: Case): void {
  const varying = row.operands.flatMap((d, i) => (d.dtype === undefined ? [i] : []));
  for (const shapes of row.shapes) {
    if (shapes.some((shape) => sizeOf(shape) === 0)) continue;
    const what = `plain numbers of shapes ${JSON.stringify(shapes)}`;
    if (row.dtypes.float32 !== undefined) {
      const operands = operandsOf(row, shapes, "float32");
      const alone = operands.map((x, i) => (varying.includes(i) ? nested(x) : x));
      const expected = eagerly(row.call, operands);
      expectAgreement(traced(row.call, alone), expected, row.call, operands, `${what}, as arguments`);
      expectSame(eagerly(row.call, alone), expected, `${what}, not traced`);
    }
    if (varying.length < 2) continue;
    for (const dtype of ["int32", "float32", "float64"] as const) {
      if (row.dtypes[dtype] === undefined) continue;
      const typed = operandsOf(row, shapes, dtype);
      const result = eagerly(row.call, typed);
      for (const i of row.literals ?? varying) {
        const literal = nested(typed[i] as ConcreteArray);
        const call: Call = (...xs) => loosely(row.call)(...xs.map((x, j) => (j === i ? literal : x)));
        expectAgreement(traced(call, typed), result, row.call, typed, `${what}, operand ${i} a literal beside ${dtype}`);
      }
    }
  }
}

export const edgePoints: readonly number[] = [0, -0, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1, -1];

/** Infinities, NaN and both zeros in every place: no error, and the same in all ways of calling. */
export function checkEdges(row: Case): void {
  const points = row.edges === undefined ? edgePoints : row.edges;
  if (points === null) return;
  for (const dtype of ["float32", "float64"] as const) {
    if (row.dtypes[dtype] === undefined) continue;
    for (const shapes of row.shapes) {
      for (let turn = 0; turn < points.length; turn++) {
        const operands = operandsOf(row, shapes, dtype).map((x, i) => {
          if (!isFloat(x.type.dtype)) return x;
          // operand i walks through the points i + 1 times as fast, so that pairs of points meet
          return arrayOf(dtype, x.type.shape, x.elements.map((_, k) => points[((turn + k) * (i + 1)) % points.length] as number));
        });
        checkAgreement(row, operands, `special points, ${dtype} of shapes ${JSON.stringify(shapes)}`);
      }
    }
  }
}

/** Results written by hand. */
export function checkExamples(row: Case): void {
  for (const { operands, result } of row.examples ?? []) {
    const list = isList(result) ? result : [result as Plain];
    const arrays = operands.map(fromPlain);
    const actual = eagerly(row.call, arrays);
    expectClose(actual, list.map(fromPlain), 1e-13, `${row.name}(${JSON.stringify(operands)})`);
    expectAgreement(traced(row.call, arrays), actual, row.call, arrays, `${row.name}(${JSON.stringify(operands)}), traced`);
  }
}

/** A list of results, as opposed to one result that is a nested list. */
function isList(result: Plain | readonly Plain[]): result is readonly Plain[] {
  return Array.isArray(result) && result.some(isTyped);
}
