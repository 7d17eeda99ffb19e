/** Products of vectors, matrices and stacks of them. */
import { einsum } from "../../src/api/einsum.ts";
import { cross, dot, dotGeneral, inner, kron, matmul, outer, tensordot, vdot } from "../../src/api/linear.ts";
import { type Call, type Case, numbersOnly, real, type Shape } from "./support/case.ts";

type Options = Partial<Pick<Case, "label" | "dtypes" | "golden" | "examples" | "order">>;

function product(name: string, call: Call, shapes: readonly (readonly Shape[])[], options: Options = {}): Case {
  const count = shapes[0]?.length ?? 2;
  return { name, call, operands: Array.from({ length: count }, () => real(-2, 2)), shapes, dtypes: numbersOnly, order: 2, golden: [name], ...options };
}

export const linearCases: readonly Case[] = [
  product("matmul", matmul, [[[2, 3], [3, 2]], [[3], [3]], [[3], [3, 2]], [[2, 3], [3]], [[2, 2, 3], [3, 1]], [[2, 1, 1, 2], [3, 2, 1]], [[0, 2], [2, 3]], [[2, 0], [0, 1]]], { order: 3 }),
  product("dot", dot, [[[3], [3]], [[2, 3], [3]], [[2, 3], [3, 2]], [[], [3]], [[2], []], [[2, 1, 3], [2, 3, 2]]]),
  product("vdot", vdot, [[[3], [3]], [[2, 3], [3, 2]], [[0], [0]]]),
  product("inner", inner, [[[3], [3]], [[2, 3], [4, 3]], [[], [2]]]),
  product("outer", outer, [[[3], [2]], [[2, 2], [3]], [[], [2]], [[0], [2]]]),
  product("tensordot", (x, y) => tensordot(x, y), [[[2, 3], [2, 3]], [[2, 2, 3], [2, 3, 2]]]),
  product("tensordot", (x, y) => tensordot(x, y, [[0, -1], [1, 0]]), [[[2, 1, 3], [3, 2]]], { label: "named axes" }),
  product("dotGeneral", (x, y) => dotGeneral(x, y, { contract: [[2], [1]], batch: [[0], [0]] }), [[[2, 2, 3], [2, 3, 2]], [[2, 1, 0], [2, 0, 2]]], { order: 3 }),
  product("dotGeneral", (x, y) => dotGeneral(x, y, { contract: [[0, 2], [2, 0]], batch: [[1], [1]] }), [[[2, 3, 2, 2], [2, 3, 2, 1]]], { label: "axes in any order" }),
  product("dotGeneral", (x, y) => dotGeneral(x, y, {}), [[[2], [3]], [[], [2]]], { label: "nothing summed" }),
  product("kron", kron, [[[2], [3]], [[2, 2], [2]], [[], [2]]], { golden: { none: "an outer product, laid out in blocks" }, examples: [{ operands: [[[1, 10]], [[1], [2]]], result: [[1, 10], [2, 20]] }] }),
  product("cross", (x, y) => cross(x, y), [[[3], [3]], [[2, 3], [3]], [[2], [3]], [[2], [2]]], { golden: { none: "differences of products" }, examples: [{ operands: [[1, 2, 3], [4, 5, 6]], result: [-3, 6, -3] }] }),
  product("einsum", (x, y) => einsum("ij,jk->ik", x, y), [[[2, 3], [3, 2]]], { order: 3 }),
  product("einsum", (x, y) => einsum("...ij,...kj", x, y), [[[2, 2, 3], [1, 2, 3]], [[2, 3], [2, 2, 3]]], { label: "with an ellipsis" }),
  product("einsum", (x) => einsum("iij->j", x), [[[2, 2, 3]]], { label: "of a diagonal" }),
  product("einsum", (x, y, z) => einsum("bi,bj,k->bij", x, y, z), [[[2, 2], [2, 3], [2]]], { label: "of three" }),
  product("einsum", (x) => einsum("ij->ji", x), [[[2, 3]], [[0, 2]]], { label: "a transposition" }),
];
