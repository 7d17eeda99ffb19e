/**
 * What rewritten code calls in place of operators. On plain values each function does exactly what the operator does; only an
 * operand that brings operators of its own (`core/operators.ts`) decides for itself. The checks look at `typeof` first, so that numbers and strings
 * pay one comparison.
 */
import type { OperatorTable, TruthConstruct } from "../core/operators.ts";
import { unknown, variablesOf } from "./frames.ts";
import { tableOf } from "./table.ts";

export { again, end, fork, forked, give, intact, loop, side, split, sure, unknown } from "./frames.ts";

function arithmetic(a: unknown, b: unknown): OperatorTable | undefined {
  return tableOf(a) ?? tableOf(b);
}

/** The table that compares two values: where one is an array and the other something that an array can be compared with. */
function comparison(a: unknown, b: unknown): OperatorTable | undefined {
  const left = tableOf(a);
  if (left !== undefined) return comparable(b) ? left : undefined;
  const right = tableOf(b);
  return right !== undefined && comparable(a) ? right : undefined;
}

function comparable(value: unknown): boolean {
  switch (typeof value) {
    case "number": case "boolean": return true;
    case "object": return Array.isArray(value) || ArrayBuffer.isView(value) || tableOf(value) !== undefined;
    default: return false;
  }
}

// Written out one by one: each has its own type feedback in the engine, which a shared closure would not.

export function add(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("+", a, b);
  }
  return (a as number) + (b as number);
}

export function sub(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("-", a, b);
  }
  return (a as number) - (b as number);
}

export function mul(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("*", a, b);
  }
  return (a as number) * (b as number);
}

export function div(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("/", a, b);
  }
  return (a as number) / (b as number);
}

export function rem(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("%", a, b);
  }
  return (a as number) % (b as number);
}

export function pow(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("**", a, b);
  }
  return (a as number) ** (b as number);
}

export function bitAnd(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("&", a, b);
  }
  return (a as number) & (b as number);
}

export function bitOr(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("|", a, b);
  }
  return (a as number) | (b as number);
}

export function bitXor(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("^", a, b);
  }
  return (a as number) ^ (b as number);
}

export function shl(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary("<<", a, b);
  }
  return (a as number) << (b as number);
}

export function shr(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary(">>", a, b);
  }
  return (a as number) >> (b as number);
}

export function ushr(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = arithmetic(a, b);
    if (table !== undefined) return table.binary(">>>", a, b);
  }
  return (a as number) >>> (b as number);
}

export function lt(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary("<", a, b);
  }
  return (a as number) < (b as number);
}

export function le(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary("<=", a, b);
  }
  return (a as number) <= (b as number);
}

export function gt(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary(">", a, b);
  }
  return (a as number) > (b as number);
}

export function ge(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary(">=", a, b);
  }
  return (a as number) >= (b as number);
}

export function eq(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary("==", a, b);
  }
  return a == b;
}

export function ne(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary("!=", a, b);
  }
  return a != b;
}

export function same(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary("===", a, b);
  }
  return a === b;
}

export function differs(a: unknown, b: unknown): unknown {
  if (typeof a === "object" || typeof b === "object") {
    const table = comparison(a, b);
    if (table !== undefined) return table.binary("!==", a, b);
  }
  return a !== b;
}

export function neg(a: unknown): unknown {
  if (typeof a === "object") {
    const table = tableOf(a);
    if (table !== undefined) return table.unary("-", a);
  }
  return -(a as number);
}

export function plus(a: unknown): unknown {
  if (typeof a === "object") {
    const table = tableOf(a);
    if (table !== undefined) return table.unary("+", a);
  }
  return +(a as number);
}

export function invert(a: unknown): unknown {
  if (typeof a === "object") {
    const table = tableOf(a);
    if (table !== undefined) return table.unary("~", a);
  }
  return ~(a as number);
}

export function not(a: unknown): unknown {
  if (typeof a === "object") {
    const table = tableOf(a);
    if (table !== undefined) return table.unary("!", a);
  }
  return !a;
}

/** The value of `a` as `++` and `--` see it: a number or a bigint; an array stays itself. */
export function numeric(a: unknown): unknown {
  if (typeof a === "number" || tableOf(a) !== undefined) return a;
  let value = a as number;
  return value++;
}

export function inc(a: unknown): unknown {
  if (typeof a === "number") return a + 1;
  const table = tableOf(a);
  if (table !== undefined) return table.binary("+", a, 1);
  let value = a as number;
  return ++value;
}

export function dec(a: unknown): unknown {
  if (typeof a === "number") return a - 1;
  const table = tableOf(a);
  if (table !== undefined) return table.binary("-", a, 1);
  let value = a as number;
  return --value;
}

/** The value of `x++`: the old one, after the new one was stored. */
export function old(before: unknown, _after: unknown): unknown {
  return before;
}

/** The value of an expression that must not begin with a parenthesis. */
export function hold(value: unknown): unknown {
  return value;
}

/** Whether an optional chain ends here. */
export function nullish(value: unknown): boolean {
  return value === null || value === undefined;
}

/** A condition, as JavaScript tests it: an array whose value is known becomes that value, any other is true, for it needs both sides. */
export function test(condition: unknown): unknown {
  return typeof condition === "object" ? tableOf(condition)?.known?.(condition) ?? condition : condition;
}

/** Whether the side for false has to be evaluated. */
export function off(condition: unknown): boolean {
  if (typeof condition !== "object") return !condition;
  const table = tableOf(condition);
  return table === undefined ? !condition : table.known?.(condition) !== true;
}

/** `condition ? a : b`, where the sides that matter have been evaluated. */
export function select(condition: unknown, a: unknown, b: unknown): unknown {
  if (typeof condition === "object") {
    const table = tableOf(condition);
    if (table !== undefined) return table.conditional(condition, () => a, () => b);
  }
  return condition ? a : b;
}

/** `left && right`; a false plain `left` comes in as `right` too. */
export function and(left: unknown, right: unknown): unknown {
  if (typeof left === "object") {
    const table = tableOf(left);
    if (table !== undefined) return table.logical("&&", left, () => right);
  }
  return right;
}

/** `left || right`; `right` was evaluated only where it matters. */
export function or(left: unknown, right: unknown): unknown {
  if (typeof left === "object") {
    const table = tableOf(left);
    if (table !== undefined) return table.logical("||", left, () => right);
  }
  return left ? left : right;
}

/** A value that decides: the condition of a statement, the argument of `Boolean`, the answer of a predicate. `why` tells what keeps a statement plain. */
export function truth(condition: unknown, construct: TruthConstruct, why?: string, names?: string): unknown {
  if (typeof condition === "object") {
    const table = tableOf(condition);
    if (table !== undefined) return table.truth(construct, condition, why, names === undefined ? undefined : variablesOf(names));
  }
  return condition;
}

/** A condition of an operator one of whose sides does what may not happen for both: an array whose value is not known is refused. */
export function alone(condition: unknown, construct: TruthConstruct, why: string): unknown {
  return unknown(condition) ? truth(condition, construct, why) : condition;
}

/** A value that `switch` compares. */
export function subject(value: unknown): unknown {
  if (typeof value === "object") tableOf(value)?.truth("switch", value);
  return value;
}

/** `target[key]` */
export function index(target: unknown, key: unknown): unknown {
  if (typeof key === "number") {
    if (typeof target === "object" && !Array.isArray(target) && !ArrayBuffer.isView(target)) {
      const table = tableOf(target);
      if (table !== undefined) return table.index(target, key);
    }
    return (target as readonly unknown[])[key];
  }
  if (typeof key !== "string" && typeof key !== "symbol") {
    const table = tableOf(target) ?? (Array.isArray(target) || ArrayBuffer.isView(target) ? tableOf(key) : undefined);
    if (table !== undefined) return table.index(target, key);
  }
  return (target as Record<PropertyKey, unknown>)[key as PropertyKey];
}

/** `target[i, j]`, which JavaScript reads as `target[j]`. */
export function indexList(target: unknown, key: unknown): unknown {
  if (tableOf(target) === undefined) return index(target, key);
  throw new TypeError("x[i, j] means x[j] in JavaScript, which drops i. Write x[i][j] or x.get(i, j).");
}

/** The object of an assignment `target[key] = value`; arrays refuse. */
export function target(object: unknown, key?: unknown): unknown {
  if (typeof object === "object") tableOf(object)?.assignIndex(object, key, undefined);
  if (typeof key === "object") tableOf(key)?.assignIndex(object, key, undefined);
  return object;
}

/** The key of an assignment `target[key] = value`, where it is an expression; arrays refuse. */
export function place(key: unknown): unknown {
  if (typeof key === "object") tableOf(key)?.assignIndex(undefined, key, undefined);
  return key;
}

/** Whether `o[k] += v` turns `k` into a property key once, as the standard says now, or for reading and for writing. */
const convertsKeyOnce: boolean = (() => {
  let count = 0;
  const object = { key: 0 };
  const key = { toString: () => (count++, "key") } as unknown as "key";
  object[key] += 1;
  return count === 1;
})();

/** The key of `object[key] += value`, to be used twice. */
export function key(object: unknown, value: unknown): unknown {
  if (typeof value !== "object" && typeof value !== "function") return value;
  place(value);
  if (!convertsKeyOnce || object === null || object === undefined) return value;
  const [property] = Reflect.ownKeys({ [value as unknown as string]: 0 });
  return property;
}

const mathNames: ReadonlyMap<unknown, string> = new Map(
  Object.getOwnPropertyNames(Math).map((name) => [(Math as unknown as Record<string, unknown>)[name], name]),
);

/** `Math.f(…args)` */
export function math(f: (...args: readonly unknown[]) => unknown, ...args: readonly unknown[]): unknown {
  for (const argument of args) {
    if (typeof argument !== "object") continue;
    const name = mathNames.get(f);
    const table = name === undefined ? undefined : tableOf(argument);
    if (name !== undefined && table !== undefined) return table.math(name, args);
  }
  return typeof f === "function" ? f.call(Math, ...args) : (f as (...values: readonly unknown[]) => unknown)(...args);
}

const questionNames: ReadonlyMap<unknown, string> = new Map<unknown, string>([
  [Number.isNaN, "Number.isNaN"], [Number.isFinite, "Number.isFinite"], [Number.isInteger, "Number.isInteger"],
  [Number.isSafeInteger, "Number.isSafeInteger"], [Object.is, "Object.is"],
]);

/** `Number.isNaN(…args)` and its siblings, `Object.is(…args)`. */
export function ask(f: (...args: readonly unknown[]) => unknown, ...args: readonly unknown[]): unknown {
  const [a, b] = args;
  if (typeof a === "object" || typeof b === "object") {
    const name = questionNames.get(f);
    const table = name === undefined ? undefined : name === "Object.is" ? identity(a, b) : tableOf(a);
    if (name !== undefined && table !== undefined) return table.math(name, args);
  }
  return typeof f === "function" ? f.call(Number, ...args) : (f as (...values: readonly unknown[]) => unknown)(...args);
}

/** The table that answers whether an array is a number; whether it is some other object is JavaScript's question. */
function identity(a: unknown, b: unknown): OperatorTable | undefined {
  if (typeof b === "number" || typeof b === "boolean") return tableOf(a);
  return typeof a === "number" || typeof a === "boolean" ? tableOf(b) : undefined;
}
