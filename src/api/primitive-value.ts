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
    throw new ConcretizationError(`a traced tensor (${showType(value.type)}) has no JavaScript value while tracing, and something asked for one: an operator in code that was not rewritten, a comparison with a string or null, or a conversion such as Number(x), isNaN(x) or a template string (debug.print prints values when the program runs); it is ${value.owner.origin(value.variable)}`, { hint: notRewritten });
  }
  if (hint === "string") return printArray(value);
  if (value.type.shape.length === 0) return value.elements[0] as number;
  throw new ConcretizationError(`an array (${showType(value.type)}) is not one number, and something asked for one: an operator in code that was not rewritten, a comparison with a string or null, or a conversion such as Number(x)`, { hint: notRewritten });
}

/**
 * The error for a construct of JavaScript that asks a tensor a yes-or-no question. `why` says what keeps it from becoming part of the program,
 * `names` are the variables that it assigns.
 */
export function noTruth(value: Value, construct: string, why?: string, names: readonly string[] = []): ConcretizationError {
  const what = value instanceof ConcreteArray ? `an array (${showType(value.type)})` : `a traced tensor (${showType(value.type)}), ${value.owner.origin(value.variable)},`;
  const reason = why === undefined ? "but it has no single value known while tracing" : `and this ${noun(construct)} cannot become part of the program: ${why}`;
  const way = why === undefined ? undefined : ways.find(([pattern]) => pattern.test(why))?.[1];
  const form = remedy(construct, names);
  return new ConcretizationError(`${construct}: ${what} decides here, ${reason}`, { hint: way === undefined ? form : construct === "if" ? way : `${way}; or ${form}` });
}

/** What can be done about what keeps a statement out of the program. */
const ways: readonly (readonly [why: RegExp, way: string])[] = [
  [/^it throws/, "check the arguments before the call, in code that is not traced, or give NaN for what must not be: where(condition, NaN, x)"],
  [/^`break`/, "end the loop through its condition: let going = true; while (going) { …; if (condition) going = false; }"],
  [/^`continue`/, "put what follows into the statement: if (!condition) { … }; to leave an outer loop's turn, keep a variable: let on = true; while (on && …) { … }"],
  [/^it returns/, "assign the result to a variable and return it at the end of the function; a loop ends through its condition"],
  [/property/, "assign to a variable there, and put that into the object afterwards"],
  [/on a list/, "write into an array: x = x.at(i).set(v)"],
  [/outside of the function|no variable of this file/, "return the value, and assign it outside"],
  [/^it stands in/, "traced functions are synchronous: no async, no generators"],
  [/declared after it/, "declare it at the top of the function"],
];

function noun(construct: string): string {
  if (construct === "while" || construct === "do" || construct === "for") return "loop";
  return construct === "if" ? "statement" : "expression";
}

/** What to write instead: with the variables where they are known. */
function remedy(construct: string, names: readonly string[]): string {
  const state = names.length === 1 ? (names[0] as string) : `[${names.join(", ")}]`;
  switch (construct) {
    case "if":
      if (names.length === 0) return "choose values with where(condition, a, b) or condition ? a : b; run one of two functions with cond(condition, f, g, ...operands)";
      return `write ${state} = cond(condition, () => …, () => …), where both functions return ${names.length === 1 ? "it" : "them"}; or choose values with where(condition, a, b)`;
    case "while": case "do": case "for":
      if (names.length === 0) return construct === "for" ? "loop with foriLoop(lo, hi, body, init), or over a count that is known while tracing" : "loop with whileLoop(test, body, init), or over a count that is known while tracing";
      return `write ${state} = whileLoop((${state}) => …, (${state}) => …, ${state}): the first function returns the condition, the second what the variables are after a turn`;
    case "switch": return "choose values with where(condition, a, b), run one of several functions with switchCase(index, [f, g, h], ...operands), or switch on a static argument (staticArgnums) or, of a concrete array, on x.item()";
    case "Boolean": return "compare elementwise: x !== 0, !x; reduce a bool tensor with any(x) or all(x), and choose values with where(condition, a, b)";
    case "predicate": return "some, every, filter and find ask about values that are known while tracing; compare elementwise and reduce with any(...) or all(...), or choose values with where(condition, a, b)";
    default: return "write an `if` statement, of which one side runs: both sides of this are recorded";
  }
}
