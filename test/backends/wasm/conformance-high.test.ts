/** The WebAssembly backend keeps the contract when everything lies above 2 GiB, where addresses are negative as signed numbers. */
import { beforeAll, expect, it } from "vitest";
import { wasm } from "../../../src/backends/wasm/backend.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { conformance } from "../conformance.ts";

beforeAll(() => {
  const { heap } = runtime();
  heap.take(2 ** 31 + 2 ** 20, "a test block");
  // and whatever is free before it
  while (heap.take(64, "a test block").address < 2 ** 31);
});

it("there is nothing free below", () => {
  expect(runtime().heap.take(64, "a test block").address).toBeGreaterThan(2 ** 31);
});
conformance(wasm);
