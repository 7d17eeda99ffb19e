/** A call that is recognised means what it means on the general path: every kind of arguments after every other, in both ways of running. */
import { afterAll, describe, expect, it } from "vitest";
import { array, callback, type NDArray, registerTree, traceFn, type Tensor } from "../../src/index.ts";
import { reference } from "../../src/backends/reference/backend.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { wasm } from "../../src/backends/wasm/backend.ts";
import { existingRuntime } from "../../src/backends/wasm/runtime.ts";
import { compileStraight } from "../../src/backends/wasm/straight/straight.ts";
import { showType } from "../../src/core/type.ts";

type F = (...args: unknown[]) => unknown;

class Pair {
  readonly left: unknown;
  readonly right: unknown;
  constructor(left: unknown, right: unknown) {
    this.left = left;
    this.right = right;
  }
}
registerTree(Pair, { flatten: (p) => ({ children: [p.left, p.right], data: null }), unflatten: (_data, [left, right]) => new Pair(left, right) });

// eslint-disable-next-line no-sparse-arrays
const holed = [1, , 3] as number[];
const withShape = Object.assign(new Float32Array([1, 2, 3]), { shape: [3], data: new Float64Array([7, 8, 9]) });

/** Arguments in the order in which a function gets them; some are mistakes. */
const calls: Readonly<Record<string, () => unknown[]>> = {
  number: () => [1.5],
  "another number": () => [-0],
  "not a number": () => [Number.NaN],
  boolean: () => [true],
  list: () => [[1, 2, 3]],
  "longer list": () => [[1, 2, 3, 4]],
  "empty list": () => [[]],
  "list with a hole": () => [holed],
  "list with text": () => [[1, "2", 3]],
  "list with a boolean": () => [[1, true, 3]],
  "list of booleans": () => [[true, false, true]],
  "list with undefined": () => [[1, undefined, 3]],
  nested: () => [[[1, 2, 3], [4, 5, 6]]],
  "nested otherwise": () => [[[1, 2], [3, 4], [5, 6]]],
  ragged: () => [[[1, 2, 3], [4, 5]]],
  float32: () => [new Float32Array([1, 2, 3])],
  float64: () => [new Float64Array([1, 2, 1 / 3])],
  int32: () => [new Int32Array([1, -2, 3])],
  uint32: () => [new Uint32Array([1, 2, 3])],
  uint8: () => [new Uint8Array([1, 2, 3])],
  "64-bit integers": () => [new BigInt64Array([1n, 2n, 3n])],
  "typed array with a shape of its own": () => [withShape],
  strided: () => [{ data: new Float32Array([1, 2, 3, 4]), shape: [2], stride: [2], offset: 1 }],
  "strided, one after another": () => [{ data: new Float32Array([1, 2, 3]), shape: [3], stride: [1], offset: 0 }],
  "strided, part": () => [{ data: new Float32Array([0, 1, 2, 3]), shape: [3], stride: [1], offset: 1 }],
  "strided, part outside": () => [{ data: new Float32Array([0, 1, 2, 3]), shape: [3], stride: [1], offset: 2 }],
  "strided, offset between elements": () => [{ data: new Float32Array([0, 1, 2, 3]), shape: [3], stride: [1], offset: 0.5 }],
  "strided, negative offset": () => [{ data: new Float32Array([0, 1, 2, 3]), shape: [3], stride: [1], offset: -1 }],
  "strided, backwards": () => [{ data: new Float32Array([1, 2, 3]), shape: [3], stride: [-1], offset: 2 }],
  "strided, float64": () => [{ data: new Float64Array([1, 2, 3]), shape: [3], strides: [1] }],
  "strided, list": () => [{ data: [1, 2, 3], shape: [3] }],
  "strided, matrix": () => [{ data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3] }],
  "strided, columns": () => [{ data: new Float32Array([1, 2, 3, 4, 5, 6]), shape: [2, 3], strides: [1, 2] }],
  "strided, too many strides": () => [{ data: new Float32Array([1, 2, 3]), shape: [3], stride: [1, 1] }],
  "strided, strides no list": () => [{ data: new Float32Array([1, 2, 3]), shape: [3], stride: 1 }],
  "strided, nothing": () => [{ data: new Float32Array(0), shape: [0] }],
  array: () => [array([1, 2, 3])],
  "array of float64": () => [array([1, 2, 3], { dtype: "float64" })],
  "array of rank 0": () => [array(3)],
  object: () => [{ w: [1, 2], b: 3 }],
  "object in another order": () => [{ b: 3, w: [1, 2] }],
  "object with one more": () => [{ w: [1, 2], b: 3, c: 4 }],
  "object with fewer": () => [{ w: [1, 2] }],
  "object of other types": () => [{ w: new Float64Array([1, 2]), b: 3 }],
  "tuple of arrays": () => [[array([1, 2]), array([1, 2, 3])]],
  "tuple and null": () => [[[1, 2], null, [3]]],
  "tuple and undefined": () => [[[1, 2], undefined, [3]]],
  "registered class": () => [new Pair(1, [2, 3])],
  text: () => ["abc"],
  "null alone": () => [null],
  nothing: () => [],
  "two numbers": () => [1, 2],
  "list and number": () => [[1, 2, 3], 2],
};

const sumOfLeaves = (x: unknown): Tensor | undefined => {
  if (x instanceof Pair) return sumOfLeaves([x.left, x.right]);
  if (x === null || x === undefined || typeof x === "string") return undefined;
  if ("mul" in (x as object) && typeof (x as { mul: unknown }).mul === "function") return (x as Tensor).mul(2).sum() as never;
  return Object.values(x as object).map(sumOfLeaves).filter((y) => y !== undefined).reduce<Tensor | undefined>((a, b) => (a === undefined ? b : (a.add(b as never) as never)), undefined);
};
/** Doubles every leaf in its own tree, and sums up. */
const body = (...args: unknown[]): unknown => ({ echoed: args.map((a) => a), total: args.map(sumOfLeaves), list: [1, { deep: 2 }] });

function outcome(f: F, args: unknown[]): unknown {
  try {
    return show(f(...args));
  } catch (error) {
    return `${(error as Error).name}: ${(error as Error).message.split("\n    at ")[0]}`;
  }
}

/** Everything about a result: structure, dtypes, shapes, elements, signs of zero. */
function show(value: unknown): unknown {
  if (value instanceof ConcreteArray) return `${showType(value.type)} ${Array.from(value.elements, (x) => (Object.is(x, -0) ? "-0" : String(x))).join()}${Object.isFrozen(value) ? "" : ", not frozen"}`;
  if (value instanceof Pair) return { pair: [show(value.left), show(value.right)] };
  if (Array.isArray(value)) return value.map(show);
  if (typeof value === "object" && value !== null) return Object.entries(value).map(([k, v]) => [k, show(v)]);
  return value;
}

const fresh = (options: object, device: string): F => traceFn(((...args: unknown[]) => body(...args)) as never, { ...options, device }) as never;

function everyPair(options: object, device: string): void {
  const names = Object.keys(calls);
  const expected = new Map(names.map((n) => [n, outcome(fresh(options, device), (calls[n] as () => unknown[])())]));
  expect(JSON.stringify(expected.get("list"))).toContain("[3] 1,2,3");
  expect(expected.get("list with text")).toMatch(/^TreeError/);
  for (const first of names) {
    const f = fresh(options, device);
    const one = calls[first] as () => unknown[];
    outcome(f, one());
    expect(outcome(f, one()), `${first}, again`).toEqual(expected.get(first));
    for (const second of names) expect(outcome(f, (calls[second] as () => unknown[])()), `${second} after ${first}`).toEqual(expected.get(second));
    expect(outcome(f, one()), `${first} after all`).toEqual(expected.get(first));
  }
}

describe.each([
  ["through arrays", reference, undefined],
  ["directly", reference, compileStraight],
  ["by kernels", wasm, undefined],
] as const)("%s", (_name, backend, compileSmall) => {
  const device = backend.name;
  const before = backend.compileSmall;
  const prepare = (): void => void Object.assign(backend, { compileSmall });
  afterAll(() => void Object.assign(backend, { compileSmall: before }));

  it("every kind of arguments after every other", () => {
    prepare();
    everyPair({}, device);
  });
  it("with a dtype", () => {
    prepare();
    everyPair({ dtype: "float64" }, device);
  });
  it("values are those of the call, and results stay as they were", () => {
    prepare();
    const f = traceFn(((x: Tensor) => x.mul(x)) as never, { device }) as unknown as (x: unknown) => NDArray;
    const results = [1, 2, 3, 4, 5].map((x) => f([x, -x]));
    expect(results.map((r) => [...(r.data as Float32Array)])).toEqual([[1, 1], [4, 4], [9, 9], [16, 16], [25, 25]]);
    const chained = f(f(f(array([1, 2]))));
    expect([...(chained.data as Float32Array)]).toEqual([1, 256]);
  });
  it("results stay as they were when the caller changes his data", () => {
    prepare();
    const f = traceFn(((x: Tensor) => [x, x.reshape([3, 2]), x.mul(2)]) as never, { device }) as unknown as (x: unknown) => NDArray[];
    const data = new Float32Array([0, 1, 2, 3, 4, 5, 6, 7]);
    const arguments_ = [data.subarray(2), { data: data.subarray(2), shape: [6] }, { data, shape: [6], offset: 2 }];
    for (const x of arguments_) {
      for (let round = 0; round < 4; round++) {
        data.set([2, 3, 4, 5, 6, 7], 2);
        const results = f(x);
        data.fill(-1);
        expect(results.map(show)).toEqual(["f32[6] 2,3,4,5,6,7", "f32[3,2] 2,3,4,5,6,7", "f32[6] 4,6,8,10,12,14"]);
        data.set([3, 2, 1, 0, 1, 2], 2);
        expect(show(f(x)[2])).toBe("f32[6] 6,4,2,0,2,4");
      }
    }
  });
  it("a call in the midst of another program's run keeps nothing of the caller's data", () => {
    prepare();
    const f = traceFn(((x: Tensor) => [x, x.reshape([3, 2])]) as never, { device }) as unknown as (x: unknown) => NDArray[];
    const data = new Float32Array([1, 2, 3, 4, 5, 6]);
    for (let i = 0; i < 3; i++) f(data);
    let results: NDArray[] = [];
    const inner = callback((v: NDArray) => {
      results = f(data);
      return v;
    }, (v) => v);
    expect((traceFn((x: Tensor) => inner(x))(7) as NDArray).item()).toBe(7);
    data.fill(-1);
    expect(results.map(show)).toEqual(["f32[6] 1,2,3,4,5,6", "f32[3,2] 1,2,3,4,5,6"]);
  });
  it("a callback may change the caller's data: the call had it before", () => {
    prepare();
    for (const n of [2, 6000]) {
      const data = new Float32Array(n);
      const inner = callback((v: NDArray) => {
        data.fill(99);
        return v;
      }, (v) => v);
      const f = traceFn((x: Tensor) => [x, x.reshape([2, -1]), inner(x), x.mul(2)], { device }) as unknown as (x: unknown) => NDArray[];
      for (let round = 0; round < 4; round++) {
        data.fill(round);
        expect(f(data).map((r) => [...new Set(r.data)])).toEqual([[round], [round], [round], [2 * round]]);
      }
    }
  });
  it("memory that is given away while arguments are read is an error, no other numbers", () => {
    prepare();
    for (const n of [3, 6000]) {
      const f = traceFn(({ a, b }: { a: Tensor; b: Tensor }) => a.mul(b), { device }) as unknown as (x: unknown) => NDArray;
      for (let round = 0; round < 4; round++) {
        const a = new Float32Array(n).fill(round);
        expect(f({ a, b: 2 }).data[n - 1]).toBe(2 * round);
      }
      const a = new Float32Array(n).fill(7);
      const given = {
        a,
        get b(): number {
          structuredClone(a, { transfer: [a.buffer] });
          return 2;
        },
      };
      let read: unknown;
      try {
        read = f(given).data[n - 1];
      } catch (error) {
        read = (error as Error).name;
      }
      expect([14, "ArgumentError"]).toContain(read);
    }
  });
  it("large data that is passed again and again takes no memory that only a collection gives back", () => {
    if (backend !== wasm) return;
    prepare();
    const f = traceFn(((x: Tensor) => x.sum()) as never) as unknown as (x: unknown) => NDArray;
    const data = new Float32Array(1_000_000);
    const used = (): number => existingRuntime()?.heap.sizes.slots ?? 0;
    for (let i = 0; i < 3; i++) f(data);
    const before = used();
    for (let i = 0; i < 5; i++) f(data);
    expect(used()).toBe(before);
  });
  it("donated data of the caller stays his", () => {
    prepare();
    const f = traceFn(((x: Tensor) => x.mul(2)) as never, { device, donate: [0] }) as unknown as (x: unknown) => NDArray;
    const data = Float32Array.from({ length: 10_000 }, (_, i) => i);
    for (let round = 0; round < 4; round++) {
      const result = f(data);
      expect([data[9999], result.data[9999]]).toEqual([9999, 19998]);
    }
  });
  it("static arguments: each value has its own program", () => {
    prepare();
    const f = traceFn(((x: Tensor, n: number) => x.mul(n)) as never, { staticArgnums: 1, device }) as unknown as (x: unknown, n: unknown) => NDArray;
    for (let round = 0; round < 3; round++) for (const n of [2, 3, 0, -0, 2]) expect(show(f([1, 2], n))).toEqual(`f32[2] ${[n, 2 * n].map((x) => (Object.is(x, -0) ? "-0" : x)).join()}`);
  });
  it("inside a trace the call is recorded, not run", () => {
    prepare();
    const f = traceFn(((x: Tensor) => x.mul(3)) as never, { device }) as unknown as (x: unknown) => unknown;
    f(1);
    f(1);
    const g = traceFn(((x: Tensor) => [f(x), f(2), x]) as never, { dtype: "float64", device }) as unknown as (x: unknown) => [NDArray, NDArray];
    for (let i = 0; i < 3; i++) {
      const [a, b] = g(1 / 3);
      expect([a.dtype, a.item(), b.dtype, b.item()]).toEqual(["float64", 1, "float64", 6]);
    }
  });
  it("a closure over a tensor of an open trace is not kept", () => {
    prepare();
    const outer = traceFn(((x: Tensor) => {
      const inner = traceFn(((y: Tensor) => y.mul(x)) as never) as unknown as (y: unknown) => Tensor;
      return [inner(2), inner(3)];
    }) as never, { device }) as unknown as (x: unknown) => NDArray[];
    expect(outer(5).map((r) => r.item())).toEqual([10, 15]);
    expect(outer(7).map((r) => r.item())).toEqual([14, 21]);
  });
  it("a getter that runs the same function while the arguments are read", () => {
    prepare();
    const f = traceFn((({ a, b }: { a: Tensor; b: Tensor }) => [a, b, a.add(b)]) as never, { device }) as unknown as (x: unknown) => NDArray[];
    const plain = { a: 1, b: 10 };
    f(plain);
    f(plain);
    const tricky = {
      a: 3,
      get b(): number {
        f({ a: 100, b: 200 });
        return 4;
      },
    };
    for (let i = 0; i < 3; i++) expect(f(tricky).map((r) => r.item())).toEqual([3, 4, 7]);
  });
  it("a getter that runs the same function on other lists, and a callback that does", () => {
    prepare();
    const inner = callback((v: NDArray) => {
      if (v.data[0] === 3) for (let i = 0; i < 3; i++) f({ a: [9, 9], b: [9, 9] });
      return v;
    }, (v) => v);
    const f = traceFn(({ a, b }: { a: Tensor; b: Tensor }) => [a, inner(a), b.mul(2)], { device }) as unknown as (x: unknown) => NDArray[];
    const plain = { a: [1, 2], b: [3, 4] };
    f(plain);
    f(plain);
    const tricky = {
      a: [3, 4],
      get b(): number[] {
        f({ a: [7, 7], b: [8, 8] });
        return [5, 6];
      },
    };
    for (let i = 0; i < 3; i++) {
      const results = f(tricky);
      f({ a: [0, 0], b: [0, 0] });
      expect(results.map(show)).toEqual(["f32[2] 3,4", "f32[2] 3,4", "f32[2] 10,12"]);
    }
  });
  it("many shapes in turn", () => {
    prepare();
    const f = traceFn(((x: Tensor) => x.sum()) as never, { device }) as unknown as (x: unknown) => NDArray;
    for (let round = 0; round < 20; round++) for (let n = 1; n < 12; n++) expect(f(Array.from({ length: n }, () => 1)).item()).toBe(n);
  });
});

describe("results in instances of a class", () => {
  let whileBuilding: () => unknown = () => undefined;
  class Watched {
    readonly value: unknown;
    constructor(value: unknown) {
      this.value = value;
    }
  }
  registerTree(Watched, {
    flatten: (w) => ({ children: [w.value], data: null }),
    unflatten: (_data, [value]) => {
      const run = whileBuilding;
      whileBuilding = () => undefined;
      run();
      return new Watched(value);
    },
  });

  for (const [kind, x] of [["straight-line code", 5], ["kernels", Float32Array.from({ length: 5000 }, (_, i) => i)]] as const) {
    it(`are not disturbed by calls that the class makes: ${kind}`, () => {
      const f = traceFn((v: Tensor) => [new Watched(v.add(1)), v.add(2), v.add(3)]) as F;
      const others: F[] = [f, traceFn((v: Tensor) => [v.mul(100), v.mul(200), v.mul(300)]) as F];
      const read = (): number[] => {
        const [first, ...rest] = f(x) as [Watched, ...NDArray[]];
        return [first.value as NDArray, ...rest].map((a) => a.data[a.data.length - 1] as number);
      };
      const want = read();
      for (const other of others) {
        for (const argument of [x, typeof x === "number" ? 7 : x.map((n) => -n)]) {
          other(argument);
          whileBuilding = () => other(argument);
          expect(read()).toEqual(want);
        }
      }
    });
  }
});
