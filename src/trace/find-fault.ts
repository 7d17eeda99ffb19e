/**
 * Finds the operation with which a value went wrong (NaN, or infinite): from a result that is wrong back through wrong values to an operation
 * whose operands are right, by compiled programs that flag every value; then into the programs inside that operation, for a loop turn by turn.
 */
import type { Executable } from "../backends/backend.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import type { Loop } from "../core/lowering.ts";
import { type Atom, type Equation, type Program, Variable } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { at } from "../core/tensor.ts";
import { computing, type Faults, flagged, flagProgram, withFlag } from "../transform/flags.ts";

export type Compile = (program: Program) => Executable;

/** An operation with which something went wrong. */
export interface Culprit {
  readonly kind: "operation";
  readonly equation: Equation;
  readonly operands: readonly ConcreteArray[];
  readonly results: readonly ConcreteArray[];
  /** The loops and branches around it, outermost first. */
  readonly inside: readonly Inside[];
  /** Where an operand of it became infinite, which is where a NaN comes from most often. */
  readonly infinity?: Culprit;
  /** The input of the program around it that brought an infinity, as long as nobody has looked further out. */
  readonly infiniteInput?: number;
}

/** Where it began. */
export type Finding =
  | Culprit
  | { readonly kind: "input"; readonly index: number; readonly value: ConcreteArray }
  | { readonly kind: "constant"; readonly value: ConcreteArray };

export interface Inside {
  readonly equation: Equation;
  /** "turn 3", "branch 1". */
  readonly what: string;
}

/** Whether an array has an element that is wrong. */
export function isWrong({ type, splat, elements }: ConcreteArray, { nans, infs }: Faults): boolean {
  if (!isFloat(type.dtype)) return false;
  const wrong = (x: number): boolean => (Number.isNaN(x) ? nans : infs && !Number.isFinite(x));
  return splat === undefined ? elements.some(wrong) : sizeOf(type.shape) > 0 && wrong(splat);
}

/** Undefined where no result is wrong. */
export function findFault(program: Program, inputs: readonly ConcreteArray[], faults: Faults, compile: Compile): Finding | undefined {
  const flags = flagProgram(program, faults);
  const wrong = flagged(flags, compile(flags.program).run(inputs).map((word) => word.elements[0] as number));
  program.inputs.forEach((v, i) => {
    if (isWrong(at(inputs, i), faults)) wrong.add(v);
  });
  const isBad = (atom: Atom): boolean => (atom instanceof ConcreteArray ? isWrong(atom, faults) : wrong.has(atom));
  const reached = new Set<Atom>(program.outputs.filter(isBad));
  let first: Equation | undefined;
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = at(program.equations, i);
    if (!equation.outputs.some((v) => reached.has(v))) continue;
    const bad = equation.inputs.filter(isBad);
    for (const atom of bad) reached.add(atom);
    if (bad.length === 0) first = equation;
  }
  const index = program.inputs.findIndex((v) => reached.has(v));
  if (index >= 0) return { kind: "input", index, value: at(inputs, index) };
  if (first !== undefined) return descend(first, program, inputs, faults, compile);
  const constant = [...reached].find((a) => a instanceof ConcreteArray);
  return constant === undefined ? undefined : { kind: "constant", value: constant };
}

/** The operation, with its operands; of one with programs inside, the one in there, if the fault shows there again. */
function descend(equation: Equation, program: Program, inputs: readonly ConcreteArray[], faults: Faults, compile: Compile): Culprit {
  const values = valuesOf(program, [...equation.inputs, ...equation.outputs], inputs, compile);
  const [operands, results] = [values.slice(0, equation.inputs.length), values.slice(equation.inputs.length)];
  const within = findInside(equation, operands, faults, compile);
  if (within?.finding?.kind !== "operation") {
    const operand = equation.inputs.find((_, i) => isWrong(at(operands, i), infinite));
    return { kind: "operation", equation, operands, results, inside: [], ...(faults.infs ? {} : findInfinity(operand, program, inputs, compile)) };
  }
  const around: readonly Inside[] = within.what === undefined ? [] : [{ equation, what: within.what }];
  const { infiniteInput, ...found } = within.finding;
  const brought = infiniteInput === undefined ? {} : findInfinity(equation.inputs[infiniteInput + within.first], program, inputs, compile);
  return { ...found, ...brought, inside: [...around, ...found.inside] };
}

const infinite: Faults = { nans: false, infs: true };

/** Where an infinite operand became so, in this program or among its inputs. */
function findInfinity(operand: Atom | undefined, program: Program, inputs: readonly ConcreteArray[], compile: Compile): Pick<Culprit, "infinity" | "infiniteInput"> {
  const found = operand instanceof Variable ? findFault({ ...program, outputs: [operand] }, inputs, infinite, compile) : undefined;
  return found?.kind === "operation" ? { infinity: found } : found?.kind === "input" ? { infiniteInput: found.index } : {};
}

function valuesOf(program: Program, atoms: readonly Atom[], inputs: readonly ConcreteArray[], compile: Compile): ConcreteArray[] {
  const variables = [...new Set(atoms)].filter((a) => a instanceof Variable);
  const values = compile(computing(program, variables)).run(inputs);
  return atoms.map((a) => (a instanceof ConcreteArray ? a : at(values, variables.indexOf(a))));
}

interface Within {
  readonly finding: Finding | undefined;
  /** Which turn or branch; undefined for a call, which is no place of its own. */
  readonly what: string | undefined;
  /** The operand that is the first input of the program inside. */
  readonly first: number;
}

function findInside({ primitive: { lower }, params }: Equation, operands: readonly ConcreteArray[], faults: Faults, compile: Compile): Within | undefined {
  if (lower.form === "call") return { finding: findFault(lower.program(params), operands, faults, compile), what: undefined, first: 0 };
  if (lower.form === "loop") return findTurn(lower.loop(params), operands, faults, compile);
  if (lower.form !== "branch") return undefined;
  const branches = lower.branches(params);
  const index = Math.min(Math.max(at(operands, 0).elements[0] as number, 0), branches.length - 1);
  return { finding: findFault(at(branches, index), operands.slice(1), faults, compile), what: `branch ${index}`, first: 1 };
}

/** Goes through the turns with the compiled body until one leaves something wrong. */
function findTurn({ body, constants, state, test, length, reverse }: Loop, operands: readonly ConcreteArray[], faults: Faults, compile: Compile): Within | undefined {
  const checked = withFlag(body, body.outputs.length, faults);
  if (checked === undefined) return undefined;
  const turn = compile(checked);
  const goesOn = test === undefined ? undefined : compile(test);
  const fixed = operands.slice(0, constants);
  const sequences = operands.slice(constants + state);
  let now = operands.slice(constants, constants + state);
  for (let t = 0; goesOn === undefined ? t < length : at(goesOn.run([...fixed, ...now]), 0).elements[0] !== 0; t++) {
    const i = reverse ? length - 1 - t : t;
    const given = [...fixed, ...now, ...sequences.map((x, k) => element(x, at(body.inputs, constants + state + k).type, i))];
    const after = turn.run(given);
    if (at(after, body.outputs.length).elements[0] !== 0) return { finding: findFault(body, given, faults, compile), what: `turn ${t}${reverse ? `, element ${i}` : ""}`, first: 0 };
    now = after.slice(0, state);
  }
  return undefined;
}

/** Element `i` of a sequence. */
function element(x: ConcreteArray, type: ConcreteArray["type"], i: number): ConcreteArray {
  if (x.splat !== undefined) return ConcreteArray.splat(type, x.splat);
  const size = sizeOf(type.shape);
  return ConcreteArray.of(type, x.elements.slice(i * size, (i + 1) * size));
}
