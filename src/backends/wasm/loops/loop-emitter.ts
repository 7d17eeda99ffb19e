/**
 * The walk over the loops of a plan: the units, the loops over `outer`, and within them stage by stage the inner loops. At each level it moves
 * the pointers, computes what belongs there and nothing twice. What is done at the innermost points of a stage is in stage-emitter.ts.
 */
import type { Buffer, Carry, Reduction } from "../../../kernel/ir.ts";
import type { FunctionBuilder } from "../assembler.ts";
import type { KernelTable } from "../kernel.ts";
import type { Engine } from "./engine.ts";
import type { Fold } from "./fold.ts";
import { accessesOf } from "./graph.ts";
import { type Levels, levelsOf } from "./levels.ts";
import type { Loop } from "./nest.ts";
import type { Plan, StagePlan } from "./plan.ts";
import { IntegerLocals, type Pointer, Pointers } from "./pointers.ts";
import type { Shares } from "./share.ts";
import { type Leaf, type Leaves, Values } from "./values.ts";
import { leafOf } from "./leaves.ts";
import { emitStage } from "./stage-emitter.ts";

export interface Engines<V> {
  /** One element at a time; also what is the same in all lanes. */
  readonly one: Engine<V>;
  /** Groups of elements: the largest first. None where there are no vectors. */
  readonly groups: readonly Engine<V>[];
  /** All lanes of a group into one. */
  readonly fold: Fold<V>;
}

/** A stage while it is emitted. */
export interface StageState<V> {
  readonly plan: StagePlan;
  readonly levels: Levels;
  readonly pointers: Pointers;
  readonly values: Values<V>;
}

/** First point and the one after the last: numbers known now, or i32 locals. */
export interface Range {
  readonly start: number | { readonly local: number };
  readonly end: number | { readonly local: number };
}

/** What is done after every so many rounds of a loop, and after the last. */
interface Flush {
  readonly period: number;
  readonly emit: () => void;
}
const noFlush = (): undefined => undefined;

const table = 0;
const begin = 1;
const end = 2;

export class LoopEmitter<V> implements Leaves<V> {
  readonly plan: Plan;
  readonly shares: Shares;
  readonly engines: Engines<V>;
  readonly fn: FunctionBuilder;
  readonly integers: IntegerLocals;
  readonly stages: readonly StageState<V>[];
  /** The counter of each loop under way. */
  readonly counters: Map<Loop, number> = new Map<Loop, number>();
  /** What reductions and carries are at. */
  readonly variables: Map<Reduction | Carry, V> = new Map<Reduction | Carry, V>();
  /** The engine of what differs from lane to lane. */
  lanes: Engine<V>;
  /** The stage under way. */
  stage: StageState<V>;
  nextCheck: number;
  readonly #words: KernelTable;

  constructor(plan: Plan, shares: Shares, engines: Engines<V>, checkBase: number, words: KernelTable) {
    this.#words = words;
    this.plan = plan;
    this.shares = shares;
    this.engines = engines;
    this.fn = engines.one.fn;
    this.integers = new IntegerLocals(this.fn);
    this.lanes = engines.one;
    this.nextCheck = checkBase;
    const written = new Set<Buffer>(plan.stages.flatMap((s) => s.stage.stores.map((store) => store.access.buffer)));
    const values = new Values<V>(this);
    this.stages = plan.stages.map((s) => {
      const pointers = new Pointers();
      for (const access of accessesOf(s.stage, s.order)) pointers.add(access);
      return { plan: s, levels: levelsOf(plan, s, written), pointers, values };
    });
    this.stage = this.stages[0] as StageState<V>;
  }

  leaf(e: Leaf, engine: Engine<V>, operands: readonly V[]): V {
    return leafOf(this, e, engine, operands);
  }

  emit(): void {
    if (this.stages.length === 0) return;
    const bases = new Map<Buffer, number>();
    for (const pointer of this.#allPointers()) {
      const base = bases.get(pointer.buffer) ?? this.integers.take();
      if (!bases.has(pointer.buffer)) this.fn.op("local.get", table).op("i32.load", { offset: 4 * this.#words.wordOf(pointer.buffer) }).op("local.set", base);
      bases.set(pointer.buffer, base);
      pointer.local = base;
      if (pointer.least === 0) continue;
      pointer.local = this.integers.take();
      this.fn.op("local.get", base).op("i32.const", pointer.least * pointer.elementBytes).op("i32.add").op("local.set", pointer.local);
    }
    this.#compute(-1);
    this.#units();
  }

  #allPointers(): Pointer[] {
    return this.stages.flatMap((s) => s.pointers.all);
  }

  /** What every stage needs at an outer level. */
  #compute(level: number): void {
    for (const stage of this.stages) {
      this.stage = stage;
      this.computeLevel(stage, level);
    }
  }

  /** What a stage needs at a level, in order. */
  computeLevel(stage: StageState<V>, level: number): void {
    const { levels, values } = stage;
    for (const e of levels.buckets[level + 1] ?? []) {
      values.compute(e, levels.uniform.has(e) ? this.engines.one : this.lanes);
      for (const operand of levels.lastUsed.get(e) ?? []) values.release(operand, this.lanes);
    }
  }

  // --- loops over outer -----------------------------------------------------------------------------------------------------------

  #units(): void {
    const { level, run, runs, units } = this.shares;
    const { fn, integers } = this;
    const { outer } = this.plan;
    if (level < 0) {
      // One point: nothing to do for an empty range.
      fn.op("local.get", begin).op("local.get", end).op("i32.lt_s").nest("if", () => this.#point());
      return;
    }
    const loop = outer[level] as Loop;
    if (units === 1) {
      fn.op("local.get", begin).op("local.get", end).op("i32.lt_s").nest("if", () => this.#outer(0, { start: 0, end: loop.length }));
      return;
    }
    const [from, to] = [integers.take(), integers.take()];
    /** The points from a run on: of its first, or where it is beyond the end, of the end. */
    const bound = (pushRun: () => void): void => {
      pushRun();
      fn.op("i32.const", run).op("i32.mul");
    };
    const clip = (local: number): void => void fn.op("local.set", local).op("local.get", local).op("i32.const", loop.length).op("local.get", local).op("i32.const", loop.length).op("i32.lt_s").op("select").op("local.set", local);
    if (level === 0) {
      bound(() => fn.op("local.get", begin));
      clip(from);
      bound(() => fn.op("local.get", end));
      clip(to);
      this.#outer(0, { start: { local: from }, end: { local: to } });
      return;
    }
    // Several loops outside: each unit finds its place in them by division.
    const [unit, rest] = [integers.take(), integers.take()];
    fn.op("local.get", begin).op("local.set", unit);
    fn.op("local.get", unit).op("local.get", end).op("i32.lt_s").nest("if", () => {
      fn.nest("loop", () => {
        bound(() => fn.op("local.get", unit).op("i32.const", runs).op("i32.rem_u"));
        fn.op("local.tee", from).op("i32.const", run).op("i32.add");
        clip(to);
        fn.op("local.get", unit).op("i32.const", runs).op("i32.div_u").op("local.set", rest);
        const saved = this.#allPointers().map((p) => p.local);
        for (let k = level - 1; k >= 0; k--) {
          const around = outer[k] as Loop;
          const counter = integers.take();
          fn.op("local.get", rest).op("i32.const", around.length).op("i32.rem_u").op("local.set", counter);
          fn.op("local.get", rest).op("i32.const", around.length).op("i32.div_u").op("local.set", rest);
          this.counters.set(around, counter);
        }
        this.engines.one.body(() => {
          for (let k = 0; k < level; k++) {
            const around = outer[k] as Loop;
            this.#shift(this.#allPointers(), around, { local: this.counters.get(around) as number });
            this.#compute(k);
          }
          this.#outer(level, { start: { local: from }, end: { local: to } });
        });
        for (let k = 0; k < level; k++) this.#forget(k);
        this.#allPointers().forEach((p, i) => (p.local = saved[i] as number));
        fn.op("local.get", unit).op("i32.const", 1).op("i32.add").op("local.tee", unit).op("local.get", end).op("i32.lt_s").op("br_if", 0);
      });
    });
  }

  /** The outer loops from `level` on. */
  #outer(level: number, range: Range): void {
    const loop = this.plan.outer[level];
    if (loop === undefined) return this.#point();
    this.loop(loop, range, this.#allPointers(), level === this.plan.vector && this.plan.mode === "vertical", () => {
      this.#compute(level);
      this.#outer(level + 1, { start: 0, end: this.plan.outer[level + 1]?.length ?? 0 });
      this.#forget(level);
    });
  }

  #forget(level: number): void {
    for (const { values, levels } of this.stages) values.forget(levels.buckets[level + 1] ?? []);
  }

  #point(): void {
    const first = this.nextCheck;
    for (const stage of this.stages) {
      this.stage = stage;
      emitStage(this, stage);
    }
    // The same point may be spelled twice, for groups and for what is left over.
    this.nextCheck = first;
    this.variables.clear();
  }

  // --- one loop -------------------------------------------------------------------------------------------------------------------

  /** Pointers moved to point `at` of a loop, in locals of their own. */
  #shift(pointers: readonly Pointer[], loop: Loop, at: number | { readonly local: number }): void {
    const moved = new Map<string, number>();
    for (const p of pointers) {
      const stride = p.stride(loop);
      if (stride === 0) continue;
      const key = `${p.local}:${stride}`;
      const known = moved.get(key);
      if (known !== undefined) {
        p.local = known;
        continue;
      }
      const local = this.integers.take();
      this.fn.op("local.get", p.local);
      if (typeof at !== "number") this.fn.op("local.get", at.local).op("i32.const", stride).op("i32.mul").op("i32.add");
      else if (at !== 0) this.fn.op("i32.const", at * stride).op("i32.add");
      this.fn.op("local.set", local);
      moved.set(key, local);
      p.local = local;
    }
  }

  /** The engines that go through a vectorised loop one after another: each takes as many points as it can. */
  enginesFor(loop: Loop): Engine<V>[] {
    let rest = loop.length;
    const used = this.engines.groups.filter(({ lanes }) => {
      const fits = rest >= lanes;
      rest %= lanes;
      return fits;
    });
    return rest > 0 ? [...used, this.engines.one] : used;
  }

  /**
   * The points of a loop, in groups if it is vectorised and then one by one. `body` is called once for each spelling, with `lanes` the engine of it.
   */
  loop(loop: Loop, range: Range, pointers: readonly Pointer[], vectorised: boolean, body: () => void, flushOf: (engine: Engine<V>) => Flush | undefined = noFlush): void {
    const { fn, integers } = this;
    const saved = pointers.map((p) => p.local);
    const counter = integers.take();
    this.counters.set(loop, counter);
    this.#shift(pointers, loop, range.start);
    const push = (x: number | { readonly local: number }): void => void (typeof x === "number" ? fn.op("i32.const", x) : fn.op("local.get", x.local));
    push(range.start);
    fn.op("local.set", counter);
    const known = typeof range.start === "number" && typeof range.end === "number";
    for (const engine of vectorised ? this.enginesFor(loop) : [this.lanes]) {
      const { end } = range;
      // Runs begin at whole groups.
      let last = end;
      if (vectorised && engine.lanes > 1) {
        if (typeof end === "number") last = end - (end % engine.lanes);
        else {
          last = { local: integers.take() };
          push(range.start);
          push(end);
          push(range.start);
          fn.op("i32.sub").op("i32.const", -engine.lanes).op("i32.and").op("i32.add").op("local.set", last.local);
        }
      }
      this.#rounds(loop, pointers, counter, last, vectorised ? engine.lanes : 1, known, engine, body, flushOf(engine));
    }
    this.counters.delete(loop);
    // A pointer that moved has a local of its own, which nobody needs now.
    const done = new Set<number>([counter]);
    pointers.forEach((p, i) => {
      if (p.local !== saved[i]) done.add(p.local);
      p.local = saved[i] as number;
    });
    for (const local of done) integers.giveBack(local);
  }

  /** Rounds of `step` points while the counter is below `last`; `known`: there is at least one. */
  #rounds(loop: Loop, pointers: readonly Pointer[], counter: number, last: Range["end"], step: number, known: boolean, engine: Engine<V>, body: () => void, flush: Flush | undefined): void {
    const { fn, engines, integers } = this;
    const push = (x: Range["end"]): void => void (typeof x === "number" ? fn.op("i32.const", x) : fn.op("local.get", x.local));
    const outside = this.lanes;
    this.lanes = engine;
    const roundsTo = (end: Range["end"]): void => {
      fn.nest("loop", () => {
        engines.one.body(() => (engine === engines.one ? body() : engine.body(body)));
        const moved = new Set<number>();
        for (const p of pointers) {
          const stride = p.stride(loop);
          if (stride === 0 || moved.has(p.local)) continue;
          moved.add(p.local);
          fn.op("local.get", p.local).op("i32.const", stride * step).op("i32.add").op("local.set", p.local);
        }
        fn.op("local.get", counter).op("i32.const", step).op("i32.add").op("local.tee", counter);
        push(end);
        fn.op("i32.lt_s").op("br_if", 0);
      });
    };
    const rounds = (): void => {
      if (flush === undefined) return roundsTo(last);
      const pause = integers.take();
      fn.nest("loop", () => {
        fn.op("local.get", counter).op("i32.const", flush.period * step).op("i32.add").op("local.tee", pause);
        push(last);
        fn.op("local.get", pause);
        push(last);
        fn.op("i32.lt_s").op("select").op("local.set", pause);
        roundsTo({ local: pause });
        engine.body(flush.emit);
        fn.op("local.get", counter);
        push(last);
        fn.op("i32.lt_s").op("br_if", 0);
      });
      integers.giveBack(pause);
    };
    if (known) rounds();
    else {
      fn.op("local.get", counter);
      push(last);
      fn.op("i32.lt_s").nest("if", rounds);
    }
    this.lanes = outside;
  }
}
