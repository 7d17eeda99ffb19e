/**
 * What rewritten statements call: `if`s and loops whose condition may be an array of unknown value. A frame is what one run of such a statement
 * knows; where the condition is plain it is that condition's truth, and a loop has none.
 */
import type { Assigned, Fork, Loop, LoopConstruct, OperatorTable } from "../core/operators.ts";
import { tableOf } from "./table.ts";

/** Whether a condition is an array whose value is not known, or belongs to a loop that has begun with one. */
export function unknown(condition: unknown, begun?: Loop): boolean {
  if (begun !== undefined) return true;
  if (typeof condition !== "object") return false;
  const table = tableOf(condition);
  return table !== undefined && table.known?.(condition) === undefined;
}

/** The truth of any other condition. */
export function sure(condition: unknown): boolean {
  if (typeof condition !== "object") return Boolean(condition);
  return tableOf(condition)?.known?.(condition) ?? condition !== null;
}

type Frame = Fork | Returning | boolean | undefined;

/** Which side of an `if` runs now. */
export function side(frame: Frame): boolean {
  return typeof frame === "object" ? frame.side : frame === true;
}

export function forked(frame: Frame): boolean {
  return typeof frame === "object";
}

export function fork(condition: unknown, names: string, values: readonly unknown[]): Fork | boolean {
  const table = tableOf(condition) as OperatorTable;
  return opened(table.fork(condition, variablesOf(names), values), table);
}

export function loop(condition: unknown, construct: LoopConstruct, names: string): Loop {
  const table = tableOf(condition) as OperatorTable;
  return opened(table.loop(construct, condition, variablesOf(names)), table);
}

/** The statements that are being recorded, innermost last, each with what refuses in its name. */
const recorded: { readonly frame: Fork | Loop; readonly table: OperatorTable }[] = [];

function opened<T extends Fork | Loop>(frame: T, table: OperatorTable): T {
  recorded.push({ frame, table });
  return frame;
}

/** Those inside of it end too: where the stack has overflowed they could not tell. */
function closed(frame: unknown): void {
  const place = recorded.findLastIndex((entry) => entry.frame === frame);
  if (place >= 0) recorded.length = place;
}

/** The object of a method that would change it: not while a statement is being recorded. `builtIn`: the method changes nothing but lists, maps and their kin. */
export function intact(object: unknown, what: string, builtIn: boolean): unknown {
  if (recorded.length === 0 || typeof object !== "object" || object === null || tableOf(object) !== undefined) return object;
  if (!builtIn || isChanging(object)) for (const { table } of recorded) table.changes?.(what);
  return object;
}

function isChanging(object: object): boolean {
  return Array.isArray(object) || ArrayBuffer.isView(object) || object instanceof Map || object instanceof Set || object instanceof WeakMap || object instanceof WeakSet
    || (Symbol.iterator in object && "next" in object);
}

/** What remains to be done when a statement is left, by an error too. */
export function end(frame: Frame | Loop): void {
  if (typeof frame !== "object") return;
  closed(frame);
  frame.close();
}

/** An `if` whose sides leave the function: what is chosen between is the value that it returns. */
class Returning {
  readonly saved: readonly unknown[];
  readonly #fork: Fork;
  readonly #outer: Returning | undefined;
  pending = false;

  constructor(inner: Fork, saved: readonly unknown[], outer: Returning | undefined) {
    this.#fork = inner;
    this.saved = saved;
    this.#outer = outer;
  }

  get side(): boolean {
    return this.#fork.side;
  }

  give(value: unknown): unknown {
    const [chosen] = this.#fork.next([value]);
    if (!this.#fork.open) return this.#outer === undefined ? chosen : this.#outer.give(chosen);
    this.pending = true;
    return undefined;
  }

  close(): void {
    closed(this.#fork);
    this.#fork.close();
  }
}

export function split(outer: Returning | undefined, condition: unknown, saved: readonly unknown[]): Returning {
  const result = { name: "the result", integer: false, list: false, certain: true };
  const table = tableOf(condition) as OperatorTable;
  return new Returning(opened(table.fork(condition, [result], [undefined]), table), saved, outer);
}

/** The value of `return`: of no meaning where another side has to run first. */
export function give(frame: Returning | undefined, value?: unknown): unknown {
  return frame === undefined ? value : frame.give(value);
}

/** Whether the other side has to run: asked whenever a side was left. */
export function again(frame: Frame): boolean {
  if (!(frame instanceof Returning)) return false;
  const { pending } = frame;
  frame.pending = false;
  if (!pending) frame.close();
  return pending;
}

/** The variables of a statement, which rewritten code names in one string: `i#` is an integer that stays small, `p*` gets lists, `k?` may not change. */
export function variablesOf(names: string): readonly Assigned[] {
  if (names === "") return [];
  return names.split(",").map((text) => ({ name: text.replace(/[#*?]+$/, ""), integer: text.includes("#"), list: text.includes("*"), certain: !text.endsWith("?") }));
}
