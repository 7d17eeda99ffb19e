/** Values that are not computed from others alone: loads through the moving pointers, indices of loops, results of earlier stages. */
import { InternalError } from "../../../errors.ts";
import type { Load } from "../../../kernel/ir.ts";
import { dtypes } from "../../../core/dtype.ts";
import type { Engine } from "./engine.ts";
import { vectorLoop } from "./levels.ts";
import type { LoopEmitter } from "./loop-emitter.ts";
import type { Leaf } from "./values.ts";

export function leafOf<V>(emitter: LoopEmitter<V>, e: Leaf, engine: Engine<V>, operands: readonly V[]): V {
  switch (e.kind) {
    case "load":
      return load(emitter, e, engine, operands);
    case "index":
      return index(emitter, e.dtype, e.offset, e.strides, engine);
    case "result":
    case "carry": {
      const variable = emitter.variables.get(e.of);
      if (variable === undefined) throw new InternalError(`a kernel uses a ${e.kind} before the stage that computes it`);
      return variable;
    }
    case "accumulator":
      throw new InternalError("loops have no accumulator");
  }
}

function load<V>(emitter: LoopEmitter<V>, { access, terms, dtype }: Load, engine: Engine<V>, operands: readonly V[]): V {
  const { stage, integers } = emitter;
  const pointer = stage.pointers.of(access);
  const lanes = vectorLoop(emitter.plan, stage.plan);
  const stride = lanes === undefined ? 0 : pointer.stride(lanes);
  const offset = pointer.offsetOf(access);
  if (terms.length === 0) return engine.load(dtype, pointer.local, offset, stride);
  const bytes = dtypes[dtype].bytes;
  if (engine.lanes > 1 && terms.some((t) => !stage.levels.uniform.has(t.index))) {
    return engine.gather(dtype, pointer.local, offset, stride, terms.map((t, i) => ({ index: operands[i] as V, stride: t.stride * bytes })));
  }
  const address = addressOf(emitter, pointer.local, terms.map((t, i) => ({ index: operands[i] as V, stride: t.stride * bytes })));
  const value = engine.load(dtype, address, offset, stride);
  integers.giveBack(address);
  return value;
}

/** A pointer moved by computed indices that are the same in all lanes; a local to be given back. */
export function addressOf<V>({ fn, integers, engines }: LoopEmitter<V>, pointer: number, terms: readonly { readonly index: V; readonly stride: number }[]): number {
  const address = integers.take();
  fn.op("local.get", pointer);
  for (const { index: value, stride } of terms) {
    engines.one.pushFirst(value);
    fn.op("i32.const", stride).op("i32.mul").op("i32.add");
  }
  fn.op("local.set", address);
  return address;
}

function index<V>(emitter: LoopEmitter<V>, dtype: Leaf["dtype"], offset: number, strides: readonly number[], engine: Engine<V>): V {
  const { fn, integers, stage, plan } = emitter;
  const base = integers.take();
  fn.op("i32.const", offset);
  for (const loop of [...plan.outer, ...stage.plan.inner]) {
    const stride = (strides[loop.dimension] as number) * loop.step;
    if (stride === 0) continue;
    fn.op("local.get", emitter.counters.get(loop) as number).op("i32.const", stride).op("i32.mul").op("i32.add");
  }
  fn.op("local.set", base);
  const lanes = vectorLoop(plan, stage.plan);
  const value = engine.index(dtype, base, lanes === undefined ? 0 : (strides[lanes.dimension] as number));
  integers.giveBack(base);
  return value;
}
