/** What an array is to JavaScript itself: `+x`, `if (x)`, `for (const row of x)`, console.log. A traced one refuses to be a number. */
import { ConcretizationError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { printArray } from "../core/print-array.ts";
import { TracedArray, type Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";

export const notRewritten =
  'for operators, put "use trace" at the top of the function and load it through a door of the rewrite (node --import chainrule/register, or chainrule/vite and its siblings); or use methods: x.add(y), x.greater(0)';

/** The only element of a rank-0 array as a JavaScript number. */
export function primitiveOf(value: Value, hint: string): number | string {
  if (value instanceof TracedArray) {
    throw new ConcretizationError(`a traced tensor (${showType(value.type)}) has no JavaScript value while tracing, and something asked for one: an operator in code that was not rewritten, a comparison with a string or null, or a conversion such as Number(x), isNaN(x) or a template string; it is ${value.owner.origin(value.variable)}`, { hint: notRewritten });
  }
  if (hint === "string") return printArray(value);
  if (value.type.shape.length === 0) return value.elements[0] as number;
  throw new ConcretizationError(`an array (${showType(value.type)}) is not one number, and something asked for one: an operator in code that was not rewritten, a comparison with a string or null, or a conversion such as Number(x)`, { hint: notRewritten });
}

/** The error for a construct of JavaScript that asks a traced tensor a yes-or-no question. */
export function noTruth(value: Value, construct: string): ConcretizationError {
  const remedy: Readonly<Record<string, string>> = {
    if: "choose values with where(condition, a, b) or condition ? a : b; run one of two functions with cond(condition, f, g, ...operands)",
    while: "loop with whileLoop(test, body, init), or over a count that is known while tracing",
    do: "loop with whileLoop(test, body, init), or over a count that is known while tracing",
    for: "loop with foriLoop(lo, hi, body, init), or over a count that is known while tracing",
    switch: "choose values with where(condition, a, b), or switch on a static argument (staticArgnums) or, of a concrete array, on x.item()",
    Boolean: "compare elementwise: x !== 0, !x; reduce a bool tensor with any(x) or all(x), and choose values with where(condition, a, b)",
    predicate: "some, every, filter and find ask about values that are known while tracing; compare elementwise and reduce with any(...) or all(...), or choose values with where(condition, a, b)",
  };
  const what = value instanceof ConcreteArray ? `an array (${showType(value.type)})` : `a traced tensor (${showType(value.type)}), ${value.owner.origin(value.variable)},`;
  return new ConcretizationError(`${construct}: ${what} decides here, but it has no single value known while tracing`, { hint: remedy[construct] ?? remedy["if"] });
}
