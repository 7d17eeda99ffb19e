"use trace";
/** A refusal that the user's code catches is no way around it: the trace ends with it all the same. */
import { expect, test } from "vitest";
import { ConcretizationError, type NDArray, TreeError, traceFn, type Tensor, UnsupportedError } from "chainrule";

const fail = (): void => { throw new Error("a"); };

test.each<readonly [name: string, f: (x: Tensor) => unknown, type: typeof ConcretizationError, text: RegExp]>([
  ["a throw", (x) => { let y = x; try { if (x > 0) throw new Error("a"); } catch { y = y * 3; } return y; }, ConcretizationError, /it throws \(line 9\)/],
  ["a throw in a call", (x) => { let y = x; try { if (x > 0) fail(); } catch { y = y * 3; } return y; }, ConcretizationError, /caught outside of it/],
  ["a throw in a call of a loop", (x) => { let y = x; try { while (y > 0) { fail(); y = y - 1; } } catch { y = y * 3; } return y; }, ConcretizationError, /caught outside of it/],
  ["sides that do not fit", (x) => { let y: unknown = 1; try { if (x > 0) y = "a"; } catch { y = 3; } return y; }, TreeError, /where the condition holds/],
  ["an assignment to an element", (x) => { try { (x as unknown as number[])[0] = 1; } catch { return x * 3; } return x; }, UnsupportedError, /immutable/],
  ["a statement in a traced function that is called", (x) => { try { return traceFn((y: Tensor) => { if (y > 0) throw new Error("a"); return y; })(x); } catch { return x * 3; } }, ConcretizationError, /it throws/],
])("%s", (_, f, type, text) => {
  for (const at of [-1, 3]) {
    expect(() => traceFn(f)(at)).toThrow(type);
    expect(() => traceFn(f)(at)).toThrow(text);
  }
});

test("errors that no tensor decides are caught as ever, inside of statements too", () => {
  const f = traceFn((x: Tensor) => {
    let y = x;
    try { fail(); } catch { y = y * 3; }
    if (x > 0) try { fail(); } catch { y = y + 1; }
    return y;
  });
  expect([f(2), f(-2)].map((v) => (v as unknown as NDArray).item())).toEqual([7, -6]);
});

test("recursion whose end depends on a tensor is an error that says so, and leaves nothing behind", () => {
  const f = (x: Tensor): Tensor => { if (x < 1) return x; return f(x - 1 as never); };
  expect(() => traceFn(f)(3)).toThrow(/tracing goes too deep/);
  const g = traceFn((x: Tensor) => { const l = [3, 1]; const order = () => l.sort(); order(); let y = x; if (x > 0) y = x * 2; return y * (l[0] as number); });
  expect((g(2) as unknown as NDArray).item()).toBe(4);
});

test("an index is guarded by an if of its own", () => {
  const unguarded = traceFn((xs: Tensor) => { let i = 0; while (i < 3 && xs[i] as never < 4) i++; return i; });
  expect(() => unguarded([1, 2, 3])).toThrow(/guard an index by an if/);
  const guarded = traceFn((xs: Tensor) => {
    let i = 0, go = true;
    while (go) { go = false; if (i < 3) { if (xs[i] as never < 4) { i++; go = true; } } }
    return i;
  });
  expect((guarded([1, 2, 3]) as unknown as NDArray).item()).toBe(3);
  expect((guarded([1, 5, 3]) as unknown as NDArray).item()).toBe(1);
});
