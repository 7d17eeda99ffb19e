/**
 * What a worker runs. Its text is sent to the worker, which has no modules of ours: so it mentions nothing outside itself. Jobs come through
 * shared memory, modules as messages; between messages it waits in a loop and never returns to its event loop.
 */

/** Where the words are, from layout.ts, in units of four bytes. */
export interface WorkerWords {
  readonly generation: number;
  readonly failed: number;
  readonly signal: number;
  readonly idle: number;
  readonly job: number;
  readonly jobModule: number;
  readonly jobTable: number;
  readonly posted: number;
  readonly handled: number;
  readonly taken: number;
}

export interface WorkerStart {
  readonly memory: WebAssembly.Memory;
  /** Its number, from 1. */
  readonly thread: number;
  readonly jobStep: number;
  readonly words: WorkerWords;
}

export interface WorkerModule {
  readonly id: number;
  /** Undefined: forget it. */
  readonly module: WebAssembly.Module | undefined;
  /** Functions of `Math` that it imports. */
  readonly math: readonly string[];
}

export function workerBody(): void {
  interface Port {
    postMessage(message: unknown): void;
    on?(name: string, listener: (message: unknown) => void): void;
    onmessage: ((event: { data: unknown }) => void) | null;
  }
  const scope = globalThis as unknown as Port & { process?: { getBuiltinModule?(name: string): { parentPort?: Port | null } | undefined } };
  const port: Port = scope.process?.getBuiltinModule?.("node:worker_threads")?.parentPort ?? scope;
  const runs = new Map<number, (table: number, thread: number, threads: number) => void>();
  let start: WorkerStart | undefined;
  let words = new Int32Array(1);
  let seen = 0;
  let lastJob = 0;
  let handled = 0;

  const install = ({ memory }: WorkerStart, { id, module, math }: WorkerModule): void => {
    if (module === undefined) {
      runs.delete(id);
      return;
    }
    const functions = Math as unknown as Record<string, WebAssembly.ImportValue>;
    const host = (): void => {
      throw new Error("only the first thread calls the host");
    };
    const instance = new WebAssembly.Instance(module, { env: { memory, host }, math: Object.fromEntries(math.map((name) => [name, functions[name]])) as WebAssembly.ModuleImports });
    runs.set(id, instance.exports["run"] as (table: number, thread: number, threads: number) => void);
  };

  /** Jobs until a message is on its way; false when all is over. */
  const work = ({ thread, jobStep, words: at }: WorkerStart): boolean => {
    for (;;) {
      for (let left = 20_000; left > 0 && Atomics.load(words, at.signal) === seen; left--);
      if (Atomics.load(words, at.signal) === seen) {
        Atomics.add(words, at.idle, 1);
        Atomics.wait(words, at.signal, seen);
        Atomics.sub(words, at.idle, 1);
      }
      seen = Atomics.load(words, at.signal);
      const job = Atomics.load(words, at.job);
      if (job !== lastJob) {
        lastJob = job;
        const threads = job % jobStep;
        // only who takes part may read on: for the others the next job may be on its way already
        if (thread < threads) {
          if (Atomics.load(words, at.failed) !== 0) return false;
          Atomics.store(words, at.taken, job);
          try {
            runs.get(Atomics.load(words, at.jobModule))!(Atomics.load(words, at.jobTable), thread, threads);
          } catch {
            Atomics.store(words, at.failed, 1);
            Atomics.notify(words, at.generation);
            return false;
          }
        }
      }
      if (Atomics.load(words, at.posted) !== handled) return true;
    }
  };

  const receive = (message: unknown): void => {
    if (start === undefined) {
      start = message as WorkerStart;
      words = new Int32Array(start.memory.buffer, 0, 2048);
      seen = Atomics.load(words, start.words.signal);
      lastJob = Atomics.load(words, start.words.job);
    } else {
      try {
        install(start, message as WorkerModule);
      } catch {
        // this thread never counts as ready again
        return;
      }
    }
    handled++;
    Atomics.store(words, start.words.handled, handled);
    if (Atomics.load(words, start.words.posted) === handled) work(start);
  };
  if (port.on !== undefined) port.on("message", receive);
  else port.onmessage = (event) => receive(event.data);
}
