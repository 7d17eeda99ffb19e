"use trace";
/** Numbers that loops count with are int32, so that they index; what JavaScript computes with them does not wrap. */
import { describe, expect, test } from "vitest";
import { arange, array, DTypeError, foriLoop, int32, type NDArray, pow, traceFn, type Tensor } from "chainrule";

const double = { dtype: "float64" } as const;

describe("arithmetic on counts is JavaScript's", () => {
  const programs: readonly (readonly [name: string, f: (n: Tensor) => unknown, n: number])[] = [
    ["a sum of squares", (n) => { let s = 0; for (let i = 0; i < n; i++) s += i * i; return s; }, 100000],
    ["a product after the loop", (n) => { let i = 0; while (i < n) i++; return i * (i - 1) / 2; }, 100000],
    ["a product with numbers", (n) => { let d = 0; while (d < n) d++; return d * 1000 * 3600 * 24; }, 30],
    ["a quotient", (n) => { let i = 1, s = 0; while (i < n) { s += 1 / (i * i); i++; } return s; }, 1000],
    ["a product in the condition", (n) => { let i = 2; while (i * i <= n) i++; return i; }, 2147483000],
    ["a product in the condition, beyond int32", (n) => { let i = 2; while (i * i <= n) i++; return i; }, 1e10],
    ["a square", (n) => { let i = 0; while (i < n) i++; return i ** 2; }, 50000],
    ["a power of Math", (n) => { let i = 0; while (i < n) i++; return Math.pow(i, 3); }, 5000],
    ["doubling", (n) => { let v = 1, k = 0; while (k < n) { v *= 2; k++; } return v; }, 40],
    ["a start near the bounds of int32", (n) => { let v = 2147483645, k = 0; while (k < n) { v++; k++; } return v; }, 10],
    ["negative powers", (x) => { let i = 0; while (x * 2 ** -i > 1) i++; return [i, 2 ** -i, Math.pow(2, -i), 10 ** (i - 5)]; }, 7.9],
    ["what stays an integer", (n) => { let lo = 0; const hi = 9; while (lo < n) { const mid = (lo + hi) >> 1; lo = mid + 1; } return [lo % 4, lo & 6, lo << 2, -lo]; }, 8],
  ];
  test.each(programs)("%s", (_, f, n) => {
    const got = traceFn(f, double)(n) as unknown as readonly NDArray[] | NDArray;
    const flat = (Array.isArray(got) ? got : [got]).map((v) => (v as NDArray).item());
    const want = [f(n as never)].flat() as number[];
    flat.forEach((v, i) => expect(v).toBeCloseTo(want[i] as number, 12));
  });
});

describe("what a loop counts in larger steps, and what is made of counts, is a double", () => {
  const counted: readonly (readonly [name: string, f: (n: Tensor) => unknown, n: number])[] = [
    ["a count in steps of a thousand", (n) => { let t = 0; for (let k = 0; k < n; k++) t += 1000; return t; }, 3e6],
    ["one that goes down", (n) => { let t = 0, k = 0; while (k < n) { t = t - 65536; k++; } return t; }, 40000],
    ["by way of another", (n) => { let t = 0, u = 0; for (let k = 0; k < n; k++) { u = t + 60000; t = u; } return t; }, 40000],
    ["in a branch", (n) => { let t = 0; for (let k = 0; k < n; k++) { if (k >= 0) t += 50000; else t = 0; } return t; }, 50000],
    ["its test beyond int32", (n) => { let t = 0, k = 0; while (t < n) { t += 50000; k++; } return [t, k]; }, 3e9],
    ["with a large number", (n) => { let i = 0; while (i < n) i++; return [i + 2147483647, i - 2147483648, 2147483647 + i]; }, 10],
    ["a choice of them", (n) => { let t = 0, k = 0; while (k < n) { t = k > 3 ? t + 65000 : t + 64000; k++; } return t; }, 40000],
    ["what only bits are taken of wraps as in JavaScript", (n) => { let t = 1, k = 0; while (k < n) { t += 65536; k++; } return (t >> 3) & 4095; }, 40000],
  ];
  test.each(counted)("%s", (_, f, n) => {
    const got = traceFn(f, double)(n) as unknown as readonly NDArray[] | NDArray;
    expect((Array.isArray(got) ? got : [got]).map((v) => (v as NDArray).item())).toEqual([f(n as never)].flat());
  });

  test("in a trace of float32 it is exact among doubles, and results are float32", () => {
    const wide = new Float64Array([1 / 3]);
    const run = (f: (n: Tensor, x: Tensor) => unknown, n: number): NDArray => traceFn(f as (n: Tensor, x: Tensor) => Tensor, { dtype: "float32" })(n, wide) as NDArray;
    const square = run((n, x) => { let i = 0; while (i < n) i++; return i * i * (x[0] as number); }, 5001);
    expect([square.dtype, square.item()]).toEqual(["float64", 5001 * 5001 * (1 / 3)]);
    expect(run((n, x) => { let i = 0; while (i < n) i++; return (i + 0.1) * (x[0] as number); }, 5).item()).toBe(5.1 * (1 / 3));
    expect(run((n, x) => { let i = 0; while (i < n) i++; return (i / 7) * (x[0] as number); }, 5).item()).toBe((5 / 7) * (1 / 3));
    expect(run((n, x) => { let s = 0; for (let i = 0; i < n; i++) s += i * i; return s * (x[0] as number); }, 1000).item()).toBe(332833500 * (1 / 3));
    expect(run((n, x) => { let s = 0; for (let i = 0; i < n; i++) s += i; return s + (x[0] as number); }, 10001).item()).toBe(50005000 + 1 / 3);
    const alone = run((n) => { let t = 0; for (let i = 0; i < n; i++) t += 1000; return t; }, 3e6);
    expect([alone.dtype, alone.item()]).toEqual(["float32", Math.fround(3e9)]);
    const met = traceFn((n: Tensor) => { let i = 0; while (i < n) i++; return i * i * n; }, { dtype: "float32" })(3) as NDArray;
    expect([met.dtype, met.item()]).toEqual(["float32", 27]);
  });

  test("a count is not rounded to the float32 that it is compared with", () => {
    const turns = traceFn((n: Tensor) => { let i = 16777210; while (i < n) i++; return i; }, { dtype: "float32" })(16777220) as NDArray;
    expect(turns.item()).toBe(16777220);
  });

  test("one that indexes stays an integer, whatever its steps", () => {
    const x = arange(40);
    const every = (f: (n: Tensor) => unknown): unknown => (traceFn(f as (n: Tensor) => Tensor)(40) as NDArray).item();
    expect(every((n) => { let s = 0; for (let i = 0; i < n; i += 8) s += x[i] as never; return s; })).toBe(0 + 8 + 16 + 24 + 32);
    expect(every((n) => { let s = 0; for (let i = 0; i < n; i += 8) s += x[i + 1] as never; return s; })).toBe(85);
    expect(every((n) => { let s = 0; for (let i = 0; i < n; i += 8) { const j = i + 2; s += x[Math.min(j, 39)] as never; } return s; })).toBe(90);
    expect(every((n) => { let s = 0, i = 0; while (i < n) s += x[(i += 8) - 8] as never; return s; })).toBe(80);
    expect(() => every((n) => { let s = 0; for (let i = 0; i < n; i += 8) s += x.get(i) as never; return s; })).toThrow(/indices must be integers[^]*int32\(/);
    expect(every((n) => { let s = 0; for (let i = 0; i < n; i += 8) s += x.get(int32(i)) as never; return s; })).toBe(80);
  });
});

describe("one whose steps may add up to more than int32 holds is no index where it is a number too", () => {
  const x = arange(7);
  const n = 40000;
  test.each<readonly [name: string, f: (n: Tensor) => unknown]>([
    ["returned beside a guarded index", (n) => { let t = 0, s = 0; for (let i = 0; i < n; i++) { if (t < 7) s = s + (x[t] as never); t += 60000; } return t + s * 0; }],
    ["an index of its remainder", (n) => { let t = 0, s = 0; for (let i = 0; i < n; i++) { s = s + (x[t % 7] as never); t += 60000; } return s; }],
    ["a choice of it", (n) => { let t = 0, s = 0; for (let i = 0; i < n; i++) { s = s + (x[t > 6 ? 0 : t] as never); t += 60000; } return [t, s]; }],
    ["its bits, and it", (n) => { let t = 0, s = 0; for (let i = 0; i < n; i++) { s = t & 1; t += 60000; } return t / 10 + s; }],
    ["by way of another", (n) => { let t = 0, u = 0, s = 0; for (let i = 0; i < n; i++) { s = t & 1; u = t + 60000; t = u; } return [u, s]; }],
    ["in a product", (n) => { let t = 0, s = 0; for (let i = 0; i < n; i++) { s = (t >> 1) * t; t += 60000; } return s; }],
    ["in a sum", (n) => { let t = 0, s = 0, b = 0; for (let i = 0; i < n; i++) { b = t & 7; s += t; t += 60000; } return s + b; }],
    ["in a comparison, beside its bits", (n) => { let t = 0, s = 0, b = 0; for (let i = 0; i < n; i++) { b = t & 1; if (t > 2.2e9) s++; t += 60000; } return s + b; }],
    ["in a call", (n) => { let t = 0, s = 0, b = 0; for (let i = 0; i < n; i++) { b = t & 7; s = Math.sqrt(t); t += 60000; } return s + b; }],
  ])("%s", (_, f) => {
    expect(() => traceFn(f as (n: Tensor) => Tensor, double)(n)).toThrow(/(?:needs|must be) integer[^]*int32/);
  });

  test("and is one where it is nothing else", () => {
    const y = arange(3000);
    const get = (f: (n: Tensor) => unknown, n: number): unknown => (traceFn(f as (n: Tensor) => Tensor, double)(n) as NDArray).item();
    expect(get((n) => { let s = 0; for (let t = 0; t < n; t += 1000) s += y[t + 1] as never; return s; }, 3000)).toBe(3003);
    expect(get((n) => { let b = 0, t = 0; for (let i = 0; i < n; i++) { const j = t + 2; b = b ^ j & 4095; t += 60001; } return b; }, 40000)).toBe(((): number => { let b = 0; for (let i = 0; i < 40000; i++) b ^= (i * 60001 + 2) & 4095; return b; })());
  });
});

test("a hash of sums of bits wraps as in JavaScript", () => {
  const hash = (n: number): number => { let h = 5381; for (let i = 0; i < n; i++) h = ((h << 5) + h + i - 3) | 0; return h; };
  expect((traceFn(hash as unknown as (n: Tensor) => Tensor, double)(50) as NDArray).item()).toBe(hash(50));
});

test("a count still indexes, and so do sums; a product says what to write", () => {
  const x = array([1, 2, 3, 4, 5, 6]);
  const sum = (at: (i: Tensor) => Tensor): NDArray => traceFn((n: Tensor) => { let s = 0; for (let i = 0; i < n; i++) s += x[at(i as never) as never] as never; return s; })(2) as never;
  expect(sum((i) => i).item()).toBe(3);
  expect(sum((i) => i + 2 as never).item()).toBe(7);
  expect(sum((i) => int32(i * 2 + 1 as never)).item()).toBe(6);
  expect(sum((i) => int32(i) * 2 + 1 as never).item()).toBe(6);
  expect(() => sum((i) => i * 2 + 1 as never)).toThrow(DTypeError);
  expect(() => sum((i) => i * 2 + 1 as never)).toThrow(/int32\(i \* width \+ j\)/);
});

test("an exponent that is an array of integers gives floats; a number, and the function, keep integers", () => {
  expect((foriLoop(0, 3, (i, v) => v + 2 ** -i as never, 0) as unknown as NDArray).item()).toBe(1.75);
  expect(((10 ** -(arange(3) as never)) as unknown as NDArray).toArray()).toEqual([1, 0.1, 0.01].map(Math.fround));
  expect(((2 ** (array([-1, 2], { dtype: "int32" }) as never)) as unknown as NDArray).toArray()).toEqual([0.5, 4]);
  const k = array([1, 2, 3], { dtype: "int32" });
  const square = (k as never) ** 2 as unknown as NDArray;
  expect([square.dtype, square.toArray()]).toEqual(["int32", [1, 4, 9]]);
  expect(pow(k, k).dtype).toBe("int32");
  expect(() => pow(k, array([1, 2, -3], { dtype: "int32" }))).toThrow(DTypeError);
  expect(((k as never) * 5 as unknown as NDArray).dtype).toBe("int32");
});
