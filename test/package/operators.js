// A user's program with operators, in JavaScript.
import { traceFn } from "chainrule";

function foo(x, y) {
  "use trace";
  return x * y + 1.0;
}

const f = traceFn(foo);
const got = JSON.stringify(f.grad()([1, 2, 3], [4, 5, 6]).map((g) => g.toArray()));
if (got !== "[[4,5,6],[1,2,3]]") throw new Error(got);
