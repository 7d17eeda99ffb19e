/** `.toNdarray()` against npm `ndarray`: the same chain of calls gives the same view of equal data. */
import ndarray from "ndarray";
import { describe, expect, test } from "vitest";
import "../../src/api/install.ts";
import { array, zeros } from "../../src/api/creation.ts";
import type { NdarrayView } from "../../src/core/array-types.ts";

type Theirs = ReturnType<typeof ndarray<Float32Array>>;

/** Whole numbers below n, the same ones every time. */
function dice(seed: number): (n: number) => number {
  let state = seed;
  return (n) => Math.floor(((state = (state * 48271) % 2147483647) / 2147483647) * n);
}

const elements = (view: NdarrayView | Theirs, index: number[] = []): unknown =>
  index.length === view.dimension ? view.get(...index) : Array.from({ length: view.shape[index.length] as number }, (_, i) => elements(view, [...index, i]));

function expectSame(ours: NdarrayView, theirs: Theirs): void {
  const fields = ({ shape, stride, offset, dtype, size, dimension }: NdarrayView | Theirs): unknown => ({ shape: [...shape], stride: [...stride], offset, dtype, size, dimension });
  expect(fields(ours)).toEqual(fields(theirs));
  expect(elements(ours)).toEqual(elements(theirs));
  expect([...ours.order].sort()).toEqual([...theirs.order].sort());
  expect(ours.order.map((axis) => Math.abs(ours.stride[axis] as number))).toEqual(theirs.order.map((axis) => Math.abs(theirs.stride[axis] as number)));
}

describe("views made at random", () => {
  test.each(Array.from({ length: 60 }, (_, i) => i + 1))("chain %i", (seed) => {
    const roll = dice(seed * 7919);
    const shape = Array.from({ length: 1 + roll(5) }, () => 1 + roll(4));
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => i);
    let ours = array(data).reshape(shape).toNdarray();
    let theirs = ndarray(data, [...shape]);
    for (let step = 0; step < 6 && ours.dimension > 0; step++) {
      const per = (choose: (n: number) => number | null): never[] => ours.shape.map((n) => (roll(3) === 0 ? null : choose(n))) as never[];
      const choices: readonly (readonly ["lo" | "hi" | "step" | "transpose" | "pick", never[]])[] = [
        ["lo", per((n) => roll(Math.min(n, 2)))],
        ["hi", per((n) => roll(n) + 1)],
        ["step", per(() => [1, 2, -1, -2][roll(4)] as number)],
        ["transpose", ours.shape.map((_, i, all) => (i + step) % all.length) as never[]],
        ["pick", ours.shape.map((n, i) => (i === step ? roll(n) : roll(2) === 0 ? -1 : null)) as never[]],
      ];
      const [name, args] = choices[roll(choices.length)] as (typeof choices)[number];
      ours = ours[name](...args);
      theirs = theirs[name](...args);
      expectSame(ours, theirs);
    }
  });
});

test("views share the data, which is a copy of the array's", () => {
  const x = array([[1, 2, 3], [4, 5, 6]]);
  const view = x.toNdarray();
  const part = view.transpose(1, 0).lo(1).pick(null, 1);
  expect([part.set(1, 60), part.get(0), view.get(1, 2), view.index(1, 2)]).toEqual([60, 5, 60, 5]);
  expect(x.toArray()).toEqual([[1, 2, 3], [4, 5, 6]]);
  expect(array(view.step(1, -1)).toArray()).toEqual([[3, 2, 1], [60, 5, 4]]);
  expect("pick" in Object.getPrototypeOf(view) && !Object.hasOwn(view, "pick")).toBe(true);
});

test("a scalar and an array without elements", () => {
  expectSame(array(5).toNdarray(), ndarray(new Float32Array([5]), []));
  expectSame(zeros([2, 0]).toNdarray(), ndarray(new Float32Array(0), [2, 0]));
  expect(array([true]).toNdarray()).toMatchObject({ dtype: "uint8", data: new Uint8Array([1]) });
});
