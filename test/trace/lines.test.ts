/** The line of an operation: found by tracing once more, and only when somebody asks. */
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

/** `[operation, line]` of each equation of a program that has a line in this file. */
function lines(program: { toString(options: { places: boolean }): string }): [string, number][] {
  return [...program.toString({ places: true }).matchAll(/= (\w+)\b.*# .*lines\.test\.ts:(\d+):\d+/g)].map(([, name, line]) => [name as string, Number(line)]);
}

function collector(): () => void {
  setFlagsFromString("--expose-gc");
  return runInNewContext("gc") as () => void;
}

/** The line of this call. */
const here = (): number => Number(/lines\.test\.ts:(\d+)/.exec(new Error("here").stack?.split("\n").find((l) => l.includes("lines.test.ts") && !l.includes("at here")) ?? "")?.[1]);

test("functions and methods, each on its own line, and the function runs again once", () => {
  let runs = 0;
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    runs++;
    const a = cr.sin(x);
    const b = a.mul(a);
    return cr.exp(b.add(1));
  });
  const program = f.program([1, 2]);
  expect(runs).toBe(1);
  expect(f([1, 2]).toArray()).toHaveLength(2);
  expect(runs).toBe(1);
  expect(lines(program)).toEqual([["sin", start + 3], ["mul", start + 4], ["add", start + 5], ["exp", start + 5]]);
  expect(lines(program)).toHaveLength(4);
  expect(runs).toBe(2);
});

test("the backward pass has the lines of the forward pass, in nested functions and to second order", () => {
  const start = here();
  const inner = (x: Tensor): Tensor => {
    const s = cr.sin(x);
    return s.mul(s);
  };
  const slope = (x: Tensor): Tensor => cr.grad(inner)(x) as Tensor;
  const f = cr.traceFn((x: Tensor) => cr.sum(cr.vmap(slope)(x)));
  const found = lines(f.grad().program([1, 2, 3]));
  expect(found.length).toBeGreaterThan(4);
  expect(new Set(found.map(([, line]) => line - start))).toEqual(new Set([2, 3]));
});

test("bodies that close over tensors of a function that has ended", () => {
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    const k = cr.cos(x);
    const [total] = cr.scan((c: Tensor, y: Tensor) => {
      const z = c.mul(k);
      return [z.add(y), z];
    }, x, [1, 2, 3]);
    return total;
  });
  expect(lines(f.program(2)).filter(([name]) => name !== "scan")).toEqual(expect.arrayContaining([["cos", start + 2], ["mul", start + 4], ["add", start + 5]]));
});

test("branches", () => {
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    const y = cr.cond(cr.greater(x, 0), (v: Tensor) => {
      return cr.log(v);
    }, (v: Tensor) => cr.neg(v), x);
    return cr.tanh(y);
  });
  expect(lines(f.program(2))).toEqual(expect.arrayContaining([["greater", start + 2], ["log", start + 3], ["neg", start + 4], ["tanh", start + 5]]));
});

test("an error while a function is traced needs no second run", () => {
  let runs = 0;
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    runs++;
    return cr.matmul(x, cr.zeros([5, 5]));
  });
  expect(() => f([1, 2, 3])).toThrow(new RegExp(`lines\\.test\\.ts:${start + 3}:`));
  expect(runs).toBe(1);
});

test("an error that only a run or a transform finds has the line", () => {
  const start = here();
  const read = cr.traceFn((x: Tensor, i: Tensor) => {
    const doubled = x.mul(2);
    return cr.take(doubled, i);
  });
  const host = cr.callback((v: cr.NDArray) => v, { shape: [], dtype: "float32" });
  const throughTheHost = (x: Tensor): Tensor => {
    const y = cr.sin(x);
    return host(y);
  };
  expect(() => read([1, 2, 3], cr.array([7], { dtype: "int32" })).item()).toThrow(new RegExp(`lines\\.test\\.ts:${start + 3}:`));
  expect(() => cr.traceFn(throughTheHost).grad()(1)).toThrow(new RegExp(`lines\\.test\\.ts:${start + 8}:`));
});

test("where the function does something else the second time, it has the lines before that and no wrong ones", () => {
  let runs = 0;
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    const a = cr.sin(x);
    const b = runs++ === 0 ? cr.exp(a) : a;
    return cr.cos(b);
  });
  const program = f.program(1);
  expect(lines(program)).toEqual([["sin", start + 2]]);
});

test("where it throws the second time, it has the lines before that", () => {
  let runs = 0;
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    const a = cr.sin(x);
    if (runs++ > 0) throw new Error("once only");
    return cr.cos(a);
  });
  expect(lines(f.program(1))).toEqual([["sin", start + 2]]);
});

test("asked for while another function is traced, nothing is recorded there", () => {
  const start = here();
  const f = cr.traceFn((x: Tensor) => cr.sin(x));
  const program = f.program(1);
  let found: [string, number][] = [];
  const g = cr.traceFn((x: Tensor) => {
    found = lines(program);
    return cr.cos(x);
  });
  expect(String(g.program(1)).match(/= \w+/g)).toEqual(["= cos"]);
  expect(found).toEqual([["sin", start + 1]]);
});

test("a profile of a loop written out names the line of its last operation", () => {
  const start = here();
  const f = cr.traceFn((x: Tensor) => {
    let y = x;
    for (let i = 0; i < 5; i++) y = cr.sin(y);
    return y;
  });
  f(1);
  expect(cr.profile(() => f(1)).rows[0]?.place).toContain(`lines.test.ts:${start + 3}:`);
});

test("what the library does by itself stands where the function was called, not where its line was asked for", () => {
  const start = here();
  const f = cr.traceFn(cr.sin);
  const program = f.program(1);
  const gradient = cr.traceFn(cr.exp).grad().program(1);
  expect(lines(program)).toEqual([["sin", start + 2]]);
  expect(new Set(lines(gradient).map(([, line]) => line))).toEqual(new Set([start + 3]));
});

describe("while a function is traced it is not called again", () => {
  test("whoever converts a tensor and catches the error", () => {
    let calls = 0;
    const start = here();
    const f = cr.traceFn((x: Tensor) => {
      const y = cr.sin(x);
      try {
        Number(y);
      } catch (error) {
        expect(String(error)).toMatch(new RegExp(`lines\\.test\\.ts:${start + 4}:`));
      }
      const z = cr.exp(y);
      return cr.cos(z.mul(1 + ++calls));
    });
    expect(Number(f(1))).toBeCloseTo(Math.cos(2 * Math.exp(Math.sin(1))), 5);
    expect(calls).toBe(1);
    expect(lines(f.program(1))).toEqual([["sin", start + 2], ["exp", start + 8], ["mul", start + 9], ["cos", start + 9]]);
  });

  test("whoever looks at another program meanwhile", () => {
    const start = here();
    const f = cr.traceFn((x: Tensor) => {
      cr.traceFn(cr.sin).program(1).toString({ places: true });
      return cr.cos(x);
    });
    expect(lines(f.program(1))).toEqual([["cos", start + 3]]);
  });
});

test("a call that records nothing, and only the first time, moves no line", () => {
  let table: Tensor | undefined;
  const h = cr.traceFn((v: Tensor) => cr.exp(v));
  const start = here();
  const f = cr.traceFn((x: Tensor, i: Tensor) => {
    const k = h([1, 2, 3]);
    table ??= cr.mul(cr.array([1, 2, 3]), 2);
    const a = cr.take(x, i);
    const b = cr.cos(a);
    return b.mul(k).mul(table as Tensor);
  });
  expect(() => f([1, 2, 3], cr.array([9], { dtype: "int32" })).toArray()).toThrow(new RegExp(`lines\\.test\\.ts:${start + 4}:`));
  expect(lines(f.program([1, 2, 3], cr.array([1], { dtype: "int32" }))).find(([name]) => name === "cos")).toEqual(["cos", start + 5]);
});

test("a tensor kept outside is refused whether lines were asked for or not", () => {
  let kept: Tensor | undefined;
  const f = cr.traceFn((x: Tensor) => (kept = cr.sin(x)));
  lines(f.program(1));
  const g = cr.traceFn((y: Tensor) => y.mul(kept as Tensor));
  expect(() => g.program(2)).toThrow(cr.LeakedTensorError);
  expect(() => g.program(2)).toThrow(cr.LeakedTensorError);
});

test("deep in the library", () => {
  const start = here();
  const inner = cr.checkpoint((y: Tensor) => cr.sin(y));
  const f = cr.traceFn((x: Tensor) => {
    const a = cr.exp(x);
    return inner(a);
  });
  expect(f.program(1).toString({ places: true })).toMatch(new RegExp(`lines\\.test\\.ts:${start + 4}:`));
});

test("nothing of a function is kept alive by the rules of its operations", async () => {
  const gc = collector();
  const ref = (() => {
    const big = { data: [2] };
    cr.grad((x: Tensor) => cr.asinh(x).mul(big.data[0] as number))(1 as never);
    return new WeakRef(big);
  })();
  await new Promise((resolve) => setTimeout(resolve, 5));
  gc();
  expect(ref.deref()).toBeUndefined();
});
