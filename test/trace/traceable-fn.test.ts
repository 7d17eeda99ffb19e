/** TraceableFn: when it traces, what it keeps, what it accepts and returns. */
import { describe, expect, test } from "vitest";
import ndarray from "ndarray";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

function counted<A extends unknown[], R>(f: (...args: A) => R): { fn: (...args: A) => R; count: () => number } {
  let calls = 0;
  return { fn: (...args) => (calls++, f(...args)), count: () => calls };
}
const list = (x: unknown): unknown => (x as NDArray).toArray();

describe("the seed library's behaviours", () => {
  const f = cr.traceFn((x: Tensor, y: Tensor) => cr.add(cr.mul(x, y), 1));
  test("eval", () => expect(list(f.eval()([1, 2, 3], [4, 5, 6]))).toEqual([5, 11, 19]));
  test("grad of a vector function gives [y, x]", () => {
    expect((f.grad()([1, 2, 3], [4, 5, 6]) as NDArray[]).map(list)).toEqual([[4, 5, 6], [1, 2, 3]]);
  });
  test("grad of grad", () => {
    expect((f.grad().grad().eval()([1, 2, 3], [4, 5, 6]) as NDArray[]).map(list)).toEqual([[1, 1, 1], [1, 1, 1]]);
  });
  const unary: Record<string, [(x: Tensor) => Tensor, value: unknown, gradient: unknown, second: unknown]> = {
    neg: [(x) => cr.neg(x), [-1, -2], [-1, -1], [0, 0]],
    exp: [(x) => cr.exp(x), [Math.E, Math.E ** 2], [Math.E, Math.E ** 2], [Math.E, Math.E ** 2]],
    log: [(x) => cr.log(x), [0, Math.LN2], [1, 0.5], [-1, -0.25]],
    relu: [(x) => cr.relu(cr.sub(x, 1.5)), [0, 0.5], [0, 1], [0, 0]],
    square: [(x) => cr.mul(x, x), [1, 4], [2, 4], [2, 2]],
    mean: [(x) => cr.mean(cr.mul(x, x)), 2.5, [1, 2], [1, 1]],
    max: [(x) => cr.max(cr.mul(x, x)), 4, [0, 4], [0, 2]],
    sum: [(x) => cr.sum(cr.mul(x, x), 0), 5, [2, 4], [2, 2]],
    broadcast: [(x) => cr.mul(cr.broadcastTo(x, [3, 2]), x), [[1, 4], [1, 4], [1, 4]], [6, 12], [6, 6]],
    reshape: [(x) => cr.mul(cr.reshape(x, [2, 1]), 3), [[3], [6]], [3, 3], [0, 0]],
    "matmul and transpose": [(x) => cr.matmul(cr.transpose(cr.reshape(x, [2, 1])), cr.reshape(x, [2, 1])), [[5]], [2, 4], [2, 2]],
    sub: [(x) => cr.sub(1, x), [0, -1], [-1, -1], [0, 0]],
    div: [(x) => cr.div(1, x), [1, 0.5], [-1, -0.25], [2, 0.25]],
  };
  test.each(Object.entries(unary))("%s: value, gradient, second derivative", (_name, [g, value, gradient, second]) => {
    const traced = cr.traceFn(g);
    const near = (got: unknown, want: unknown): void => {
      const [a, b] = [[list(got)].flat(9) as number[], [want].flat(9) as number[]];
      expect(a.length).toBe(b.length);
      a.forEach((v, i) => expect(v).toBeCloseTo(b[i]!, 5));
    };
    near(traced([1, 2]), value);
    near(traced.grad()([1, 2]), gradient);
    near(traced.grad().grad()([1, 2]), second);
  });
});

describe("tracing happens once per key", () => {
  test("shapes, dtypes, structure", () => {
    const { fn, count } = counted((t: { a: Tensor; b: Tensor | null }) => cr.mul(t.a, 2));
    const f = cr.traceFn(fn);
    const calls: [unknown, number][] = [
      [{ a: [1, 2], b: null }, 1],
      [{ a: [3, 4], b: null }, 1],
      [{ a: [3, 4, 5], b: null }, 2],
      [{ a: new Float64Array(2), b: null }, 3],
      [{ a: [3, 4], b: 1 }, 4],
      [{ a: cr.int32([3, 4]), b: null }, 5],
      [{ a: [9, 9], b: null }, 5],
    ];
    for (const [arg, want] of calls) {
      f(arg as never);
      expect(count()).toBe(want);
    }
  });
  test("static arguments, by value and by identity", () => {
    const { fn, count } = counted((x: Tensor, n: number, _o: object) => cr.mul(x, n));
    const f = cr.traceFn(fn, { staticArgnums: [1, 2] });
    const o = {};
    expect(list(f(2, 3, any(o)))).toBe(6);
    expect(list(f(5, 3, any(o)))).toBe(15);
    expect(count()).toBe(1);
    expect(list(f(5, 4, any(o)))).toBe(20);
    expect(list(f(5, -0, any(o)))).toBe(-0);
    expect(list(f(5, 0, any(o)))).toBe(0);
    expect(count()).toBe(4);
    f(5, 4, any({}));
    expect(count()).toBe(5);
  });
  test("a transform written again is the same function", () => {
    const { fn, count } = counted((x: Tensor) => cr.mul(x, x));
    for (let i = 0; i < 5; i++) cr.grad(fn)(i);
    expect(count()).toBe(1);
    expect(cr.grad(fn)).toBe(cr.grad(fn, {}));
    expect(cr.grad(fn)).not.toBe(cr.grad(fn, { argnums: [0] }));
  });
  test("a function that failed while tracing can be called again", () => {
    let fail = true;
    const f = cr.traceFn((x: Tensor) => {
      if (fail) throw new Error("not yet");
      return cr.mul(x, 2);
    });
    expect(() => f(1)).toThrow("not yet");
    fail = false;
    expect(list(f(1))).toBe(2);
  });
});

describe("inputs and results", () => {
  const double = cr.traceFn((x: Tensor) => cr.mul(x, 2));
  test("numbers, lists, typed arrays, NDArrays", () => {
    expect(list(double(3))).toBe(6);
    expect(list(double([[1, 2], [3, 4]]))).toEqual([[2, 4], [6, 8]]);
    expect((double(new Float64Array([1])) as NDArray).dtype).toBe("float64");
    expect((double(new Int32Array([1])) as NDArray).dtype).toBe("int32");
    expect(list(double(double([1, 2]) as NDArray))).toEqual([4, 8]);
  });
  test("npm ndarray, in and out, with views", () => {
    const a = ndarray(new Float32Array([1, 2, 3, 4, 5, 6]), [2, 3]);
    expect(list(double(a as never))).toEqual([[2, 4, 6], [8, 10, 12]]);
    expect(list(double(a.transpose(1, 0) as never))).toEqual([[2, 8], [4, 10], [6, 12]]);
    expect(list(double(a.step(1, -1) as never))).toEqual([[6, 4, 2], [12, 10, 8]]);
    const out = (double([[1, 2], [3, 4]]) as NDArray).toNdarray();
    expect([out.get(1, 0), out.shape, out.stride, out.dtype]).toEqual([6, [2, 2], [2, 1], "float32"]);
  });
  test("the default dtype: the widest floating argument, or the option", () => {
    const sum = cr.traceFn((x: Tensor, y: Tensor) => cr.add(x, y));
    expect((sum(1, 2) as NDArray).dtype).toBe("float32");
    expect((sum(new Float64Array([1]), 0.1) as NDArray).dtype).toBe("float64");
    expect((sum(new Float64Array([1]), 0.1) as NDArray).item()).toBe(1.1);
    expect((sum.with({ dtype: "float64" })(0.1, 0.2) as NDArray).item()).toBe(0.1 + 0.2);
  });
  test("trees: objects, tuples, null, registered classes", () => {
    class Pair {
      readonly left: Tensor;
      readonly right: Tensor;
      readonly tag: string;
      constructor(left: Tensor, right: Tensor, tag: string) {
        [this.left, this.right, this.tag] = [left, right, tag];
      }
    }
    cr.registerTree(Pair, { flatten: (p) => ({ children: [p.left, p.right], data: p.tag }), unflatten: (tag, [l, r]) => new Pair(l as Tensor, r as Tensor, tag) });
    const f = cr.traceFn((p: Pair, t: { a: [Tensor, null]; b: Tensor }) => ({ pair: new Pair(cr.add(p.left, t.b), cr.mul(p.right, t.a[0]), p.tag), none: null }));
    const out = f(any(new Pair(1 as Tensor, 2 as Tensor, "t")), { a: [3, null], b: 4 } as never) as unknown as { pair: Pair; none: null };
    expect(out.pair).toBeInstanceOf(Pair);
    expect([list(out.pair.left), list(out.pair.right), out.pair.tag, out.none]).toEqual([5, 6, "t", null]);
    const g = cr.grad((p: Pair) => cr.mul(p.left, p.right))(any(new Pair(2 as Tensor, 5 as Tensor, "g"))) as unknown as Pair;
    expect([list(g.left), list(g.right)]).toEqual([5, 2]);
  });
  test("a rank-0 result works as the number it holds", () => {
    const y = double(1.5) as NDArray;
    expect([+y, y < 4, `${y}`, y.toFixed(2), Math.sqrt(y + 1), JSON.stringify({ y })]).toEqual([3, true, "3", "3.00", 2, '{"y":3}']);
  });
  test("zero-size and rank-0 arrays", () => {
    expect((double([]) as NDArray).shape).toEqual([0]);
    expect((double(cr.zeros([0, 3])) as NDArray).shape).toEqual([0, 3]);
    expect(list(cr.traceFn((x: Tensor) => cr.sum(x))(cr.zeros([0, 3])))).toBe(0);
    expect((cr.traceFn((x: Tensor) => cr.sum(x)).grad()(cr.zeros([0, 3])) as NDArray).shape).toEqual([0, 3]);
  });
  test("the same leaf twice, an argument returned, a constant returned", () => {
    const f = cr.traceFn((x: Tensor, _y: Tensor) => [x, x, 3, cr.ones([2])] as unknown as Tensor[]);
    const [a, b, c, d] = f(1, 2) as NDArray[];
    expect([list(a), list(b), list(c), list(d)]).toEqual([1, 1, 3, [1, 1]]);
  });
});

describe("closures", () => {
  test("over concrete arrays: constants of the program", () => {
    const w = cr.array([1, 2, 3]);
    const f = cr.traceFn((x: Tensor) => cr.sum(cr.mul(x, w)));
    expect(list(f.grad()([4, 5, 6]))).toEqual([1, 2, 3]);
  });
  test("over tensors of the enclosing trace", () => {
    const f = cr.traceFn((x: Tensor, y: Tensor) => {
      const inner = cr.traceFn((z: Tensor) => cr.mul(z, x));
      return cr.add(inner(y), inner(cr.array([1, 2])));
    });
    expect(list(f([10, 20], [1, 1]))).toEqual([20, 60]);
    expect((f.grad()([10, 20], [1, 1]) as NDArray[]).map(list)).toEqual([[2, 3], [10, 20]]);
  });
  test("a traced function used inside and outside of a trace", () => {
    const square = cr.traceFn((x: Tensor) => cr.mul(x, x));
    const f = cr.traceFn((x: Tensor) => cr.add(square(x), square(3)));
    expect(list(square(3))).toBe(9);
    expect(list(f(2))).toBe(13);
    expect(list(f.grad()(2))).toBe(4);
  });
});

describe("programs", () => {
  const f = cr.traceFn((x: Tensor, y: Tensor) => cr.add(cr.mul(x, y), 1));
  test("before and after the optimiser", () => {
    const g = cr.traceFn((x: Tensor) => cr.neg(cr.neg(cr.div(x, 4))));
    const view = g.program([1, 2]);
    expect([view.counts(), view.optimized().counts()]).toEqual([{ div: 1, neg: 2 }, { mul: 1 }]);
    expect(view.optimized().toString()).toBe(g.lower("optimized")([1, 2]));
    expect(view.optimized().check().optimized().length).toBe(1);
  });
  test("text, Mermaid and DOT", () => {
    const view = f.program([1, 2], [3, 4]);
    expect(view.toString()).toBe("{ (a: f32[2], b: f32[2]) =>\n    c: f32[2] = mul a b\n    d: f32[2] = add c 1.0\n  in (d) }");
    expect(view.toMermaid()).toMatchInlineSnapshot(`
      "flowchart TD
        n0(["input 0"])
        n1(["input 1"])
        n2["mul"]
        n3["add"]
        n4{{"1.0"}}
        n5(["output 0"])
        n0 -->|"f32[2]"| n2
        n1 -->|"f32[2]"| n2
        n2 -->|"f32[2]"| n3
        n4 -->|"f32[2]"| n3
        n3 -->|"f32[2]"| n5"
    `);
    expect(view.toDot()).toMatchInlineSnapshot(`
      "digraph program {
        n0 [label="input 0", shape=ellipse];
        n1 [label="input 1", shape=ellipse];
        n2 [label="mul", shape=box];
        n3 [label="add", shape=box];
        n4 [label="1.0", shape=plaintext];
        n5 [label="output 0", shape=ellipse];
        n0 -> n2 [label="f32[2]"];
        n1 -> n2 [label="f32[2]"];
        n2 -> n3 [label="f32[2]"];
        n4 -> n3 [label="f32[2]"];
        n3 -> n5 [label="f32[2]"];
      }"
    `);
    expect(f.lower("dot")([1, 2], [3, 4])).toBe(view.toDot());
    expect(view.toString({ places: true })).toMatch(/mul a b {2}# .*traceable-fn\.test\.ts:\d+:\d+/);
  });
  test("100,000 equations: traced, differentiated, batched, printed and run", () => {
    const half = 50_000;
    const long = cr.traceFn((x: Tensor) => {
      let y = x;
      for (let i = 0; i < half; i++) y = cr.sin(cr.mul(y, 1.0001));
      return y;
    });
    const view = long.program(0.5);
    expect(view.length).toBe(2 * half);
    expect(view.check().toString().length).toBeGreaterThan(1e6);
    let want = 0.5, slope = 1;
    for (let i = 0; i < half; i++) {
      slope *= Math.cos(want * 1.0001) * 1.0001;
      want = Math.sin(want * 1.0001);
    }
    const [value, gradient] = long.with({ dtype: "float64" }).valueAndGrad()(0.5) as [NDArray, NDArray];
    expect(value.item()).toBeCloseTo(want, 10);
    expect(gradient.item()).toBeCloseTo(slope, 8);
    expect((long.vmap()([0.5, 0.25]) as NDArray).shape).toEqual([2]);
  }, 120_000);
});

function any(value: unknown): never {
  return value as never;
}
