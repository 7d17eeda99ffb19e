/** What a choice between programs carries, its type, and how its rules record another one. */
import { DTypeError, InternalError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import type { Primitive } from "../core/primitive.ts";
import { inputTypes, outputTypes, type Program } from "../core/program.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { sameType, showType, showTypes, type TensorType } from "../core/type.ts";
import { replay } from "../transform/replay.ts";

/** Operands: (int32 index, operands…). All branches take the operands and give results of the same types. */
export type Branches = { readonly branches: readonly Program[] };

/** The branch that an index counts to: one that is out of range counts as the nearest. */
export function nearest(index: number, branches: readonly Program[]): Program {
  return at(branches, Math.min(Math.max(index, 0), branches.length - 1));
}

export function switchType([index, ...operands]: readonly TensorType[], { branches }: Branches): TensorType[] {
  if (index === undefined || index.dtype !== "int32" || index.shape.length !== 0) throw new DTypeError(`switch: the index must be i32[], got ${index === undefined ? "nothing" : showType(index)}`);
  const first = branches[0];
  if (first === undefined) throw new InternalError("switch without a branch");
  const results = outputTypes(first);
  branches.forEach((branch, k) => {
    const [takes, gives] = [inputTypes(branch), outputTypes(branch)];
    if (differ(takes, operands)) throw new ShapeError(`switch: branch ${k} takes (${showTypes(takes)}), the operands are (${showTypes(operands)})`);
    if (differ(gives, results)) throw new ShapeError(`switch: branch ${k} gives (${showTypes(gives)}), branch 0 gives (${showTypes(results)})`);
  });
  return results.map((t, i) => ({ ...t, weak: branches.every((b) => at(b.outputs, i).type.weak) }));
}

function differ(a: readonly TensorType[], b: readonly TensorType[]): boolean {
  return a.length !== b.length || a.some((t, i) => !sameType(t, at(b, i)));
}

/** The results of the branch that `index` counts to. Where the index is known already there is no choice left. */
export function applySwitch(primitive: Primitive, index: Value, branches: readonly Program[], operands: readonly Value[]): Value[] {
  if (branches.length === 1) return replay(at(branches, 0), operands);
  if (index instanceof ConcreteArray) return replay(nearest(index.elements[0] as number, branches), operands);
  return bind(primitive, [index, ...operands], { branches });
}
