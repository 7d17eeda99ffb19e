/**
 * Where the threads of a call meet, in WebAssembly: each counts itself in, the last one starts the next generation, the others spin briefly
 * and then sleep. A thread that has failed lets nobody through any more: the others trap instead of waiting for it.
 */
import type { FunctionBuilder, ModuleBuilder } from "../assembler.ts";
import { control } from "../layout.ts";

/** Polls before a thread goes to sleep: some 50 µs. */
const spins = 100_000;
/** Nanoseconds after which a sleeper looks whether another thread has failed. */
const slice = 100_000_000n;
/** Slices after which the first thread takes the others for dead: 30 s without any sign of life. */
const patience = 300;
/** Polls in place of a slice for a thread that must not sleep. */
const pollsPerSlice = 20_000_000;

export interface BarrierOptions {
  /** The first thread must not sleep: the main thread of a browser. */
  readonly firstThreadSpins: boolean;
  /** The memory is not shared: nobody is waited for. */
  readonly shared: boolean;
}

/** `(thread, threads)`: returns when all of them have called it. */
export function emitBarrier(module: ModuleBuilder, { firstThreadSpins, shared }: BarrierOptions): FunctionBuilder {
  const f = module.function("barrier", ["i32", "i32"], []);
  if (!shared) return f;
  const [thread, threads] = [0, 1];
  const generation = f.local("i32");
  const left = f.local("i32");
  const slices = f.local("i32");
  const at = (address: number): FunctionBuilder => f.op("i32.const", address);
  const read = (address: number): FunctionBuilder => at(address).op("i32.atomic.load", { offset: 0 });
  const passed = (): FunctionBuilder => read(control.generation).op("local.get", generation).op("i32.ne");
  const trapIfFailed = (): void => void read(control.failed).nest("if", () => f.op("unreachable"));
  const spin = (polls: number): void => {
    f.op("i32.const", polls).op("local.set", left);
    f.nest("loop", () => {
      passed().nest("if", () => f.op("return"));
      f.op("local.get", left).op("i32.const", 1).op("i32.sub").op("local.tee", left).op("br_if", 0);
    });
    trapIfFailed();
  };
  /** Gives up when the slices are used up. */
  const count = (): void => {
    f.op("local.get", thread).op("i32.eqz").nest("if", () => {
      f.op("local.get", slices).op("i32.const", 1).op("i32.add").op("local.tee", slices).op("i32.const", patience).op("i32.gt_u").nest("if", () => {
        at(control.failed).op("i32.const", 1).op("i32.atomic.store", { offset: 0 });
        f.op("unreachable");
      });
    });
  };

  f.op("local.get", threads).op("i32.const", 1).op("i32.eq").nest("if", () => f.op("return"));
  read(control.generation).op("local.set", generation);
  at(control.arrived).op("i32.const", 1).op("i32.atomic.rmw.add", { offset: 0 }).op("local.get", threads).op("i32.const", 1).op("i32.sub").op("i32.eq").nest("if", () => {
    at(control.arrived).op("i32.const", 0).op("i32.atomic.store", { offset: 0 });
    at(control.generation).op("local.get", generation).op("i32.const", 1).op("i32.add").op("i32.atomic.store", { offset: 0 });
    read(control.sleepers).nest("if", () => at(control.generation).op("i32.const", -1).op("memory.atomic.notify", { offset: 0 }).op("drop"));
    f.op("return");
  });
  spin(spins);
  if (firstThreadSpins) {
    f.op("local.get", thread).op("i32.eqz").nest("if", () => f.nest("loop", () => {
      spin(pollsPerSlice);
      count();
      f.op("br", 0);
    }));
  }
  const sleeping = (change: number): void => void at(control.sleepers).op("i32.const", change).op("i32.atomic.rmw.add", { offset: 0 }).op("drop");
  sleeping(1);
  f.nest("loop", () => {
    at(control.generation).op("local.get", generation).op("i64.const", slice).op("memory.atomic.wait32", { offset: 0 }).op("drop");
    passed().nest("if", () => {
      sleeping(-1);
      f.op("return");
    });
    trapIfFailed();
    count();
    f.op("br", 0);
  });
  return f;
}
