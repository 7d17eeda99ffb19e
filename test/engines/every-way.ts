/** The WebAssembly backend, made to use all of its ways: kernels on several threads however small the work, and straight-line code in between. */
import type { Backend, Executable } from "../../src/backends/backend.ts";
import { wasm } from "../../src/backends/wasm/backend.ts";
import { compileProgram } from "../../src/backends/wasm/compile-program.ts";
import { capFeatures, type Level } from "../../src/backends/wasm/features.ts";
import { runtime } from "../../src/backends/wasm/runtime.ts";
import { change } from "../../src/backends/wasm/settings.ts";

export interface Used {
  /** Runs on all threads, runs of kernels on one, runs of straight-line code. */
  onThreads: number;
  alone: number;
  straight: number;
}

const secondsToAnswer = 20;
/** Workers that did not answer once are not waited for again. */
let silent = false;

export function everyWay(threads: number, level: Level | undefined): { readonly backend: Backend; readonly used: Used } {
  change({ threads, parallelKernel: 0, parallelProgram: 0 });
  capFeatures(level);
  const used: Used = { onThreads: 0, alone: 0, straight: 0 };
  const compile: Backend["compile"] = (program, options): Executable => {
    const kernels = compileProgram(program, options);
    const straight = wasm.compileSmall?.(program);
    let runs = 0;
    return {
      run: (inputs) => {
        if (runs++ % 2 === 1 && straight !== undefined) {
          used.straight++;
          return straight.run(inputs);
        }
        if (threads > 1 && kernels.parts.emission.parallel && kernels.parts.compiled.math !== undefined) {
          waitForAnswers(threads, () => runtime().pool.threadsFor(kernels.parts.compiled, threads));
          used.onThreads++;
        } else used.alone++;
        return kernels.run(inputs);
      },
    };
  };
  return { backend: { ...wasm, compile }, used };
}

/** Waits without giving up the thread: workers must get on by themselves. */
function waitForAnswers(threads: number, ready: () => number): void {
  const end = performance.now() + 1000 * secondsToAnswer;
  while (ready() < threads) {
    if (silent || performance.now() > end) {
      silent = true;
      throw new Error(`${threads} threads were not ready within ${secondsToAnswer} seconds`);
    }
  }
}

/** Workers start only while the first thread gives way to them. */
export async function startWorkers(threads: number): Promise<void> {
  const { pool, heap } = runtime();
  if (threads === 1 || !heap.plain.shared) return;
  // the smallest module there is
  const nothing = { id: -1, module: new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)), math: [] };
  const end = performance.now() + 1000 * secondsToAnswer;
  while (pool.threadsFor(nothing, threads) < threads && performance.now() < end) await new Promise((resolve) => setTimeout(resolve, 20));
}
