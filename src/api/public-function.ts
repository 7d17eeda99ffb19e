/**
 * What every public function of a fixed form is made with: its name, the parameters it reads, and the refusal of arguments beyond
 * them, which JavaScript would drop in silence: `reshape(x, 6, 1)`, `sum(x, 0, 1)`.
 */
import { ArgumentError } from "../errors.ts";
import { enter, leave } from "../core/place.ts";
import { describe } from "../core/shape.ts";
import { currentTrace, isValue } from "../core/tensor.ts";
import { showType } from "../core/type.ts";

type AnyFunction = (...args: never[]) => unknown;

/**
 * `implementation` under a public name. `parameters` are those it reads, as errors show them: `["x", "shape"]`. Two forms mean
 * something: a parameter in braces takes an options object and no number, and one that begins with a plural (`shape`, `axes`,
 * `counts`) takes a list, which is what numbers that are too many were meant as.
 *
 * What `list.map(f)` and `list.reduce(f)` add to the arguments, the position and the list, is dropped.
 */
export function publicFunction<F extends AnyFunction>(name: string, parameters: readonly string[], implementation: F): F {
  const most = parameters.length;
  const hasOptions = parameters[most - 1]?.startsWith("{") === true;
  const call = (...args: never[]): unknown => {
    if (args.length > most) {
      if (!addedByList(args, most)) throw surplus(name, parameters, args);
      args.length = most;
    } else if (hasOptions && args.length === most && typeof args[most - 1] === "number") throw surplus(name, parameters, args);
    // the user's line is cheapest to find out here, for all operations that follow
    const trace = currentTrace();
    if (trace === undefined || !enter(trace.calls)) return implementation(...args);
    try {
      return implementation(...args);
    } finally {
      leave();
    }
  };
  Object.defineProperties(call, { name: { value: name }, length: { value: implementation.length } });
  return call as F;
}

/** Runs the body of a public function of another form: what it records has the place of the caller. */
export function fromUser<T>(body: () => T): T {
  const trace = currentTrace();
  if (trace === undefined || !enter(trace.calls)) return body();
  try {
    return body();
  } finally {
    leave();
  }
}

/** Whether the arguments from `most` on are a position and a list in which the argument before them stands there. */
function addedByList(args: readonly unknown[], most: number): boolean {
  return args.length === most + 2 && standsIn(args.slice(most - 1));
}

function standsIn([item, position, list]: readonly unknown[]): boolean {
  return Array.isArray(list) && typeof position === "number" && Object.is(list[position], item);
}

function surplus(name: string, parameters: readonly string[], args: readonly unknown[]): ArgumentError {
  const form = `${name}(${parameters.join(", ")})`;
  const text = `${name}: called as ${name}(${args.map(shown).join(", ")}), but the form is ${form}`;
  if (standsIn(args.slice(-3))) return new ArgumentError(text, { hint: `map passes the position and the list too: write list.map((x) => ${name}(x))` });
  const meant = listed(parameters, args);
  return new ArgumentError(text, { hint: meant === undefined ? undefined : `write ${name}(${meant.join(", ")})` });
}

function shown(value: unknown): string {
  return isValue(value) ? showType(value.type) : describe(value);
}

const takesList = /^(shape|axes|counts)\b/;

/** The arguments with the numbers at the end as the list that they were meant as. */
function listed(parameters: readonly string[], args: readonly unknown[]): string[] | undefined {
  const place = parameters.findIndex((p) => takesList.test(p));
  const numbers = args.slice(place);
  if (place < 0 || !numbers.every((n) => typeof n === "number")) return undefined;
  return [...parameters.slice(0, place), `[${numbers.join(", ")}]`];
}
