/** One side of a comparison: its process, and the questions put to it (peers/serve.ts answers). */
import { spawn, type ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import type { Case } from "./cases.ts";
import { python } from "./setup.ts";

interface Command {
  readonly run: readonly string[];
  /** Number of threads is ours to choose: measured with one and with all cores, and the better one counts. */
  readonly threads?: true;
}

const peer = (file: string): string => join(import.meta.dirname, "peers", file);
const commands: Readonly<Record<string, Command>> = {
  chainrule: { run: [process.execPath, peer("chainrule.ts")] },
  "jax-js": { run: [process.execPath, peer("jax-js.mjs")] },
  "TensorFlow.js": { run: [process.execPath, peer("tfjs.mjs")] },
  onnxruntime: { run: [process.execPath, peer("onnx.mjs")], threads: true },
  NumPy: { run: [python, peer("numpy_side.py")], threads: true },
  memcpy: { run: [python, peer("numpy_side.py"), "memcpy"] },
  JAX: { run: [python, peer("jax_side.py")] },
  PyTorch: { run: [python, peer("torch_side.py")], threads: true },
};

export interface Answer {
  readonly version?: string;
  /** Why the side does not do this. */
  readonly skip?: string;
  /** Nanoseconds of the first run, compiling included. */
  readonly first?: number;
  readonly check?: readonly number[];
  readonly times?: readonly number[];
}

/** A side as it is started: PyTorch with one thread and PyTorch with two are two of them. */
export class Side {
  readonly name: string;
  readonly threads: number | null;
  version: string = "";
  readonly #run: readonly string[];
  #child: ChildProcess | undefined;
  #answers: AsyncIterator<string> | undefined;

  constructor(name: string, run: readonly string[], threads: number | null) {
    this.name = name;
    this.threads = threads;
    this.#run = run;
  }

  /** Asks one thing; a process that is silent for `patience` milliseconds is ended and starts anew with the next case. */
  async ask(question: { case: Case } | { budget: number }, patience: number): Promise<Answer> {
    if (this.#child === undefined) {
      if ("budget" in question) return { skip: "stopped" };
      const hello = await this.#start();
      if (hello.version === undefined) return hello;
    }
    this.#child?.stdin?.write(`${JSON.stringify(question)}\n`);
    return this.#next(patience);
  }

  stop(): void {
    this.#child?.kill("SIGKILL");
    this.#child = undefined;
  }

  async #start(): Promise<Answer> {
    const [command = "", ...args] = this.#run;
    const n = this.threads === null ? {} : Object.fromEntries(["OMP", "MKL", "OPENBLAS", "BENCH"].map((key) => [key === "BENCH" ? "BENCH_THREADS" : `${key}_NUM_THREADS`, String(this.threads)]));
    const child = spawn(command, args, { stdio: ["pipe", "pipe", "ignore"], env: { ...process.env, ...n } });
    child.on("error", () => {});
    child.stdin.on("error", () => {});
    this.#child = child;
    this.#answers = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
    const hello = await this.#next(60_000);
    this.version = hello.version ?? this.version;
    return hello;
  }

  async #next(patience: number): Promise<Answer> {
    const answers = this.#answers;
    if (answers === undefined) return { skip: "stopped" };
    const timer = Promise.withResolvers<"late">();
    const clock = setTimeout(() => timer.resolve("late"), patience);
    try {
      for (;;) {
        const line = await Promise.race([answers.next(), timer.promise]);
        if (line === "late" || line.done === true) {
          this.stop();
          return { skip: line === "late" ? `> ${Math.round(patience / 1000)} s` : "the process ended" };
        }
        if (line.value.startsWith("@")) return JSON.parse(line.value.slice(1)) as Answer;
      }
    } finally {
      clearTimeout(clock);
    }
  }
}

/** The processes of a side; none if it is not installed. */
export function sidesOf(name: string): Side[] {
  const command = commands[name];
  if (command === undefined) throw new Error(`no side is called ${name}`);
  if (!existsSync(command.run[0] ?? "")) return [];
  const counts = command.threads ? [...new Set([1, availableParallelism()])] : [null];
  return counts.map((threads) => new Side(name, command.run, threads));
}
