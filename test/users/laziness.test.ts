/** A condition whose value is known selects one side only, as for any JavaScript value: in rewritten code too. */
import { expect, test } from "vitest";
import { array } from "chainrule";
import type { NDArray } from "chainrule";

const boom = (): never => {
  throw new Error("the other side ran");
};

test("?: && || on concrete arrays of one element are lazy", () => {
  "use trace";
  const zero = array(0) as number, one = array(1) as number;
  expect(zero ? boom() : 1).toBe(1);
  expect(one ? 1 : boom()).toBe(1);
  expect(zero && boom()).toBe(zero);
  expect(one || boom()).toBe(one);
});

test("a recursion that ends on a concrete array ends", () => {
  "use trace";
  const factorial = (n: number): number => (n > 1 ? n * factorial(n - 1) : 1);
  expect((factorial(array(5) as number) as NDArray).item()).toBe(120);
});
