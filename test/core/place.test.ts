/** Which frame of a stack is the user's, in the forms in which engines write stacks. */
import { describe, expect, it } from "vitest";
import { userFrame } from "../../src/core/place.ts";

const own = new URL("../../src/api/operand.ts", import.meta.url);
const stacks: Readonly<Record<string, readonly [stack: string, frame: string]>> = {
  "V8": [`Error: x\n    at add (${own.href}:5:1)\n    at f (file:///home/me/app.js:3:7)\n    at file:///home/me/app.js:9:1`, "f (/home/me/app.js:3:7)"],
  "V8, by path": [`Error: x\n    at add (${own.pathname}:5:1)\n    at /home/me/app.js:3:7`, "/home/me/app.js:3:7"],
  "V8, frames of Node and of WebAssembly": ["Error\n    at node:internal/vm:3:1\n    at wasm://wasm/0002547a:1:1\n    at g (file:///home/me/app.js:1:1)", "g (/home/me/app.js:1:1)"],
  "Bun, a constructor without a line": ["ShapeError: x\n    at new ShapeError (unknown:1:28)\n    at f (/home/me/app.js:3:7)", "f (/home/me/app.js:3:7)"],
  "Firefox and Safari": ["f@https://example.com/app.js:3:7\n@https://example.com/app.js:9:1", "f@https://example.com/app.js:3:7"],
  "nobody's": ["Error: x\n    at new Promise (<anonymous>)\n    at <anonymous>", ""],
};

describe("the frame of the user", () => {
  it.each(Object.entries(stacks))("%s", (_name, [stack, frame]) => {
    expect(userFrame(stack)).toBe(frame);
  });
  it("is none from the frame on that begins the recording", () => {
    expect(userFrame("Error\n    at f (file:///home/me/app.js:3:7)", "f (file:///home/me/app.js:3:7)")).toBe("");
  });
});
