/**
 * `debugNaNs` and `debugInfs`: programs run with one more result, which says whether any other is wrong; if so, the operation it began
 * with is looked for and reported. What is checked is decided per function, else by `configure`.
 */
import { NaNError, UnsupportedError } from "../errors.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { noPrograms, type Primitive } from "../core/primitive.ts";
import { type Equation, type Params, type Program, Variable } from "../core/program.ts";
import { at, execution } from "../core/tensor.ts";
import { printArray } from "../core/print-array.ts";
import { sizeOf } from "../core/shape.ts";
import { showType } from "../core/type.ts";
import { type Faults, withFlag } from "../transform/flags.ts";
import { withoutEffects } from "../transform/silent.ts";
import { type Compile, type Culprit, type Finding, findFault, isWrong } from "./find-fault.ts";

/** What `configure` has switched on, for all functions that do not say otherwise. */
export const debugging: { nans: boolean; infs: boolean } = { nans: false, infs: false };

export interface DebugOptions {
  /** Throw a `NaNError` when a result has an element that is not a number. Default: what `configure` says. */
  readonly debugNaNs?: boolean;
  /** The same for infinite elements. */
  readonly debugInfs?: boolean;
}

/** What to check for a function with these options; undefined: nothing. */
export function faultsFor({ debugNaNs = debugging.nans, debugInfs = debugging.infs }: DebugOptions): Faults | undefined {
  return debugNaNs || debugInfs ? { nans: debugNaNs, infs: debugInfs } : undefined;
}

/** How a program that is checked is spoken of. */
export interface Subject {
  readonly name: string;
  /** How its user knows an input. */
  input?(index: number): string;
  /** How many results are checked: those behind them are values kept for a backward pass. Default: all. */
  readonly results?: number;
}

/** Where values that were kept for a backward pass came from. */
interface Origin {
  readonly program: Program;
  readonly inputs: readonly ConcreteArray[];
  readonly output: number;
  readonly subject: Subject;
}
const origins = new WeakMap<ConcreteArray, Origin>();

const checked = new WeakMap<Program, Map<string, { readonly program: Program | undefined }>>();

/** Runs the program and throws where a result is wrong. */
export function runChecked(program: Program, inputs: readonly ConcreteArray[], faults: Faults, compile: Compile, subject: Subject): ConcreteArray[] {
  const count = Math.min(subject.results ?? program.outputs.length, program.outputs.length);
  const key = `${count} ${faults.nans} ${faults.infs}`;
  let known = checked.get(program);
  if (known === undefined) checked.set(program, (known = new Map()));
  let flagged = known.get(key);
  if (flagged === undefined) known.set(key, (flagged = { program: withFlag(program, count, faults) }));
  const outputs = compile(flagged.program ?? program).run(inputs);
  const flag = flagged.program === undefined ? undefined : outputs.pop();
  if (flag !== undefined && flag.elements[0] !== 0) throw report(program, inputs, faults, compile, subject);
  outputs.forEach((value, output) => {
    if (output >= count) origins.set(value, { program, inputs, output, subject });
  });
  return outputs;
}

function report(program: Program, inputs: readonly ConcreteArray[], faults: Faults, compile: Compile, subject: Subject): NaNError {
  const finding = findFault(silently(program), inputs, faults, compile);
  if (finding?.kind !== "input") return errorOf(finding, faults, subject);
  const origin = origins.get(finding.value);
  const kept = origin?.program.outputs[origin.output];
  if (origin !== undefined && kept instanceof Variable && !origin.program.inputs.includes(kept)) return report({ ...origin.program, outputs: [kept] }, origin.inputs, faults, compile, origin.subject);
  const what = subject.input?.(finding.index) ?? `input ${finding.index} of the program`;
  return new NaNError(`${subject.name}: ${what} has ${wrongOf([finding.value], faults)} already: ${summary(finding.value)}`, { hint: "it was so before the call" });
}

/** The program without what it does besides giving results, unless these need it. */
function silently(program: Program): Program {
  try {
    return withoutEffects(program, "debugNaNs");
  } catch (error) {
    if (error instanceof UnsupportedError) return program;
    throw error;
  }
}

function errorOf(finding: Exclude<Finding, { kind: "input" }> | undefined, faults: Faults, subject: Subject | undefined): NaNError {
  const name = subject === undefined ? "" : `${subject.name}: `;
  if (finding === undefined) return new NaNError(`${name}a result is ${faults.infs ? "not finite" : "NaN"}, and is not when the program is taken apart to look for the operation`);
  if (finding.kind === "constant") return new NaNError(`${name}a result is made of a constant with ${wrongOf([finding.value], faults)}: ${summary(finding.value)}`, { hint: "it was computed while the function was traced, or written in it" });
  const { equation, results, infinity } = finding;
  const lines = [`${name}${equation.primitive.name} gave ${wrongOf(results, faults)}${directionOf(equation, "this line")}`, ...detailsOf(finding)];
  if (infinity !== undefined) {
    const line = equationPlace(infinity.equation);
    lines.push(`    the infinity among its operands began with ${infinity.equation.primitive.name}${directionOf(infinity.equation, "its line")}${line}`, ...detailsOf(infinity).map((l) => `    ${l}`));
  }
  return new NaNError(lines.join("\n"), { place: equation.place?.toString() || undefined });
}

const directionOf = ({ place }: Equation, line: string): string => (place?.isBackward === true ? ` in the backward pass of ${line}` : "");
const equationPlace = ({ place }: Equation): string => (place?.toString() ? ` at ${place.toString()}` : "");

function detailsOf({ operands, results, inside }: Culprit): string[] {
  return [
    ...operands.map((x, i) => `    operand ${i}: ${summary(x)}`),
    ...results.map((x, i) => `    ${results.length > 1 ? `result ${i}` : "result"}: ${summary(x)}`),
    ...[...inside].reverse().map(({ equation, what }) => `    in ${what} of ${equation.primitive.name}${equationPlace(equation)}`),
  ];
}

function wrongOf(arrays: readonly ConcreteArray[], { infs }: Faults): string {
  if (arrays.some((a) => isWrong(a, { nans: true, infs: false }))) return "NaN";
  return infs ? "an infinity" : "NaN";
}

/** Type, elements or range, and how many elements are NaN or infinite. */
function summary(x: ConcreteArray): string {
  const { elements, type } = x;
  const type_ = showType(type);
  if (sizeOf(type.shape) <= 8) return `${type_} ${printArray(x).replace(/\n\s*/g, " ")}`;
  let [least, most, nans, infinite] = [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, 0, 0];
  for (const n of elements) {
    if (Number.isNaN(n)) nans++;
    else if (!Number.isFinite(n)) infinite++;
    else [least, most] = [Math.min(least, n), Math.max(most, n)];
  }
  const counts = [nans > 0 ? `${nans} of ${elements.length} NaN` : "", infinite > 0 ? `${infinite} of ${elements.length} infinite` : ""].filter((t) => t !== "");
  return [type_, ...(least <= most ? [`from ${least} to ${most}`] : []), ...counts].join(", ");
}

/** Operations on concrete arrays at once are checked one by one, under `configure` alone. */
export function checkEagerOperations(compile: Compile): void {
  execution.check = (primitive, inputs, params, outputs) => {
    if (!debugging.nans && !debugging.infs) return;
    const faults = { ...debugging };
    if (!outputs.some((y) => isWrong(y, faults)) || inputs.some((x) => isWrong(x, faults))) return;
    const program = programOf(primitive, inputs, params, outputs);
    const finding = primitive.inner === noPrograms ? undefined : findFault(program, inputs, faults, compile);
    const itself: Finding = { kind: "operation", equation: at(program.equations, 0), operands: inputs, results: outputs, inside: [] };
    throw errorOf(finding?.kind === "operation" ? finding : itself, faults, undefined);
  };
}

function programOf(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, outputs: readonly ConcreteArray[]): Program {
  const variables = inputs.map((x) => new Variable(x.type));
  const results = outputs.map((y) => new Variable(y.type));
  const equation: Equation = { primitive, inputs: variables, params, outputs: results, place: undefined };
  return { inputs: variables, equations: [equation], outputs: results };
}
