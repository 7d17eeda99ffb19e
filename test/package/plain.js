// A user's program in plain JavaScript, without the rewrite.
import { grad, traceFn } from "chainrule";

const f = traceFn((x, y) => x.mul(y).add(1));
const a = [1, 2, 3], b = [4, 5, 6];

same(f(a, b).toArray(), [5, 11, 19]);
same(f.grad()(a, b).map((g) => g.toArray()), [[4, 5, 6], [1, 2, 3]]);
same(grad((x) => x.mul(x).sum())([1, 2, 3]).toArray(), [2, 4, 6]);

function same(actual, wanted) {
  if (JSON.stringify(actual) !== JSON.stringify(wanted)) {
    throw new Error(`wanted ${JSON.stringify(wanted)}, got ${JSON.stringify(actual)}`);
  }
}
