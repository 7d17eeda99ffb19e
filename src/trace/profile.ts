/** Where the time of a computation goes: time and bytes of every kernel, with the user's line, as a table and as a trace file. */
import { ArgumentError } from "../errors.ts";
import { type KernelRun, profiling } from "../backends/profiling.ts";
import { describe } from "../core/shape.ts";
import { unheard } from "../core/tree.ts";

/** What a profile says of one kernel, all its runs together. */
export interface ProfileRow {
  readonly name: string;
  readonly shape: string;
  /** `file:line:column` of the operation in the user's source, or "". */
  readonly place: string;
  readonly runs: number;
  /** Milliseconds, all runs together. */
  readonly time: number;
  /** Bytes of the buffers read and written, all runs together. */
  readonly bytes: number;
  /** Floating-point operations of matrix products, all runs together. */
  readonly operations: number;
  readonly threads: number;
}

export class Profile<T> {
  /** What the function returned. */
  readonly result: T;
  /** Milliseconds from beginning to end, tracing and compiling included. */
  readonly time: number;
  /** Every run of every kernel, in order. */
  readonly runs: readonly KernelRun[];
  readonly #started: number;

  constructor(result: T, runs: readonly KernelRun[], started: number, time: number) {
    this.result = result;
    this.runs = runs;
    this.time = time;
    this.#started = started;
  }

  /** One row per kernel, the dearest first. */
  get rows(): ProfileRow[] {
    const rows = new Map<string, ProfileRow>();
    for (const run of this.runs) {
      const place = run.place?.toString() ?? "";
      const key = `${run.name}|${run.shape}|${place}`;
      const row = rows.get(key) ?? { name: run.name, shape: run.shape, place, runs: 0, time: 0, bytes: 0, operations: 0, threads: run.threads };
      rows.set(key, {
        ...row,
        runs: row.runs + 1,
        time: row.time + run.end - run.start,
        bytes: row.bytes + run.bytes,
        operations: row.operations + run.operations,
        threads: Math.max(row.threads, run.threads),
      });
    }
    return [...rows.values()].sort((a, b) => b.time - a.time);
  }

  /** The rows as a table. */
  toString(): string {
    const { rows } = this;
    const kernels = rows.reduce((sum, r) => sum + r.time, 0);
    const cells = rows.map((r) => [
      r.time.toFixed(3),
      `${kernels > 0 ? ((100 * r.time) / kernels).toFixed(1) : "0.0"} %`,
      String(r.runs),
      String(r.threads),
      r.time > 0 ? (r.bytes / r.time / 1e6).toFixed(1) : "",
      r.operations > 0 && r.time > 0 ? (r.operations / r.time / 1e6).toFixed(1) : "",
      r.name,
      r.shape,
      r.place,
    ]);
    const table = [["ms", "share", "runs", "threads", "GB/s", "GFLOP/s", "kernel", "size", "where"], ...cells];
    const widths = (table[0] as readonly string[]).map((_, c) => Math.max(...table.map((line) => (line[c] as string).length)));
    const lines = table.map((line) => line.map((cell, c) => (c < 6 ? cell.padStart(widths[c] as number) : cell.padEnd(widths[c] as number))).join("  ").trimEnd());
    return [...lines, "", `kernels ${kernels.toFixed(3)} ms of ${this.time.toFixed(3)} ms; the rest is JavaScript: tracing, compiling, copying`].join("\n");
  }

  /** The runs as a trace file for chrome://tracing, Perfetto or speedscope: JSON in the Trace Event Format. */
  toTrace(): string {
    const traceEvents = this.runs.map((r) => ({
      name: r.name,
      cat: "kernel",
      ph: "X",
      pid: 1,
      tid: 1,
      ts: (r.start - this.#started) * 1000,
      dur: (r.end - r.start) * 1000,
      args: { size: r.shape, where: r.place?.toString() ?? "", bytes: r.bytes, operations: r.operations, threads: r.threads },
    }));
    return JSON.stringify({ traceEvents, displayTimeUnit: "ms" });
  }
}

/**
 * Runs `body` and measures every kernel that the WebAssembly backend runs in it. Programs get a second module with a clock between their
 * kernels, compiled when first profiled: profile a call that has run before. Each kernel is waited for, so the sum may exceed the time of a call without profile.
 *
 * @example
 * const p = profile(() => step(params, x, y));
 * console.log(p.toString());
 * writeFileSync("step.json", p.toTrace()); // for https://ui.perfetto.dev
 */
export function profile<T>(body: () => T): Profile<T> {
  if (typeof body !== "function") throw new ArgumentError(`profile: expected a function, got ${describe(body)}`, { hint: "profile(() => step(x))" });
  if (profiling.record !== undefined) throw new ArgumentError("profile: a profile is being taken already", { hint: "profiles cannot be nested" });
  const runs: KernelRun[] = [];
  const started = performance.now();
  profiling.record = (run) => runs.push(run);
  try {
    const result = body();
    if (result instanceof Promise) {
      unheard(result);
      throw new ArgumentError("profile: the function returned a Promise, and only what runs before its first await would be measured", { hint: "profile the synchronous part: await data before" });
    }
    return new Profile(result, runs, started, performance.now() - started);
  } finally {
    profiling.record = undefined;
  }
}
