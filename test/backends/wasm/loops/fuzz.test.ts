import { expect, test } from "vitest";
import { compare } from "./build.ts";
import { randomKernel } from "./random-kernel.ts";

test("random kernels give the interpreter's bits on every target", () => {
  for (let seed = 0; seed < 60; seed++) {
    const { kernel, contents } = randomKernel(seed);
    try {
      compare(kernel, { contents });
    } catch (cause) {
      expect.fail(`seed ${seed}: ${String(cause)}`);
    }
  }
});
