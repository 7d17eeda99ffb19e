/**
 * Programs for which array libraries in JavaScript give a silently wrong number. Here each gives the right one, or an error that says what
 * to do. Once rewritten ("use trace"), and once as plain JavaScript runs it.
 */
import { describe, expect, it } from "vitest";
import { ConcretizationError, grad, index, IndexError, take, type Tensor, traceFn } from "../../src/index.ts";

describe("x > 0 ? x * 100 : -x", () => {
  const f = (x: Tensor): number => {
    "use trace";
    return x > 0 ? x * 100 : -x;
  };
  it("is 500 at 5, 3 at -3", () => {
    expect(traceFn(f)(5).item()).toBe(500);
    expect(traceFn(f)(-3).item()).toBe(3);
    expect(traceFn(f)([5, -3, 0]).toArray()).toEqual([500, 3, -0]);
  });
  it("has the gradient 100 at 5, -1 at -3", () => {
    expect(grad(f)(5).item()).toBe(100);
    expect(grad(f)(-3).item()).toBe(-1);
    expect(traceFn(f).grad()([5, -3]).toArray()).toEqual([100, -1]);
    expect(grad(grad(f))(5).item()).toBe(0);
  });
  it("is an error where it was not rewritten, and says what to do", () => {
    const plain = (x: Tensor): number => (x > 0 ? x * 100 : -x);
    expect(() => traceFn(plain)(5)).toThrow(ConcretizationError);
    expect(() => traceFn(plain)(5)).toThrow(/use trace/);
    expect(() => grad(plain)(5)).toThrow(ConcretizationError);
  });
});

describe("if (x > 0)", () => {
  it("runs the side that the value selects", () => {
    const f = (x: Tensor): number => {
      "use trace";
      if (x > 0) return x * 100;
      return -x;
    };
    expect([5, -3].map((x) => traceFn(f)(x).item())).toEqual([500, 3]);
    expect([5, -3].map((x) => grad(f)(x).item())).toEqual([100, -1]);
  });
  it("takes no branch silently: a number, !x and && between values are no conditions, and no loop runs on for ever", () => {
    const programs: readonly ((x: Tensor) => unknown)[] = [
      (x) => {
        "use trace";
        if (x) return 1;
        return 2;
      },
      (x) => {
        "use trace";
        let y = 1;
        while (x > 0) y = y * 2;
        return y;
      },
      (x) => {
        "use trace";
        return x && 3;
      },
      (x) => {
        "use trace";
        return !x ? 1 : 2;
      },
    ];
    for (const f of programs) expect(() => traceFn(f as (x: Tensor) => number)(1), String(f)).toThrow(/must be bool|would never end/);
  });
  it("decides what is known while tracing: numbers, shapes, static arguments", () => {
    const f = (x: Tensor, doubled: boolean): number => {
      "use trace";
      if (x.shape.length === 1 && doubled) return x * 2;
      return x + 1;
    };
    const g = traceFn(f, { staticArgnums: 1 });
    expect(g([1, 2], true).toArray()).toEqual([2, 4]);
    expect(g([1, 2], false).toArray()).toEqual([2, 3]);
  });
});

describe("x + y", () => {
  const add = (x: Tensor, y: Tensor): number => {
    "use trace";
    return x + y;
  };
  it("is a sum, and no concatenation of texts", () => {
    expect(traceFn(add)(1, 2).item()).toBe(3);
    expect(traceFn(add)([1, 2], [10, 20]).toArray()).toEqual([11, 22]);
    expect(grad(add, { argnums: [0, 1] })(1, 2).map((g) => g.item())).toEqual([1, 1]);
  });
  it("of compound assignments and increments too", () => {
    const f = (x: Tensor): number => {
      "use trace";
      let total: number = x;
      total += x;
      total *= 3;
      total++;
      return total;
    };
    expect(traceFn(f)([1, 2]).toArray()).toEqual([7, 13]);
  });
  it("is an error where it was not rewritten", () => {
    expect(() => traceFn((x: Tensor, y: Tensor): number => x + y)([1, 2], [3, 4])).toThrow(/use trace/);
  });
});

describe("equality", () => {
  it("is elementwise between tensors and numbers, and JavaScript's between other values", () => {
    const f = (x: Tensor, y: Tensor): number => {
      "use trace";
      return x === y ? 1 : 0;
    };
    expect(traceFn(f)([1, 2], [1, 3]).toArray()).toEqual([1, 0]);
    const g = (x: Tensor, mode: string | undefined): number => {
      "use trace";
      return mode === undefined ? x : mode === "twice" ? x * 2 : -x;
    };
    const traced = traceFn(g, { staticArgnums: 1 });
    expect([traced(3, undefined), traced(3, "twice"), traced(3, "other")].map((y) => y.item())).toEqual([3, 6, -3]);
  });
});

describe("index 7 of three elements", () => {
  it("is an error when it is known", () => {
    const f = (x: Tensor): number => {
      "use trace";
      return (x as unknown as readonly number[])[7] as number;
    };
    expect(() => traceFn(f)([1, 2, 3])).toThrow(IndexError);
    expect(() => index([1, 2, 3], 7)).toThrow(/index 7 is out of bounds/);
    expect(() => index([1, 2, 3], -4)).toThrow(IndexError);
  });
  it("is an error when the program runs", () => {
    const f = traceFn((x: Tensor, i: Tensor) => x.get(i));
    expect(f([1, 2, 3], new Int32Array([2])).toArray()).toEqual([3]);
    expect(() => f([1, 2, 3], new Int32Array([7]))).toThrow(IndexError);
  });
  it("is what the caller chose, when the caller chose", () => {
    const at7 = (mode: "clip" | "wrap" | "fill"): number => (take([1, 2, 3], new Int32Array([7]), { axis: 0, mode }) as unknown as { data: Float32Array }).data[0] as number;
    expect(at7("clip")).toBe(3);
    expect(at7("wrap")).toBe(2);
    expect(at7("fill")).toBeNaN();
  });
  it("reads the right element when it is in bounds, from both ends", () => {
    const f = (x: Tensor): number => {
      "use trace";
      const rows = x as unknown as readonly (readonly number[])[];
      return (rows[1] as readonly number[])[0] as number;
    };
    expect(traceFn(f)([[1, 2], [3, 4]]).item()).toBe(3);
    expect(traceFn((x: Tensor) => x.get(-1))([1, 2, 3]).item()).toBe(3);
  });
});
