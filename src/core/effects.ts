/** What has an effect: an operation that says so, and one with such an operation in a program inside. It is never dropped, merged or done ahead. */
import { noPrograms, type Primitive } from "./primitive.ts";
import type { Equation, Params, Program } from "./program.ts";

const known = new WeakMap<Program, boolean>();

/** Whether running the program does something besides giving results. */
export function programHasEffects(program: Program): boolean {
  let found = known.get(program);
  if (found === undefined) known.set(program, (found = program.equations.some(hasEffects)));
  return found;
}

/** Whether the operation with these parameters does something besides giving results. */
export function isEffectful({ effect, inner }: Primitive, params: Params): boolean {
  return effect === "ordered" || (inner !== noPrograms && inner.programs(params).some(programHasEffects));
}

export function hasEffects({ primitive, params }: Equation): boolean {
  return isEffectful(primitive, params);
}
