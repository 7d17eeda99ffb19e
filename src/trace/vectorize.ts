/** vmap as a function of trees: which axis of each argument is mapped, and where the mapped axis goes in the results. */
import { ArgumentError, ShapeError, TreeError } from "../errors.ts";
import type { DType } from "../core/dtype.ts";
import type { BatchAxis } from "../core/primitive.ts";
import { checkAxis, describe, without } from "../core/shape.ts";
import { at, currentTrace, type Value } from "../core/tensor.ts";
import { leafCount, leafPaths, type Structure, treeClassOf, unflatten } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { align } from "../ops/structure.ts";
import { batchProgram } from "../transform/vmap.ts";
import { argumentName, readCall, type SpecOptions } from "./arguments.ts";
import { type PlainFunction, traceFunction } from "./trace.ts";

/** An axis for a whole tree, null for "not mapped", or a tree of axes that is a prefix of the value's tree (an instance of a registered class with axes as children). */
export type AxisTree = number | null | readonly AxisTree[] | { readonly [key: string]: AxisTree };

export interface VmapOptions {
  /** One axis for all arguments, or a list with one entry per argument. Default 0. */
  readonly inAxes?: AxisTree;
  /** Where the mapped axis goes. Default 0. */
  readonly outAxes?: AxisTree;
  /** Length of the mapped axis; needed only when no argument is mapped. */
  readonly axisSize?: number;
  /** What `psum` and its like call the mapped axis inside the function. An axis of the same name further out is hidden there. */
  readonly axisName?: string;
  /** dtype of plain numbers and lists, as in `traceFn`. */
  readonly dtype?: DType;
}

export function vmapFunction(fn: PlainFunction, { inAxes = 0, outAxes = 0, axisSize, axisName }: VmapOptions, options: SpecOptions, name: string): (...args: readonly unknown[]) => unknown {
  if (axisName !== undefined && (typeof axisName !== "string" || axisName === "")) throw new ArgumentError(`${name}: axisName must be a name, got ${describe(axisName)}`);
  return (...args) => {
    const { signature, leaves } = readCall(args, options, name);
    const raw = axisPerArgument(signature.structure, inAxes, signature.statics, name);
    const axes = raw.map((axis, i) => (axis === null ? null : mappedAxis(axis, at(leaves, i), `${name}: ${argumentName(signature.structure, i)}`)));
    const size = batchSize(leaves, axes, axisSize, signature.structure, name);
    const types = signature.types.map((t, i) => {
      const axis = at(axes, i);
      return axis === null ? t : { ...t, shape: without(t.shape, [axis]) };
    });
    const scope = axisName === undefined ? undefined : new Map([...(currentTrace()?.axes ?? []), [axisName, size]]);
    const traced = traceFunction(fn, name, { ...signature, types }, { axes: scope });
    const batched = batchProgram(traced.program, size, [...leaves, ...traced.captured], [...axes, ...traced.captured.map(() => null)], axisName);
    const paths = leafPaths(traced.structure, "result");
    const wanted = axisPerLeaf(outAxes, traced.structure, `${name}: outAxes`);
    const outputs = batched.outputs.map((value, i) => placeAxis(value, at(batched.axes, i), at(wanted, i), size, `${name}: ${at(paths, i)}`));
    return unflatten(traced.structure, outputs);
  };
}

function axisPerArgument(structure: Structure, inAxes: AxisTree, statics: ReadonlyMap<number, unknown>, name: string): BatchAxis[] {
  const items = (structure as Extract<Structure, { kind: "tuple" }>).items;
  if (Array.isArray(inAxes) && inAxes.length !== items.length) {
    throw new ArgumentError(`${name}: inAxes has ${inAxes.length} entries for ${items.length} arguments`, { hint: "one entry per argument; null for one that is not mapped" });
  }
  return items.flatMap((s, i) => (statics.has(i) ? [] : axisPerLeaf(Array.isArray(inAxes) ? (inAxes[i] as AxisTree) : inAxes, s, `${name}: inAxes[${i}]`)));
}

function axisPerLeaf(spec: AxisTree, structure: Structure, path: string): BatchAxis[] {
  if (spec === null || typeof spec === "number") return new Array<BatchAxis>(leafCount(structure)).fill(spec);
  if (structure.kind === "tuple" && Array.isArray(spec) && spec.length === structure.items.length) {
    return structure.items.flatMap((s, i) => axisPerLeaf(spec[i] as AxisTree, s, `${path}[${i}]`));
  }
  if (structure.kind === "class" && treeClassOf(spec) === structure.type) {
    const { children } = structure.type.flatten(spec);
    return structure.items.flatMap((s, i) => axisPerLeaf(children[i] as AxisTree, s, `${path}.${structure.type.name}#${i}`));
  }
  if (structure.kind === "object" && typeof spec === "object" && !Array.isArray(spec)) {
    const tree = spec as { readonly [key: string]: AxisTree };
    const extra = Object.keys(tree).filter((k) => !structure.keys.includes(k));
    if (extra.length === 0) return structure.keys.flatMap((k, i) => axisPerLeaf(k in tree ? (tree[k] as AxisTree) : missing(path, k), at(structure.items, i), `${path}.${k}`));
  }
  throw new TreeError(`${path}: ${describe(spec)} does not match the tree of the value`, { hint: "give one axis for the whole value, or a tree of axes of the same form" });
}

function missing(path: string, key: string): never {
  throw new TreeError(`${path}: no axis for ${key}`, { hint: "null for a part that is not mapped" });
}

function mappedAxis(axis: number, value: Value, where: string): number {
  const { shape } = value.type;
  if (shape.length === 0) throw new ShapeError(`${where} is a scalar and has no axis to map over`, { hint: "map only some arguments: vmap(f, { inAxes: [0, null] })" });
  return checkAxis(axis, shape.length, where);
}

function batchSize(leaves: readonly Value[], axes: readonly BatchAxis[], axisSize: number | undefined, structure: Structure, name: string): number {
  let size = axisSize;
  let from = "axisSize";
  if (axisSize !== undefined && !(Number.isInteger(axisSize) && axisSize >= 0)) throw new ArgumentError(`${name}: axisSize must be a non-negative integer, got ${describe(axisSize)}`);
  leaves.forEach((leaf, i) => {
    const axis = at(axes, i);
    if (axis === null) return;
    const length = at(leaf.type.shape, axis);
    if (size !== undefined && size !== length) {
      throw new ShapeError(`${name}: mapped axes differ in length: ${size} (${from}) and ${length} (${argumentName(structure, i)}, ${showType(leaf.type)}, axis ${axis})`, {
        hint: from === "axisSize" ? "leave axisSize out: it is needed only where no argument is mapped" : "give them one length, or say which axis of each argument is mapped, null for none: vmap(f, { inAxes: [0, null] })",
      });
    }
    size = length;
    from = `${argumentName(structure, i)}, ${showType(leaf.type)}`;
  });
  if (size === undefined) throw new ArgumentError(`${name}: no argument is mapped`, { hint: "give inAxes an axis for at least one argument, or pass axisSize" });
  return size;
}

function placeAxis(value: Value, axis: BatchAxis, wanted: BatchAxis, size: number, where: string): Value {
  if (wanted === null) {
    if (axis === null) return value;
    throw new ShapeError(`${where} depends on the mapped axis, but outAxes is null there`, { hint: "give it an axis, or reduce over the batch first" });
  }
  const rank = value.type.shape.length + (axis === null ? 1 : 0);
  return align(value, axis, checkAxis(wanted, rank, `${where}: outAxes`), size);
}
