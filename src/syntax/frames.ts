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
  return (tableOf(condition) as OperatorTable).fork(condition, variablesOf(names), values);
}

export function loop(condition: unknown, construct: LoopConstruct, names: string): Loop {
  return (tableOf(condition) as OperatorTable).loop(construct, condition, variablesOf(names));
}

/** What remains to be done when a statement is left, by an error too. */
export function end(frame: Frame | Loop): void {
  if (typeof frame === "object") frame.close();
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
    this.#fork.close();
  }
}

export function split(outer: Returning | undefined, condition: unknown, saved: readonly unknown[]): Returning {
  const result = { name: "the result", integer: false, list: false, certain: true };
  return new Returning((tableOf(condition) as OperatorTable).fork(condition, [result], [undefined]), saved, outer);
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
