/** Which primitive is to blame when a derivative is wrong: each equation's own rules, checked at the values that it gets. */
import { DifferentiationError } from "../errors.ts";
import { isFloat } from "../core/dtype.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, record } from "../core/tensor.ts";
import { add } from "../ops/elementwise.ts";
import { jvpProgram } from "../transform/jvp.ts";
import { linearizeProgram } from "../transform/linearize.ts";
import { pullBack } from "../transform/transpose.ts";
import { type Differences, difference, inner, randomLike, run } from "./finite-differences.ts";

export interface Culprit {
  readonly equation: Equation;
  readonly rule: "derivative" | "transpose";
  readonly error: number;
}

interface Settings extends Differences {
  readonly rtol: number;
}

/** The equation whose own rule is furthest off, if any clearly is: its derivative, and for reverse mode its transpose too. */
export function culprit(program: Program, values: readonly ConcreteArray[], input: number, mode: "forward" | "reverse", s: Settings): Culprit | undefined {
  const active = program.inputs.map((_, i) => i === input);
  let worst: Culprit | undefined;
  // A rule that says zero may do so on purpose, as stopGradient's: it is blamed only where no other is off.
  let silent: Culprit | undefined;
  const blame = (rule: Culprit["rule"]) => (equation: Equation, error: number, moves: boolean): void => {
    if (error <= 10 * s.rtol) return;
    if (!moves) silent = error > (silent?.error ?? 0) ? { equation, rule, error } : silent;
    else if (error > (worst?.error ?? 0)) worst = { equation, rule, error };
  };
  alone(program, values, active, s, derivativeError, blame("derivative"));
  if (mode === "forward") return worst ?? silent;
  const { forward, linear, residualCount } = linearizeProgram(program, active);
  const residuals = run(forward, values).slice(program.outputs.length);
  const tangents = linear.inputs.slice(residualCount).map((v) => randomLike(v, s.random));
  alone(linear, [...residuals, ...tangents], linear.inputs.map((_, i) => i >= residualCount), s, transposeError, blame("transpose"));
  return worst ?? silent;
}

type RuleError = (single: Program, operands: readonly ConcreteArray[], reached: readonly boolean[], s: Settings) => number;

/** Runs the program equation by equation and visits those that active inputs reach, each as a program of its own. */
function alone(program: Program, values: readonly ConcreteArray[], active: readonly boolean[], s: Settings, errorOf: RuleError, visit: (equation: Equation, error: number, moves: boolean) => void): void {
  const env = new Map<Variable, ConcreteArray>(program.inputs.map((v, i) => [v, at(values, i)] as const));
  const reached = new Set<Atom>(program.inputs.filter((_, i) => active[i]));
  for (const equation of program.equations) {
    const operands = equation.inputs.map((a) => (a instanceof Variable ? (env.get(a) as ConcreteArray) : a));
    const inputs = operands.map((v) => new Variable(v.type));
    const outputs = equation.outputs.map((v) => new Variable(v.type));
    const single: Program = { inputs, equations: [{ ...equation, inputs, outputs }], outputs };
    run(single, operands).forEach((value, k) => env.set(at(equation.outputs, k), value));
    const moves = equation.inputs.map((a) => reached.has(a) && isFloat(a.type.dtype));
    if (!moves.includes(true)) continue;
    const moved = attempted(() => jvpProgram(single, moves).activeOutputs) ?? [];
    equation.outputs.forEach((v, k) => moved[k] && reached.add(v));
    visit(equation, attempted(() => errorOf(single, operands, moves, s)) ?? 0, moved.includes(true));
  }
}

/** Undefined where a rule refuses an operand on purpose. */
function attempted<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch (error) {
    if (error instanceof DifferentiationError) return undefined;
    throw error;
  }
}

/** How far the forward derivative is from finite differences. */
function derivativeError(single: Program, operands: readonly ConcreteArray[], reached: readonly boolean[], s: Settings): number {
  let error = 0;
  operands.forEach((operand, i) => {
    if (!reached[i]) return;
    const direction = randomLike(operand, s.random);
    const numeric = difference(single, operands, i, direction, s);
    const { program, activeOutputs } = jvpProgram(single, operands.map((_, j) => j === i));
    const results = run(program, [...operands, direction]);
    let next = single.outputs.length;
    numeric.forEach((want, k) => {
      const got = activeOutputs[k] ? at(results, next++) : undefined;
      want?.forEach((w, e) => (error = larger(error, got?.elements[e] ?? 0, w)));
    });
  });
  return error;
}

/** How far ⟨c, L·v⟩ and ⟨Lᵀ·c, v⟩ are apart. */
function transposeError(single: Program, operands: readonly ConcreteArray[], reached: readonly boolean[], s: Settings): number {
  const results = run(single, operands);
  const cotangents = results.map((y) => randomLike(y, s.random));
  const known = operands.filter((_, i) => !reached[i]);
  const { program } = record("transpose", [...known, ...cotangents].map((x) => x.type), (given) => {
    let next = 0;
    const inputs = operands.map((_, i) => (reached[i] ? null : at(given, next++)));
    const unknown = operands.filter((_, i) => reached[i]);
    return pullBack(single, inputs, given.slice(known.length), (x, y) => add(x, y)).map((ct, i) => instantiate(ct, at(unknown, i)));
  });
  const pulled = run(program, [...known, ...cotangents]);
  const sum = (xs: readonly ConcreteArray[], ys: readonly ConcreteArray[]): number => xs.reduce((total, x, k) => total + inner(x.elements, at(ys, k).elements), 0);
  return larger(0, sum(pulled, operands.filter((_, i) => reached[i])), sum(cotangents, results));
}

function larger(error: number, got: number, want: number): number {
  const off = Math.abs(got - want) / (1 + Math.abs(want));
  return Number.isNaN(off) ? Number.POSITIVE_INFINITY : Math.max(error, off);
}
