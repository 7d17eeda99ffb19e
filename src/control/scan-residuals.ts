/**
 * What crosses from the forward body of a scan to the linear one. Not all of it needs to be stored: a view is taken again, and a little
 * arithmetic on what is there anyhow is done again, which is cheaper than writing and reading the result of every turn.
 */
import { costOf } from "../core/cost.ts";
import { type Equation, Variable } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { liveEquations } from "../transform/dce.ts";
import type { Split } from "../transform/split.ts";

export interface Crossing {
  /** The forward body, which defines what crosses. */
  readonly known: readonly Equation[];
  /** The linear body, which begins with what is done again. */
  readonly linear: readonly Equation[];
  /** What the linear body takes from the forward one, or from outside. */
  readonly residuals: readonly Variable[];
}

/** What is done again costs no more than so many additions an element; a view counts as one. */
const worthRepeating = 8;

/** `isFree`: the linear body has this value without its being stored. */
export function crossing({ known, rest, residualCount }: Split, isFree: (v: Variable) => boolean): Crossing {
  const asked = new Set(rest.inputs.slice(0, residualCount).map(underViews(known.equations)));
  const again = repeatable(known.inputs, known.equations, asked, isFree);
  const repeated = new Set<Equation>();
  const residuals = new Set<Variable>();
  const take = (v: Variable): void => {
    const equation = again.get(v);
    if (equation === undefined) residuals.add(v);
    else if (!repeated.has(equation)) {
      repeated.add(equation);
      for (const atom of equation.inputs) if (atom instanceof Variable) take(atom);
    }
  };
  for (const v of rest.inputs.slice(0, residualCount)) take(v);
  const outputs = known.outputs.slice(0, known.outputs.length - residualCount);
  return {
    known: liveEquations(known.equations, [...outputs, ...residuals]),
    linear: [...known.equations.filter((e) => repeated.has(e)), ...rest.equations],
    residuals: [...residuals],
  };
}

/** The value that a residual is a view of, where that one is no larger: it is what has to be there. */
function underViews(equations: readonly Equation[]): (residual: Variable) => Variable {
  const sources = new Map<Variable, Variable>();
  for (const equation of equations) {
    const [from, to] = [equation.inputs[0], equation.outputs[0]];
    if (isView(equation) && from instanceof Variable && to !== undefined && sizeOf(from.type.shape) <= sizeOf(to.type.shape)) sources.set(to, from);
  }
  return (residual) => {
    let v = residual;
    for (let source = sources.get(v); source !== undefined; source = sources.get(v)) v = source;
    return v;
  };
}

function isView({ primitive: { lower } }: Equation): boolean {
  return lower.form === "view" || lower.form === "reshape";
}

/** The values that views and a little arithmetic make of others that are free, or stored because they are asked for and cannot be had so. */
function repeatable(inputs: readonly Variable[], equations: readonly Equation[], asked: ReadonlySet<Variable>, isFree: (v: Variable) => boolean): Map<Variable, Equation> {
  const again = new Map<Variable, Equation>();
  // what having a value there costs; those that cannot be had are missing
  const costs = new Map<Variable, number>();
  const given = (v: Variable): unknown => (isFree(v) || asked.has(v)) && costs.set(v, 0);
  inputs.forEach(given);
  for (const equation of equations) {
    const [v, ...others] = equation.outputs;
    const cost = v === undefined || others.length > 0 || isFree(v) ? undefined : costOfRepeating(equation, costs);
    if (v !== undefined && cost !== undefined && cost <= worthRepeating) {
      costs.set(v, cost);
      again.set(v, equation);
    } else equation.outputs.forEach(given);
  }
  return again;
}

function costOfRepeating(equation: Equation, costs: ReadonlyMap<Variable, number>): number | undefined {
  const { primitive: { lower }, params, inputs } = equation;
  const last = inputs.at(-1);
  if (last === undefined || !(isView(equation) || lower.form === "elementwise")) return undefined;
  let cost = lower.form === "elementwise" ? costOf(lower.instruction(last.type.dtype, params)) : 1;
  for (const atom of inputs) {
    if (!(atom instanceof Variable)) continue;
    const own = costs.get(atom);
    if (own === undefined) return undefined;
    cost += own;
  }
  return cost;
}
