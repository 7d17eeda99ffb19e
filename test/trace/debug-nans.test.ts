/** debugNaNs: which operation, on what, on which line, in which turn; and what is no fault. */
import { readFileSync } from "node:fs";
import { afterEach, describe, expect, test, vi } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

const lines = readFileSync(new URL(import.meta.url), "utf8").split("\n");
/** The line of this file that ends with the comment `// at <mark>`. */
const lineOf = (mark: string): string => `debug-nans.test.ts:${lines.findIndex((l) => l.endsWith(`// at ${mark}`)) + 1}:`;

function failure(run: () => unknown): cr.NaNError {
  try {
    run();
  } catch (error) {
    if (error instanceof cr.NaNError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}
/** The message without places. */
const said = (error: Error): string => error.message.replace(/(\n {3})? at [^\n]*:\d+:\d+\)?/g, "");

const watched = <A extends readonly unknown[], R>(f: (...args: A) => R, more: cr.TraceOptions = {}): cr.TraceableFn<A, R> => cr.traceFn(f, { debugNaNs: true, ...more });

describe.each(["wasm", "reference"])("a NaN on %s", (device) => {
  test("is traced to the operation it began with", () => {
    const f = watched((x: Tensor) => {
      const shifted = cr.sub(x, 1);
      const low = cr.log(shifted); // at plain
      return cr.sum(cr.exp(low.mul(2)));
    }, { device });
    expect(f([3, 2, 1.5]).item()).toBeCloseTo(5.25, 5);
    const error = failure(() => f([3, 2, 0.5]));
    expect(said(error)).toContain("log gave NaN\n    operand 0: f32[3] [2, 1, -0.5]\n    result: f32[3] [0.6931472, 0, NaN]");
    expect(error.place).toContain(lineOf("plain"));
  });
  test("in the backward pass, to the line of the forward pass", () => {
    const f = (x: Tensor): Tensor => {
      const squares = x.mul(x); // at squares
      const roots = squares.pow(0.5);
      return cr.sum(roots.mul(roots.pow(-1))); // at inverse
    };
    const error = failure(() => watched(f, { device }).grad()([1, 0]));
    expect(error.message).toMatch(/gave NaN in the backward pass of this line/);
    expect(error.place).toContain(lineOf("squares"));
    // ∞ · 0: the infinity came from further on
    expect(error.message).toMatch(/the infinity among its operands began with \w+/);
    expect(error.message).toContain(lineOf("inverse"));
  });
  test("in a loop, to the turn", () => {
    const f = watched((c: Tensor, xs: Tensor) => cr.scan((c: Tensor, x: Tensor) => {
      const next = cr.sub(c, x);
      return [next, cr.log(next)]; // at body
    }, c, xs), { device });
    expect(f(2, [0.5, 0.5])[0].item()).toBe(1);
    const error = failure(() => f(2, [0.5, 0.5, 0.5, 0.625, 1]));
    expect(said(error)).toContain("log gave NaN\n    operand 0: f32[] -0.125\n    result: f32[] NaN\n    in turn 3 of scan");
    expect(error.place).toContain(lineOf("body"));
  });
  test("in the backward pass of a loop, to the turn and the forward line", () => {
    const f = (c: Tensor, xs: Tensor): Tensor => cr.scan((c: Tensor, x: Tensor) => {
      const product = c.mul(x); // at product
      return [product.pow(0.5).add(1), product] as const; // at root
    }, c, xs)[0];
    const error = failure(() => watched(f, { device }).grad({ argnums: 1 })(2, [0.5, 0.25, 0, 0.5]));
    expect(error.message).toMatch(/in turn 1, element 2 of scan/);
    expect(error.place).toContain(lineOf("product"));
    expect(error.message).toContain(lineOf("root"));
  });
  test("in a loop until a condition, to the turn", () => {
    const f = watched((x: Tensor) => cr.whileLoop(({ i }) => cr.less(i, 10), ({ i, x }) => ({ i: cr.add(i, 1), x: cr.sqrt(cr.sub(x, 1)) }), { i: cr.int32(0), x }).x, { device });
    expect(said(failure(() => f(4)))).toContain("sqrt gave NaN\n    operand 0: f32[] -0.14440036\n    result: f32[] NaN\n    in turn 2 of while");
  });
  test("in a branch, to the branch, and loops within", () => {
    const f = watched((x: Tensor) => cr.cond(cr.greater(x, 0), (y: Tensor) => y, (y: Tensor) => cr.scan((c: Tensor) => [cr.log(c), c], y, cr.zeros([3]))[0], x), { device });
    expect(f(2).item()).toBe(2);
    expect(said(failure(() => f(-1)))).toMatch(/log gave NaN\n {4}operand 0: f32\[\] -1\n {4}result: f32\[\] NaN\n {4}in turn 0 of scan\n {4}in branch \d of/);
  });
  test("in a checkpoint, under vmap", () => {
    const f = cr.checkpoint((x: Tensor) => {
      const y = cr.log(x); // at checkpoint
      return cr.sum(y.mul(y));
    });
    const error = failure(() => watched(cr.vmap(cr.grad((x: Tensor) => f(x)) as unknown as (x: Tensor) => Tensor), { device })([[1, 2], [3, -4]]));
    expect(error.message).toContain("log gave NaN");
    expect(error.place).toContain(lineOf("checkpoint"));
  });
  test("among the arguments is theirs", () => {
    const f = watched((p: { w: Tensor; b: Tensor }) => cr.sum(p.w.mul(p.b)), { device });
    expect(said(failure(() => f({ w: [1, 2], b: [3, Number.NaN] })))).toMatch(/argument 0\.b has NaN already: f32\[2\] \[3, NaN\]\n {4}hint: it was so before the call/);
  });
  test("of large arrays is summed up", () => {
    const f = watched((x: Tensor) => cr.log(x), { device });
    expect(said(failure(() => f(Float64Array.from({ length: 5000 }, (_, i) => i - 2))))).toMatch(
      /operand 0: f64\[5000\], from -2 to 4997\n {4}result: f64\[5000\], from 0 to 8\.5165930\d*, 2 of 5000 NaN, 1 of 5000 infinite/,
    );
  });
});

describe("what is kept for a backward pass", () => {
  test("is looked for where it was made", () => {
    const through = cr.customVjp((x: Tensor) => x).defvjp(
      (x: Tensor) => {
        const low = cr.log(x); // at kept
        return [x, low];
      },
      (low: Tensor, ct: Tensor) => [ct.mul(low)],
    );
    const [value, pullback] = cr.vjp(watched((x: Tensor) => through(x).mul(1) as Tensor), [1, -1]);
    expect((value as unknown as cr.NDArray).toArray()).toEqual([1, -1]);
    const error = failure(() => pullback([1, 1]));
    expect(error.message).toContain("vjp: log gave NaN");
    expect(error.place).toContain(lineOf("kept"));
  });
  test("and what was given is named as that", () => {
    const [, pullback] = cr.vjp(watched((x: Tensor) => cr.sin(x)), [1, 2]);
    expect(failure(() => pullback([Number.NaN, 1])).message).toMatch(/the pullback of vjp: input \d of the program has NaN already/);
  });
});

describe("no fault", () => {
  test("a NaN that is chosen away", () => {
    expect(watched((x: Tensor) => cr.where(cr.greater(x, 0), cr.log(x), 0))([1, -1]).toArray()).toEqual([0, 0]);
  });
  test("an infinity, unless it is asked for", () => {
    expect(watched((x: Tensor) => cr.log(x))(0).item()).toBe(Number.NEGATIVE_INFINITY);
    expect(said(failure(() => cr.traceFn((x: Tensor) => cr.log(x), { debugInfs: true })(0)))).toContain("log gave an infinity\n    operand 0: f32[] 0\n    result: f32[] -Infinity");
    expect(cr.traceFn((x: Tensor) => cr.log(x), { debugInfs: true })(-1).item()).toBeNaN();
  });
  test("results that cannot be NaN, and none at all", () => {
    expect(watched((x: Tensor) => cr.argmax(x))([1, 3, 2]).item()).toBe(1);
    expect(watched((_x: Tensor) => ({}))([1])).toEqual({});
    expect(watched((x: Tensor) => cr.log(x))(new Float32Array(0)).toArray()).toEqual([]);
  });
});

describe("configure", () => {
  afterEach(() => void cr.configure({ debugNaNs: undefined, debugInfs: undefined }));
  test("switches it on and off for all functions, those that ran before as well", () => {
    const f = cr.traceFn((x: Tensor) => cr.sqrt(x));
    for (let i = 0; i < 3; i++) expect(f(-1).item()).toBeNaN();
    expect(cr.configure({ debugNaNs: true }).debugNaNs).toBe(true);
    expect(failure(() => f(-1)).message).toContain("sqrt gave NaN");
    expect(f(4).item()).toBe(2);
    expect(f.with({ debugNaNs: false })(-1).item()).toBeNaN();
    expect(cr.configure({ debugNaNs: undefined })).toMatchObject({ debugNaNs: false, debugInfs: false });
    expect(f(-1).item()).toBeNaN();
  });
  test("checks operations on arrays outside of functions", () => {
    cr.configure({ debugNaNs: true });
    const error = failure(() => cr.log([1, -1])); // at eager
    expect(said(error)).toContain("log gave NaN\n    operand 0: f32*[2] [1, -1]");
    expect(error.place).toContain(lineOf("eager"));
    expect(failure(() => cr.sqrt(-1)).message).toContain("sqrt gave NaN");
    expect((cr.add([Number.NaN, 1], 1) as unknown as cr.NDArray).toArray()).toEqual([Number.NaN, 2]);
  });
  test("constants of a function are computed while it is traced", () => {
    cr.configure({ debugNaNs: true });
    expect(failure(() => cr.traceFn((x: Tensor) => x.mul(cr.log(cr.float32(-1))))(2)).message).toContain("log gave NaN");
    cr.configure({ debugNaNs: false });
    expect(said(failure(() => watched((x: Tensor) => cr.where(cr.greater(x, 3), x, Number.NaN))(2)))).toMatch(/select gave NaN|constant with NaN/);
  });
  test("effects happen once, however often the program runs", () => {
    const seen: string[] = [];
    const log = vi.spyOn(console, "log").mockImplementation((...parts: unknown[]) => void seen.push(parts.join(" ")));
    try {
      const f = watched((x: Tensor) => cr.scan((c: Tensor) => { cr.debug.print("{}", c); return [cr.log(c), null]; }, x, null, { length: 3 })[0]);
      expect(failure(() => f(2)).message).toContain("in turn 2 of scan");
    } finally {
      log.mockRestore();
    }
    expect(seen).toEqual(["2", "0.6931472", "-0.36651292"]);
  });
  test("donated arguments keep their memory: the program may have to run again", () => {
    const x = cr.traceFn((x: Tensor) => x.mul(1))(cr.full([4096], 2));
    const f = cr.traceFn((x: Tensor) => cr.log(x.sub(4)), { donate: [0], debugNaNs: true });
    expect(failure(() => f(x)).message).toContain("operand 0: f32[4096], from -2 to -2");
    expect(cr.sum(x as never).item()).toBe(8192);
  });
  test("refuses what is neither true nor false", () => {
    expect(() => cr.configure({ debugNaNs: 1 as never })).toThrow(/configure: debugNaNs is true or false, got 1/);
    expect(() => cr.traceFn((x: Tensor) => x, { debugNaNs: "yes" as never })).toThrow(/traceFn: debugNaNs is true or false, got "yes"/);
    expect(() => cr.configure({ debugNans: true } as never)).toThrow(/unknown option "debugNans"[\s\S]*debugNaNs/);
  });
});
