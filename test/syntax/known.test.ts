/** Arrays whose truth is known: only the side that they select is evaluated, as for any JavaScript value. */
import { describe, expect, test } from "vitest";
import { operators, type OperatorTable } from "../../src/core/operators.ts";
import { run } from "./evaluate.ts";
import { FakeArray } from "./fake-array.ts";

/** An array that is known to be true or false, or is not known. */
function condition(value: boolean | undefined): unknown {
  const array = new FakeArray("c", []);
  const table: OperatorTable = {
    ...array[operators],
    known: () => value,
    conditional: (_, whenTrue, whenFalse) => ["both", whenTrue(), whenFalse()],
    logical: (operator, _, right) => (value === undefined ? [operator, right()] : value === (operator === "&&") ? right() : "left"),
    truth: () => value ?? "unknown" as never,
  };
  return { [operators]: table };
}

const cases: readonly (readonly [code: string, whenTrue: unknown, whenFalse: unknown, unknown: unknown, evaluated: readonly [string, string, string]])[] = [
  ["c ? seen('a') : seen('b')", "a", "b", ["both", "a", "b"], ["a", "b", "ab"]],
  ["c && seen('a')", "a", "left", ["&&", "a"], ["a", "", "a"]],
  ["c || seen('a')", "left", "a", ["||", "a"], ["", "a", "a"]],
  ["(c &&= seen('a'), c)", "a", undefined, ["&&", "a"], ["a", "", "a"]],
  ["(c ||= seen('a'), c)", undefined, "a", ["||", "a"], ["", "a", "a"]],
];

describe("a condition that is", () => {
  test.each(cases)("known or not: %s", (code, whenTrue, whenFalse, unknown, evaluated) => {
    [true, false, undefined].forEach((value, i) => {
      let order = "";
      const c = condition(value);
      const seen = (name: string): string => (order += name, name);
      const wanted = [whenTrue, whenFalse, unknown][i];
      expect(run(`return ${code};`, { c, seen })).toEqual(wanted === undefined ? c : wanted);
      expect(order).toBe(evaluated[i]);
    });
  });

  test("known in a statement", () => {
    expect(run("if (c) return 1; return 2;", { c: condition(false) })).toBe(2);
    expect(run("while (c) return 1; return 2;", { c: condition(true) })).toBe(1);
  });
});
