/** A promise where an array belongs is refused, wherever in a tree, and what fails in it ends nothing. */
import { expect, test } from "vitest";
import { callback, customJvp, grad, profile, scan, TreeError, traceFn, type Tensor } from "../../src/index.ts";

const late = (x: unknown): Promise<never> => Promise.reject(new Error(`too late for ${typeof x}`));
const spec = { dtype: "float32", shape: [] } as const;
const host = (f: (x: unknown) => unknown, type: unknown = spec): unknown => traceFn((x: Tensor) => callback(f, type as typeof spec)(x))(1);

test.each<[string, () => unknown]>([
  ["the result of a traced function", () => traceFn(late as never)(1 as never)],
  ["in its result", () => traceFn(((x: Tensor) => ({ a: [x, late(x)], b: late(x) })) as never)(1 as never)],
  ["behind something else that is no array", () => traceFn(((x: Tensor) => ({ a: "text", b: late(x) })) as never)(1 as never)],
  ["the result of a host function", () => host(late)],
  ["in its result", () => host((x) => [x, late(x)], [spec, spec])],
  ["the result of a rule", () => grad(customJvp((x: Tensor) => x).defjvp(late as never))(1)],
  ["in its tangent", () => grad(customJvp((x: Tensor) => x).defjvp((([x]: [Tensor]) => [x, late(x)]) as never))(1)],
  ["the carry of a loop", () => scan(((c: Tensor) => [late(c), null]) as never, 0 as never, [1, 2] as never)],
])("%s", async (_what, run) => {
  const unhandled: unknown[] = [];
  const listen = (error: unknown): void => void unhandled.push(error);
  process.on("unhandledRejection", listen);
  try {
    expect(run).toThrow(TreeError);
    await new Promise((resolve) => setTimeout(resolve, 20));
  } finally {
    process.off("unhandledRejection", listen);
  }
  expect(unhandled).toEqual([]);
});

test("what is profiled", async () => {
  expect(() => profile(late as never)).toThrow("the function returned a Promise");
  await new Promise((resolve) => setTimeout(resolve, 20));
});
