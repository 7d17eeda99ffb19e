/**
 * The contract between rewritten code and the arrays it meets.
 *
 * The rewrite turns `a + b` into a call of the syntax runtime; the runtime keeps JavaScript's meaning unless an
 * operand carries the well-known property `operators`, whose value then decides. The symbol is registered, so two copies of
 * the library on one page still recognise each other's arrays.
 */
export const operators: unique symbol = Symbol.for("chainrule.operators") as never;

export type BinaryOperator =
  | "+" | "-" | "*" | "/" | "%" | "**"
  | "<" | "<=" | ">" | ">=" | "==" | "!=" | "===" | "!=="
  | "&" | "|" | "^" | "<<" | ">>" | ">>>";
export type UnaryOperator = "-" | "+" | "~" | "!";
/** The constructs of JavaScript that ask one yes-or-no question and so cannot take an array. */
export type TruthConstruct = "if" | "while" | "do" | "for" | "??" | "switch" | "Boolean" | "predicate";

/** What an array that meets an operator in rewritten code can do. Every method may throw a user-readable error. */
export interface OperatorTable {
  binary(operator: BinaryOperator, left: unknown, right: unknown): unknown;
  unary(operator: UnaryOperator, operand: unknown): unknown;
  /**
   * The value of an array as a condition, where it is known: then only the side of `?:`, `&&` or `||` that it selects is evaluated,
   * as for any JavaScript value. Undefined, or no such method: both sides are.
   */
  known?(condition: unknown): boolean | undefined;
  /** `condition ? a : b`; both sides are traced. */
  conditional(condition: unknown, whenTrue: () => unknown, whenFalse: () => unknown): unknown;
  /** `left && right`, `left || right` where `left` is an array; both sides are traced. */
  logical(operator: "&&" | "||", left: unknown, right: () => unknown): unknown;
  /** The value as a condition of `construct`: a boolean when it is known, otherwise a thrown error naming the remedy. */
  truth(construct: TruthConstruct, value: unknown): boolean;
  /** `target[key]` where the target is an array, or a JavaScript array or typed array indexed by an array. */
  index(target: unknown, key: unknown): unknown;
  /**
   * `target[key] = value`: arrays are immutable, so this throws and names `x.at(key).set(value)`. It is called before the value is
   * evaluated, which is then undefined, and so is a key that is no name or number.
   */
  assignIndex(target: unknown, key: unknown, value: unknown): never;
  /** `Math[name](...args)` where an argument is an array; also "Number.isNaN" and its siblings, and "Object.is" of an array and a number. */
  math(name: string, args: readonly unknown[]): unknown;
}

/** Anything with operators of its own. */
export interface HasOperators {
  readonly [operators]: OperatorTable;
}

export function hasOperators(value: unknown): value is HasOperators {
  return typeof value === "object" && value !== null && operators in value;
}
