/**
 * Emits expressions, each once where it is computed, and gives back the locals of values that nobody needs any more. Where values of loads come
 * from is up to the caller: loops read them through moving pointers, a contraction has its own.
 */
import { InternalError } from "../../../errors.ts";
import type { Accumulator, CarryValue, Expression, Index, Load, Result } from "../../../kernel/ir.ts";
import type { Engine } from "./engine.ts";
import { operandsOf } from "./graph.ts";

/** The expressions that are not computed from others alone. */
export type Leaf = Load | Index | Result | CarryValue | Accumulator;

export interface Leaves<V> {
  /** The value of a leaf; `operands` are the indices of a load's terms. */
  leaf(e: Leaf, engine: Engine<V>, operands: readonly V[]): V;
}

export class Values<V> {
  readonly #leaves: Leaves<V>;
  readonly #values: Map<Expression, V> = new Map<Expression, V>();

  constructor(leaves: Leaves<V>) {
    this.#leaves = leaves;
  }

  /** The value of an expression that was computed, or of a constant. */
  get(e: Expression, engine: Engine<V>): V {
    if (e.kind === "constant") return engine.constant(e.dtype, e.value);
    const value = this.#values.get(e);
    if (value === undefined) throw new InternalError(`a ${e.kind} is used before it is computed`);
    return value;
  }

  /** Computes an expression whose operands are computed. */
  compute(e: Expression, engine: Engine<V>): void {
    if (e.kind === "constant" || this.#values.has(e)) return;
    const operands = operandsOf(e).map((o) => this.get(o, engine));
    this.#values.set(e, e.kind === "apply" ? engine.apply(e.instruction, e.dtype, operands) : this.#leaves.leaf(e, engine, operands));
  }

  /** The value is not needed any more; that of a running value belongs to its owner. */
  release(e: Expression, engine: Engine<V>): void {
    if (e.kind === "apply" || e.kind === "load" || e.kind === "index") engine.release(this.get(e, engine));
    this.#values.delete(e);
  }

  forget(expressions: readonly Expression[]): void {
    for (const e of expressions) this.#values.delete(e);
  }
}
