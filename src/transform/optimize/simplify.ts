/**
 * Simplification: one pass over the equations in order. Operands are simplified before the operations on them, so that one look at the
 * equations behind the operands is enough. Rules go by the form in which a primitive declares itself to compilers, never by its name.
 */
import type { ConcreteArray } from "../../core/concrete.ts";
import type { Lowering } from "../../core/lowering.ts";
import { atPlace } from "../../core/place.ts";
import { type Atom, type Equation, type Program, Variable } from "../../core/program.ts";
import { at, type Value, withTrace } from "../../core/tensor.ts";
import { sameType } from "../../core/type.ts";
import { InternalError } from "../../errors.ts";
import { convert } from "../../ops/elementwise.ts";
import { simplifyAssembly } from "./assembly.ts";
import { simplifyContraction } from "./contraction.ts";
import { simplifyElementwise } from "./elementwise.ts";
import { foldConstants } from "./fold.ts";
import { hoistRepetition } from "./hoist.ts";
import { simplifyReduction } from "./reduction.ts";
import { simplifyReshape, simplifyView } from "./view.ts";
import { Workspace } from "./workspace.ts";

type Rule = (equation: Equation, ws: Workspace) => Value | undefined;

/** Form by form, what may stand for an equation instead. */
const rules: Readonly<Record<Lowering["form"], Rule | null>> = {
  elementwise: (equation, ws) => simplifyElementwise(equation, ws) ?? hoistRepetition(equation, ws),
  reduction: simplifyReduction,
  view: simplifyView,
  reshape: simplifyReshape,
  assembly: simplifyAssembly,
  contraction: simplifyContraction,
  index: null,
  cumulation: null,
  recurrence: null,
  position: null,
  gather: null,
  scatter: null,
  call: null,
  composite: null,
  pullback: null,
  loop: null,
  branch: null,
  barrier: dropBarrier,
  opaque: null,
};

/** A barrier that waits for constants alone does nothing. */
function dropBarrier({ inputs: [value, ...others] }: Equation, ws: Workspace): Value | undefined {
  return value !== undefined && !others.some((a) => a instanceof Variable) ? ws.value(value) : undefined;
}

export function simplify(program: Program): Program {
  const ws = new Workspace(program);
  const replaced = new Map<Variable, Atom>();
  const resolve = (atom: Atom): Atom => (atom instanceof Variable ? (replaced.get(atom) ?? atom) : atom);
  return withTrace(ws, () => {
    for (const original of program.equations) {
      const equation = withInputs(original, original.inputs.map(resolve));
      const results = foldConstants(equation) ?? apply(equation, ws);
      if (results === undefined) {
        ws.keep(equation);
        continue;
      }
      equation.outputs.forEach((v, i) => {
        const atom = ws.atom(at(results, i));
        replaced.set(v, atom);
        ws.takeUses(atom, v);
      });
    }
    if (replaced.size === 0) return program;
    const outputs = program.outputs.map((atom) => strong(resolve(atom), atom, ws));
    return { inputs: program.inputs, equations: ws.recorded, outputs };
  });
}

function withInputs(equation: Equation, inputs: readonly Atom[]): Equation {
  return inputs.every((a, i) => a === equation.inputs[i]) ? equation : { ...equation, inputs };
}

/** What a rule puts in the place of the equation's results. Weak types may come out where strong ones were, never the other way round. */
function apply(equation: Equation, ws: Workspace): readonly (Value | ConcreteArray)[] | undefined {
  const rule = rules[equation.primitive.lower.form];
  if (rule === null || equation.outputs.length !== 1) return undefined;
  const before = ws.recorded.length;
  const value = atPlace(equation.place, () => rule(equation, ws));
  if (value === undefined) return undefined;
  const { type } = at(equation.outputs, 0);
  if (!sameType(value.type, type)) throw new InternalError(`simplifying ${equation.primitive.name} changed its type`, { place: equation.place?.toString() });
  if (type.weak && !value.type.weak) {
    ws.rewind(before);
    return undefined;
  }
  return [value];
}

/** An output keeps its type, weakness included. */
function strong(atom: Atom, original: Atom, ws: Workspace): Atom {
  return atom.type.weak && !original.type.weak ? ws.atom(convert(ws.value(atom), atom.type.dtype)) : atom;
}
