/** A traced function that returns a promise is refused, and what fails in that promise ends nothing. */
import { expect, test } from "vitest";
import { TreeError, traceFn, type Tensor } from "../../src/index.ts";

test("a refused promise that fails goes unheard", async () => {
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", listen);
  try {
    expect(() => traceFn(async (x: Tensor) => (Number(x) > 0 ? x : x) as never)(1)).toThrow(TreeError);
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off("unhandledRejection", listen);
  }
  expect(unhandled).toEqual([]);
});
