/**
 * The one suite that every backend passes: each primitive in each dtype, programs of many equations, and what running promises. A backend's
 * test file is one line: `conformance(backend)`. The checks themselves are in suite.ts.
 */
import { describe, it } from "vitest";
import type { Backend } from "../../src/backends/backend.ts";
import { type ConformanceOptions, suiteFor } from "./suite.ts";

/** Registers the whole suite for a backend. */
export function conformance(backend: Backend, options: ConformanceOptions = {}): void {
  describe(`the backend ${backend.name}`, () => {
    const { checks, skipped } = suiteFor(backend, options);
    for (const { name, run } of checks) it(name, run);
    for (const { name, reason } of skipped) it.skip(`${name}: ${reason}`, () => {});
  });
}
