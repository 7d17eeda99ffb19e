/** The WebAssembly backend keeps the contract where memory cannot be shared: on pages that are not isolated. */
import { beforeAll, expect, it } from "vitest";
import { wasm } from "../../../src/backends/wasm/backend.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { conformance } from "../conformance.ts";

beforeAll(() => {
  Object.defineProperty(globalThis, "crossOriginIsolated", { value: false, configurable: true });
});

it("nothing is shared", () => {
  expect(runtime().heap.plain.shared).toBe(false);
});
conformance(wasm);
