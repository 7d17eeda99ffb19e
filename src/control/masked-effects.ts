/**
 * Effects of some elements of a batch. Where a branch or a turn is computed for all elements although some take no part in it, what it does
 * besides, its ordered callbacks, is left out for these: a mask goes with the operands, into programs inside as well.
 */
import { UnsupportedError } from "../errors.ts";
import { programHasEffects } from "../core/effects.ts";
import { noPrograms } from "../core/primitive.ts";
import { type Equation, type Program, Variable } from "../core/program.ts";
import type { TensorType } from "../core/type.ts";
import { type Lanes, lanesOf, maskedCall } from "./callback.ts";
import { inlineCalls } from "../transform/inline.ts";

/** `batched`, made of `program` by batching it over `size` elements, with a further input in front: bool[size], which of them take part. */
export function maskEffects(batched: Program, program: Program, size: number): Program {
  const mask: TensorType = { dtype: "bool", shape: [size], weak: false };
  if (!programHasEffects(batched)) return { ...batched, inputs: [new Variable(mask), ...batched.inputs] };
  const before = new Set<Lanes>();
  collect(program, before);
  return masked(inlineCalls(batched, "early"), mask, (lanes) => lanes !== undefined && !before.has(lanes));
}

function collect(program: Program, found: Set<Lanes>): void {
  if (!programHasEffects(program)) return;
  for (const equation of program.equations) {
    const [outermost] = lanesOf(equation);
    if (outermost !== undefined) found.add(outermost);
    for (const inner of innerOf(equation)) collect(inner, found);
  }
}

function innerOf({ primitive, params }: Equation): readonly Program[] {
  return primitive.inner === noPrograms ? [] : primitive.inner.programs(params);
}

/** `isNew`: these lanes are those of the batch that the mask is about. */
function masked(program: Program, type: TensorType, isNew: (lanes: Lanes | undefined) => boolean): Program {
  const mask = new Variable(type);
  const equations = program.equations.map((equation) => {
    if (isNew(lanesOf(equation)[0])) return maskedCall(equation, mask);
    return innerOf(equation).some((inner) => concerned(inner, isNew)) ? maskedInside(equation, mask, (inner) => masked(inner, type, isNew)) : equation;
  });
  return { inputs: [mask, ...program.inputs], equations, outputs: program.outputs };
}

function concerned(program: Program, isNew: (lanes: Lanes | undefined) => boolean): boolean {
  return programHasEffects(program) && program.equations.some((e) => isNew(lanesOf(e)[0]) || innerOf(e).some((inner) => concerned(inner, isNew)));
}

/** Branches take the mask as a further operand, loops as a further constant. */
function maskedInside(equation: Equation, mask: Variable, inside: (program: Program) => Program): Equation {
  const { primitive, params, inputs } = equation;
  const { lower, inner } = primitive;
  if (lower.form === "branch" && inner !== noPrograms) {
    return { ...equation, params: inner.withPrograms(params, lower.branches(params).map(inside)), inputs: [inputs[0] as Variable, mask, ...inputs.slice(1)] };
  }
  if (lower.form === "loop") {
    const loop = lower.loop(params);
    return { ...equation, params: lower.withLoop(params, { ...loop, body: inside(loop.body), test: loop.test && inside(loop.test), constants: loop.constants + 1 }), inputs: [mask, ...inputs] };
  }
  throw new UnsupportedError(`${primitive.name}: an ordered callback inside of it cannot be left out for those elements of a batch that take no part`, { place: equation.place?.toString() });
}
