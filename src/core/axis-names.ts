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

type Effect = Primitive["effect"];
/** Whatever names an axis, and what asks something of the others along it. */
const naming: readonly Effect[] = ["collective", "position"];
const asking: readonly Effect[] = ["collective"];

const none: ReadonlySet<string> = new Set();
const known: ReadonlyMap<readonly Effect[], WeakMap<Program, ReadonlySet<string>>> = new Map([naming, asking].map((effects) => [effects, new WeakMap()]));

/** The names that the operations of a program use, at any depth. */
export function programAxisNames(program: Program): ReadonlySet<string> {
  return inProgram(program, naming);
}

/** The names of axes along which a program, at any depth, asks something of the other elements of the batch. */
export function collectiveNames(program: Program): ReadonlySet<string> {
  return inProgram(program, asking);
}

/** The names that an operation with these parameters uses. */
export function axisNames(primitive: Primitive, params: Params): ReadonlySet<string> {
  return inOperation(primitive, params, naming);
}

function inProgram(program: Program, effects: readonly Effect[]): ReadonlySet<string> {
  const kept = known.get(effects) as WeakMap<Program, ReadonlySet<string>>;
  let found = kept.get(program);
  if (found === undefined) {
    const candidates = program.equations.filter(({ primitive }) => primitive.effect !== "none" || primitive.inner !== noPrograms);
    kept.set(program, (found = union(candidates.map((e) => inOperation(e.primitive, e.params, effects)))));
  }
  return found;
}

function inOperation({ effect, inner }: Primitive, params: Params, effects: readonly Effect[]): ReadonlySet<string> {
  if (effects.includes(effect)) return new Set([params["axisName"] as string]);
  if (inner === noPrograms) return none;
  return union([...inner.programs(params), ...(inner.unwritten?.(params) ?? [])].map((p) => inProgram(p, effects)));
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
