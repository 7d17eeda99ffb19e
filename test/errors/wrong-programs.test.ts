/**
 * Wrong programs and what their authors read: every text names the operation, the types it got, the place in this file, and
 * what to do. The snapshot holds the texts; line and column are replaced, the file name is not.
 */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import { branch, scale } from "./unrewritten.ts";
import type { NDArray, Tensor } from "chainrule";

const f32 = (...shape: number[]) => cr.zeros(shape);
let leaked: Tensor;
const any = (value: unknown): never => value as never;

const programs: Record<string, () => unknown> = {
  "matmul of shapes that would fit transposed": () => cr.matmul(f32(128, 784), f32(512, 784)),
  "matmul of shapes that fit in no way": () => cr.matmul(f32(2, 3), f32(4, 5)),
  "matmul with a scalar": () => cr.matmul(f32(2, 3), 2),
  "shapes that do not broadcast": () => cr.add(f32(3, 4), f32(3)),
  "reshape to another number of elements": () => cr.reshape(f32(2, 3), [4, 2]),
  "reshape without a shape": () => cr.reshape(f32(2, 3), any(undefined)),
  "reshape with two unknown lengths": () => cr.reshape(f32(2, 3), [-1, -1]),
  "transpose with too few axes": () => cr.transpose(f32(2, 3), [0]),
  "an axis out of range": () => cr.sum(f32(2, 3), 2),
  "an axis of a scalar": () => cr.sum(cr.array(1), 0),
  "an axis twice": () => cr.sum(f32(2, 3), [0, 0]),
  "a misspelt option": () => cr.sum(f32(2, 3), any({ axes: 1 })),
  "maximum of nothing": () => cr.max(f32(0, 3), 0),
  "concatenate of different lengths": () => cr.concatenate([f32(2, 3), f32(2, 4)], 0),
  "stack of different shapes": () => cr.stack([f32(2), f32(3)]),
  "expandDims beyond the rank": () => cr.expandDims(f32(2), 5),
  "squeeze of an axis that is not 1": () => cr.squeeze(f32(2, 1), 0),
  "int32 with uint32": () => cr.add(cr.int32([1]), cr.uint32([1])),
  "an integer out of range": () => cr.add(cr.uint32([1]), -1),
  "bitwise and of floats": () => cr.bitwiseAnd(f32(2), f32(2)),
  "an unknown dtype": () => cr.zeros([2], any({ dtype: "float16" })),
  "bytes without a dtype": () => cr.add(any(new Uint8Array(3)), 1),
  "a ragged list": () => cr.add(any([[1, 2], [3]]), 1),
  "a list of tensors as operand": () => cr.traceFn((x: Tensor) => cr.sum(any([x, x])))(1),
  "a string as operand": () => cr.add(any("3"), 1),
  "a bigint as argument": () => cr.traceFn((x: Tensor) => x)(any(3n)),
  "a string as argument": () => cr.traceFn((x: Tensor, mode: string) => (mode === "a" ? x : cr.neg(x)))(1, any("a")),
  "an index out of bounds": () => cr.index(f32(3), 7),
  "too many indices": () => cr.index(f32(3), 0, 0),
  "an index that is not whole": () => cr.index(f32(3), 1.5),
  "an out-of-bounds index found while running": () => cr.traceFn((x: Tensor, i: Tensor) => cr.index(x, i))([1, 2, 3], cr.int32(7)),
  "grad of a vector": () => cr.grad((x: Tensor) => cr.mul(x, 2))([1, 2]),
  "grad of a tuple": () => cr.grad((x: Tensor) => [x, x])(1),
  "grad with respect to an integer": () => cr.grad((x: Tensor) => cr.sum(x))(cr.int32([1, 2])),
  "f.grad() with an integer argument": () => cr.traceFn((x: Tensor, i: Tensor) => cr.mul(x, i)).grad()([1, 2], cr.int32([1, 2])),
  "argnums that name no argument": () => cr.grad((x: Tensor) => x, { argnums: 3 })(1),
  "hasAux without a pair": () => cr.grad((x: Tensor) => any(x), { hasAux: true })(1),
  "vjp with a cotangent of another shape": () => cr.vjp((x: Tensor) => cr.mul(x, 2), [1, 2])[1]([1, 2, 3]),
  "jvp with a tangent missing": () => cr.jvp((x: Tensor, y: Tensor) => cr.mul(x, y), [1, 2], any([1])),
  "linearTranspose of a function that is not linear": () => cr.linearTranspose((x: Tensor) => cr.mul(x, x), 1)(1),
  "vmap over different lengths": () => cr.vmap((x: Tensor, y: Tensor) => cr.add(x, y))([1, 2], [1, 2, 3]),
  "vmap over a scalar": () => cr.vmap((x: Tensor, y: Tensor) => cr.add(x, y))([1, 2], 3),
  "vmap with outAxes null": () => cr.vmap((x: Tensor) => x, { outAxes: null })([1, 2]),
  "an operator in code that was not rewritten": () => cr.traceFn(scale)(3),
  "a comparison in code that was not rewritten": () => cr.traceFn(branch)(3),
  "an array in an operator that was not rewritten": () => scale(cr.array([1, 2])),
  "item of a traced tensor": () => cr.traceFn((x: Tensor) => cr.mul(x, (x as NDArray).item()))(3),
  "item of many elements": () => cr.array([1, 2]).item(),
  "a leaked tensor": () => {
    cr.traceFn((x: Tensor) => (leaked = cr.mul(x, 2)))(3);
    return cr.traceFn((x: Tensor) => cr.add(x, leaked))(1);
  },
  "a leaked tensor outside of any trace": () => cr.add(leaked, 1),
  "an asynchronous function": () => cr.traceFn(any(async (x: Tensor) => x))(3),
  "a class that is no tree": () => cr.traceFn((m: Map<string, number>) => m)(any(new Map())),
  "a static argument out of range": () => cr.traceFn((x: Tensor) => x, { staticArgnums: 2 })(1),
  "a static argument of a call without arguments": () => cr.traceFn((x: Tensor) => x, { staticArgnums: 0 })(...(any([]) as [number])),
  "a donated argument of a call without arguments": () => cr.traceFn(() => cr.zeros([2]), { donate: [0] })(),
  "a dtype option that is no float": () => cr.traceFn((x: Tensor) => x, { dtype: "int32" })(1),
  "an unknown device": () => cr.traceFn((x: Tensor) => x, { device: "tpu" })(1),
  "no function at all": () => cr.grad(any(3)),
  "checkGrads at a kink": () => cr.checkGrads((x: Tensor) => cr.relu(x), [new Float64Array([0])], { order: 1 }),
};

describe("wrong programs", () => {
  test.each(Object.entries(programs))("%s", (_name, run) => {
    let error: unknown;
    try {
      run();
    } catch (thrown) {
      error = thrown;
    }
    expect(error).toBeInstanceOf(cr.ChainruleError);
    expect(error).not.toBeInstanceOf(cr.InternalError);
    const { name, message, place } = error as InstanceType<typeof cr.ChainruleError>;
    expect(place, "the user's line").toMatch(/(wrong-programs\.test|unrewritten)\.ts:\d+:\d+/);
    expect(`${name}: ${message.replaceAll(/\(?[^\s(]*\/(\w[\w.-]*\.ts):\d+:\d+\)?/g, "($1)")}`).toMatchSnapshot();
  });
});
