/** whileLoop under every stack of transforms, against the same loop written out turn by turn. */
import { describe, test } from "vitest";
import { expectClose, stacksOn } from "./stacks.ts";
import { looped, loops, someLoops, written } from "./while-cases.ts";

const float64 = (values: readonly number[]): Float64Array => new Float64Array(values);
const float32 = (values: readonly number[]): Float32Array => new Float32Array(values);
const slow = new Set(["third order", "vmap of gradient of gradient", "gradient of vmap of gradient"]);
const some = new Set(someLoops);

describe.each(loops.map((loop) => [loop.name, loop] as const))("%s", (_name, loop) => {
  test.each(Object.entries(stacksOn("wasm", float64)).filter(([stack]) => some.has(loop) || !slow.has(stack)))("%s", (_stack, run) => {
    expectClose(run(looped(loop, { checkpoint: 4 })), run(written(loop)), 1e-9);
  });
});

describe.each(someLoops.map((loop) => [loop.name, loop] as const))("on the reference, %s", (_name, loop) => {
  test.each(Object.entries(stacksOn("reference", float32)).filter(([stack]) => !slow.has(stack)))("%s", (_stack, run) => {
    expectClose(run(looped(loop)), run(written(loop)), 2e-3);
  });
});
