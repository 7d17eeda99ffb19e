/**
 * Loop-invariant code: what a turn computes of constants alone is computed once, in front of the loop. Only operations that cannot fail move,
 * since a loop may have no turns; views stay with what reads them.
 */
import { ConcreteArray } from "../../core/concrete.ts";
import type { Loop } from "../../core/lowering.ts";
import { type Atom, type Equation, type Program, Variable } from "../../core/program.ts";
import { sizeOf } from "../../core/shape.ts";
import { at } from "../../core/tensor.ts";

/** How many times the elements of the loop's operands what is kept from before it may have. */
const growth = 2;
/** Values of so few elements may always be kept. */
const few = 1024;

export function hoistInvariants(program: Program): Program {
  const equations: Equation[] = [];
  let changed = false;
  for (const equation of program.equations) {
    const moved = hoist(equation);
    changed ||= moved !== undefined;
    equations.push(...(moved ?? [equation]));
  }
  return changed ? { ...program, equations } : program;
}

/** The equations in front of the loop, and the loop; undefined where nothing moves. */
function hoist(equation: Equation): Equation[] | undefined {
  const { lower } = equation.primitive;
  if (lower.form !== "loop") return undefined;
  const loop = lower.loop(equation.params);
  if (loop.test === undefined && loop.length < 2) return undefined;
  const outside = fixedInputs(loop, equation.inputs);
  const moving = movingEquations(loop.body, outside, growth * equation.inputs.reduce((sum, a) => sum + sizeOf(a.type.shape), few));
  if (moving.size === 0) return undefined;

  const front: Equation[] = [];
  for (const inner of moving) {
    const outputs = inner.outputs.map((v) => new Variable(v.type));
    front.push({ ...inner, inputs: inner.inputs.map((a) => outside.get(a) ?? a), outputs, place: inner.place ?? equation.place });
    inner.outputs.forEach((v, i) => outside.set(v, at(outputs, i)));
  }
  const rest = loop.body.equations.filter((e) => !moving.has(e) || isView(e));
  const made = new Set<Atom>([...moving].flatMap((e) => (isView(e) ? [] : e.outputs)));
  const crossing = [...new Set([...rest.flatMap((e) => e.inputs), ...loop.body.outputs].filter((a) => made.has(a)))] as Variable[];
  const { constants, body, test } = loop;
  const insert = <T>(list: readonly T[], more: readonly T[]): T[] => [...list.slice(0, constants), ...more, ...list.slice(constants)];
  const changed: Loop = {
    ...loop,
    body: { ...body, inputs: insert(body.inputs, crossing), equations: rest },
    test: test && { ...test, inputs: insert(test.inputs, crossing.map((v) => new Variable(v.type))) },
    constants: constants + crossing.length,
  };
  return [...front, { ...equation, params: lower.withLoop(equation.params, changed), inputs: insert(equation.inputs, crossing.map((v) => outside.get(v) as Atom)) }];
}

/** Inputs of the body that are the same at each turn, with what they are outside: constants, and state that is handed on as it is. */
function fixedInputs({ body, constants, state }: Loop, operands: readonly Atom[]): Map<Atom, Atom> {
  const fixed = new Map<Atom, Atom>();
  body.inputs.forEach((v, i) => {
    if (i < constants || (i < constants + state && body.outputs[i - constants] === v)) fixed.set(v, at(operands, i));
  });
  return fixed;
}

/** The equations that move, in order: those that are work on fixed values, and the views that these read through. */
function movingEquations(body: Program, fixed: ReadonlyMap<Atom, Atom>, limit: number): Set<Equation> {
  const invariant = new Set<Atom>(fixed.keys());
  const needed = new Set<Atom>();
  const candidates: Equation[] = [];
  for (const equation of body.equations) {
    const kind = isView(equation) || isWork(equation);
    const [result] = equation.outputs;
    if (!kind || result === undefined || equation.inputs.length === 0 || !equation.inputs.every((a) => a instanceof ConcreteArray || invariant.has(a))) continue;
    if (isWork(equation) && sizeOf(result.type.shape) > limit) continue;
    invariant.add(result);
    candidates.push(equation);
  }
  const moving: Equation[] = [];
  for (const equation of candidates.reverse()) {
    if (!isWork(equation) && !equation.outputs.some((v) => needed.has(v))) continue;
    for (const atom of equation.inputs) needed.add(atom);
    moving.push(equation);
  }
  return new Set(moving.reverse());
}

function isView({ primitive: { lower, effect } }: Equation): boolean {
  return effect === "none" && (lower.form === "view" || lower.form === "reshape");
}

function isWork({ primitive: { lower, effect } }: Equation): boolean {
  return effect === "none" && (lower.form === "elementwise" || lower.form === "contraction" || lower.form === "reduction");
}
