/**
 * Collectives over the named axes of vmap, against JAX's values (test/golden/generate-collectives.py): on their own, under nested vmaps, under
 * derivatives inside and outside of the vmap, and inside operations with programs of their own.
 */
import { readFileSync } from "node:fs";
import { stripTypeScriptTypes } from "node:module";
import { describe, expect, it } from "vitest";
import * as chainrule from "../../src/index.ts";
import {
  allGather, ArgumentError, axisIndex, axisSize, checkpoint, cond, cos, customJvp, customVjp, float64, foriLoop, grad, hessian, index, int32, jacfwd, jacrev, jvp, linearize, map, type NDArray, ones, pmax, pmean, pmin, psum, scan, sin, square, sum, switchCase, type Tensor, traceFn, treeLeaves, UnsupportedError, vmap, whileLoop,
} from "../../src/index.ts";

const golden = (JSON.parse(readFileSync(new URL("../golden/collectives.json", import.meta.url), "utf8")) as { values: Record<string, unknown> }).values;

type Fn = (x: Tensor) => Tensor;
type Run = (f: Fn) => (x: unknown) => unknown;
const x = new Float64Array([1, 2, 4]);
const m = { data: new Float64Array([0, 1, 2, 3, 4, 5]), shape: [2, 3] };
const w = float64(3);

const over = (f: Fn): Fn => vmap(f, { axisName: "i" }) as unknown as Fn;
const both = (f: Fn): Fn => over((row) => vmap(f, { axisName: "j" })(row));
const grad1 = (f: Fn): Fn => grad(f) as unknown as Fn;
/** Of the whole batch: its gradient is what grad of vmap gives. */
const whole = (f: Fn): Fn => (v) => sum(over(f)(v));

const squared: Fn = (v) => square(psum(v, "i"));
const product: Fn = (v) => psum(v, "i").mul(v).mul(v);
const cubed: Fn = (v) => psum(v.pow(3), "i").mul(v);
const sines: Fn = (v) => psum(sin(v), "i").mul(v);
const gathered: Fn = (v) => sum(allGather(v, "i").mul([0, 1, 2]).mul(v));
const tiled: Fn = (row) => sum(allGather(row, "i", { tiled: true }).mul([0, 1, 2, 3, 4, 5])).mul(row.get(0));

const rows: Record<string, (run: Run) => unknown> = {
  psum: (run) => run(over((v) => psum(v, "i")))(x),
  "psum, not mapped out": (run) => run(vmap((v: Tensor) => psum(v, "i"), { axisName: "i", outAxes: null }) as unknown as Fn)(x),
  "psum of 1": (run) => run(over((v) => v.mul(psum(1, "i"))))(x),
  "psum of bool": (run) => run(over((v) => psum(v.greater(1.5), "i")))(x),
  "psum of what is not mapped": (run) => run((v) => over((e) => e.add(psum(index(v, 1).add(1), "i")))(v))(x),
  "psum of a tree": (run) => run(over((v) => psum({ a: v, b: [v.mul(v), 2] as const }, "i").b[0]))(x),
  pmean: (run) => run(over((v) => pmean(v.mul(v), "i")))(x),
  pmax: (run) => run(over((v) => pmax(sin(v), "i")))(x),
  pmin: (run) => run(over((v) => pmin(sin(v), "i")))(x),
  allGather: (run) => run(over((v) => allGather(v, "i")))(x),
  "allGather, axis 1": (run) => run(over((row) => allGather(row, "i", { axis: 1 })))(m),
  "allGather, tiled": (run) => run(over((row) => allGather(row, "i", { tiled: true })))(m),
  axisIndex: (run) => run(over((v) => v.add(axisIndex("i"))))(x),
  axisSize: (run) => run(over((v) => v.mul(axisSize("i"))))(x),
  "two names": (run) => run(both((e) => e.mul(psum(e, "j")).add(psum(e, "i"))))(m),
  "both names at once": (run) => run(both((e) => e.mul(psum(e, ["i", "j"])).add(pmax(e, ["j", "i"]))))(m),
  "axisIndex of both": (run) => run(both(() => axisIndex(["i", "j"])))(m),
  "the outer name under a vmap without one": (run) => run(over((row) => vmap((e: Tensor) => e.mul(psum(e, "i")))(row)))(m),
  "allGather under a vmap without a name": (run) => run(over((row) => vmap((e: Tensor) => allGather(e, "i"))(row)))(m),
  shadowed: (run) => run(over((row) => over((e) => e.mul(psum(e, "i")))(row).add(psum(row, "i"))))(m),
  "vmap of grad of psum": (run) => run(over(grad1((v) => psum(v, "i"))))(x),
  "vmap of grad of squared psum": (run) => run(over(grad1(squared)))(x),
  "grad of vmap of squared psum": (run) => run(grad1(whole(squared)))(x),
  "vmap of grad of product": (run) => run(over(grad1(product)))(x),
  "grad of vmap of product": (run) => run(grad1(whole(product)))(x),
  "vmap of grad of pmean": (run) => run(over(grad1((v) => pmean(v.mul(v), "i"))))(x),
  "vmap of grad of allGather": (run) => run(over(grad1(gathered)))(x),
  "grad of vmap of allGather": (run) => run(grad1(whole(gathered)))(x),
  "vmap of grad, tiled": (run) => run(over(grad1(tiled)))(m),
  "grad of vmap, tiled": (run) => run(grad1(whole(tiled)))(m),
  "vmap of grad, two names": (run) => run(both(grad1((e) => sin(psum(e.mul(e), ["i", "j"])).mul(psum(e, "j")))))(m),
  "vmap of grad, not mapped": () => vmap(grad((u: Tensor, v: Tensor) => psum(u.mul(u), "i").mul(v)), { axisName: "i", inAxes: [null, 0] })(w, x),
  "grad of vmap, not mapped": (run) => run(grad1((u) => sum(vmap((v: Tensor) => psum(u.mul(u), "i").mul(v), { axisName: "i" })(x))))(w),
  "pmean of grads": () => vmap((u: Tensor, v: Tensor) => pmean(grad((a: Tensor) => sin(a.mul(v)))(u), "i"), { axisName: "i", inAxes: [null, 0] })(w, x),
  "vmap of grad of grad": (run) => run(over(grad1(grad1(cubed))))(x),
  "grad of vmap of grad": (run) => run(grad1(whole(grad1(cubed))))(x),
  "grad of grad of vmap": (run) => run(grad1((v) => sum(square(grad1(whole(cubed))(v)))))(x),
  "vmap of hessian": (run) => run(over(hessian((v: Tensor) => square(psum(sin(v), "i"))) as unknown as Fn))(x),
  "hessian of vmap": () => hessian(whole(cubed))(x),
  "vmap of jacrev": (run) => run(over(jacrev(sines) as unknown as Fn))(x),
  "vmap of jacfwd": (run) => run(over(jacfwd(sines) as unknown as Fn))(x),
  "vmap of jacrev of a vector": (run) => run(over(jacrev((row: Tensor) => psum(sin(row), "i").mul(row)) as unknown as Fn))(m),
  "vmap of jvp": (run) => run(over((v) => jvp(sines, [v], [1])[1] as unknown as Tensor))(x),
  "jvp of vmap": () => jvp(over(sines), [x], [new Float64Array([1, 0.5, -1])])[1],
  "in scan": () => vmap((v: Tensor) => scan((c: Tensor, e: Tensor) => [c.add(psum(e.mul(c), "i")), pmax(c, "i")], v, new Float64Array([0.1, 0.2])), { axisName: "i" })(x),
  "in scan, nothing mapped": (run) => run(over((v) => v.mul(0).add(scan((c: Tensor) => [c.add(axisIndex("i")), c], int32(0), null, { length: 3 })[0])))(x),
  "grad of scan": (run) => run(over(grad1((v) => scan((c: Tensor, e: Tensor) => [c.add(psum(sin(e.mul(c)), "i")), c], v, new Float64Array([0.1, 0.2]))[0])))(x),
  "in the test of while": (run) => run(over((v) => whileLoop((u: Tensor) => pmax(u, "i").less(10), (u: Tensor) => u.add(1.5), v)))(x),
  "in cond, one predicate": (run) => run((v) => over((e) => cond(index(v, 0).equal(1), (u: Tensor) => psum(u, "i"), (u: Tensor) => u, e))(v))(x),
  "in cond, axisIndex decides": (run) => run(over((v) => v.add(cond(axisIndex("i").greater(0), () => 1, () => 2))))(x),
  "in checkpoint": (run) => run(over(grad1(checkpoint((v: Tensor) => sin(psum(v.mul(v), "i")).mul(v)) as unknown as Fn)))(x),
};

const numbers = (tree: unknown): number[] => (typeof tree === "number" ? [tree] : Array.isArray(tree) ? tree.flatMap(numbers) : treeLeaves(tree).flatMap((leaf) => [...(leaf as unknown as NDArray).data]));

describe("collectives give JAX's values", () => {
  it("every row of the file is here", () => {
    expect(Object.keys(rows)).toEqual(Object.keys(golden));
  });
  describe.each(Object.entries(rows))("%s", (name, row) => {
    const ways: Record<string, Run> = { "as it is": (f) => f as never, traced: (f) => traceFn(f) as never, "on the reference": (f) => traceFn(f, { device: "reference" }) as never };
    it.each(Object.entries(ways))("%s", (_way, run) => {
      const [got, want] = [numbers(row(run)), numbers(golden[name])];
      expect(got.length).toBe(want.length);
      got.forEach((v, i) => expect(Math.abs(v - want[i]!), `[${got.join()}] is not [${want.join()}]`).toBeLessThanOrEqual(1e-12 * Math.max(1, Math.abs(want[i]!))));
    });
  });
});

/** sin(Σⱼ xⱼ²) xᵢ, inside of operations that have rules and programs of their own. */
describe("rules of other operations hand the name on", () => {
  const f: Fn = (v) => sin(psum(v.mul(v), "i")).mul(v);
  const byJvp = customJvp(f);
  byJvp.defjvp(([v], [dv]) => {
    const total = psum(v.mul(v), "i");
    const moved = dv === null ? 0 : sin(total).mul(dv).add(cos(total).mul(v).mul(psum(v.mul(dv).mul(2), "i")));
    return [f(v), moved] as never;
  });
  const byVjp = customVjp(f);
  byVjp.defvjp((v) => [f(v), v], (saved, ct) => {
    const v = saved as Tensor;
    const total = psum(v.mul(v), "i");
    return [sin(total).mul(ct).add(psum(ct.mul(v).mul(cos(total)), "i").mul(v).mul(2))] as never;
  });
  const forms: Record<string, Fn> = {
    checkpoint: checkpoint(f) as unknown as Fn,
    customJvp: byJvp as unknown as Fn,
    customVjp: byVjp as unknown as Fn,
    cond: (v) => cond(pmax(v, "i").greater(0), (u: Tensor) => f(u), (u: Tensor) => u, v),
    scan: (v) => scan((c: Tensor) => [f(c), null], v, null, { length: 1 })[0],
    "a scan that keeps little": (v) => scan((c: Tensor) => [f(c), null], v, null, { length: 1, checkpoint: "sqrt" })[0],
    foriLoop: (v) => foriLoop(0, 1, (_i: Tensor, u: Tensor) => f(u), v),
    "foriLoop of a count that is not known": (v) => foriLoop(0, pmax(v, "i").mul(0).add(1).astype("int32"), (_i: Tensor, u: Tensor) => f(u), v),
    map: (v) => index(map((u: Tensor) => f(u), v.reshape([1])), 0),
  };
  const second = numbers(hessian(whole(f))(x));
  it.each(Object.entries(forms))("%s: values and derivatives inside of vmap and outside", (_name, form) => {
    const close = (got: unknown, want: readonly number[]): void => numbers(got).forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 10));
    close(over(form)(x as never), numbers(over(f)(x as never)));
    close(over(grad1(form))(x as never), numbers(golden["in checkpoint"]));
    close(grad1(whole(form))(x as never), numbers(golden["in checkpoint"]));
    close(jacrev(grad1(whole(form)))(x), second);
    close(over((v) => jvp(form, [v], [1])[1] as unknown as Tensor)(x as never), numbers(jvp(over(f), [x], [ones([3], { dtype: "float64" })])[1]));
  });
  it("a rule for the way back alone may speak: the gradients of copies are summed", () => {
    const shared = customVjp((v: Tensor) => v);
    shared.defvjp((v) => [v, null], (_none, ct) => [psum(ct, "i")] as never);
    expect(numbers(vmap(grad((u: Tensor, v: Tensor) => shared(u).mul(v)), { axisName: "i", inAxes: [null, 0] })(3, x))).toEqual([7, 7, 7]);
  });
});

describe("what only some elements of the batch run", () => {
  it("cannot ask anything of all of them", () => {
    const branch: Fn = (v) => cond(v.greater(1.5), (u: Tensor) => psum(u, "i"), (u: Tensor) => u, v);
    expect(() => over(branch)(x as never)).toThrow(/a branch asks something of all elements of the batch "i"[^]*collectives\.test\.ts/);
    const loop: Fn = (v) => whileLoop((u: Tensor) => u.less(10), (u: Tensor) => u.add(psum(u, "i")), v);
    expect(() => over(loop)(x as never)).toThrow(/a loop whose test differs between them asks[^]*pmax/);
    expect(() => over(grad1(branch))(x as never)).toThrow(UnsupportedError);
  });
  it("may use what was asked before", () => {
    const branch: Fn = (v) => {
      const total = psum(v, "i");
      return cond(v.greater(1.5), () => total, (u: Tensor) => u, v);
    };
    expect(numbers(over(branch)(x as never))).toEqual([1, 7, 7]);
    // the sum of all results is x₀ + 2 (x₀ + x₁ + x₂)
    expect(numbers(over(grad1(branch))(x as never))).toEqual([3, 2, 2]);
    expect(numbers(grad1(whole(branch))(x as never))).toEqual([3, 2, 2]);
  });
  it("may use its own position", () => {
    expect(numbers(over((v) => v.mul(0).add(whileLoop((s: Tensor) => s.less(5), (s: Tensor) => s.add(axisIndex("i")).add(1), int32(0))))(x as never))).toEqual([5, 6, 6]);
    expect(numbers(over((v) => v.mul(0).add(switchCase(axisIndex("i"), [() => int32(7), () => axisIndex("i").mul(10), () => int32(axisSize("i"))])))(x as never))).toEqual([7, 10, 3]);
  });
  it("may speak along another axis", () => {
    const f = both((e) => cond(axisIndex("j").less(2), (u: Tensor) => psum(u, "i"), (u: Tensor) => u, e));
    expect(numbers(f(m as never))).toEqual([3, 5, 2, 3, 5, 5]);
  });
});

describe("names", () => {
  it("leave no trace in the program: it is that of the whole batch", () => {
    const view = traceFn(over((v) => psum(v, "i").mul(v))).program(x);
    expect(view.counts()).toEqual({ sum: 1, broadcast: 1, mul: 1 });
  });
  it("are seen by a method and by functions traced elsewhere, whatever the length", () => {
    const shared = traceFn((v: Tensor) => psum(v, "b"));
    expect(traceFn((v: Tensor) => v.div(shared(v))).vmap({ axisName: "b" })([1, 3]).toArray()).toEqual([0.25, 0.75]);
    const fixed = (size: number): unknown => vmap((v: Tensor) => v.add(shared(2)), { axisName: "b" })(new Float32Array(size)).toArray();
    expect([fixed(2), fixed(3)]).toEqual([[4, 4], [6, 6, 6]]);
  });
  it("axisSize and psum of a number are known while tracing", () => {
    const f = (v: Tensor): Tensor => sum(ones([axisSize("i"), psum(2, "i")])).add(v);
    expect(over(f)(x as never)).toMatchObject({ shape: [3] });
    expect(numbers(over(f)(x as never))).toEqual([19, 20, 22]);
  });
  it("ties of pmax and pmin share the derivative, inside of vmap and outside", () => {
    const tied = new Float64Array([4, 1, 4]);
    for (const f of [(v: Tensor) => pmax(v, "i"), (v: Tensor) => pmin(v.mul(-1), "i").mul(-1)]) {
      expect(numbers(over(grad1(f))(tied as never))).toEqual([1.5, 0, 1.5]);
      expect(numbers(grad1(whole(f))(tied as never))).toEqual([1.5, 0, 1.5]);
    }
  });
  it("of several names the last counts fastest", () => {
    const rowMajor = both((e) => allGather(e, ["i", "j"]));
    expect((rowMajor(m as never) as unknown as NDArray).get(1, 2).toArray()).toEqual([0, 1, 2, 3, 4, 5]);
    const columnMajor = both((e) => allGather(e, ["j", "i"]));
    expect((columnMajor(m as never) as unknown as NDArray).get(0, 0).toArray()).toEqual([0, 3, 1, 4, 2, 5]);
  });
});

describe("the examples in the documentation", () => {
  const source = readFileSync(new URL("../../src/api/collectives.ts", import.meta.url), "utf8");
  const examples = [...source.matchAll(/@example (.+) \/\/ → (.+)$/gmu)].map(([, code, result]) => [stripTypeScriptTypes(code as string), result as string] as const);
  it("are there", () => expect(examples).toHaveLength(6));
  it.each(examples)("%s → %s", (code, result) => {
    const run = new Function(...Object.keys(chainrule), `return ${code}`) as (...names: unknown[]) => NDArray;
    (JSON.parse(result) as number[]).forEach((v, i) => expect(run(...Object.values(chainrule)).data[i]).toBeCloseTo(v, 6));
  });
});

describe("an axis that nobody named", () => {
  const lost = (v: Tensor): Tensor => psum(v, "batch");
  it("is an error with the names in scope, wherever the collective is used", () => {
    expect(() => lost(1 as never)).toThrow(/psum: no axis is named "batch" here; no names are in scope/);
    expect(() => traceFn(lost)(1)).toThrow(/no names are in scope/);
    expect(() => grad(lost)(1)).toThrow(ArgumentError);
    expect(() => over(lost)(x as never)).toThrow(/in scope: "i"\n[^]*collectives\.test\.ts[^]*vmap\(f, \{ axisName: "batch" \}\)/);
    expect(() => both(() => axisIndex("k"))(m as never)).toThrow(/in scope: "i", "j"/);
    expect(() => vmap(lost)(x)).toThrow(ArgumentError);
  });
  it("is so again behind the vmap", () => {
    const f = traceFn(lost);
    expect(numbers(vmap(f, { axisName: "batch" })(x))).toEqual([7, 7, 7]);
    expect(() => f(x)).toThrow(/no axis is named "batch"/);
  });
  it("names are strings, each once", () => {
    expect(() => over((v) => psum(v, ["i", "i"]))(x as never)).toThrow(/named twice/);
    expect(() => over((v) => psum(v, 0 as never))(x as never)).toThrow(/an axis name is a string, got 0/);
    expect(() => vmap(lost, { axisName: 3 as never })(x)).toThrow(/axisName must be a name, got 3/);
    expect(() => vmap(lost, { axisname: "batch" } as never)(x)).toThrow(/unknown option "axisname"/);
  });
});

describe("a rule that names an axis, of a function whose operands the batch does not have", () => {
  const doubled = (backward: (ct: Tensor) => Tensor): Fn => customVjp((v: Tensor) => v.mul(2)).defvjp((v) => [v.mul(2), null], (_, ct) => [backward(ct)]) as unknown as Fn;
  const rules: readonly (readonly [name: string, f: Fn, want: readonly number[]])[] = [
    ["psum", doubled((ct) => psum(ct, "i")), [3, 3, 3]],
    ["axisIndex", doubled((ct) => ct.mul(axisIndex("i").add(1))), [1, 2, 3]],
  ];
  const ways: Record<string, (f: Fn, y: Tensor) => Tensor> = {
    grad: (f, y) => grad1(f)(y),
    jvp: (f, y) => jvp(f, [y], [1])[1] as unknown as Tensor,
    linearize: (f, y) => linearize(f, y)[1](1) as unknown as Tensor,
    "jvp of a known number": (f) => jvp(f, [5], [1])[1] as unknown as Tensor,
    "in a loop": (f, y) => sum(scan((c: Tensor, k: Tensor) => [c, jvp(f, [y], [k])[1]], y, [1])[1]),
  };
  describe.each(rules)("%s", (_name, f, want) => {
    it.each(Object.entries(ways))("%s", (_way, run) => {
      expect(numbers(vmap((v: Tensor, y: Tensor) => v.mul(0).add(run(f, y)), { axisName: "i", inAxes: [0, null] })(x, 5))).toEqual(want);
    });
  });
});
