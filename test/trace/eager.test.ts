/** Operations outside of traces: what is worth it is compiled, once for equal programs, and gives what the reference gives. */
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { describe, expect, test } from "vitest";

const scan = cr.scan as unknown as (f: (carry: never, x: never) => readonly unknown[], init: unknown, xs: unknown) => [NDArray, NDArray];
const running = (xs: Float64Array, rate = 0.9): [NDArray, NDArray] => scan(((c: Tensor, x: Tensor) => { const y = cr.add(cr.mul(c, rate), x); return [y, y]; }) as never, 0, xs);
/** Names of the kernels that ran. */
const kernels = (f: () => unknown): string[] => cr.profile(f).runs.map((k) => k.name);

describe("outside of traces", () => {
  test("a long loop is compiled, a short one is not worth it", () => {
    expect(kernels(() => running(new Float64Array(5000).fill(1)))).toEqual(["scan"]);
    expect(kernels(() => running(new Float64Array(5).fill(1)))).toEqual([]);
  });
  test("both give what JavaScript gives", () => {
    for (const n of [5, 5000]) {
      const xs = new Float64Array(n).map((_, i) => Math.sin(i));
      const [last, all] = running(xs);
      let y = 0;
      const want = [...xs].map((x) => (y = y * 0.9 + x));
      want.forEach((v, i) => expect(all.data[i]).toBeCloseTo(v, 12));
      expect(last.item()).toBeCloseTo(y, 12);
    }
  });
  test("programs that differ in a constant, or in a type, are not mistaken for one another", () => {
    const xs = new Float64Array(4000).fill(1);
    for (const rate of [0.5, 0.75, 0.5]) expect(running(xs, rate)[0].item()).toBeCloseTo(1 / (1 - rate), 9);
    const single = scan(((c: Tensor, x: Tensor) => [cr.add(cr.mul(c, 0.5), x), null]) as never, 0, new Float32Array(4000).fill(1));
    expect(single[0].dtype).toBe("float32");
    expect(single[0].item()).toBeCloseTo(2, 5);
  });
  test("errors are those of the reference", () => {
    const table = [1, 2, 3];
    const walk = (n: number): unknown => cr.whileLoop((i: Tensor) => cr.less(i, n), (i: Tensor) => cr.add(i, cr.astype(cr.mul(cr.take(cr.array(table) as never, cr.astype(i, "int32"), { mode: "throw" }), 0), "int32").add(1)) as never, cr.int32(0) as never);
    expect(() => walk(10)).toThrow(/index 3 is out of bounds/);
    expect((walk(3) as NDArray).item()).toBe(3);
  });
});
