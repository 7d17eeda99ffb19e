/** Questions about real tensors in rewritten code: `Number.isNaN` and its siblings are operations; what needs one answer throws with the user's line. */
import { describe, expect, test } from "vitest";
import { array, ConcretizationError, traceFn, UnsupportedError, type NDArray, type Tensor } from "chainrule";

const plain = (x: unknown): unknown => (x as NDArray).toArray();

describe("questions of Number", () => {
  const x = new Float64Array([1, -0.5, NaN, Infinity, 2 ** 53, -(2 ** 53 - 1)]);
  const { isSafeInteger: isSafe } = Number;

  test("are elementwise, traced and not", () => {
    const ask = traceFn((v: Tensor) => ({
      nan: Number.isNaN(v) as never as Tensor, finite: Number.isFinite(v) as never as Tensor,
      integer: Number.isInteger(v) as never as Tensor, safe: isSafe(v) as never as Tensor,
    }));
    const answers = ask(x) as Record<string, unknown>;
    const names = { nan: "isNaN", finite: "isFinite", integer: "isInteger", safe: "isSafeInteger" } as const;
    for (const [name, method] of Object.entries(names)) expect([name, plain(answers[name])]).toEqual([name, [...x].map((v) => Number[method](v))]);
    expect(plain(direct(array(x)))).toEqual([false, false, true, false, false, false]);
  });

  test("choose values", () => {
    const f = traceFn((v: Tensor) => ((Number.isFinite(v) ? 1 : 2) as never as Tensor));
    expect([plain(f(3)), plain(f(Infinity))]).toEqual([1, 2]);
    expect(plain(traceFn((v: Tensor) => Number.isSafeInteger(v) as never as Tensor)(new Int32Array([7, -7])))).toEqual([true, true]);
  });

  function direct(v: unknown): unknown {
    "use trace";
    return Number.isNaN(v);
  }
});

/** The error of tracing f. */
function thrown(f: (x: Tensor) => unknown): Error {
  try {
    traceFn(f as never)(3 as never);
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("one answer", () => {
  test("is refused for traced tensors, with the line", () => {
    const refused = questions().map(thrown);
    refused.forEach((error, i) => {
      expect(error).toBeInstanceOf(ConcretizationError);
      expect(error.message).toMatch(i === 0 ? /^Boolean: a traced tensor/ : /^predicate: a traced tensor/);
      expect(error.message).toMatch(/questions\.test\.ts:\d+/);
    });
    expect(thrown(identical)).toBeInstanceOf(UnsupportedError);
  });

  test("is the one element's for concrete arrays of rank 0, and refused for longer ones", () => {
    expect(answers(array(1.5), array(0))).toEqual([[2, 3], 1, true, false]);
    expect(() => answers(array([1, 2]), array(0))).toThrow(/^predicate: an array \(/);
  });

  function questions(): readonly ((x: Tensor) => unknown)[] {
    "use trace";
    const list = [1, 2];
    return [
      (x) => Boolean(x),
      (x) => list.some((v) => x > v),
      (x) => list.every((v) => {
        return x > v;
      }),
      (x) => list.filter((v) => x > v),
      (x) => list.find((v) => x > v),
      (x) => list.findIndex((v) => x > v),
      (x) => list.findLast((v) => x > v),
      (x) => list.findLastIndex((v) => x > v),
    ];
  }

  function identical(x: Tensor): boolean {
    "use trace";
    return Object.is(x, 3);
  }

  function answers(x: unknown, zero: unknown): unknown {
    "use trace";
    const bound = x as number;
    return [[1, 2, 3].filter((v) => v > bound), [1, 2, 3].findIndex((v) => { return v > bound; }), Boolean(x), Boolean(zero)];
  }
});
