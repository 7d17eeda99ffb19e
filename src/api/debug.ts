/** Looking into a running program: values printed, or handed to a function, where and when it gets there. Nothing changes by it. */
import { ArgumentError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { printArray } from "../core/print-array.ts";
import { describe } from "../core/shape.ts";
import { isPlainObject, treeClassOf } from "../core/tree.ts";
import { callHost } from "../trace/callback.ts";
import type { PlainFunction } from "../trace/trace.ts";
import { fromUser } from "./public-function.ts";

const nothing = { structure: { kind: "none", value: undefined }, types: [] } as const;

/** Calls `host` on the values when the program gets there; text and other values that are no arrays are passed as they are. */
function effect(name: string, host: (...values: readonly unknown[]) => void, values: readonly unknown[]): void {
  const asIs = values.map((v) => typeof v === "string" || typeof v === "bigint" || typeof v === "function" || typeof v === "symbol");
  const fn = (...arrays: readonly unknown[]): void => {
    let next = 0;
    host(...values.map((v, i) => (asIs[i] === true ? v : arrays[next++])));
  };
  callHost({ fn: fn as PlainFunction, name, ordered: true, vectorized: false }, nothing, values.filter((_, i) => asIs[i] !== true));
}

/**
 * Calls `f` on the concrete values each time the program gets there, in order with other such calls: under compilation, inside loops (every turn), over a batch (every element),
 * and under derivatives (once, on the way forward). Values are trees of arrays; what `f` returns is ignored, what it throws reaches the caller.
 *
 * @example
 * const seen: number[] = [];
 * traceFn((x: Tensor) => { debug.callback((v: NDArray) => seen.push(v.item()), x); return x.mul(2); })(3);
 * seen[0] // → 3
 */
function callback(f: (...values: never[]) => unknown, ...values: readonly unknown[]): void {
  if (typeof f !== "function") throw new ArgumentError(`debug.callback: expected a function, got ${describe(f)}`, { hint: "debug.callback(f, ...values)" });
  fromUser(() => effect(f.name || "debug.callback", (...given) => void (f as (...values: readonly unknown[]) => unknown)(...given), values));
}

const placeholder = /\{\{|\}\}|\{([A-Za-z_$][\w$]*|\d*)\}/g;

/**
 * Prints values with `console.log` each time the program gets there, in order, as `debug.callback` calls. In the text `{}` is the next value, `{0}` one by position, `{name}` an entry of the
 * one object that follows, `{{` a brace; values that it does not name come after it. A text that names a value nobody passed is an `ArgumentError`.
 *
 * @example traceFn((x: Tensor) => { debug.print("x = {}", x); return x.mul(2); })(3) // → 6
 */
function print(text: unknown, ...values: readonly unknown[]): void {
  fromUser(() => {
    if (typeof text !== "string") return effect("debug.print", (...given) => console.log(given.map(show).join(" ")), [text, ...values]);
    const parts = parse(text, values);
    effect("debug.print", (...given) => console.log(parts(given)), values);
  });
}

/** The text with values in its places, and the values that it has no place for behind it. */
function parse(text: string, values: readonly unknown[]): (values: readonly unknown[]) => string {
  const used = new Set<number>();
  let next = 0;
  const pieces: ((values: readonly unknown[]) => string)[] = [];
  let end = 0;
  for (const match of text.matchAll(placeholder)) {
    const [whole, key] = match;
    const before = text.slice(end, match.index);
    end = match.index + whole.length;
    pieces.push(() => before);
    if (key === undefined) pieces.push(() => whole.slice(1));
    else if (key === "" || /^\d/.test(key)) {
      const position = key === "" ? next++ : Number(key);
      if (position >= values.length) throw new ArgumentError(`debug.print: ${JSON.stringify(text)} names value ${position}, and ${values.length} ${values.length === 1 ? "was" : "were"} passed`, { hint: "write {{ for a brace" });
      used.add(position);
      pieces.push((given) => show(given[position]));
    } else {
      const [only] = values;
      if (values.length !== 1 || !isPlainObject(only) || !Object.hasOwn(only, key)) throw new ArgumentError(`debug.print: ${JSON.stringify(text)} names the value ${key}, which was not passed`, { hint: `debug.print("${key} = {${key}}", { ${key} })` });
      used.add(0);
      pieces.push((given) => show((given[0] as Record<string, unknown>)[key]));
    }
  }
  const rest = text.slice(end);
  return (given) => [pieces.map((piece) => piece(given)).join("") + rest, ...given.filter((_, i) => !used.has(i)).map(show)].join(" ");
}

/** A tree of concrete arrays as text. */
function show(value: unknown): string {
  if (value instanceof ConcreteArray) return printArray(value);
  if (Array.isArray(value)) return `[${value.map(show).join(", ")}]`;
  if (isPlainObject(value)) return `{${Object.entries(value).map(([k, v]) => `${k}: ${show(v)}`).join(", ")}}`;
  const type = treeClassOf(value);
  return type === undefined ? String(value) : `${type.name}(${type.flatten(value as object).children.map(show).join(", ")})`;
}

/** What looks into a running program. docs/callbacks.md */
export interface Debug {
  readonly print: typeof print;
  readonly callback: typeof callback;
}
export const debug: Debug = Object.freeze({ print, callback });
