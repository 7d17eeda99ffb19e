/** The conformance suite in whatever engine this runs in: no test runner, nothing of Node, one report at the end. */
import type { Level } from "../../src/backends/wasm/features.ts";
import { status, type Status } from "../../src/backends/wasm/status.ts";
import { suiteFor } from "../backends/suite.ts";
import { everyWay, startWorkers, type Used } from "./every-way.ts";

export interface EngineOptions {
  readonly threads: number;
  /** The most that is used of what the engine offers; undefined: all of it. */
  readonly level?: Level | undefined;
  /** Checks left out, by name, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
}

export interface EngineReport {
  readonly status: Status;
  readonly used: Used;
  readonly passed: number;
  readonly failures: readonly { readonly name: string; readonly message: string }[];
}

export async function checkEngine({ threads, level, skips = {} }: EngineOptions): Promise<EngineReport> {
  const { backend, used } = everyWay(threads, level);
  await startWorkers(threads);
  const failures: { name: string; message: string }[] = [];
  const { checks } = suiteFor(backend, { skips });
  for (const [i, { name, run }] of checks.entries()) {
    // lets the engine collect what is dropped
    if (i % 10 === 0) await new Promise((resolve) => setTimeout(resolve));
    try {
      run();
    } catch (error) {
      failures.push({ name, message: error instanceof Error ? error.stack ?? error.message : String(error) });
    }
  }
  return { status: status(), used, passed: checks.length - failures.length, failures };
}
