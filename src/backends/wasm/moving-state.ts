/**
 * States whose values move on from leaf to leaf, such as the last two of a recurrence: their addresses move, nothing is copied. In a procession
 * the body writes the new value of the last leaf; its places, one more than leaves, take turns so that in the end each leaf's value is where
 * its result belongs. In a circle nothing is ever written, until the end.
 */
import type { Buffer, State } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { FunctionBuilder } from "./assembler.ts";
import { stepParameters } from "./step.ts";

const { table } = stepParameters;

/** Leaves the address of a buffer on the stack. */
export function pushAddress(f: FunctionBuilder, { id }: Buffer): FunctionBuilder {
  return f.op("local.get", table).op("i32.load", { offset: 4 * id });
}

export function setAddress(f: FunctionBuilder, { id }: Buffer, push: () => void): void {
  f.op("local.get", table);
  push();
  f.op("i32.store", { offset: 4 * id });
}

/** What thread 0 does before the first turn, after each, and in the end. */
export interface Moves {
  begin(): void;
  advance(): void;
  finish(): void;
}

export class Procession implements Moves {
  readonly #f: FunctionBuilder;
  /** The last first: each gets the old value of the one before it in the list. */
  readonly #leaves: readonly State[];
  readonly #turns: number;
  readonly #homes: readonly number[];
  /** The place besides those of the results. */
  readonly #spare: number;
  /** The places in the order in which they are written to, from the next on. */
  readonly #next: readonly number[];

  constructor(f: FunctionBuilder, leaves: readonly State[], turns: number) {
    this.#f = f;
    this.#leaves = leaves;
    this.#turns = turns;
    this.#homes = leaves.map(() => f.local("i32"));
    this.#spare = f.local("i32");
    this.#next = [...this.#homes, this.#spare].map(() => f.local("i32"));
  }

  get #written(): Buffer {
    return (this.#leaves[0] as State).after;
  }

  begin(): void {
    const f = this.#f;
    this.#leaves.forEach(({ before }, i) => pushAddress(f, before).op("local.set", this.#homes[i] as number));
    pushAddress(f, this.#written).op("local.set", this.#spare);
    // the last turn writes to the place of the last leaf, the turn before to that of the one before it
    const places = [...this.#homes, this.#spare];
    this.#next.forEach((local, i) => f.op("local.get", places[(this.#turns - 1 - i + places.length * this.#turns) % places.length] as number).op("local.set", local));
    for (const { initial, before } of this.#leaves) setAddress(f, before, () => pushAddress(f, initial));
    setAddress(f, this.#written, () => f.op("local.get", this.#next[0] as number));
  }

  advance(): void {
    const f = this.#f;
    for (let i = this.#leaves.length - 1; i > 0; i--) setAddress(f, (this.#leaves[i] as State).before, () => pushAddress(f, (this.#leaves[i - 1] as State).before));
    setAddress(f, (this.#leaves[0] as State).before, () => f.op("local.get", this.#next[0] as number));
    for (const local of [...this.#next.slice(1), this.#next[0] as number]) f.op("local.get", local);
    for (const local of [...this.#next].reverse()) f.op("local.set", local);
    setAddress(f, this.#written, () => f.op("local.get", this.#next[0] as number));
  }

  finish(): void {
    const f = this.#f;
    this.#leaves.forEach(({ before }, i) => {
      // with fewer turns than leaves, some still have a value that was there before
      if (i >= this.#turns) copyHome(f, before, this.#homes[i] as number);
      setAddress(f, before, () => f.op("local.get", this.#homes[i] as number));
    });
    setAddress(f, this.#written, () => f.op("local.get", this.#spare));
  }
}

export class Circle implements Moves {
  readonly #f: FunctionBuilder;
  readonly #leaves: readonly State[];
  readonly #homes: readonly number[];
  readonly #moving: readonly number[];

  constructor(f: FunctionBuilder, leaves: readonly State[]) {
    this.#f = f;
    this.#leaves = leaves;
    this.#homes = leaves.map(() => f.local("i32"));
    this.#moving = leaves.map(() => f.local("i32"));
  }

  begin(): void {
    const f = this.#f;
    this.#leaves.forEach(({ before }, i) => pushAddress(f, before).op("local.set", this.#homes[i] as number));
    for (const { initial, before } of this.#leaves) setAddress(f, before, () => pushAddress(f, initial));
  }

  advance(): void {
    const f = this.#f;
    // all are read before any is written
    this.#leaves.forEach(({ after }, i) => pushAddress(f, after).op("local.set", this.#moving[i] as number));
    this.#leaves.forEach(({ before }, i) => setAddress(f, before, () => f.op("local.get", this.#moving[i] as number)));
  }

  finish(): void {
    const f = this.#f;
    this.#leaves.forEach(({ before }, i) => {
      copyHome(f, before, this.#homes[i] as number);
      setAddress(f, before, () => f.op("local.get", this.#homes[i] as number));
    });
  }
}

function copyHome(f: FunctionBuilder, buffer: Buffer, home: number): void {
  f.op("local.get", home);
  pushAddress(f, buffer).op("i32.const", bytesOf(buffer)).op("memory.copy");
}
