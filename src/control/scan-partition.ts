/**
 * A scan split by what a tangent reaches: a scan of what the other operands determine alone, and a linear one. Of the values that
 * cross, those equal at each turn are computed before and become constants of the linear scan; elements of a sequence come from that
 * sequence again; the rest is stored, one element a turn.
 */
import { hasEffects, programHasEffects } from "../core/effects.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { range } from "../core/shape.ts";
import { liveEquations } from "../transform/dce.ts";
import { type Split, splitProgram } from "../transform/split.ts";
import { reachedState, simpleBody } from "./dependence.ts";
import { grouped, type Groups, pick, type Scan, sequenceType } from "./scan-operands.ts";
import { pruneScan } from "./scan-prune.ts";
import { crossing } from "./scan-residuals.ts";

export interface Parts {
  readonly known: readonly Equation[];
  readonly linear: readonly Equation[];
}

export function partitionScan(equation: Equation, reached: readonly boolean[]): Parts {
  const scan = equation.params as Scan;
  const { body, state } = scan;
  const isReached = grouped(reached, scan);
  const { split, moving } = splitBody(scan, isReached);
  const inside = grouped(body.inputs, scan);
  const outside = grouped(equation.inputs, scan);
  const toLinear = body.outputs.map((_, i) => (i < state ? moving[i] === true : split.reachedOutputs[i] === true));
  const there = new Map<Atom, Atom>();
  body.outputs.forEach((a, i) => i >= state && toLinear[i] === false && there.set(a, equation.outputs[i] as Variable));
  inside.sequences.forEach((v, i) => there.set(v, outside.sequences[i] as Atom));
  // a scan without a turn runs nothing, so nothing is done ahead of it
  const fixed = new Fixed(scan.length === 0 ? [] : split.known.equations, pick(inside.constants, isReached.constants, false), pick(outside.constants, isReached.constants, false));
  const { known, linear, residuals } = crossing(split, (v) => there.has(v) || fixed.has(v));

  // where the linear scan finds each residual
  const constants: [Variable, Atom][] = [];
  const sequences: [Variable, Atom][] = [];
  const stacked: [Variable, Variable][] = [];
  for (const residual of residuals) {
    const outer = fixed.outside(residual);
    const sequence = there.get(residual);
    if (outer !== undefined) constants.push([residual, outer]);
    else if (sequence !== undefined) sequences.push([residual, sequence]);
    else stacked.push([residual, new Variable(sequenceType(residual.type, scan.length))]);
  }
  const still = { constants: isReached.constants.map((r) => !r), state: moving.map((r) => !r), sequences: isReached.sequences.map((r) => !r) };
  const knownInputs = picked(inside, still);
  const knownScan: Equation = {
    ...equation,
    inputs: listed(picked(outside, still)),
    params: paramsOf(scan, { inputs: listed(knownInputs), equations: known, outputs: [...pick(body.outputs, toLinear, false), ...stacked.map(([v]) => v)] }, knownInputs),
    outputs: [...pick(equation.outputs, toLinear, false), ...stacked.map(([, v]) => v)],
  };
  const moved = { constants: isReached.constants, state: moving, sequences: isReached.sequences };
  const elements = [...sequences, ...stacked];
  const withResiduals = <T>(groups: Groups<T>, constant: readonly T[], sequence: readonly T[]): Groups<T> => ({
    constants: [...constant, ...groups.constants],
    state: groups.state,
    sequences: [...sequence, ...groups.sequences],
  });
  const linearInputs = withResiduals<Variable>(picked(inside, moved), constants.map(([v]) => v), elements.map(([v]) => v));
  const linearScan: Equation = {
    ...equation,
    inputs: listed(withResiduals<Atom>(picked(outside, moved), constants.map(([, a]) => a), elements.map(([, a]) => a))),
    params: paramsOf(scan, { inputs: listed(linearInputs), equations: linear, outputs: pick(body.outputs, toLinear) }, linearInputs),
    outputs: pick(equation.outputs, toLinear),
  };
  const before = fixed.equations(equation);
  return {
    known: knownScan.outputs.length === 0 && !programHasEffects((knownScan.params as Scan).body) ? before : [...before, pruneScan(knownScan, knownScan.outputs.map(() => true))],
    linear: [linearScan],
  };
}

/** The body split for the least set of reached state that a turn does not add to. All of that state belongs to the linear part. */
function splitBody(scan: Scan, reached: Groups<boolean>): { split: Split; moving: boolean[] } {
  const { body, state } = scan;
  let moving = simpleBody(body) ? reachedState(scan, reached, () => true) : reached.state;
  for (;;) {
    const split = splitProgram(body, [...reached.constants, ...moving, ...reached.sequences], body.outputs.map((_, i) => moving[i] === true));
    const added = range(state).filter((i) => split.reachedOutputs[i] === true && moving[i] === false);
    if (added.length === 0) return { split, moving };
    moving = moving.map((on, i) => on || added.includes(i));
  }
}

/** What constants alone determine: it is the same at each turn. */
class Fixed {
  readonly #inside: readonly Equation[];
  readonly #outside = new Map<Variable, Atom>();
  readonly #defined = new Set<Variable>();
  readonly #asked: Variable[] = [];
  constructor(known: readonly Equation[], constants: readonly Variable[], operands: readonly Atom[]) {
    constants.forEach((v, i) => this.#outside.set(v, operands[i] as Atom));
    this.#inside = known.filter((equation) => {
      const same = !hasEffects(equation) && equation.inputs.every((a) => !(a instanceof Variable) || this.#outside.has(a) || this.#defined.has(a));
      if (same) for (const v of equation.outputs) this.#defined.add(v);
      return same;
    });
  }
  has(v: Variable): boolean {
    return this.#outside.has(v) || this.#defined.has(v);
  }
  /** The value around the scan that is this one at each turn, if there is one. */
  outside(v: Variable): Atom | undefined {
    const known = this.#outside.get(v);
    if (known !== undefined || !this.#defined.has(v)) return known;
    const outer = new Variable(v.type);
    this.#outside.set(v, outer);
    this.#asked.push(v);
    return outer;
  }
  /** The equations that compute what was asked for, on the operands of the scan. */
  equations({ place }: Equation): Equation[] {
    const outer = (v: Variable): Atom => {
      let atom = this.#outside.get(v);
      if (atom === undefined) this.#outside.set(v, (atom = new Variable(v.type)));
      return atom;
    };
    return liveEquations(this.#inside, this.#asked).map((e) => ({
      ...e,
      place: e.place ?? place,
      inputs: e.inputs.map((a) => (a instanceof Variable ? outer(a) : a)),
      outputs: e.outputs.map((v) => outer(v) as Variable),
    }));
  }
}

function picked<T>(groups: Groups<T>, masks: Groups<boolean>): Groups<T> {
  return { constants: pick(groups.constants, masks.constants), state: pick(groups.state, masks.state), sequences: pick(groups.sequences, masks.sequences) };
}

function listed<T>({ constants, state, sequences }: Groups<T>): T[] {
  return [...constants, ...state, ...sequences];
}

function paramsOf({ length, reverse }: Scan, body: Program, inputs: Groups<Variable>): Scan {
  return { body, constants: inputs.constants.length, state: inputs.state.length, length, reverse };
}
