/**
 * Names of axes: what an operation, or one in a program inside it, says to the other elements of a batch. Such an operation has a meaning
 * only under a vmap of that name, which takes its place; so it is recorded even where its operands are known.
 */
import { ArgumentError } from "../errors.ts";
import { noPrograms, type Primitive } from "./primitive.ts";
import type { Params, Program } from "./program.ts";

/** The lengths of the named axes around a function, the innermost of each name. */
export type AxisScope = ReadonlyMap<string, number>;
export const noAxes: AxisScope = new Map();

const none: ReadonlySet<string> = new Set();
const known = new WeakMap<Program, ReadonlySet<string>>();

/** The names that the operations of a program use, at any depth. */
export function programAxisNames(program: Program): ReadonlySet<string> {
  let found = known.get(program);
  if (found === undefined) known.set(program, (found = union(program.equations.map((e) => axisNames(e.primitive, e.params)))));
  return found;
}

/** The names that an operation with these parameters uses. */
export function axisNames({ effect, inner }: Primitive, params: Params): ReadonlySet<string> {
  if (effect === "collective") return new Set([params["axisName"] as string]);
  return inner === noPrograms ? none : union(inner.programs(params).map(programAxisNames));
}

function union(sets: readonly ReadonlySet<string>[]): ReadonlySet<string> {
  const named = sets.filter((s) => s.size > 0);
  return named.length < 2 ? (named[0] ?? none) : new Set(named.flatMap((s) => [...s]));
}

/** Nobody gave the axis this name. */
export function unboundAxis(where: string, name: string, scope: AxisScope): ArgumentError {
  const bound = [...scope.keys()].map((n) => JSON.stringify(n)).join(", ");
  return new ArgumentError(`${where}: no axis is named ${JSON.stringify(name)} here; ${bound === "" ? "no names are in scope" : `in scope: ${bound}`}`, {
    hint: `the function runs under a vmap that names its axis: vmap(f, { axisName: ${JSON.stringify(name)} })`,
  });
}
