/** Programs of many equations for the conformance suite: functions of every family, their gradients, batches and second derivatives. */
import * as cr from "chainrule";
import type { Tensor, TraceableFn } from "chainrule";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import { type Atom, type Program, Variable } from "../../src/core/program.ts";
import { general } from "./arrays.ts";
import { loops, tests } from "./control-programs.ts";

export interface Workload {
  readonly name: string;
  trace(): { readonly program: Program; readonly inputs: readonly ConcreteArray[] };
}

type F = (...args: Tensor[]) => unknown;
type Shape = readonly number[];

/** Each with the shapes of its arguments. Smooth enough that rounding does not decide anything. */
const functions: Readonly<Record<string, readonly [F, ...Shape[]]>> = {
  "elementwise chain": [(x, y) => cr.sum(cr.mul(cr.sin(cr.add(x, y)), cr.exp(cr.neg(cr.mul(x, x))))), [3, 5], [5]],
  "multi-layer perceptron": [
    (x, w, b, v) => cr.mean(cr.logSoftmax(cr.matmul(cr.tanh(cr.add(cr.matmul(x, w), b)), v))),
    [4, 6], [6, 5], [5], [5, 3],
  ],
  "softmax attention": [
    (q, k, v) => cr.sum(cr.matmul(cr.softmax(cr.div(cr.matmul(q, cr.swapaxes(k, -1, -2)), 2)), v)),
    [2, 3, 4], [2, 5, 4], [2, 5, 2],
  ],
  "views of views": [
    (x) => cr.sum(cr.mul(cr.flip(cr.transpose(x)), cr.reshape(cr.concatenate([cr.index(x, cr.slice(1, null)), cr.index(x, cr.slice(0, 1))]), [4, 3]))),
    [3, 4],
  ],
  "indexing and updates": [(x, u) => cr.sum(cr.square(cr.at(cr.take(x, [2, 0, 0, 1], { axis: 0 }), [1, 3]).add(u))), [3, 2], [2, 2]],
  normalization: [(x) => cr.sum(cr.div(cr.sub(x, cr.mean(x, { axis: -1, keepDims: true })), cr.sqrt(cr.add(cr.variance(x, { axis: -1, keepDims: true }), 0.1)))), [4, 6]],
  "choices and extremes": [(x, y) => cr.add(cr.max(cr.where(cr.greater(x, y), cr.mul(x, 3), cr.abs(y))), cr.sum(cr.clip(x, -1, 1))), [7], [7]],
  "running totals": [(x) => cr.sum(cr.mul(cr.cumsum(x), cr.cumprod(cr.mul(x, 0.5)))), [9]],
  "integers beside floats": [(x) => cr.sum(cr.mul(x, cr.astype(cr.argmax(cr.outer(x, x), 1), "float32"))), [5]],
  "many results": [(x, y) => [cr.sum(x), { product: cr.mul(x, y), same: x, one: cr.ones([2]) }, cr.greater(x, y)], [4], [4]],
};

/** The workloads in a floating dtype. */
export function workloads(dtype: DType): Workload[] {
  return Object.entries({ ...functions, ...loops, ...tests }).flatMap(([name, [f, ...shapes]]) => {
    const inputs = shapes.map((shape, i) => general(dtype, shape, `${name}${i}`));
    const wrap = (label: string, fn: () => unknown, args: readonly ConcreteArray[] = inputs): Workload => ({
      name: `${label}${name}`,
      trace: () => ({ program: (cr.traceFn(fn() as F, { dtype }) as TraceableFn).program(...(args as readonly unknown[])).program, inputs: args }),
    });
    const all = [wrap("", () => f), wrap("a batch of ", () => cr.vmap(f), batched(inputs, name))];
    if (name === "many results" || name in tests) return all;
    const gradient = (): F => cr.grad(f as never, { argnums: shapes.map((_, i) => i) }) as unknown as F;
    const turned = (...args: Tensor[]): unknown => cr.jvp(gradient() as never, args as never, args as never)[1];
    return [...all, wrap("the gradient of ", gradient), wrap("a batch of gradients of ", () => cr.vmap(gradient()), batched(inputs, name)), wrap("the Hessian times a vector of ", () => turned)];
  });
}

function batched(inputs: readonly ConcreteArray[], seed: string): ConcreteArray[] {
  return inputs.map((x, i) => general(x.type.dtype, [3, ...x.type.shape], `${seed}${i}, batched`));
}

/** What a program means: each equation by its primitive's `evaluate`. The suite's own oracle, so that the reference is tested too. */
export function evaluateProgram(program: Program, inputs: readonly ConcreteArray[]): ConcreteArray[] {
  const values = new Map<Variable, ConcreteArray>(program.inputs.map((v, i) => [v, inputs[i] as ConcreteArray]));
  const read = (atom: Atom): ConcreteArray => (atom instanceof Variable ? (values.get(atom) as ConcreteArray) : atom);
  for (const { primitive, inputs: operands, params, outputs } of program.equations) {
    const results = primitive.evaluate(operands.map(read), params, outputs.map((v) => v.type));
    outputs.forEach((v, i) => values.set(v, results[i] as ConcreteArray));
  }
  return program.outputs.map(read);
}
