/** One stage at one point of `outer` (or at a group of them): its reductions and carries begin, the inner loops run, the results stand. */
import { dtypes } from "../../../core/dtype.ts";
import { type Check, type Reduction, type Store } from "../../../kernel/ir.ts";
import type { Engine } from "./engine.ts";
import { addressOf } from "./leaves.ts";
import { vectorLoop } from "./levels.ts";
import type { LoopEmitter, StageState } from "./loop-emitter.ts";
import { isRoundedSum, levelPeriod, type Running, twoLevelRunning } from "./running.ts";

type Runnings<V> = ReadonlyMap<Reduction, Running<V>>;

const table = 0;

export function emitStage<V>(emitter: LoopEmitter<V>, state: StageState<V>): void {
  const { stage, inner, empty } = state.plan;
  const { levels, values } = state;
  const horizontal = emitter.plan.mode === "horizontal" && inner.length > 0;
  const outside = emitter.lanes;
  for (const c of stage.carries) emitter.variables.set(c, outside.variable(outside.constant(c.dtype, c.initial)));
  // without inner loops this is the level of the carries, too
  emitter.computeLevel(state, levels.entry);

  const last = inner.at(-1);
  // what is left over after the groups is less than one
  const periodOf = (engine: Engine<V>): number | undefined => (last === undefined ? undefined : levelPeriod(Math.floor(last.length / (horizontal ? engine.lanes : 1))));
  const begin = (engine: Engine<V>, period: number | undefined): Runnings<V> =>
    new Map(stage.reductions.map((r) => [r, period !== undefined && isRoundedSum(r.combine, r.dtype) ? twoLevelRunning(engine, r.combine, r.dtype, r.identity) : engine.reduction(r.combine, r.dtype, r.identity)]));
  const { one, fold } = emitter.engines;
  // Each engine that goes through the lanes of a horizontal stage has results of its own.
  const engines = horizontal && !empty && last !== undefined ? emitter.enginesFor(last) : [outside];
  const parts = engines.map((engine, i) => {
    const period = i === 0 ? periodOf(engine) : undefined;
    const runnings = begin(engine, period);
    const flushes = [...runnings.values()].flatMap((r) => (r.flush === undefined ? [] : [r.flush]));
    return { engine, runnings, flush: period === undefined || flushes.length === 0 ? undefined : { period, emit: () => flushes.forEach((f) => f()) } };
  });

  if (!empty) {
    const walk = (depth: number): void => {
      const loop = inner[depth];
      if (loop === undefined) return innermost(emitter, state, parts.find((p) => p.engine === emitter.lanes)?.runnings ?? new Map<Reduction, Running<V>>());
      const level = levels.entry + 1 + depth;
      emitter.loop(loop, { start: 0, end: loop.length }, state.pointers.all, horizontal && depth === inner.length - 1, () => {
        emitter.computeLevel(state, level);
        walk(depth + 1);
        values.forget(levels.buckets[level + 1] ?? []);
      }, depth === inner.length - 1 ? (engine) => parts.find((p) => p.engine === engine)?.flush : undefined);
    };
    walk(0);
  }
  for (const r of stage.reductions) {
    const folded = parts.map(({ engine, runnings }) => {
      const result = (runnings.get(r) as Running<V>).result();
      return horizontal && engine !== one ? fold(engine, r.combine, r.dtype, result) : result;
    });
    emitter.variables.set(r, folded.reduce((sum, part) => one.apply(r.combine, r.dtype, [sum, part])));
  }
  values.forget(levels.buckets[levels.entry + 1] ?? []);
}

/** What happens at one innermost point, or a group of them: everything is computed, then stored, then reductions and carries go on. */
function innermost<V>(emitter: LoopEmitter<V>, state: StageState<V>, reductions: Runnings<V>): void {
  const { stage } = state.plan;
  const { values } = state;
  const { lanes } = emitter;
  for (const check of stage.checks) emitCheck(emitter, check);
  for (const store of stage.stores) emitStore(emitter, state, store);
  for (const [r, running] of reductions) running.add(values.get(r.value, lanes));
  // One carry's next may be another's value before.
  const next = stage.carries.map((c) => values.get(c.next, lanes));
  const copies = next.length > 1 ? next.map((v) => lanes.variable(v)) : next;
  stage.carries.forEach((c, i) => lanes.assign(emitter.variables.get(c) as V, copies[i] as V));
}

function emitStore<V>(emitter: LoopEmitter<V>, state: StageState<V>, { access, value, terms, condition, combine }: Store): void {
  const { fn, lanes, integers, engines } = emitter;
  const { values, pointers } = state;
  const pointer = pointers.of(access);
  const loop = vectorLoop(emitter.plan, state.plan);
  const stride = loop === undefined ? 0 : pointer.stride(loop);
  const offset = pointer.offsetOf(access);
  const { dtype } = access.buffer;
  const write = (): void => {
    const address = terms.length === 0 ? pointer.local : addressOf(emitter, pointer.local, terms.map((t) => ({ index: values.get(t.index, lanes), stride: t.stride * dtypes[dtype].bytes })));
    const x = values.get(value, lanes);
    if (combine === undefined) lanes.store(x, address, offset, stride);
    else {
      const old = lanes.load(dtype, address, offset, stride);
      const combined = lanes.apply(combine, dtype, [old, x]);
      lanes.store(combined, address, offset, stride);
      lanes.release(old);
      lanes.release(combined);
    }
    if (address !== pointer.local) integers.giveBack(address);
  };
  if (condition === undefined) return write();
  engines.one.pushFirst(values.get(condition, lanes));
  fn.nest("if", write);
}

function emitCheck<V>(emitter: LoopEmitter<V>, { condition, value }: Check): void {
  const { fn, engines, stage } = emitter;
  const number = ++emitter.nextCheck;
  const word = (offset: number): void => void fn.op("local.get", table).op("i32.const", offset).op("i32.add");
  engines.one.pushFirst(stage.values.get(condition, engines.one));
  fn.op("i32.eqz");
  word(-16);
  fn.op("i32.load", { offset: 0 }).op("i32.eqz").op("i32.and").nest("if", () => {
    word(-16);
    fn.op("i32.const", number).op("i32.store", { offset: 0 });
    word(-8);
    engines.one.pushFirst(engines.one.apply("copy", "float64", [stage.values.get(value, engines.one)]));
    fn.op("f64.store", { offset: 0 });
  });
}
