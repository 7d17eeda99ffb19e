/**
 * What reverse mode does at an operation on single numbers, as a list of instructions. It is recorded once for all equations that are alike: the
 * same operation on operands of the same types, with the same constants among them.
 */
import type { ConcreteArray } from "../core/concrete.ts";
import type { PullRule, PullRuleStep } from "../core/lowering.ts";
import { atPlace, nowhere } from "../core/place.ts";
import type { Primitive } from "../core/primitive.ts";
import { type Atom, type Equation, isVariable, type Params, type Program, Variable } from "../core/program.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { sameType } from "../core/type.ts";
import { tangentType } from "./jvp.ts";
import { type Form, pullByForm } from "./reverse.ts";
import { sameParams } from "./same-program.ts";

/** A rule, and the equation that it was recorded for: it is for all equations that are like this one. */
interface Recorded {
  readonly params: Params;
  readonly inputs: readonly Atom[];
  readonly active: number;
  readonly rule: PullRule | undefined;
}

const recorded = new WeakMap<Primitive, Recorded[]>();
/** Rules kept for an operation, and recorded for one program. Many constants make many rules: then the ordinary way is quicker. */
const most = 32;

/** The rules for the equations of one program. */
export class PullRules {
  #count = 0;

  /**
   * The rule of an equation on single numbers whose derivative has this form; undefined where it needs more than operations on each element, or
   * where there are too many. Bit k of `active`: a cotangent goes to operand k.
   */
  ruleOf(equation: Equation, form: Form, active: number): PullRule | undefined {
    const { primitive, params, inputs } = equation;
    let list = recorded.get(primitive);
    if (list === undefined) recorded.set(primitive, (list = []));
    for (let i = 0; i < list.length; i++) {
      const candidate = list[i] as Recorded;
      if (isAlike(candidate, params, inputs, active)) return candidate.rule;
    }
    if (this.#count++ === most) return undefined;
    const rule = recordRule(equation, form, active);
    if (list.length === most) list.length = 0;
    list.push({ params, inputs, active, rule });
    return rule;
  }
}

function isAlike(known: Recorded, params: Params, inputs: readonly Atom[], active: number): boolean {
  if (active !== known.active || inputs.length !== known.inputs.length) return false;
  for (let i = 0; i < inputs.length; i++) if (!isSameOperand(inputs[i] as Atom, known.inputs[i] as Atom)) return false;
  return params === known.params || sameParams(params, known.params);
}

function isSameOperand(a: Atom, b: Atom): boolean {
  if (a === b) return true;
  if (a.type !== b.type && (a.type.weak !== b.type.weak || !sameType(a.type, b.type))) return false;
  if (a instanceof Variable) return b instanceof Variable;
  return !(b instanceof Variable) && a.splat !== undefined && Object.is(a.splat, b.splat);
}

function recordRule(equation: Equation, form: Form, mask: number): PullRule | undefined {
  const { inputs, outputs } = equation;
  const result = at(outputs, 0);
  const active = inputs.map((_, k) => (mask & (1 << k)) !== 0);
  const operands: number[] = [];
  const types = [...inputs.filter(isVariable).map((v) => v.type), result.type, tangentType(result.type)];
  const { program, captured } = atPlace(nowhere, () =>
    record("pull", types, (given) => {
      let next = 0;
      const values = inputs.map((atom): Value => (isVariable(atom) ? at(given, next++) : atom));
      const cts = pullByForm(equation, form, [at(given, next + 1)], values, () => at(given, next), active);
      const list: Value[] = [];
      // last operand first, as in the transpose of a sum of terms
      for (let i = cts.length - 1; i >= 0; i--) {
        const ct = cts[i];
        if (!ct) continue;
        list.push(ct);
        operands.push(i);
      }
      return list;
    }),
  );
  return captured.length > 0 ? undefined : instructionsOf(program, operands);
}

/** Undefined where something in the program is no operation on each element. */
function instructionsOf({ inputs, equations, outputs }: Program, operands: readonly number[]): PullRule | undefined {
  const numbers = new Map<Atom, number>(inputs.map((v, i) => [v, i]));
  const read = new Set<Atom>([...equations.flatMap((e) => e.inputs), ...outputs]);
  const constants = [...read].filter((atom) => !isVariable(atom)) as ConcreteArray[];
  constants.forEach((x, i) => numbers.set(x, inputs.length + i));
  const numberOf = (atom: Atom | undefined): number => (atom === undefined ? -1 : (numbers.get(atom) as number));
  const steps: PullRuleStep[] = [];
  for (const { primitive: { lower }, params, inputs: [a, b, c], outputs: results } of equations) {
    const result = at(results, 0);
    if (lower.form === "reshape") numbers.set(result, numberOf(a));
    else if (lower.form === "elementwise" && results.length === 1) {
      numbers.set(result, inputs.length + constants.length + steps.length);
      steps.push({ instruction: lower.instruction(((c ?? b ?? a) as Atom).type.dtype, params), dtype: result.type.dtype, a: numberOf(a), b: numberOf(b), c: numberOf(c) });
    } else return undefined;
  }
  return { reads: inputs.map((v) => read.has(v)), constants, steps, operands, cotangents: outputs.map(numberOf) };
}
