/** checkpoint: the same bits under every stack of transforms and every policy, what each policy keeps, and what is said about wrong ones. */
import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { noPrograms } from "../../src/core/primitive.ts";
import type { Equation, Program } from "../../src/core/program.ts";
import { optimize } from "../../src/transform/optimize.ts";

type Binary = (x: Tensor, y: Tensor) => Tensor;
const policies = cr.checkpointPolicies;

const f: Binary = (x, y) => {
  const product = cr.checkpointName(cr.mul(x, y), "product");
  const column = cr.reshape(cr.checkpointName(cr.sin(product), "column"), [-1, 1]);
  const square = cr.checkpointName(cr.matmul(column, cr.transpose(column)), "square");
  return cr.mul(cr.tanh(cr.sum(square, 0)), cr.exp(cr.div(x, cr.add(2, cr.mul(y, y)))));
};

const kept: Record<string, cr.CheckpointPolicy | undefined> = {
  "the default": undefined,
  everything: policies.everything,
  nothing: policies.nothing,
  dots: policies.dots,
  "dots without batch axes": policies.dotsWithNoBatchDims,
  "one name": policies.names("product"),
  "two names": policies.names("product", "square"),
  "everything except a name": policies.everythingExcept("column"),
  "any of several": policies.any(policies.dots, policies.names("product")),
};
const forms: Record<string, (policy: cr.CheckpointPolicy | undefined) => Binary> = {
  once: (policy) => cr.checkpoint(f, policy === undefined ? {} : { policy }) as unknown as Binary,
  nested: (policy) => cr.checkpoint((x: Tensor, y: Tensor) => cr.mul(forms["once"]!(policy)(x, y), cr.cos(y)), policy === undefined ? {} : { policy }) as unknown as Binary,
};
const nestedPlainly: Binary = (x, y) => cr.mul(f(x, y), cr.cos(y));

const x = new Float64Array([0.3, 1.1, -0.7]), y = new Float64Array([0.9, -0.2, 0.4]);
const x2 = [[0.3, 1.1], [-0.7, 0.2]], y2 = [[0.9, -0.2], [0.4, 1.3]];
const numbers = (tree: unknown): number[] => (Array.isArray(tree) ? tree.flatMap(numbers) : [...(tree as NDArray).data]);

const stacks: Record<string, (g: Binary) => unknown> = {
  value: (g) => cr.traceFn(g)(x, y),
  "outside of traces": (g) => g(x as unknown as Tensor, y as unknown as Tensor),
  grad: (g) => cr.traceFn(g).grad()(x, y),
  valueAndGrad: (g) => cr.traceFn(g).valueAndGrad()(x, y),
  "grad in one argument": (g) => cr.traceFn(g).grad({ argnums: 1 })(x, y),
  "grad of grad": (g) => cr.traceFn(g).grad().grad()(x, y),
  "third order": (g) => cr.traceFn(g).grad({ argnums: 0 }).grad({ argnums: 1 }).grad({ argnums: 0 })(x, y),
  jvp: (g) => cr.jvp(g, [x, y], [x, y]),
  "jvp in one argument": (g) => cr.jvp(g, [x, y], [x, null]),
  vjp: (g) => cr.vjp(g, x, y)[1](x),
  linearize: (g) => cr.linearize(g, x, y)[1](y, x),
  vmap: (g) => cr.vmap(g)(x2, y2),
  "vmap of one argument": (g) => cr.vmap(g, { inAxes: [1, null] })(x2, [0.5, 0.25]),
  "vmap of grad": (g) => cr.vmap(cr.grad((a: Tensor, b: Tensor) => cr.sum(g(a, b)), { argnums: [0, 1] }))(x2, y2),
  "grad of vmap": (g) => cr.traceFn(cr.vmap(g)).grad()(x2, y2),
  jacobians: (g) => [cr.jacfwd(g, { argnums: [0, 1] })(x, y), cr.jacrev(g, { argnums: [0, 1] })(x, y)],
  hessian: (g) => cr.hessian((u: Tensor, v: Tensor) => cr.sum(g(u, v)))(x, y),
  "linear transpose of the pullback": (g) => cr.linearTranspose((ct: Tensor) => cr.vjp(g, x, y)[1](ct as never)[0] as unknown as Tensor, x)(y),
};

/** Where several cotangents of one value are added, those from inside a checkpoint are added first: the last bit may be another. */
const otherOrder = (form: string, stack: string): boolean => /of grad$|third|hessian|linear transpose/.test(stack) || (form === "nested" && /grad|vjp|jac/.test(stack));

describe.each(Object.entries(forms))("checkpoint, %s", (form, make) => {
  describe.each(Object.entries(stacks))("%s", (stack, apply) => {
    const want = numbers(apply(form === "once" ? f : nestedPlainly));
    test.each(Object.entries(kept))("with %s kept it agrees with the function alone", (_name, policy) => {
      const got = numbers(apply(make(policy)));
      if (!otherOrder(form, stack)) expect(got).toEqual(want);
      else {
        expect(got.length).toBe(want.length);
        const scale = Math.max(...want.map(Math.abs));
        got.forEach((v, i) => expect(Math.abs(v - want[i]!)).toBeLessThan((v === Math.fround(v) ? 1e-6 : 1e-14) * scale));
      }
    });
  });
});

/** How often an operation stands in a program and those inside it. */
function count(program: Program, name: string): number {
  const inside = ({ primitive, params }: Equation): number => (primitive.inner === noPrograms ? 0 : primitive.inner.programs(params).reduce((n, p) => n + count(p, name), 0));
  return program.equations.reduce((n, e) => n + Number(e.primitive.name === name) + inside(e), 0);
}
const gradientOf = (policy: cr.CheckpointPolicy | undefined): Program => cr.traceFn(forms["once"]!(policy)).valueAndGrad().program(x, y).program;

describe("what is computed again", () => {
  // sin, matrix product, tanh: once where the backward pass finds what it needs, twice where it computes it anew; two products are those of the derivative
  test.each([
    ["the default", 2, 4, 2],
    ["nothing", 2, 4, 2],
    ["everything", 1, 3, 1],
    ["dots", 2, 3, 2],
    ["one name", 2, 4, 2],
    ["two names", 2, 3, 2],
    ["everything except a name", 2, 3, 1],
  ])("with %s kept: %i sines, %i products, %i tanh", (name, sines, products, tanhs) => {
    const program = gradientOf(kept[name]);
    expect([count(program, "sin"), count(program, "dotGeneral"), count(program, "tanh")]).toEqual([sines, products, tanhs]);
    // the passes do not undo it
    const optimized = optimize(program);
    expect([count(optimized, "sin"), count(optimized, "dotGeneral"), count(optimized, "tanh")]).toEqual([sines, products, tanhs]);
    expect(count(optimized, "checkpoint")).toBe(0);
  });
  test("the gradient alone needs no forward pass of its own", () => {
    const optimized = optimize(cr.traceFn(forms["once"]!(undefined)).grad().program(x, y).program);
    expect([count(optimized, "sin"), count(optimized, "dotGeneral")]).toEqual([1, 3]);
  });
  test("programs are well formed", () => {
    for (const policy of Object.values(kept)) for (const make of Object.values(forms)) {
      const program = cr.traceFn(make(policy)).grad().grad().program(x, y).program;
      checkProgram(program, "grad of grad");
      checkProgram(optimize(program), "the passes");
    }
  });
});

describe("functions", () => {
  test("of trees, with static arguments, closing over tensors", () => {
    type Layer = { w: Tensor; b: Tensor };
    const layer = ({ w, b }: Layer, x: Tensor): { y: Tensor } => ({ y: cr.tanh(cr.add(cr.mul(w, x), b)) });
    const loss = (use: typeof layer) => cr.grad((p: Layer, x: Tensor, scale: Tensor) => cr.sum(use(p, x).y.mul(scale)), { argnums: [0, 2] });
    const checked = cr.checkpoint(layer) as unknown as typeof layer;
    const args = [{ w: [1, 2], b: [3, -1] }, [0.5, 0.25], 2] as const;
    const plain = loss(layer)(...args), again = loss(checked)(...args);
    expect([again[0].w.toArray(), again[0].b.toArray(), again[1].item()]).toEqual([plain[0].w.toArray(), plain[0].b.toArray(), plain[1].item()]);

    const powers = cr.checkpoint(cr.traceFn((x: Tensor, n: number) => { let y = x; for (let i = 1; i < n; i++) y = y.mul(x); return y; }, { staticArgnums: 1 }));
    expect(cr.grad((x: Tensor) => powers(x, 3))(2).item()).toBe(12);

    const closing = cr.traceFn((w: Tensor) => cr.sum(cr.checkpoint((x: Tensor) => cr.sin(x).mul(w))(w)));
    expect(closing.grad()(0).item()).toBe(0);
    expect(closing.grad().grad()(0).item()).toBe(2);
  });
  test("integer results have no derivative and cross as they are", () => {
    const split = cr.checkpoint((x: Tensor) => [cr.sin(x), cr.argmax(x)] as const);
    const out = cr.valueAndGrad((x: Tensor) => { const [s, i] = split(x); return [cr.sum(s.mul(2)), i] as const; }, { hasAux: true })([0, 2, 1]);
    expect((out as unknown as [[NDArray, NDArray], NDArray])[0][1].item()).toBe(1);
    expect((out as unknown as [unknown, NDArray])[1].toArray()).toEqual([0, 2, 1].map((v) => Math.fround(2 * Math.fround(Math.cos(v)))));
  });
  test("a name outside of a checkpoint is nothing but its value", () => {
    expect(cr.traceFn((x: Tensor) => cr.checkpointName({ a: x.mul(2) }, "twice").a)(3).item()).toBe(6);
    expect(cr.traceFn((x: Tensor) => cr.checkpointName(x, "x").mul(2)).lower("optimized")([1])).not.toMatch("checkpointName");
  });
});

describe("the examples of the documentation", () => {
  const source = readFileSync(new URL("../../src/api/checkpoint.ts", import.meta.url), "utf8");
  const examples = [...source.matchAll(/@example\s(?:\s\*\s)?(?<code>(?:.|\n)+?); ?\/\/ → (?<result>.+?)$|@example (?<line>.+?) \/\/ → (?<value>.+?)$/gmu)].map(({ groups }) => [groups!["code"] ?? groups!["line"]!, groups!["result"] ?? groups!["value"]!] as const);
  test("there is one of each", () => expect(examples).toHaveLength(3));
  test.each(examples)("%s → %s", (code, result) => {
    const statements = code.replaceAll(/^\s*\*\s/gm, "").replaceAll(": Tensor", "").split("\n");
    const run = new Function(...Object.keys(cr), [...statements.slice(0, -1), `return ${statements.at(-1)}`].join("\n")) as (...names: unknown[]) => unknown;
    expect(run(...Object.values(cr))).toEqual(JSON.parse(result));
  });
});

describe("wrong calls", () => {
  const wrong: Record<string, () => unknown> = {
    "an unknown policy": () => cr.checkpoint(f, { policy: "dots" as never }),
    "a policy that was not called": () => cr.checkpoint(f, { policy: policies.names as never }),
    "an unknown kind": () => cr.checkpoint(f, { policy: { save: "most" } as never }),
    "no names": () => policies.names(),
    "a name that is no text": () => policies.names("a", 3 as never),
    "a list where names belong": () => policies.names(["a"] as never),
    "no policy among several": () => policies.any(policies.dots, "names" as never),
    "an unknown option": () => cr.checkpoint(f, { policies: policies.dots } as never),
    "no function": () => cr.checkpoint(3 as never),
    "a name without text": () => cr.checkpointName(1, ""),
  };
  test.each(Object.entries(wrong))("%s", (_name, call) => {
    expect(call).toThrow(cr.ArgumentError);
    expect(String((() => { try { return call(); } catch (e) { return (e as Error).message; } })()).replace(/\n {4}at .*/, "")).toMatchSnapshot();
  });
});
