/** Stacks of transforms for control flow: functions of (w, z), two vectors of three, whose trees of results are compared under each of them. */
import { expect } from "vitest";
import * as cr from "chainrule";
import type { NDArray, Tensor } from "chainrule";

export type Flow = (w: Tensor, z: Tensor) => unknown;
type Vector = Float64Array | Float32Array;

/** All floating leaves in one number, each element with a weight of its own. */
export function weigh(f: Flow): (w: Tensor, z: Tensor) => Tensor {
  return (w, z) => {
    let total: Tensor = cr.sum(cr.mul(w, 0));
    (cr.treeLeaves(f(w, z)) as Tensor[]).forEach((leaf, i) => {
      if (leaf.dtype.startsWith("float")) total = cr.add(total, cr.sum(cr.mul(leaf, cr.reshape(cr.cos(cr.mul(cr.arange(leaf.size), 0.7 + i)), leaf.shape))));
    });
    return total;
  };
}

function floating(f: Flow): Flow {
  return (w, z) => (cr.treeLeaves(f(w, z)) as Tensor[]).filter((leaf) => leaf.dtype.startsWith("float"));
}

const batch = { inAxes: [0, null] as const };
const stackOf = (rows: readonly Vector[]): NDArray => cr.stack(rows as never) as unknown as NDArray;

/** What is done with a function, on the given device and in the given dtype. */
export function stacksOn(device: "wasm" | "reference", vector: (values: readonly number[]) => Vector): Record<string, (f: Flow) => unknown> {
  const [w, z, u, v] = [[0.6, -0.4, 1.1], [0.3, 0.8, -0.5], [0.2, 0.5, -0.9], [-0.7, 0.1, 0.4]].map(vector) as [Vector, Vector, Vector, Vector];
  const ws = stackOf([w, vector([0.1, 0.9, -0.3]), vector([1.7, 0.2, 0.4])]);
  const on = (f: { with(options: { device: string }): (...args: never[]) => unknown }): ((...args: unknown[]) => unknown) => f.with({ device }) as never;
  const traced = (f: Flow): ((...args: unknown[]) => unknown) => on(cr.traceFn(f) as never);
  return {
    value: (f) => traced(f)(w, z),
    gradient: (f) => on(cr.traceFn(weigh(f)).grad() as never)(w, z),
    "second order": (f) => on(cr.traceFn(weigh(f)).grad().grad() as never)(w, z),
    "third order": (f) => on(cr.traceFn(weigh(f)).grad({ argnums: 0 }).grad({ argnums: 1 }).grad() as never)(w, z),
    jvp: (f) => on(cr.traceFn(f).jvp() as never)([w, z], [u, v]),
    "jvp in z": (f) => cr.jvp(f, [w, z], [null, v]),
    "jvp of jvp": (f) => cr.jvp((w: Tensor, z: Tensor) => cr.jvp(f, [w, z], [z, w])[1], [w, z], [u, v]),
    "jvp of gradient": (f) => cr.jvp((w: Tensor, z: Tensor) => cr.grad(weigh(f), { argnums: [0, 1] })(w, z), [w, z], [u, v]),
    "gradient of jvp": (f) => on(cr.traceFn((w: Tensor, z: Tensor) => weigh((a, b) => cr.jvp(floating(f), [a, b], [b, a])[1])(w, z)).grad() as never)(w, z),
    linearize: (f) => cr.linearize(f, w, z)[1](u, v),
    vmap: (f) => on(cr.vmap(f) as never)(ws, stackOf([z, u, v])),
    "vmap of w": (f) => on(cr.vmap(f, batch) as never)(ws, z),
    "vmap along the last axis": (f) => cr.vmap(f, { inAxes: [1, null] })(cr.transpose(ws), z),
    "gradient of vmap": (f) => on(cr.traceFn(cr.vmap(weigh(f), batch)).grad() as never)(ws, z),
    "vmap of gradient": (f) => on(cr.vmap(cr.grad(weigh(f), { argnums: [0, 1] }), batch) as never)(ws, z),
    "vmap of gradient of gradient": (f) => cr.vmap(cr.traceFn(weigh(f)).grad().grad(), batch)(ws, z),
    "vmap of vmap": (f) => cr.vmap(cr.vmap(f, batch), { inAxes: [null, 0] })(ws, stackOf([z, u, v])),
    "gradient of vmap of gradient": (f) => cr.traceFn(cr.vmap(cr.grad(weigh(f)), batch)).grad()(ws, z),
    Jacobians: (f) => [cr.jacfwd(floating(f), { argnums: [0, 1] })(w, z), cr.jacrev(floating(f), { argnums: [0, 1] })(w, z)],
    Hessian: (f) => cr.hessian(weigh(f), { argnums: [0, 1] })(w, z),
  };
}

const numbers = (tree: unknown): number[] => (cr.treeLeaves(tree) as NDArray[]).flatMap((leaf) => [...leaf.data]);

export function expectClose(got: unknown, want: unknown, tolerance: number): void {
  const [a, b] = [numbers(got), numbers(want)];
  expect(a.length).toBe(b.length);
  a.forEach((x, i) => expect(Object.is(x, b[i]) || Math.abs(x - b[i]!) <= tolerance * Math.max(1, Math.abs(b[i]!)), `number ${i}: ${x} is not ${b[i]}`).toBe(true));
}
