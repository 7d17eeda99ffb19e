/** cond and switchCase as functions of trees: traces the branches on the same operands and brings their results to the same types. */
import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { switchOf } from "../control/branch.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { build, ownDType } from "../core/convert.ts";
import { dtypes, promoteDTypes } from "../core/dtype.ts";
import { inputTypes, type Program } from "../core/program.ts";
import { sameShape } from "../core/shape.ts";
import { at, currentTrace, isValue, record, type TracedArray, type Value } from "../core/tensor.ts";
import { flatten, leafPaths, type Structure, showStructure, unflatten } from "../core/tree.ts";
import { sameType, showType, type TensorType } from "../core/type.ts";
import { notEqual } from "../ops/compare.ts";
import { convert } from "../ops/elementwise.ts";
import { clamp } from "../ops/select.ts";
import { replay } from "../transform/replay.ts";
import { type BodyArgument, readTrees, traceBody } from "./body.ts";
import { shareCaptures } from "./shared-captures.ts";
import type { PlainFunction } from "./trace.ts";

/** A branch and how errors call it. */
export interface NamedBranch {
  readonly name: string;
  readonly fn: PlainFunction;
}

/** One of the branches on the operands: the one that `index` (an int32 scalar, or a number where it is known) counts to. */
export function branchTrees(index: Value | number, branches: readonly NamedBranch[], operands: readonly unknown[], where: string): unknown {
  const leaves = readTrees(operands, operands.map((_, i) => `operand ${i}`), where);
  const args: BodyArgument[] = leaves.map(({ structure, values }) => ({ structure, types: values.map((v) => v.type) }));
  const known = typeof index === "number" ? index : index instanceof ConcreteArray ? (index.elements[0] as number) : undefined;
  if (known !== undefined) {
    const chosen = at(branches, Math.min(Math.max(known, 0), branches.length - 1));
    const result = (chosen.fn as (...args: readonly unknown[]) => unknown)(...leaves.map(({ structure, values }) => unflatten(structure, values)));
    const flat = flatten(result, `${where}: the result of ${chosen.name}`);
    return unflatten(flat.structure, flat.leaves.map((leaf) => numberAsValue(leaf, where)));
  }
  const traced = branches.map((branch) => traceBranch(branch, args, where));
  const structure = sameTrees(traced, branches, where);
  const types = commonTypes(traced, branches, structure, where);
  const { captured, programs } = shareCaptures(traced.map((t) => ({ ...t, program: withTypes(t.program, types) })));
  return unflatten(structure, switchOf(index as Value, programs, [...captured, ...leaves.flatMap((l) => l.values)]));
}

interface TracedBranch {
  readonly program: Program;
  readonly captured: readonly TracedArray[];
  readonly structure: Structure;
  /** Which results are plain numbers: they take the dtype of the others. */
  readonly numbers: readonly boolean[];
}

function traceBranch({ name, fn }: NamedBranch, args: readonly BodyArgument[], where: string): TracedBranch {
  let numbers: boolean[] = [];
  const body = (...values: readonly unknown[]): unknown => {
    const result = (fn as (...args: readonly unknown[]) => unknown)(...values);
    if (result instanceof Promise) return result;
    const { leaves, structure } = flatten(result, `${where}: the result of ${name}`);
    numbers = leaves.map((leaf) => !isValue(leaf) && ownDType(leaf) === undefined);
    return unflatten(structure, leaves.map((leaf) => numberAsValue(leaf, where)));
  };
  Object.defineProperty(body, "length", { value: fn.length });
  const { program, captured, structure } = traceBody(body as PlainFunction, fn.name || `${name} of ${where}`, args);
  return { program, captured, structure, numbers };
}

/** A leaf as it is, or plain numbers as a value that takes the dtype of what it meets; outside of traces there is nothing more to meet. */
function numberAsValue(leaf: unknown, where: string): Value {
  if (isValue(leaf)) return leaf;
  const [own, trace] = [ownDType(leaf), currentTrace()];
  const array = build(leaf, own ?? trace?.defaultFloat ?? "float32", where);
  return own === undefined && trace !== undefined ? array.withType({ ...array.type, weak: true }) : array;
}

function sameTrees(traced: readonly TracedBranch[], branches: readonly NamedBranch[], where: string): Structure {
  const [first, ...others] = traced.map((t) => showStructure(t.structure));
  others.forEach((text, i) => {
    if (text === first) return;
    throw new TreeError(`${where}: the branches give different trees: ${at(branches, 0).name} gives ${first}, ${at(branches, i + 1).name} gives ${text}`, { hint: "both must return the same keys in the same order, and lists of the same length" });
  });
  return at(traced, 0).structure;
}

function commonTypes(traced: readonly TracedBranch[], branches: readonly NamedBranch[], structure: Structure, where: string): TensorType[] {
  const paths = leafPaths(structure, "result");
  return paths.map((path, i) => {
    let common = typeAt(traced, 0, i);
    for (let k = 1; k < traced.length; k++) {
      const other = typeAt(traced, k, i);
      const joined = join(common, numberAt(traced, k - 1, i), other, numberAt(traced, k, i), where);
      if (joined === undefined) {
        const text = `${where}: the branches give different types at ${path}: ${at(branches, 0).name} gives ${showType(typeAt(traced, 0, i))}, ${at(branches, k).name} gives ${showType(other)}`;
        if (!sameShape(common.shape, other.shape)) throw new ShapeError(text, { hint: "bring both to one shape: broadcastTo(x, shape), or zeros(shape) where there is nothing to give" });
        throw new DTypeError(text, { hint: `convert one: x.astype("${common.dtype}")` });
      }
      common = joined;
    }
    return common;
  });
}

function typeAt(traced: readonly TracedBranch[], branch: number, leaf: number): TensorType {
  return at(at(traced, branch).program.outputs, leaf).type;
}

function numberAt(traced: readonly TracedBranch[], branch: number, leaf: number): boolean {
  return at(traced, branch).numbers[leaf] === true;
}

/** The type of two results that may stand for each other, or undefined. */
function join(a: TensorType, aNumber: boolean, b: TensorType, bNumber: boolean, where: string): TensorType | undefined {
  if (!sameShape(a.shape, b.shape)) return undefined;
  if (a.dtype === b.dtype) return { ...a, weak: a.weak && b.weak };
  if (aNumber && dtypes[b.dtype].kind === "int") return b;
  if (bNumber && dtypes[a.dtype].kind === "int") return a;
  if (!a.weak && !b.weak) return undefined;
  return { ...promoteDTypes(a, b, where), shape: a.shape };
}

/** The program with its results converted where they are not of these dtypes. */
function withTypes(program: Program, types: readonly TensorType[]): Program {
  if (program.outputs.every((a, i) => sameType(a.type, at(types, i)))) return program;
  return record("branch", inputTypes(program), (inputs) => replay(program, inputs).map((v, i) => (sameType(v.type, at(types, i)) ? v : convert(v, at(types, i).dtype)))).program;
}

/** A predicate as an index: 0 for false, 1 for true. */
export function truthIndex(predicate: Value, where: string): Value {
  if (predicate.type.shape.length > 0) {
    throw new ShapeError(`${where}: the condition must be a scalar, got ${showType(predicate.type)}`, { hint: "choose elementwise with where(condition, a, b), or reduce it: condition.any(), condition.all()" });
  }
  return convert(predicate.type.dtype === "bool" ? predicate : notEqual(predicate, 0), "int32");
}

/** The index of a branch as int32, not below 0 and not above the last. */
export function branchIndex(index: Value, count: number, where: string): Value {
  const { dtype, shape } = index.type;
  if (shape.length > 0) throw new ShapeError(`${where}: the index must be a scalar, got ${showType(index.type)}`, { hint: "map over several with vmap" });
  if (dtypes[dtype].kind !== "int") throw new DTypeError(`${where}: the index must be an integer, got ${showType(index.type)}`, { hint: dtype === "bool" ? "cond(condition, onTrue, onFalse) chooses by a condition" : 'convert it: index.astype("int32")' });
  return convert(clamp(0, index, count - 1), "int32");
}
