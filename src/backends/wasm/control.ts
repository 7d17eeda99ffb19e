/**
 * Loops and branches as functions. A loop moves the addresses in its table from turn to turn: those of its windows by one element, those of a
 * state with two places to and fro. Thread 0 does so between two meetings; where it works alone, nobody is waited for.
 */
import { beginsElsewhere } from "../../kernel/in-place.ts";
import { type BranchKernel, type ControlKernel, mayFail, movesOf, type RepeatKernel, type State } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { InsidePlan, ListPlan } from "../../kernel/plan-inside.ts";
import type { FunctionBuilder } from "./assembler.ts";
import { faultCheck } from "./layout.ts";
import { Circle, type Moves, Procession, pushAddress, setAddress } from "./moving-state.ts";
import { parameters, type Sequences, type Step, stepParameters } from "./step.ts";

const { table } = stepParameters;

/** A function `(table, thread, threads, scratch)`. `alone`: thread 0 runs it by itself. */
export function emitControl(sequencer: Sequences, kernel: ControlKernel, step: Step, alone: boolean): FunctionBuilder {
  const f = sequencer.module.function(kernel.name, parameters, []);
  if (kernel.kind === "repeat") new Repeat(sequencer, f, kernel, step, alone).emit();
  else emitBranch(sequencer, f, kernel, step, alone);
  return f;
}

/** One leaf of the state, and the locals that know its places. */
interface Leaf extends State {
  /** The place of the result. */
  readonly home: number;
  /** Where the next turn writes; and the other of the two places, from either. None where there is one place. */
  readonly next: number;
  readonly flip: number;
  readonly inPlace: boolean;
}

class Repeat {
  readonly #sequencer: Sequences;
  readonly #f: FunctionBuilder;
  readonly #kernel: RepeatKernel;
  readonly #step: Step;
  readonly #alone: boolean;
  readonly #leaves: readonly Leaf[];
  readonly #moves: readonly Moves[];
  readonly #plan: ListPlan;
  /** Something inside may fail. */
  readonly #fails: boolean;
  /** Of the kernels in it, where to find what they keep packed (`EmittedKernel.keptWord`). */
  readonly #kept: readonly number[];

  constructor(sequencer: Sequences, f: FunctionBuilder, kernel: RepeatKernel, step: Step, alone: boolean) {
    this.#sequencer = sequencer;
    this.#f = f;
    this.#kernel = kernel;
    this.#step = step;
    this.#alone = alone;
    const { inPlace, lists } = sequencer.plan.inside.get(kernel) as InsidePlan;
    this.#plan = lists[0] as ListPlan;
    const moves = movesOf(kernel.state);
    const moved = new Set(moves.flatMap((m) => m.leaves));
    this.#moves = moves.map((m) => (m.closed ? new Circle(f, m.leaves) : new Procession(f, m.leaves, kernel.length)));
    this.#leaves = kernel.state.filter((leaf) => !moved.has(leaf)).map((leaf): Leaf => {
      const one = inPlace.has(leaf);
      return { ...leaf, inPlace: one, home: f.local("i32"), next: one ? -1 : f.local("i32"), flip: one ? -1 : f.local("i32") };
    });
    this.#fails = mayFail(kernel);
    this.#kept = (step.inside[0] ?? []).flatMap(({ emitted }) => emitted?.keptWord ?? []);
  }

  emit(): void {
    const f = this.#f;
    const { condition, length } = this.#kernel;
    const [left, fault] = [f.local("i32"), f.local("i32")];
    this.#first(() => this.#begin());
    this.#meet();
    f.op("i32.const", length).op("local.set", left);
    f.nest("block", () => {
      // what failed before the loop may have left anything to decide by, and makes its work useless
      this.#pushFault().op("br_if", 0);
      f.nest("loop", () => {
        if (condition !== undefined) {
          this.#list("test", 0, this.#kernel.test.length);
          this.#meet();
          pushAddress(f, condition).op("i32.load8_u", { offset: 0 }).op("i32.eqz").op("br_if", 1);
        }
        this.#list("body", this.#kernel.test.length, this.#plan.kernels.length);
        this.#meet();
        // read before anybody can go on to the next turn
        if (this.#fails) this.#pushFault().op("local.set", fault);
        this.#first(() => this.#advance());
        this.#meet();
        if (this.#fails) f.op("local.get", fault).op("br_if", 1);
        if (condition !== undefined) f.op("br", 0);
        else f.op("local.get", left).op("i32.const", 1).op("i32.sub").op("local.tee", left).op("br_if", 0);
      });
    });
    this.#first(() => this.#finish());
    this.#meet();
  }

  /** Not 0 where something has failed. */
  #pushFault(): FunctionBuilder {
    return this.#f.op("local.get", table).op("i32.const", faultCheck).op("i32.add").op("i32.load", { offset: 0 });
  }

  #meet(): void {
    this.#sequencer.meet(this.#f, this.#alone);
  }

  #first(body: () => void): void {
    this.#sequencer.first(this.#f, this.#alone, body);
  }

  #list(name: string, from: number, to: number): void {
    const steps = (this.#step.inside[0] as readonly Step[]).slice(from, to);
    this.#sequencer.list(this.#f, `${this.#kernel.name}_${name}`, steps, this.#plan.traffic.slice(from, to), this.#alone);
  }

  #begin(): void {
    const f = this.#f;
    const { windows, length, reverse } = this.#kernel;
    for (const word of this.#kept) f.op("local.get", table).op("i32.const", 0).op("i32.store", { offset: 4 * word + 4 });
    for (const { before, home } of this.#leaves) pushAddress(f, before).op("local.set", home);
    const elsewhere = beginsElsewhere(this.#kernel);
    for (const { initial, before, after, home, next, flip, inPlace } of this.#leaves) {
      setAddress(f, before, () => pushAddress(f, initial));
      if (inPlace) setAddress(f, after, () => f.op("local.get", home));
      else {
        pushAddress(f, after).op("local.tee", next).op("local.get", home).op("i32.xor").op("local.set", flip);
        if (!elsewhere) f.op("local.get", home).op("local.set", next);
        setAddress(f, after, () => f.op("local.get", next));
      }
    }
    for (const moves of this.#moves) moves.begin();
    for (const window of windows) {
      if (window.role.kind !== "window") continue;
      const { of } = window.role;
      const start = reverse ? (length - 1) * bytesOf(window) : 0;
      setAddress(f, window, () => {
        pushAddress(f, of);
        if (start !== 0) f.op("i32.const", start).op("i32.add");
      });
    }
  }

  #advance(): void {
    const f = this.#f;
    // operands that no turn changes are packed now, where there is room for it
    for (const word of this.#kept) f.op("local.get", table).op("local.get", table).op("i32.load", { offset: 4 * word }).op("i32.const", 0).op("i32.ne").op("i32.store", { offset: 4 * word + 4 });
    for (const { before, after, home, next, flip, inPlace } of this.#leaves) {
      setAddress(f, before, () => f.op("local.get", inPlace ? home : next));
      if (!inPlace) setAddress(f, after, () => f.op("local.get", next).op("local.get", flip).op("i32.xor").op("local.tee", next));
    }
    for (const moves of this.#moves) moves.advance();
    for (const window of this.#kernel.windows) {
      const stride = bytesOf(window) * (this.#kernel.reverse ? -1 : 1);
      if (stride !== 0) setAddress(f, window, () => pushAddress(f, window).op("i32.const", stride).op("i32.add"));
    }
  }

  /** Everything as it was, and the state where it is looked for. */
  #finish(): void {
    const f = this.#f;
    const counted = this.#kernel.condition === undefined;
    for (const { before, after, home, flip, inPlace } of this.#leaves) {
      if (!counted) {
        pushAddress(f, before).op("local.get", home).op("i32.ne").nest("if", () => {
          f.op("local.get", home);
          pushAddress(f, before).op("i32.const", bytesOf(before)).op("memory.copy");
        });
      }
      setAddress(f, before, () => f.op("local.get", home));
      // of the two places, the one that is not the result's
      if (!inPlace) setAddress(f, after, () => f.op("local.get", home).op("local.get", flip).op("i32.xor"));
    }
    for (const moves of this.#moves) moves.finish();
  }
}

function emitBranch(sequencer: Sequences, f: FunctionBuilder, kernel: BranchKernel, step: Step, alone: boolean): void {
  const { lists } = sequencer.plan.inside.get(kernel) as InsidePlan;
  const { index, windows, name } = kernel;
  const taken = f.local("i32");
  sequencer.meet(f, alone);
  pushAddress(f, index).op("i32.load", { offset: 0 }).op("local.set", taken);
  const branch = (b: number): void => {
    const { traffic } = lists[b] as ListPlan;
    const written = new Set(traffic.flatMap((t) => [...t.writes]));
    const own = windows.filter((w) => written.has(w));
    sequencer.first(f, alone, () => {
      for (const window of own) if (window.role.kind === "window") {
        const { of } = window.role;
        setAddress(f, window, () => pushAddress(f, of));
      }
    });
    sequencer.meet(f, alone);
    sequencer.list(f, `${name}_${b}`, step.inside[b] as readonly Step[], traffic, alone);
  };
  const last = lists.length - 1;
  f.nest("block", () => {
    for (let b = 0; b < last; b++) {
      f.op("local.get", taken).op("i32.const", b).op("i32.le_s").nest("if", () => {
        branch(b);
        f.op("br", 1);
      });
    }
    branch(last);
  });
  sequencer.meet(f, alone);
}

