/** scan under every stack of transforms, against the same loop written out turn by turn. */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, ScanOptions, Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { runPasses } from "../../src/transform/optimize.ts";
import { type LoopCase, loops, scanned, someLoops, written } from "./scan-cases.ts";

type Loop = (w: Tensor, z: Tensor) => unknown;
const w = new Float64Array([0.6, -0.4, 1.1]), z = new Float64Array([0.3, 0.8, -0.5]);
const u = new Float64Array([0.2, 0.5, -0.9]), v = new Float64Array([-0.7, 0.1, 0.4]);

/** All floating leaves in one number, each element with a weight of its own. */
function weigh(f: Loop): (w: Tensor, z: Tensor) => Tensor {
  return (w, z) => {
    let total: Tensor = cr.sum(cr.mul(w, 0));
    (cr.treeLeaves(f(w, z)) as Tensor[]).forEach((leaf, i) => {
      if (leaf.dtype.startsWith("float")) total = cr.add(total, cr.sum(cr.mul(leaf, cr.reshape(cr.cos(cr.mul(cr.arange(leaf.size), 0.7 + i)), leaf.shape))));
    });
    return total;
  };
}

const batch = { inAxes: [0, null] as const };
const ws = [[0.6, -0.4, 1.1], [0.1, 0.9, -0.3]].map((r) => new Float64Array(r)), batchOf = (rows: Float64Array[]): NDArray => cr.stack(rows as never) as unknown as NDArray;
const stacks: Record<string, (f: Loop) => unknown> = {
  value: (f) => cr.traceFn(f)(w, z),
  "outside of a trace": (f) => f(cr.array(w) as never, cr.array(z) as never),
  gradient: (f) => cr.traceFn(weigh(f)).grad()(w, z),
  "gradient in w": (f) => cr.grad(weigh(f))(w, z),
  "second order": (f) => cr.traceFn(weigh(f)).grad().grad()(w, z),
  "third order": (f) => cr.traceFn(weigh(f)).grad({ argnums: 0 }).grad({ argnums: 1 }).grad()(w, z),
  jvp: (f) => cr.jvp(f, [w, z], [u, v]),
  "jvp in z": (f) => cr.jvp(f, [w, z], [null, v]),
  "jvp of jvp": (f) => cr.jvp((w: Tensor, z: Tensor) => cr.jvp(f, [w, z], [z, w])[1], [w, z], [u, v]),
  linearize: (f) => cr.linearize(f, w, z)[1](u, v),
  vmap: (f) => cr.vmap(f)(batchOf(ws), batchOf([z, u])),
  "vmap of w": (f) => cr.vmap(f, batch)(batchOf(ws), z),
  "vmap along the last axis": (f) => cr.vmap(f, { inAxes: [1, null] })(cr.transpose(batchOf(ws)), z),
  "gradient of vmap": (f) => cr.traceFn(cr.vmap(weigh(f), batch)).grad()(batchOf(ws), z),
  "vmap of gradient": (f) => cr.vmap(cr.grad(weigh(f), { argnums: [0, 1] }), batch)(batchOf(ws), z),
  "vmap of vmap": (f) => cr.vmap(cr.vmap(f, batch), { inAxes: [null, 0] })(batchOf(ws), batchOf([z, u, v])),
  "gradient of vmap of gradient": (f) => cr.traceFn(cr.vmap(cr.grad(weigh(f)), batch)).grad()(batchOf(ws), z),
  Jacobians: (f) => {
    const floating = (w: Tensor, z: Tensor): unknown => (cr.treeLeaves(f(w, z)) as Tensor[]).filter((leaf) => leaf.dtype.startsWith("float"));
    return [cr.jacfwd(floating, { argnums: [0, 1] })(w, z), cr.jacrev(floating, { argnums: [0, 1] })(w, z)];
  },
  Hessian: (f) => cr.hessian(weigh(f), { argnums: [0, 1] })(w, z),
};

const numbers = (tree: unknown): number[] => (cr.treeLeaves(tree) as NDArray[]).flatMap((leaf) => [...leaf.data]);
function expectEqual(got: unknown, want: unknown, tolerance = 1e-10): void {
  const [a, b] = [numbers(got), numbers(want)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => expect(Math.abs(x - b[i]!) <= tolerance * Math.max(1, Math.abs(b[i]!)), `number ${i}: ${x} is not ${b[i]}`).toBe(true));
}

const order = Object.keys(stacks);

describe.each(loops.map((loop) => [loop.name, loop] as const))("%s", (_name, loop) => {
  test.each(order)("%s", (stack) => {
    const transform = stacks[stack]!;
    const reverse = order.indexOf(stack) % 2 === 1;
    expectEqual(transform(scanned(loop, { reverse })), transform(written(loop, { reverse })));
  });
  test("the other way round", () => {
    for (const stack of ["value", "gradient", "vmap of gradient"]) expectEqual(stacks[stack]!(scanned(loop, { reverse: order.indexOf(stack) % 2 === 0 })), stacks[stack]!(written(loop, { reverse: order.indexOf(stack) % 2 === 0 })));
  });
});

const ways: Record<string, ScanOptions> = {
  "unroll 2": { unroll: 2 },
  "unroll more than there is": { unroll: 9 },
  "unroll all": { unroll: true },
  sqrt: { checkpoint: "sqrt" },
  log: { checkpoint: "log" },
  "chunks written out": { checkpoint: "sqrt", unroll: 2 },
};

describe.each(Object.entries(ways))("%s", (_name, options) => {
  test.each(["value", "gradient", "second order", "jvp", "vmap of gradient"])("%s", (stack) => {
    const transform = stacks[stack]!;
    someLoops.forEach((loop, i) => {
      const reverse = i % 2 === 0;
      expectEqual(transform(scanned(loop, { ...options, reverse })), transform(written(loop, { reverse })));
    });
  });
});

test("float32", () => {
  const single = (x: Float64Array): Float32Array => new Float32Array(x);
  for (const loop of loops) {
    for (const transform of [(f: Loop) => cr.traceFn(f)(single(w), single(z)), (f: Loop) => cr.traceFn(weigh(f)).grad()(single(w), single(z))]) expectEqual(transform(scanned(loop)), transform(written(loop)), 2e-5);
  }
});

test("the reference backend", () => {
  for (const loop of loops) {
    for (const transform of [(f: Loop) => cr.traceFn(f, { device: "reference" }), (f: Loop) => cr.traceFn(weigh(f), { device: "reference" }).grad()]) expectEqual(transform(scanned(loop))(w, z), transform(written(loop))(w, z));
  }
});

describe("finite differences", () => {
  const smooth = (loop: LoopCase): boolean => loop.name !== "no derivative in between";
  test.each(loops.filter(smooth).map((loop) => [loop.name, loop] as const))("%s", (_name, loop) => {
    cr.checkGrads(weigh(scanned(loop)), [w, z], { order: someLoops.includes(loop) ? 3 : 2 });
  });
});

test("programs are well formed after every pass", () => {
  for (const loop of loops) {
    const f = weigh(scanned(loop));
    for (const view of [cr.traceFn(f).program(w, z), cr.traceFn(f).grad().program(w, z), cr.traceFn(f).grad().grad().program(w, z), cr.traceFn(cr.vmap(cr.grad(f), batch)).program(batchOf(ws), z)]) {
      checkProgram(view.program, "transforms");
      runPasses(view.program, (pass, result) => checkProgram(result, pass.name));
    }
  }
});

describe("linearTranspose", () => {
  const xs = new Float64Array([1, 2, 3]);
  test("of a loop that is linear", () => {
    const [ct] = cr.linearTranspose((x: Tensor) => cr.scan((c: Tensor, y: Tensor) => [cr.add(c, cr.mul(y, 3)), c], 0, x), xs)([1, [1, 1, 1]] as never) as unknown as [NDArray];
    expect(ct.toArray()).toEqual([9, 6, 3]);
  });
  test("with state that is known beside", () => {
    const weighted = (x: Tensor) => cr.scan(([n, sum]: [Tensor, Tensor], y: Tensor) => [[cr.add(n, 1), cr.add(sum, cr.mul(y, cr.exp(n)))], n], [cr.array(0, { dtype: "float64" }), cr.array(0, { dtype: "float64" })], x)[0][1];
    const [ct] = cr.linearTranspose(weighted, xs)(1) as unknown as [NDArray];
    expectEqual([ct], [cr.exp(cr.array(new Float64Array([0, 1, 2])))]);
  });
  test("of one that is not linear is an error", () => {
    expect(() => cr.linearTranspose((x: Tensor) => cr.scan((c: Tensor, y: Tensor) => [cr.mul(c, y), null], 1, x)[0], xs)(1)).toThrow(cr.DifferentiationError);
  });
});

describe("a scan without a turn runs nothing, in derivatives either", () => {
  const none = (f: (v: Tensor, c: Tensor) => Tensor) => (x: Tensor, c: Tensor): Tensor => cr.scan((v: Tensor, _x: Tensor) => [f(v, c), null], x, cr.zeros([0]))[0];
  let calls = 0;
  const host = cr.callback((c: NDArray) => (calls++, Number(c)), { dtype: "float32", shape: [] }) as unknown as (c: Tensor) => Tensor;
  const bodies: readonly (readonly [name: string, f: (v: Tensor, c: Tensor) => Tensor])[] = [
    ["a host function", (v, c) => cr.mul(v, host(c))],
    ["a loop", (v, c) => cr.mul(v, cr.whileLoop((k: Tensor) => cr.less(k, 100), (k) => cr.add(k, host(c)), c))],
    ["an index that is refused", (v, c) => cr.mul(v, cr.array([1, 2]).get(cr.int32(c)) as Tensor)],
  ];
  test.each(bodies)("%s", (_name, f) => {
    calls = 0;
    const [run, c] = [none(f), 7];
    expect(cr.traceFn(run)(2, c).item()).toBe(2);
    expect(cr.grad(run)(2, c).item()).toBe(1);
    expect(cr.jvp(run, [2, c], [1, null])[1].item()).toBe(1);
    expect(cr.traceFn((x: Tensor, k: Tensor) => cr.grad(run)(x, k)).grad({ argnums: 0 })(2, c).item()).toBe(0);
    expect(calls).toBe(0);
  });
});
