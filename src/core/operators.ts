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
export type TruthConstruct = "if" | LoopConstruct | "??" | "switch" | "Boolean" | "predicate" | "?:" | "&&" | "||";
export type LoopConstruct = "while" | "do" | "for";

/** A variable that a statement assigns. */
export interface Assigned {
  readonly name: string;
  /** A number in it is an integer that cannot grow without bound: a count, a position. */
  readonly integer: boolean;
  /** It gets lists written out, so that a list of numbers in it is one of JavaScript, not an array. */
  readonly list: boolean;
  /** False: it may not change at all. */
  readonly certain: boolean;
}

/**
 * An `if` whose condition is an array of unknown value. The code of both sides runs, one after the other, where it stands: what it does is recorded,
 * and afterwards the variables that it assigned are chosen between.
 */
export interface Fork {
  /** The side that runs now: first true, then false. */
  readonly side: boolean;
  /** Whether a side has still to run. */
  readonly open: boolean;
  /** Called after each side with the values of the variables then; gives those to go on with: the old ones for the other side, at last the chosen ones. */
  next(values: readonly unknown[]): readonly unknown[];
  /** Called when the statement is left, also by an error. */
  close(): void;
}

/** A loop whose condition is an array of unknown value. Its body runs for as long as it takes to record one turn, and stands for all. */
export interface Loop {
  /** Whether the body is to run once more. */
  readonly open: boolean;
  /** Called with the condition, each time that it has been evaluated, and the values of the variables then; gives those to go on with. */
  turn(condition: unknown, values: readonly unknown[]): readonly unknown[];
  /** Called when the statement is left, also by an error. */
  close(): void;
}

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
  /**
   * The value as a condition of `construct`: a boolean when it is known, otherwise a thrown error naming the remedy. `why` says what keeps a statement or
   * an operator from taking an array, `variables` what it assigns.
   */
  truth(construct: TruthConstruct, value: unknown, why?: string, variables?: readonly Assigned[]): boolean;
  /** `if (condition)` that assigns `variables`, which now have these values. */
  fork(condition: unknown, variables: readonly Assigned[], values: readonly unknown[]): Fork;
  loop(construct: LoopConstruct, condition: unknown, variables: readonly Assigned[]): Loop;
  /** A method would change its object while a statement is being recorded: throws. `what` tells which, and where. */
  changes?(what: string): never;
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
