/**
 * The process of one JavaScript side: reads a case, sets it up, then runs it for as long as it is told, and answers with the
 * time of every run. Lines of JSON both ways; answers start with "@", so that whatever else a library prints does no harm.
 */
import { createInterface } from "node:readline";
import type { Case } from "../cases.ts";

/** A case that is set up. `run` computes once, results included; its first call also compiles. `check` comes after the first run. */
export interface Work {
  run(): void | Promise<void>;
  check(): ArrayLike<number> | Promise<ArrayLike<number>>;
  close?(): void;
}

/** `make` returns the reason when a side cannot do a case. */
export async function serve(version: string, make: (wanted: Case) => Work | string | Promise<Work | string>): Promise<void> {
  let work: Work | undefined;
  answer({ version });
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = JSON.parse(line) as { case?: Case; budget?: number };
    try {
      if (asked.case !== undefined) {
        work?.close?.();
        work = undefined;
        const made = await make(asked.case);
        if (typeof made === "string") answer({ skip: made });
        else {
          work = made;
          const start = performance.now();
          await made.run();
          const first = (performance.now() - start) * 1e6;
          answer({ first, check: Array.from(await made.check()) });
        }
      } else if (work !== undefined) answer({ times: await timed(work, asked.budget ?? 0) });
    } catch (error) {
      work = undefined;
      answer({ skip: String(error).split("\n")[0]?.slice(0, 200) });
    }
  }
}

function answer(message: object): void {
  process.stdout.write(`@${JSON.stringify(message)}\n`);
}

/** Nanoseconds per run, until `budget` milliseconds are over; quick work is timed in groups of about 0.1 ms. */
async function timed({ run }: Work, budget: number): Promise<number[]> {
  const times: number[] = [];
  const end = performance.now() + budget;
  for (let repeat = 1; times.length === 0 || (performance.now() < end && times.length < 5000); ) {
    const start = performance.now();
    for (let i = 0; i < repeat; i++) {
      const done = run();
      if (done instanceof Promise) await done;
    }
    const each = (performance.now() - start) / repeat;
    times.push(each * 1e6);
    repeat = Math.max(1, Math.min(10_000, Math.round(0.1 / each)));
    await new Promise(setImmediate); // lets collected arrays be finalised, outside the time taken
  }
  return times;
}
