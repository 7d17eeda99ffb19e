/** The golden table: source text, what it becomes, and what reaches an array. */
import { describe, expect, test } from "vitest";
import { emitted, run } from "./evaluate.ts";
import { FakeArray, show } from "./fake-array.ts";
import { rows } from "./golden-table.ts";

describe("the golden table", () => {
  test.each(rows)("%s", (source, text, reached) => {
    expect(emitted(source)).toBe(text);
    expect(reachedBy(source)).toEqual(reached);
  });
});

function reachedBy(source: string): readonly string[] {
  const log: string[] = [];
  const x = new FakeArray("x", log);
  const names = { x, y: new FakeArray("y", log), n: 3, s: "train", o: { p: x, list: [1, 2], n: 2 }, nothing: undefined, list: [10, 20] };
  try {
    const result = run(source, names);
    if (result !== undefined) log.push(`returns ${show(result)}`);
  } catch (error) {
    log.push(`throws ${(error as Error).message}`);
  }
  return log;
}
