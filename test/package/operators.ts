// A user's program with operators, in TypeScript: type-checked by tsc, run by Node.
import { traceFn, type Tensor } from "chainrule";

function foo(x: Tensor, y: Tensor): Tensor {
  "use trace";
  return x * y + 1.0;
}

const f = traceFn(foo);
const [dx, dy] = f.grad()([1, 2, 3], [4, 5, 6]);
const shape: readonly number[] = dx.shape;
const got: string = JSON.stringify([shape, dx.toArray(), dy.toArray()]);
if (got !== "[[3],[4,5,6],[1,2,3]]") throw new Error(got);

export function wrong(x: Tensor): Tensor {
  // @ts-expect-error
  return x.nope();
}
