/**
 * Programs that say where a computation goes wrong: they compute the same and tell, for each result or for each floating value on the way,
 * whether it has an element that is not a number (or not finite).
 */
import { isFloat } from "../core/dtype.ts";
import { type Atom, type Equation, inputTypes, type Program, type Variable } from "../core/program.ts";
import { range } from "../core/shape.ts";
import { at, record, scalar, splatLike, type Value } from "../core/tensor.ts";
import { abs } from "../ops/arithmetic.ts";
import { or, shiftLeft } from "../ops/bitwise.ts";
import { equal, notEqual } from "../ops/compare.ts";
import { convert } from "../ops/elementwise.ts";
import { reduceOr } from "../ops/reduce.ts";
import { replayInto } from "./replay.ts";

/** What counts as wrong. */
export interface Faults {
  readonly nans: boolean;
  readonly infs: boolean;
}

/** Whether any element is wrong: bool[]. */
function flagOf(x: Value, { nans, infs }: Faults): Value {
  const wrong = [...(nans ? [notEqual(x, x)] : []), ...(infs ? [equal(abs(x), splatLike(x, Number.POSITIVE_INFINITY))] : [])];
  return reduceOr(wrong.reduce((a, b) => or(a, b)), range(x.type.shape.length));
}

const isFloating = (x: { readonly type: Value["type"] }): boolean => isFloat(x.type.dtype);

/** The program with one more result: whether any of its first `count` results is wrong. Undefined where none of them can be. */
export function withFlag(program: Program, count: number, faults: Faults): Program | undefined {
  if (!program.outputs.slice(0, count).some(isFloating)) return undefined;
  return record("checked", inputTypes(program), (inputs) => {
    const outputs = program.outputs.map(replayInto(program, inputs));
    const flags = outputs.slice(0, count).filter(isFloating).map((x) => flagOf(x, faults));
    return [...outputs, flags.reduce((a, b) => or(a, b))];
  }).program;
}

/** The equations that these atoms depend on. */
export function behind(program: Program, atoms: readonly Atom[]): Equation[] {
  const needed = new Set<Atom>(atoms);
  const found: Equation[] = [];
  for (let i = program.equations.length - 1; i >= 0; i--) {
    const equation = at(program.equations, i);
    if (!equation.outputs.some((v) => needed.has(v))) continue;
    for (const atom of equation.inputs) needed.add(atom);
    found.push(equation);
  }
  return found.reverse();
}

/** The program that computes these of its atoms alone. */
export function computing(program: Program, atoms: readonly Atom[]): Program {
  return { inputs: program.inputs, equations: behind(program, atoms), outputs: atoms };
}

const bits = 31;

export interface FlagProgram {
  /** int32 words, a bit for each of the variables. */
  readonly program: Program;
  readonly variables: readonly Variable[];
}

/** A program that says of every floating value that the results depend on whether it is wrong. */
export function flagProgram(program: Program, faults: Faults): FlagProgram {
  const equations = behind(program, program.outputs);
  const variables = equations.flatMap((e) => e.outputs).filter(isFloating);
  const flagged = record("flags", inputTypes(program), (inputs) => {
    const read = replayInto({ ...program, equations }, inputs);
    const words: Value[] = [];
    variables.forEach((variable, i) => {
      const bit = shiftLeft(convert(flagOf(read(variable), faults), "int32"), scalar(i % bits, "int32"));
      const word = words[Math.floor(i / bits)];
      words[Math.floor(i / bits)] = word === undefined ? bit : or(word, bit);
    });
    return words;
  });
  return { program: flagged.program, variables };
}

/** The variables whose bit is set in the words that a flag program gave. */
export function flagged({ variables }: FlagProgram, words: readonly number[]): Set<Atom> {
  return new Set(variables.filter((_, i) => ((words[Math.floor(i / bits)] as number) >>> (i % bits)) & 1));
}

