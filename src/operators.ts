/**
 * Opt-in types: with this entry named once (tsconfig `types`, or `import "chainrule/operators"` in one file), the result of an
 * operator is a Tensor to the type checker and methods chain on it: `(x * w + b).relu()`. Types only; it does nothing at run time.
 */
import type { TensorMethods } from "./core/array-types.ts";

declare global {
  interface Number extends TensorMethods {}
}
