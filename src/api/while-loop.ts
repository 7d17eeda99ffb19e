/** Loops whose number of turns is found while they run: `whileLoop`. */
import type { Concrete, Operand } from "../core/array-types.ts";
import { checkFunction } from "../trace/branches.ts";
import type { PlainFunction } from "../trace/trace.ts";
import { whileTrees } from "../trace/while.ts";
import { fromUser } from "./public-function.ts";

/**
 * `body` again and again, from `init`, for as long as `test` holds of the state; the last state. The state is a tree, which `body` hands on in
 * the same form and of the same types; both functions may close over tensors.
 *
 * @throws TreeError, ShapeError, DTypeError where the body changes the state's tree or types, or the test gives no bool scalar.
 * @example
 * whileLoop((x: Tensor) => less(x, 100), (x) => mul(x, 2), 3).item(); // → 192
 */
export function whileLoop<S>(test: (state: S) => Operand, body: (state: S) => NoInfer<S>, init: Concrete<S>): S {
  return fromUser(() => {
    const form = "whileLoop(test, body, init) with test(state) → bool[] and body(state) → state";
    checkFunction(test, "the test", "whileLoop", form);
    checkFunction(body, "the body", "whileLoop", form);
    return whileTrees(test as PlainFunction, body as PlainFunction, init, "whileLoop", 0) as S;
  });
}
