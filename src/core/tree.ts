/**
 * Trees: arguments and results made of arrays, plain objects, tuples, null and registered classes. A tree is taken apart into
 * its leaves and a structure, and put together again. Errors name the path of the leaf: `params.layers[2].w`.
 */
import { TreeError } from "../errors.ts";
import { dataKey, identityKey } from "./identity.ts";
import { describe } from "./shape.ts";
import { isValue } from "./tensor.ts";

export type Structure =
  | { readonly kind: "leaf" }
  | { readonly kind: "none"; readonly value: null | undefined }
  | { readonly kind: "tuple"; readonly items: readonly Structure[] }
  | { readonly kind: "object"; readonly keys: readonly string[]; readonly items: readonly Structure[] }
  | { readonly kind: "class"; readonly type: TreeClass; readonly data: unknown; readonly items: readonly Structure[] };

/** How a class takes part in trees. */
export interface TreeClass {
  readonly name: string;
  flatten(instance: object): { readonly children: readonly unknown[]; readonly data: unknown };
  unflatten(data: unknown, children: readonly unknown[]): object;
}

const registered = new Map<unknown, TreeClass>();

/**
 * Makes a class a node of trees. `flatten` returns its children (trees) and any other data (compared entry by entry where it is a list or plain object, else with `Object.is`);
 * `unflatten` builds an instance from them.
 *
 * @example
 * registerTree(Dense, { flatten: (d) => ({ children: [d.w, d.b], data: d.name }), unflatten: (name, [w, b]) => new Dense(name, w, b) });
 */
export function registerTree<C extends object, D>(
  constructor: abstract new (...args: never) => C,
  rules: { flatten(instance: C): { children: readonly unknown[]; data: D }; unflatten(data: D, children: readonly unknown[]): C },
): void {
  if (typeof constructor !== "function" || typeof rules?.flatten !== "function" || typeof rules.unflatten !== "function") {
    throw new TreeError("registerTree takes a class and { flatten, unflatten }", { hint: "flatten returns { children, data }, unflatten(data, children) builds an instance" });
  }
  registered.set(constructor.prototype, {
    name: constructor.name,
    flatten: (instance) => rules.flatten(instance as C),
    unflatten: (data, children) => rules.unflatten(data as D, children),
  });
}

/** How the class of an instance takes part in trees, or undefined for any other value. */
export function treeClassOf(value: unknown): TreeClass | undefined {
  return typeof value === "object" && value !== null ? registered.get(Object.getPrototypeOf(value)) : undefined;
}

export interface Flat {
  readonly leaves: readonly unknown[];
  readonly structure: Structure;
}

export type LeafTest = (value: unknown) => boolean;
const leaf: Structure = { kind: "leaf" };
/** Trees are walked by recursion; deeper ones are mistakes. */
const deepest = 500;

/** Takes a tree apart. `root` names the tree in errors. */
export function flatten(tree: unknown, root: string, isLeaf: LeafTest = isArrayLike): Flat {
  const leaves: unknown[] = [];
  let depth = 0;
  const walk = (value: unknown, path: string): Structure => {
    if (++depth > deepest) throw new TreeError(`${root}: a tree is nested more than ${deepest} levels deep, or contains itself`);
    const structure = node(value, path);
    depth--;
    return structure;
  };
  const node = (value: unknown, path: string): Structure => {
    if (isLeaf(value)) {
      leaves.push(value);
      return leaf;
    }
    if (value === null || value === undefined) return { kind: "none", value };
    if (Array.isArray(value)) return { kind: "tuple", items: value.map((v, i) => walk(v, `${path}[${i}]`)) };
    if (isPlainObject(value)) {
      const keys = Object.keys(value);
      return { kind: "object", keys, items: keys.map((k) => walk(value[k], `${path}.${k}`)) };
    }
    const type = treeClassOf(value);
    if (type === undefined) {
      unheard(tree);
      throw badLeaf(value, path, root);
    }
    const { children, data } = type.flatten(value as object);
    if (!Array.isArray(children)) throw new TreeError(`${path}: flatten of the registered class ${type.name} must return { children: [...], data }`);
    return { kind: "class", type, data, items: children.map((v, i) => walk(v, `${path}.${type.name}#${i}`)) };
  };
  const structure = walk(tree, root);
  return { leaves, structure };
}

function badLeaf(value: unknown, path: string, root: string): TreeError {
  const result = root.startsWith("the result");
  const hint =
    typeof value === "string" || typeof value === "function"
      ? result
        ? "a traced function returns arrays and trees of them; keep names and functions outside of it"
        : "pass it as a static argument, traceFn(f, { staticArgnums: [i] }), or close over it"
      : typeof value === "bigint"
        ? "convert it with Number(value)"
        : value instanceof Promise
          ? "traced functions are synchronous: await before the call"
          : "trees are arrays, plain objects, tuples and null; make a class a node with registerTree(Class, …)";
  return new TreeError(`${path} is ${describe(value)}, which is no array and no tree`, { hint });
}

/** Promises in a tree that is refused: what fails in them is told by the refusal, and unheard it would end the process. */
export function unheard(tree: unknown): void {
  const pending = new Set([tree]);
  // a set goes on over what is added to it on the way
  for (const value of pending) {
    if (value instanceof Promise) value.catch(() => undefined);
    else if (Array.isArray(value) || isPlainObject(value)) for (const inner of Object.values(value)) pending.add(inner);
  }
}

/** Puts a tree together from leaves in the order `flatten` gave them. */
export function unflatten(structure: Structure, leaves: readonly unknown[]): unknown {
  let next = 0;
  const build = (s: Structure): unknown => {
    switch (s.kind) {
      case "leaf":
        return leaves[next++];
      case "none":
        return s.value;
      case "tuple":
        return s.items.map(build);
      case "object":
        return Object.fromEntries(s.keys.map((k, i) => [k, build(s.items[i] as Structure)]));
      case "class":
        return s.type.unflatten(s.data, s.items.map(build));
    }
  };
  return build(structure);
}

/** The leaves of `tree`, which must have the given structure; object keys may come in another order. */
export function flattenLike(structure: Structure, tree: unknown, root: string, isLeaf: LeafTest = isArrayLike): unknown[] {
  const leaves: unknown[] = [];
  const walk = (s: Structure, value: unknown, path: string): void => {
    const fail = (want: string): never => {
      unheard(tree);
      throw new TreeError(`${path}: expected ${want}, got ${describe(value)}`, { hint: "both trees must have the same structure" });
    };
    switch (s.kind) {
      case "leaf":
        if (!isLeaf(value)) fail("an array");
        leaves.push(value);
        return;
      case "none":
        if (value !== null && value !== undefined) fail(String(s.value));
        return;
      case "tuple":
        childrenOfTuple(s.items.length, value, fail).forEach((v, i) => walk(s.items[i] as Structure, v, `${path}[${i}]`));
        return;
      case "object": {
        if (!isPlainObject(value)) return fail(`an object with keys ${s.keys.join(", ")}`);
        const extra = Object.keys(value).filter((k) => !s.keys.includes(k));
        if (extra.length > 0) fail(`an object with keys ${s.keys.join(", ")} only`);
        s.keys.forEach((k, i) => walk(s.items[i] as Structure, value[k], `${path}.${k}`));
        return;
      }
      case "class": {
        if (treeClassOf(value) !== s.type) return fail(`a ${s.type.name}`);
        const { children } = s.type.flatten(value as object);
        if (children.length !== s.items.length) fail(`a ${s.type.name} with ${s.items.length} children`);
        children.forEach((v, i) => walk(s.items[i] as Structure, v, `${path}.${s.type.name}#${i}`));
      }
    }
  };
  walk(structure, tree, root);
  return leaves;
}

/** A vector of numbers may stand for a tuple of scalars. */
function childrenOfTuple(length: number, value: unknown, fail: (want: string) => never): readonly unknown[] {
  if (!Array.isArray(value) || value.length !== length) return fail(`a tuple of ${length}`);
  return value;
}

/** A short text equal for equal structures: part of the cache key, and readable in errors. */
export function showStructure(structure: Structure): string {
  switch (structure.kind) {
    case "leaf":
      return "*";
    case "none":
      return String(structure.value);
    case "tuple":
      return `[${structure.items.map(showStructure).join(", ")}]`;
    case "object":
      return `{${structure.keys.map((k, i) => `${JSON.stringify(k)}: ${showStructure(structure.items[i] as Structure)}`).join(", ")}}`;
    case "class":
      return `${structure.type.name}${identityKey(structure.type)}<${dataKey(structure.data)}>(${structure.items.map(showStructure).join(", ")})`;
  }
}

/** The path of each leaf, in order: `x`, `x.w`, `x[2]`. */
export function leafPaths(structure: Structure, root: string): string[] {
  const paths: string[] = [];
  const walk = (s: Structure, path: string): void => {
    if (s.kind === "leaf") paths.push(path);
    else if (s.kind === "tuple") s.items.forEach((c, i) => walk(c, `${path}[${i}]`));
    else if (s.kind === "object") s.items.forEach((c, i) => walk(c, `${path}.${s.keys[i]}`));
    else if (s.kind === "class") s.items.forEach((c, i) => walk(c, `${path}.${s.type.name}#${i}`));
  };
  walk(structure, root);
  return paths;
}

export function leafCount(structure: Structure): number {
  if (structure.kind === "leaf") return 1;
  return structure.kind === "none" ? 0 : structure.items.reduce((n, s) => n + leafCount(s), 0);
}

export function isPlainObject(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/** A strided array of another library: `{ data, shape, stride?, offset? }`, as npm `ndarray` and numpy-ts have. */
export interface StridedLike {
  readonly data: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly stride?: readonly number[];
  readonly strides?: readonly number[];
  readonly offset?: number;
}

export function isStrided(value: unknown): value is StridedLike {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !isValue(value) && "data" in value && "shape" in value && Array.isArray(value.shape);
}

/** A leaf of a tree of arrays: numbers, booleans, arrays of ours and of others, rectangular nested lists of numbers. */
export function isArrayLike(value: unknown): boolean {
  if (typeof value === "number" || typeof value === "boolean") return true;
  if (typeof value !== "object" || value === null) return false;
  return isValue(value) || (ArrayBuffer.isView(value) && !(value instanceof DataView)) || isStrided(value) || (Array.isArray(value) && nestedShape(value) !== undefined);
}

/** The shape of a rectangular nested list of numbers and booleans, else undefined. */
export function nestedShape(list: readonly unknown[]): number[] | undefined {
  const shape: number[] = [];
  for (let level: unknown = list; Array.isArray(level); level = level[0]) {
    if (shape.push(level.length) > deepest) return undefined;
  }
  const check = (part: readonly unknown[], depth: number): boolean => {
    const length = shape[depth];
    const isLast = depth === shape.length - 1;
    if (part.length !== length) return false;
    // holes count as entries
    for (let i = 0; i < length; i++) {
      const entry = part[i];
      if (isLast ? typeof entry !== "number" && typeof entry !== "boolean" : !Array.isArray(entry) || !check(entry, depth + 1)) return false;
    }
    return true;
  };
  return check(list, 0) ? shape : undefined;
}

