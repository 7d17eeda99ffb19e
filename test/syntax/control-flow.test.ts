"use trace";
/** Plain statements on real tensors: the same functions on plain numbers, in batches and differentiated; and what the refusals say. */
import { describe, expect, test } from "vitest";
import { array, ConcretizationError, DTypeError, int32, ShapeError, traceFn, TreeError, type NDArray, type Tensor } from "chainrule";

type F = (x: Tensor) => unknown;

/** Written over numbers; the rewrite takes them to tensors. */
function functions(): Readonly<Record<string, (x: Tensor) => Tensor>> {
  return {
    newton(a) {
      let x = a;
      while (Math.abs(x * x - a) > 1e-10) x = (x + a / x) / 2;
      return x;
    },
    "early return"(x) {
      if (x > 1) return x * x;
      const y = x + 1;
      if (y < 0) return -y;
      return y * x;
    },
    "chain"(x) {
      let y = x;
      if (x < -1) y = x * 2;
      else if (x < 0) { y = 1 / x; } else if (x > 2) return x * 7;
      return y + x;
    },
    "nested loops with ifs": (x) => {
      let total = x * 0;
      for (let i = 0; i < x; i++) {
        for (let j = i; j < 3; j++) {
          if ((i + j) % 2 === 0) total = total + i * x; else if (j > x) { total -= x * x; }
        }
        let k = 0;
        do { k++; total = total + k * 0.125 * x; } while (k < x);
      }
      return total;
    },
    "a variable that only a turn needs": (x) => {
      let y = x, step;
      while (y * y > 0.01) {
        step = y * 0.25;
        if (step > 0.5) step = step * 0.5;
        y = y - step;
      }
      return y;
    },
    "a loop within a branch": (x) => {
      let y = x;
      if (x > 0) {
        while (y > 0.5) y = y * 0.5;
      } else {
        for (let i = 0; i < -x; i++) y = y * x;
      }
      return y;
    },
    "a fraction in a variable that begins as 0": (x) => {
      let y = 0;
      while (y < x) y += 0.75;
      return y * x;
    },
    "trees": (x) => {
      let s = { at: x, speed: 1, path: [x, 0] as [Tensor, Tensor], name: "ball" };
      while (s.at > -1) s = { ...s, at: s.at + s.speed * 0.25, speed: s.speed - 0.5 * x * x - 0.5, path: [s.path[1], s.at] };
      const [a, b] = s.path;
      return s.name === "ball" ? a * b + s.speed : x;
    },
    "a loop ended by a flag": (x) => {
      let going = true, y = x, turns = 0;
      while (going) {
        y = y * 1.5 + 1;
        turns++;
        if (y > 20 || turns === 12) going = false;
      }
      return y * turns;
    },
    "closures see the variables": (x) => {
      let y = x;
      const step = (): Tensor => y * 0.5 - 0.27;
      const bump = (): void => { y = y - 0.125; };
      while (y > 0) { y = step(); if (y > 1) bump(); }
      return y;
    },
    "helpers that return early": (x) => {
      const clip = (v: Tensor): Tensor => { if (v > 1) return 1 + 0 * v; if (v < -1) return v * 0 - 1; return v; };
      let y = x;
      for (const scale of [0.5, 2, 3]) y = clip(y * scale) + x * 0.01;
      return y;
    },
  };
}

const points = [-2.5, -0.75, 0.3, 1.25, 2.5];
const named = Object.entries(functions());

function plain(x: unknown): number {
  return typeof x === "number" ? x : (x as NDArray).item();
}

describe("a function with statements", () => {
  test.each(named)("%s: on tensors what it is on numbers, alone, in a batch and differentiated", (name, f) => {
    const traced = traceFn(f as F, { dtype: "float64" });
    const xs = name === "newton" ? points.filter((x) => x > 0) : points;
    const expected = xs.map((x) => plain(f(x as never)));
    xs.forEach((x, i) => expect(plain(traced(x as never))).toBeCloseTo(expected[i] as number, 12));
    expect(((traced.vmap() as unknown as (x: unknown) => NDArray)(new Float64Array(xs))).toArray()).toEqual(xs.map((_, i) => expect.closeTo(expected[i] as number, 12)));
    const h = 1e-6;
    const slopes = xs.map((x) => (plain(f((x + h) as never)) - plain(f((x - h) as never))) / (2 * h));
    const gradient = (x: number): number => plain((traced.grad() as unknown as (x: number) => NDArray)(x));
    const tangent = (x: number): number => plain((traced.jvp() as unknown as (x: [number], dx: [number]) => [unknown, NDArray])([x], [1])[1]);
    xs.forEach((x, i) => {
      expect([x, gradient(x)]).toEqual([x, expect.closeTo(slopes[i] as number, 4)]);
      expect(tangent(x)).toBeCloseTo(gradient(x), 10);
    });
  });

  test("a derivative of second order", () => {
    const power = traceFn((x: Tensor) => {
      let y = x;
      for (let i = 0; i < x; i++) y = y * x;
      return y;
    });
    expect(plain((power.grad().grad() as unknown as (x: number) => NDArray)(2.5))).toBeCloseTo(12 * 2.5 ** 2, 3);
  });
});

describe("numbers in variables", () => {
  const run = (f: F, x: unknown, dtype: "float32" | "float64" = "float32"): NDArray => traceFn(f, { dtype })(x as never) as NDArray;

  test("counts are int32, so that they index; all else that meets only numbers is floating", () => {
    expect(run((x) => { let best = 0; for (let i = 1; i < x.max() * 0 + 4; i++) if (x[i]! > x[best]!) best = i; return best; }, [1, 5, 2, 3]).toString()).toBe("1");
    expect(run((n) => { let k = 0; while (k < n) k++; return k; }, 3).dtype).toBe("int32");
    const factorial: F = (n) => { let f = 1; for (let i = 1; i <= n; i++) f = f * i; return f; };
    expect([run(factorial, 20, "float64").dtype, run(factorial, 20, "float64").item()]).toEqual(["float64", 2432902008176640000]);
    expect(run(factorial, int32(13)).dtype).toBe("float32");
    expect(run((n) => { let s = 2; while (n > 0) { n = n - 1; s = s * 1e10; } return s; }, 1).item()).toBe(2e10);
  });

  test("a search by halves stays with integers", () => {
    const search: F = (x) => {
      let lo = 0, hi = 8;
      const values = array([1, 2, 3, 5, 8, 13, 21, 34]);
      while (lo < hi) {
        const mid = (lo + hi) >> 1;
        if (values[mid]! < x) lo = mid + 1; else hi = mid;
      }
      return lo;
    };
    // Its first test is plain, and so is `hi` until a tensor decides.
    expect([0, 3, 6, 99].map((x) => run(search, x).item())).toEqual([0, 2, 4, 8]);
  });

  test("take the type of what they meet", () => {
    expect(run((n) => { let s = 0; for (let i = 0; i < n; i++) s = s + n; return s; }, int32(3)).dtype).toBe("int32");
    expect(run((n) => { let s = 0; for (let i = 0; i < 3 * n; i++) s = s + n; return s; }, new Float64Array([0.5])[0], "float64").dtype).toBe("float64");
  });

  test("lists of numbers stay lists where lists are assigned", () => {
    expect(run((n) => { let p = [0, 1]; for (let i = 0; i < n; i++) p = [p[1] as number, (p[0] as number) + (p[1] as number)]; return p[0]; }, 10).item()).toBe(55);
  });
});

/** The error of tracing f. */
function thrown(f: F, x: unknown = 3): Error {
  try {
    traceFn(f)(x as never);
  } catch (error) {
    return error as Error;
  }
  throw new Error("nothing was thrown");
}

describe("what is refused", () => {
  const cases: readonly (readonly [name: string, f: F, type: abstract new (...args: never) => Error, text: RegExp, hint: RegExp])[] = [
    ["throw", (x) => { if (x > 0) throw new RangeError("no"); return x; }, ConcretizationError, /^if: a traced tensor \(bool\[\]\), .* decides here, and this statement cannot become part of the program: it throws \(line \d+\)/, /check the arguments before the call/],
    ["break", (x) => { let k = 0; while (x > 0) { x = x - 1; k++; if (x > 9) break; } return k; }, ConcretizationError, /^while: .*this loop cannot become part of the program: `break` leaves it/, /let going = true.*or write \[x, k\] = whileLoop\(\(\[x, k\]\) => …/],
    ["continue", (x) => { let k = 0; for (const v of [1, 2]) { if (x > v) continue; k++; } return x + k; }, ConcretizationError, /`continue` leaves it/, /put what follows into the statement/],
    ["return from a loop", (x) => { for (const v of [1, 2]) { if (x > v) return x; } return -x; }, ConcretizationError, /it returns \(line \d+\), and what follows it is not the end of the function/, /return it at the end/],
    ["a property", (x) => { const o = { p: x }; if (x > 0) o.p = x * 2; return o.p; }, ConcretizationError, /assigns to a property or an element/, /assign to a variable there/],
    ["a list", (x) => { const list: Tensor[] = []; if (x > 0) list.push(x); return x; }, ConcretizationError, /calls push\(\) on a list/, /x\.at\(i\)\.set\(v\)/],
    ["an outer variable", (x) => { let k = 0; [1, 2].forEach((v) => { if (x > v) k = k + 1; }); return k; }, ConcretizationError, /it assigns to k, a variable outside of the function/, /return the value/],
    ["an assignment in ?:", (x) => { let k = 0; const y = x > 0 ? (k = 1) : 2; return x + k + y; }, ConcretizationError, /^\?:: .*one side assigns to k/, /write an `if` statement/],
    ["a number as a condition", (x) => { if (x) return x; return -x; }, DTypeError, /^if: a condition must be bool, got f32\[\]/, /compare it/],
    ["many conditions", (x) => { if (x > 0) return x; return -x; }, ShapeError, /^if: a condition must be one bool\[\], got bool\[2\]/, /where\(condition, a, b\)/],
    ["a value on one side only", (x) => { let y; if (x > 0) y = x; return y; }, TreeError, /^if: y is f32\[\] where the condition holds, and undefined where it does not/, /on both sides, or before/],
    ["results of two forms", (x) => { if (x > 0) return { a: x }; return { b: x }; }, TreeError, /^if: the result is an object with keys a where/, /of one form/],
    ["results of two types", (x) => { if (x > 0) return x; return int32(3); }, DTypeError, /^if: the result is f32\[\] where the condition holds, and i32\[\]/, /astype\("float32"\)/],
    ["a string that changes", (x) => { let s = "a"; while (x > 0) { x = x - 1; s = "b"; } return s === "a" ? x : -x; }, TreeError, /^while: s is "a" before a turn of the loop, and "b" after it/, /keep their form/],
    ["a value that comes late", (x) => { let y; while (x > 0) { y = x; x = x - 1; } return y; }, TreeError, /^while: y is undefined before a turn of the loop/, /const y = …/],
    ["a type that changes", (x) => { let n: Tensor = int32(4) as never; while (n > x) n = n * 0.5; return n; }, DTypeError, /^while: n changes its type: it is i32\[\] before a turn of the loop, f32\[\] after it/, /astype\("float32"\)/],
    ["a shape that changes", (x) => { let y = 0 as never as Tensor; for (let i = 0; i < x; i++) y = y + array([1, 2]); return y; }, ShapeError, /^for: y changes its type: it is i32\*\[\] before a turn of the loop, f32\[2\] after it/, /zeros/],
  ];
  test.each(cases)("%s", (name, f, type, text, hint) => {
    const error = thrown(f, name === "many conditions" ? [1, 2] : 3);
    expect(error).toBeInstanceOf(type);
    expect(error.message).toMatch(text);
    expect(error.message).toMatch(/\n {4}at .*control-flow\.test\.ts:\d+:\d+/);
    expect((error as ConcretizationError).hint).toMatch(hint);
  });

  test("a loop whose condition nothing in it changes", () => {
    const endless = /^while: nothing that the loop assigns has an influence on its condition: it would never end/;
    expect(thrown((x) => { while (x > 0) x.sin(); return x; }).message).toMatch(endless);
    expect(thrown((x) => { let y = x; while (x > 0) y = y * 2; return y; }).message).toMatch(endless);
    const once = traceFn((x: Tensor) => { let y = x, first = x > 0; while (first) { y = y * 2; first = false; } return y; });
    const other = traceFn((x: Tensor) => { let y = x, n = 0; while (y > 0) { y = -x; n++; } return n; });
    expect([once(3).item(), other(3).item()]).toEqual([6, 1]);
  });

  test("what a side leaves outside by a call is found where it is used", () => {
    const error = thrown((x) => {
      const box: { v?: Tensor } = {};
      const keep = [(v: Tensor): void => { box.v = v; }][0] as (v: Tensor) => void;
      if (x > 0) keep(x * 2);
      return x + (box.v as Tensor);
    });
    expect(error.message).toMatch(/is used after its trace has ended; it is the result of mul .* in the trace of an if/);
  });

  test("an error in a side leaves what is traced next as it was", () => {
    let faulty = true;
    const f: F = (x) => {
      let y = x;
      if (x > 0) { y = x * 20; if (faulty) y = y.reshape([7]); }
      while (y > 25) y = y - 1;
      return y + 1;
    };
    expect(() => traceFn(f)(3 as never)).toThrow(ShapeError);
    faulty = false;
    expect(plain(traceFn(f)(3 as never))).toBe(26);
  });
});
