/**
 * An operation with a program inside its parameters, declared with nothing but the record and the transforms: the way control flow
 * is built. `call` applies its program; under every stack of transforms it must agree with the same function written out.
 */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { evaluator } from "../../src/core/evaluate.ts";
import { definePrimitive, type Primitive, Unknown } from "../../src/core/primitive.ts";
import { type Equation, outputTypes, type Program, Variable } from "../../src/core/program.ts";
import { bind, record, type Value } from "../../src/core/tensor.ts";
import { add } from "../../src/ops/elementwise.ts";
import { jvpProgram } from "../../src/transform/jvp.ts";
import { splitProgram } from "../../src/transform/split.ts";
import { pullBack } from "../../src/transform/transpose.ts";
import { batchProgram } from "../../src/transform/vmap.ts";

type Body = { readonly body: Program };

const callPrimitive: Primitive = definePrimitive<Body>({
  name: "call",
  type: (_inputs, { body }) => outputTypes(body),
  evaluate: (inputs, { body }) => evaluator(body)(inputs),
  jvp: (primals, tangents, { body }) => {
    const { program, activeOutputs } = jvpProgram(body, tangents.map((t) => t !== null));
    const all = bind(callPrimitive, [...primals, ...tangents.filter((t) => t !== null)], { body: program });
    let next = body.outputs.length;
    return { outputs: all.slice(0, next), tangents: activeOutputs.map((on) => (on ? (all[next++] as Value) : null)) };
  },
  transpose: (cotangents, inputs, { body }) => {
    const known = inputs.filter((x): x is Value => !(x instanceof Unknown));
    const cts = cotangents.filter((ct) => ct !== null);
    let present: boolean[] = [];
    const { program } = record("transposed call", [...known, ...cts].map((v) => v.type), (vars) => {
      let k = 0;
      const values = inputs.map((x) => (x instanceof Unknown ? null : (vars[k++] as Value)));
      const given = cotangents.map((ct) => (ct === null ? null : (vars[k++] as Value)));
      const out = pullBack(body, values, given, (x, y) => add(x, y));
      present = out.map((ct) => ct !== null);
      return out.filter((ct) => ct !== null);
    });
    const out = bind(callPrimitive, [...known, ...cts], { body: program });
    let u = 0, o = 0;
    return inputs.map((x) => (x instanceof Unknown && present[u++] ? (out[o++] as Value) : null));
  },
  batch: (size, inputs, axes, { body }) => {
    let outAxes: (number | null)[] = [];
    const { program } = record("batched call", inputs.map((v) => v.type), (vars) => {
      const batched = batchProgram(body, size, vars, axes);
      outAxes = batched.axes;
      return batched.outputs;
    });
    return { outputs: bind(callPrimitive, inputs, { body: program }), axes: outAxes };
  },
  lower: { form: "opaque" },
  commutative: false,
  effect: "none",
  inner: {
    programs: ({ body }) => [body],
    withPrograms: (_params, [body]) => ({ body: body as Program }),
    prune: (equation) => equation,
    partition: (equation, reached) => {
      const { known, rest, residualCount, reachedOutputs } = splitProgram(equation.params["body"] as Program, reached);
      const residuals = known.outputs.slice(known.outputs.length - residualCount).map((a) => new Variable(a.type));
      const pick = <T>(list: readonly T[], mask: readonly boolean[], want: boolean): T[] => list.filter((_, i) => mask[i] === want);
      const part = (body: Program, inputs: Equation["inputs"], outputs: Equation["outputs"]): Equation => ({ ...equation, params: { body }, inputs, outputs });
      return {
        known: [part(known, pick(equation.inputs, reached, false), [...pick(equation.outputs, reachedOutputs, false), ...residuals])],
        linear: [part(rest, [...residuals, ...pick(equation.inputs, reached, true)], pick(equation.outputs, reachedOutputs, true))],
      };
    },
  },
});

/** f with its program inside one operation. */
function called(f: (...xs: Tensor[]) => Tensor): (...xs: Tensor[]) => Tensor {
  return (...xs) => {
    const values = xs as unknown as Value[];
    const { program, captured } = record("body", values.map((v) => v.type), (vars) => [f(...(vars as unknown as Tensor[])) as unknown as Value]);
    return bind(callPrimitive, [...values, ...captured], { body: program })[0] as unknown as Tensor;
  };
}

const f = (x: Tensor, y: Tensor): Tensor => cr.mul(cr.sin(cr.mul(x, y)), cr.exp(cr.div(x, cr.add(2, cr.mul(y, y)))));
const outer = (inner: (x: Tensor, y: Tensor) => Tensor) => (x: Tensor, y: Tensor): Tensor => cr.add(cr.mul(inner(x, y), x), inner(y, cr.cos(x)));
const written = outer(f);
const nested = outer(called((x, y) => called(f as (...xs: Tensor[]) => Tensor)(x!, y!)) as typeof f);

const x = new Float64Array([0.3, 1.1, -0.7]), y = new Float64Array([0.9, -0.2, 0.4]);
const numbers = (tree: unknown): number[] => (Array.isArray(tree) ? tree.flatMap(numbers) : [...(tree as NDArray).data]);

const stacks: Record<string, (g: typeof f) => unknown> = {
  value: (g) => cr.traceFn(g)(x, y),
  grad: (g) => cr.traceFn(g).grad()(x, y),
  "grad of grad": (g) => cr.traceFn(g).grad().grad()(x, y),
  "third order": (g) => cr.traceFn(g).grad({ argnums: 0 }).grad({ argnums: 1 }).grad({ argnums: 0 })(x, y),
  jvp: (g) => cr.jvp(g, [x, y], [x, y]),
  "jvp in one argument": (g) => cr.jvp(g, [x, y], [x, null]),
  linearize: (g) => cr.linearize(g, x, y)[1](y, x),
  vmap: (g) => cr.vmap(g)(x, y),
  "vmap of one argument": (g) => cr.vmap(g, { inAxes: [0, null] })(x, y),
  "vmap of grad": (g) => cr.vmap(cr.grad(g, { argnums: [0, 1] }))(x, y),
  "grad of vmap": (g) => cr.traceFn(cr.vmap(g)).grad()(x, y),
  jacobians: (g) => [cr.jacfwd(g, { argnums: [0, 1] })(x, y), cr.jacrev(g, { argnums: [0, 1] })(x, y)],
  hessian: (g) => cr.hessian((u: Tensor, v: Tensor) => cr.sum(g(u, v)))(x, y),
  "a closure over an outer tensor": (g) => cr.traceFn((u: Tensor) => called((v) => g(v!, u))(u)).grad()(x),
};

describe("an operation with a program inside", () => {
  test.each(Object.entries(stacks))("%s agrees with the function written out", (_name, stack) => {
    const [got, want] = [numbers(stack(nested)), numbers(stack(written))];
    expect(got.length).toBe(want.length);
    got.forEach((v, i) => expect(v).toBeCloseTo(want[i]!, 12));
  });
  test("the derivative keeps the structure: one call forward, one backward", () => {
    const view = cr.traceFn(called(f as (...xs: Tensor[]) => Tensor)).grad().program(x, y);
    expect(view.counts()).toEqual({ call: 2 });
    expect(() => checkProgram(view.program, "grad")).not.toThrow();
  });
});
