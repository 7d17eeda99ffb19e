/**
 * Rules of an operation that stands for a program: the transforms work on that program. What an operation does not know a better way for,
 * it takes from here.
 */
import type { BatchRule, InnerPrograms, JvpRule, TransposeRule } from "../core/primitive.ts";
import { Unknown } from "../core/primitive.ts";
import { type Atom, type Equation, type Params, type Program, Variable } from "../core/program.ts";
import { add } from "../ops/elementwise.ts";
import { copy } from "../ops/control.ts";
import { pushForward } from "../transform/jvp.ts";
import { splitProgram } from "../transform/split.ts";
import { pullBack } from "../transform/transpose.ts";
import { batchProgram } from "../transform/vmap.ts";

/** The program that an operation with these parameters stands for. A new one at each call. */
export type Written<P extends Params> = (params: P) => Program;

export function jvpWritten<P extends Params>(written: Written<P>): JvpRule<P> {
  return (primals, tangents, params) => pushForward(written(params), primals, tangents);
}

export function transposeWritten<P extends Params>(written: Written<P>): TransposeRule<P> {
  return (cotangents, inputs, params) => {
    const program = written(params);
    const cts = pullBack(program, inputs.map((x) => (x instanceof Unknown ? null : x)), cotangents, (x, y) => add(x, y));
    let next = 0;
    return inputs.map((x) => (x instanceof Unknown ? (cts[next++] ?? null) : null));
  };
}

export function batchWritten<P extends Params>(written: Written<P>): BatchRule<P> {
  return (size, inputs, axes, params, _primitive, axisName) => batchProgram(written(params), size, inputs, axes, axisName);
}

export function partitionWritten<P extends Params>(written: Written<P>): InnerPrograms<P>["partition"] {
  return (equation, reached) => {
    const program = written(equation.params as P);
    const { known, rest, reachedOutputs } = splitProgram(program, reached);
    const outer = new Map<Atom, Atom>(program.inputs.map((v, i) => [v, equation.inputs[i] as Atom]));
    const copies: Equation[][] = [[], []];
    program.outputs.forEach((atom, i) => {
      const result = equation.outputs[i] as Variable;
      const inside = atom instanceof Variable && !outer.has(atom);
      if (inside) outer.set(atom, result);
      else (copies[reachedOutputs[i] ? 1 : 0] as Equation[]).push({ ...equation, primitive: copy.primitive, params: {}, inputs: [outer.get(atom) ?? atom], outputs: [result] });
    });
    const rename = ({ equations }: Program): Equation[] =>
      equations.map((e) => ({ ...e, place: e.place ?? equation.place, inputs: e.inputs.map((a) => outer.get(a) ?? a), outputs: e.outputs.map((v) => (outer.get(v) as Variable | undefined) ?? v) }));
    return { known: [...rename(known), ...(copies[0] as Equation[])], linear: [...rename(rest), ...(copies[1] as Equation[])] };
  };
}
