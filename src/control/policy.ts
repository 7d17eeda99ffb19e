/** What a checkpoint saves for the backward pass: policies as plain data, and the question they answer. */
import { hasEffects } from "../core/effects.ts";
import type { Atom, Equation } from "../core/program.ts";
import { nameOf } from "./checkpoint-name.ts";

/** Which values of the forward pass are kept. `checkpointPolicies` of the public API makes these. */
export type CheckpointPolicy =
  /** All that the backward pass asks for: as if there were no checkpoint. */
  | { readonly save: "everything" }
  /** None: the inputs are what everything is computed from again. */
  | { readonly save: "nothing" }
  /** Results of matrix products. */
  | { readonly save: "dots" }
  /** Those of them that have no batch axes. */
  | { readonly save: "dotsWithNoBatchDims" }
  /** Values that `checkpointName` gave one of these names. */
  | { readonly save: "names"; readonly names: readonly string[] }
  | { readonly save: "everythingExcept"; readonly names: readonly string[] }
  /** What any of the policies keeps. */
  | { readonly save: "any"; readonly of: readonly CheckpointPolicy[] };

/** The variables that may be kept among those the equations define. What has an effect is kept in any case: it happens once. */
export function savedBy(policy: CheckpointPolicy, equations: readonly Equation[]): Set<Atom> {
  const saved = new Set<Atom>();
  for (const equation of equations) if (hasEffects(equation)) for (const v of equation.outputs) saved.add(v);
  addSaved(policy, equations, saved);
  return saved;
}

function addSaved(policy: CheckpointPolicy, equations: readonly Equation[], saved: Set<Atom>): void {
  const add = (atom: Atom): unknown => saved.add(atom);
  const addAll = (list: readonly Equation[]): void => list.forEach((e) => e.outputs.forEach(add));
  switch (policy.save) {
    case "nothing":
      return;
    case "everything":
      return addAll(equations);
    case "everythingExcept": {
      const excluded = named(policy.names, equations);
      // the same elements under another shape are no other value
      for (const { primitive, inputs, outputs } of equations) if ((primitive.lower.form === "view" || primitive.lower.form === "reshape") && inputs.some((a) => excluded.has(a))) outputs.forEach((v) => excluded.add(v));
      return addAll(equations.filter((e) => !e.outputs.some((v) => excluded.has(v))));
    }
    case "names":
      return named(policy.names, equations).forEach(add);
    case "dots":
      return addAll(equations.filter(({ primitive }) => primitive.lower.form === "contraction"));
    case "dotsWithNoBatchDims":
      return addAll(equations.filter(({ primitive: { lower }, params }) => lower.form === "contraction" && lower.axes(params).batch[0].length === 0));
    case "any":
      return policy.of.forEach((each) => addSaved(each, equations, saved));
  }
}

/** The values of these names, before and after they were named: they are the same. */
function named(names: readonly string[], equations: readonly Equation[]): Set<Atom> {
  return new Set(equations.flatMap((e) => (names.includes(nameOf(e) ?? "") ? [...e.inputs, ...e.outputs] : [])));
}
