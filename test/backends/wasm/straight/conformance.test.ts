/** Straight-line code passes the suite of backends: what it refuses, the reference does, and it may not refuse what it is made for. */
import { afterAll, expect } from "vitest";
import type { Backend } from "../../../../src/backends/backend.ts";
import { reference } from "../../../../src/backends/reference/backend.ts";
import { compileStraight } from "../../../../src/backends/wasm/straight/straight.ts";
import { conformance } from "../../conformance.ts";

const refused = new Map<string, number>();
let taken = 0;

const straight: Backend = {
  ...reference,
  name: "straight-line code",
  compile: (program) => {
    const executable = compileStraight(program);
    if (executable !== undefined) taken++;
    else for (const { primitive } of program.equations) refused.set(primitive.name, (refused.get(primitive.name) ?? 0) + 1);
    return executable ?? reference.compile(program);
  },
};

conformance(straight, {});

afterAll(() => {
  if (process.env["SHOW_REFUSED"]) console.log(taken, [...refused]);
  expect(taken).toBeGreaterThan(500);
});
