/**
 * Derivatives against finite differences, to any order, by both modes. A failure names the argument, the direction and mode, and the
 * primitive of the program whose own derivative is furthest off, with the user's line.
 */
import { ArgumentError, GradientMismatchError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { dtypes, isFloat } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import { describe } from "../core/shape.ts";
import { at } from "../core/tensor.ts";
import { showTypes } from "../core/type.ts";
import { add } from "../ops/elementwise.ts";
import { jvpProgram } from "../transform/jvp.ts";
import { vjpProgram } from "../transform/vjp.ts";
import { argumentName, checkKeys, readCall, type SpecOptions } from "./arguments.ts";
import { culprit } from "./culprit.ts";
import { type Differences, difference, generator, inner, randomLike, run } from "./finite-differences.ts";
import { argumentList } from "./gradient.ts";
import { type PlainFunction, refuseSurplus, traceFunction } from "./trace.ts";

export type CheckMode = "forward" | "reverse";
export interface CheckGradsOptions {
  /** Derivatives up to this order. Default 2. */
  readonly order?: number;
  /** Default both. */
  readonly modes?: readonly CheckMode[];
  /** Allowed error relative to the size of the derivative. Default 1e-4 for float64, 2e-2 for float32. */
  readonly rtol?: number;
  /** Allowed absolute error. Default as rtol. */
  readonly atol?: number;
  /** Step of the central difference, relative to the size of the argument. Default the cube root of the dtype's epsilon. */
  readonly eps?: number;
  /** Seed of the random directions. Default 0. */
  readonly seed?: number;
}

interface Settings extends Differences {
  readonly modes: readonly CheckMode[];
  readonly rtol: number;
  readonly atol: number;
  readonly name: string;
  readonly label: (input: number) => string;
}

/** Throws `GradientMismatchError` on the first derivative that finite differences contradict. */
export function checkGradsOf(fn: PlainFunction, args: readonly unknown[], options: CheckGradsOptions, specOptions: SpecOptions, name: string): void {
  checkKeys(options, ["order", "modes", "rtol", "atol", "eps", "seed"], "checkGrads");
  const { order = 2, modes = ["forward", "reverse"], seed = 0 } = options;
  if (!Number.isInteger(order) || order < 1) throw new ArgumentError(`checkGrads: order must be a positive integer, got ${describe(order)}`);
  if (modes.length === 0) throw new ArgumentError("checkGrads: no mode is left to check", { hint: 'modes: ["forward", "reverse"]' });
  for (const [option, value] of Object.entries({ rtol: options.rtol, atol: options.atol, eps: options.eps })) {
    if (value !== undefined && !(value >= (option === "eps" ? Number.MIN_VALUE : 0))) throw new ArgumentError(`checkGrads: ${option} must be a positive number, got ${describe(value)}`);
  }
  for (const mode of modes) if (mode !== "forward" && mode !== "reverse") throw new ArgumentError(`checkGrads: unknown mode ${describe(mode)}`, { hint: 'modes: ["forward", "reverse"]' });
  const { signature, leaves } = readCall(argumentList(args, "checkGrads", "args"), specOptions, name);
  const { program, captured } = traceFunction(fn, name, signature);
  refuseSurplus(fn, name, signature.structure, program, leaves.map(() => true));
  if (captured.length > 0 || leaves.some((v) => !(v instanceof ConcreteArray))) throw new ArgumentError("checkGrads runs on concrete arrays, outside of any trace");
  const values = leaves as readonly ConcreteArray[];
  const active = values.map((v) => isFloat(v.type.dtype));
  if (!active.includes(true)) throw new ArgumentError(`checkGrads: no argument of ${name} is floating (${showTypes(values.map((v) => v.type))})`);
  const single = values.some((v) => v.type.dtype === "float32");
  const rtol = options.rtol ?? (single ? 2e-2 : 1e-4);
  const eps = options.eps ?? Math.cbrt(dtypes[single ? "float32" : "float64"].epsilon);
  const settings: Settings = {
    modes,
    rtol,
    atol: options.atol ?? rtol,
    eps,
    random: generator(seed),
    name,
    label: (i) => argumentName(signature.structure, i),
  };
  check(program, values, active, order, [], settings);
}

/** Each step of `path` says which derivative was taken before: "forward", "reverse". */
function check(program: Program, values: readonly ConcreteArray[], active: readonly boolean[], order: number, path: readonly string[], s: Settings): void {
  const outputs = run(program, values);
  active.forEach((on, i) => {
    if (!on) return;
    const direction = randomLike(at(values, i), s.random);
    const numeric = difference(program, values, i, direction, s);
    if (s.modes.includes("forward")) checkForward(program, values, i, direction, numeric, path, s);
    if (s.modes.includes("reverse")) checkReverse(program, values, outputs, i, direction, numeric, path, s);
  });
  if (order === 1) return;
  if (s.modes.includes("forward")) {
    const tangents = values.filter((_, i) => active[i]).map((v) => randomLike(v, s.random));
    check(jvpProgram(program, active).program, [...values, ...tangents], [...active, ...tangents.map(() => false)], order - 1, [...path, "forward"], s);
  }
  if (s.modes.includes("reverse")) {
    const reverse = vjpProgram(program, active, (x, y) => add(x, y));
    const cotangents = outputs.filter((_, i) => reverse.activeOutputs[i]).map((v) => randomLike(v, s.random));
    check(reverse.program, [...values, ...cotangents], [...active, ...cotangents.map(() => false)], order - 1, [...path, "reverse"], s);
  }
}

function checkForward(program: Program, values: readonly ConcreteArray[], i: number, direction: ConcreteArray, numeric: readonly (Float64Array | null)[], path: readonly string[], s: Settings): void {
  const { program: forward, activeOutputs } = jvpProgram(program, values.map((_, j) => j === i));
  const results = run(forward, [...values, direction]);
  let next = program.outputs.length;
  numeric.forEach((want, k) => {
    const got = activeOutputs[k] ? at(results, next++) : undefined;
    if (want === null) return;
    for (let e = 0; e < want.length; e++) {
      const have = got === undefined ? 0 : (got.elements[e] as number);
      compare(have, want[e] as number, program, values, i, "forward", `result ${k}, element ${e}`, path, s);
    }
  });
}

/** ⟨ct, J·v⟩ = ⟨Jᵀ·ct, v⟩, the left side by finite differences. */
function checkReverse(program: Program, values: readonly ConcreteArray[], outputs: readonly ConcreteArray[], i: number, direction: ConcreteArray, numeric: readonly (Float64Array | null)[], path: readonly string[], s: Settings): void {
  const { program: reverse, activeOutputs } = vjpProgram(program, values.map((_, j) => j === i), (x, y) => add(x, y));
  const cotangents = outputs.map((v) => randomLike(v, s.random));
  const results = run(reverse, [...values, ...cotangents.filter((_, k) => activeOutputs[k])]);
  const pulled = at(results, program.outputs.length);
  let want = 0;
  numeric.forEach((tangent, k) => {
    if (tangent !== null) want += inner(tangent, at(cotangents, k).elements);
  });
  compare(inner(direction.elements, pulled.elements), want, program, values, i, "reverse", "cotangent · derivative", path, s);
}

function compare(got: number, want: number, program: Program, values: readonly ConcreteArray[], i: number, mode: CheckMode, direction: string, path: readonly string[], s: Settings): void {
  if (Math.abs(got - want) <= s.atol + s.rtol * Math.abs(want)) return;
  const argument = path.length === 0 ? s.label(i) : `${s.label(i)} (after ${path.join(" over ")} mode)`;
  const worst = culprit(program, values, i, mode, s);
  const blame = worst === undefined ? "" : `; the primitive furthest off by itself is ${worst.equation.primitive.name} (${showTypes(worst.equation.inputs.map((a) => a.type))}), its ${worst.rule} by ${worst.error.toPrecision(3)}`;
  throw new GradientMismatchError(
    `${s.name}: derivative of order ${path.length + 1} with respect to ${argument}, ${mode} mode, ${direction}: got ${got.toPrecision(6)}, finite differences give ${want.toPrecision(6)}${blame}`,
    { place: worst?.equation.place?.toString() || undefined, hint: "a kink, a pole or a discontinuity near the point also shows here: try another point, or a smaller eps in float64" },
  );
}
