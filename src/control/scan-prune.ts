/** A scan without what nobody needs: results, state that only feeds itself, operands that no turn reads. */
import type { Atom, Equation } from "../core/program.ts";
import { range } from "../core/shape.ts";
import { liveEquations } from "../transform/dce.ts";
import { at } from "../core/tensor.ts";
import { dependencies, feedbackOf, simpleBody } from "./dependence.ts";
import { grouped, pick, type Scan } from "./scan-operands.ts";

export function pruneScan(equation: Equation, needed: readonly boolean[]): Equation {
  const scan = equation.params as Scan;
  const { body, constants, state } = scan;
  const inside = grouped(body.inputs, scan);
  let keeps = neededOutputs(scan, needed);
  let equations: readonly Equation[] = [];
  let used = new Set<Atom>();
  for (;;) {
    const outputs = pick(body.outputs, keeps);
    equations = liveEquations(body.equations, outputs);
    used = new Set<Atom>(outputs);
    for (const e of equations) for (const a of e.inputs) used.add(a);
    const added = range(state).filter((i) => keeps[i] === false && used.has(inside.state[i] as Atom));
    if (added.length === 0) break;
    keeps = keeps.map((on, i) => on || added.includes(i));
  }
  const keptInputs = body.inputs.map((v, i) => (i >= constants && i < constants + state ? keeps[i - constants] === true : used.has(v)));
  if (equations.length === body.equations.length && equations.every((e, i) => e === body.equations[i]) && keeps.every(Boolean) && keptInputs.every(Boolean)) return equation;
  const kept = grouped(keptInputs, scan);
  return {
    ...equation,
    inputs: pick(equation.inputs, keptInputs),
    outputs: pick(equation.outputs, keeps),
    params: {
      ...scan,
      body: { inputs: pick(body.inputs, keptInputs), equations, outputs: pick(body.outputs, keeps) },
      constants: kept.constants.filter(Boolean).length,
      state: kept.state.filter(Boolean).length,
    },
  };
}

/** The results that are needed, and the state that they come from through any number of turns; the rest of that is found by trying. */
function neededOutputs(scan: Scan, needed: readonly boolean[]): boolean[] {
  const { body } = scan;
  if (!simpleBody(body) || needed.every(Boolean)) return body.outputs.map((_, i) => needed[i] === true);
  const inside = grouped(body.inputs, scan);
  const all = dependencies(body, pick(body.outputs, needed), feedbackOf(scan));
  return body.outputs.map((_, i) => needed[i] === true || (i < scan.state && all.has(at(inside.state, i))));
}
