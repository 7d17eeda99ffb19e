/**
 * The workers of a heap: started when a program first wants them, told of modules as they come, and counted only when they have answered.
 * One that fails or dies ends the pool for good: from then on everything runs on one thread, with the same results.
 */
import type { Heap } from "../heap.ts";
import { control, jobStep, maxThreads } from "../layout.ts";
import { startWorker, type WorkerHandle } from "./start-worker.ts";
import { workerBody, type WorkerModule, type WorkerStart, type WorkerWords } from "./worker-body.ts";

const word = (address: number): number => address >>> 2;
const line = 64;
/** From a worker's line to the job that it took last. */
const taken = 4;
/** Milliseconds after the last job from which on workers may have slept, or died where nobody noticed: they are asked whether they are there. */
const asleep = 50;
/** Milliseconds that an answer may take. */
const answer = 5000;

/** What a module needs to run on workers. */
export interface Shareable {
  readonly id: number;
  readonly module: WebAssembly.Module;
  /** Functions of `Math` that it imports; undefined: others too, which workers do not have. */
  readonly math: readonly string[] | undefined;
}

export class Pool {
  readonly #heap: Heap;
  readonly #words: Int32Array;
  #workers: readonly WorkerHandle[] = [];
  #state: "none" | "running" | "ended";
  readonly #installed: Map<number, number> = new Map<number, number>();
  #posted = 0;
  #jobs = 0;
  #lastJob = 0;

  constructor(heap: Heap) {
    this.#heap = heap;
    this.#words = heap.words;
    this.#state = heap.plain.shared ? "none" : "ended";
  }

  /** How many threads the module can run on now, of at most `wanted`. What is missing is set going for later calls. */
  threadsFor(shareable: Shareable, wanted: number): number {
    if (wanted < 2 || this.#state === "ended" || shareable.math === undefined) return 1;
    if (this.#state === "none") this.#start(Math.min(wanted, maxThreads) - 1);
    if (this.#workers.length + 1 < wanted) this.#restart(wanted - 1);
    const known = this.#installed.get(shareable.id);
    if (known === undefined) {
      this.#install(shareable);
      return 1;
    }
    if (this.#words[word(control.failed)] !== 0) {
      this.end();
      return 1;
    }
    const posted = this.#posted;
    for (let i = 0; i < this.#workers.length; i++) if (Atomics.load(this.#words, word(control.workers + line * i)) !== posted) return 1;
    return Math.min(wanted, this.#workers.length + 1);
  }

  /**
   * Sets workers 1 to threads − 1 going on a table; the caller is thread 0 and meets them at the end of the module's `run`. False: one of them is
   * dead, nothing has happened, and there are no workers any more.
   */
  fork(shareable: Shareable, table: number, threads: number): boolean {
    const words = this.#words;
    Atomics.store(words, word(control.jobModule), shareable.id);
    Atomics.store(words, word(control.jobTable), table);
    this.#jobs = (this.#jobs + 1) % 2 ** 24;
    const job = this.#jobs * jobStep + threads;
    Atomics.store(words, word(control.job), job);
    this.#signal();
    const now = performance.now();
    const slept = now - this.#lastJob > asleep;
    this.#lastJob = now;
    if (!slept || this.#isTaken(job, threads)) return true;
    this.end();
    return false;
  }

  /** Whether all workers that the job is for have taken it, before long. */
  #isTaken(job: number, threads: number): boolean {
    const start = performance.now();
    for (let i = 0; i + 1 < threads; i++) {
      while (Atomics.load(this.#words, word(control.workers + line * i + taken)) !== job) if (performance.now() - start > answer) return false;
    }
    return true;
  }

  /** Whether another thread has failed, or this one has given the others up. */
  get failed(): boolean {
    return Atomics.load(this.#words, word(control.failed)) !== 0;
  }

  /** How many threads have answered, the first one included. */
  get ready(): number {
    let count = 1;
    for (let i = 0; i < this.#workers.length; i++) if (Atomics.load(this.#words, word(control.workers + line * i)) > 0) count++;
    return count;
  }

  /** Ends all workers for good. None of them writes to memory any more when this returns. */
  end(): void {
    if (this.#state === "ended") return;
    this.#state = "ended";
    Atomics.store(this.#words, word(control.failed), 1);
    this.#stop();
  }

  #stop(): void {
    this.#words[word(control.arrived)] = 0;
    for (const worker of this.#workers) worker.end();
    const { length } = this.#workers;
    this.#workers = [];
    this.#installed.clear();
    this.#signal();
    Atomics.notify(this.#words, word(control.generation));
    // workers that were in the middle of something stop within microseconds
    if (length > 0) pause(20);
  }

  #signal(): void {
    Atomics.add(this.#words, word(control.signal), 1);
    if (Atomics.load(this.#words, word(control.idle)) > 0) Atomics.notify(this.#words, word(control.signal));
  }

  #start(count: number): void {
    this.#state = "running";
    const workers: WorkerHandle[] = [];
    try {
      for (let i = 0; i < count; i++) workers.push(startWorker(workerBody, () => this.#died(workers)));
    } catch {
      // no workers here: a policy of the page, or a limit of the system
      this.#workers = workers;
      this.end();
      return;
    }
    this.#workers = workers;
    this.#posted = 0;
    for (let i = 0; i < count; i++) this.#words[word(control.workers + line * i)] = 0;
    this.#post((i): WorkerStart => ({ memory: this.#heap.plain.memory, thread: i + 1, jobStep, words: wordsOf(i) }));
  }

  /** More workers than there were are wanted: a new set of them. */
  #restart(count: number): void {
    this.#stop();
    this.#start(count);
  }

  #died(workers: readonly WorkerHandle[]): void {
    if (this.#workers === workers) this.end();
  }

  #post(message: (worker: number) => WorkerStart | WorkerModule): void {
    this.#posted++;
    Atomics.store(this.#words, word(control.posted), this.#posted);
    this.#workers.forEach((worker, i) => worker.post(message(i)));
    this.#signal();
  }

  #install({ id, module, math = [] }: Shareable): void {
    this.#installed.set(id, this.#posted + 1);
    this.#post((): WorkerModule => ({ id, module, math }));
  }

  /** Lets workers drop a module. */
  forget(id: number): void {
    if (this.#installed.delete(id) && this.#state === "running") this.#post((): WorkerModule => ({ id, module: undefined, math: [] }));
  }
}

function wordsOf(worker: number): WorkerWords {
  const { generation, failed, signal, idle, job, jobModule, jobTable, posted, workers } = control;
  const handled = workers + line * worker;
  const addresses = { generation, failed, signal, idle, job, jobModule, jobTable, posted, handled, taken: handled + taken };
  return Object.fromEntries(Object.entries(addresses).map(([name, address]) => [name, word(address)])) as unknown as WorkerWords;
}

/** Waits so many milliseconds, where waiting is allowed. */
function pause(milliseconds: number): void {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
  } catch {
    const end = performance.now() + milliseconds;
    while (performance.now() < end);
  }
}
