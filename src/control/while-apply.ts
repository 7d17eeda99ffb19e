/**
 * What a loop with a test carries, how its operands are grouped, its type and its meaning. Constants are the same at each turn; the state is
 * what a turn takes and hands on. The test and the body take both.
 */
import { DTypeError, InternalError, ShapeError } from "../errors.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import type { Primitive } from "../core/primitive.ts";
import { inputTypes, outputTypes, type Program, type Variable } from "../core/program.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { sameType, showTypes, type TensorType } from "../core/type.ts";
import { run } from "./run.ts";

export type While = {
  /** (constants…, state…) → bool[], asked before each turn. */
  readonly test: Program;
  /** (constants…, state…) → state… */
  readonly body: Program;
  readonly constants: number;
  /** How many states reverse mode keeps at a time; 0: as many as fit its default budget. */
  readonly slots: number;
};

export function whileType(inputs: readonly TensorType[], { test, body, constants }: While): TensorType[] {
  for (const [name, program] of [["test", test], ["body", body]] as const) {
    const types = inputTypes(program);
    if (differ(types, inputs)) throw new ShapeError(`while: the ${name} takes (${showTypes(types)}), the operands are (${showTypes(inputs)})`);
  }
  const decides = test.outputs[0]?.type;
  if (test.outputs.length !== 1 || decides === undefined || decides.dtype !== "bool" || decides.shape.length > 0) {
    throw new DTypeError(`while: the test must give one bool[], it gives (${showTypes(outputTypes(test))})`);
  }
  const [before, after] = [inputs.slice(constants), outputTypes(body)];
  if (differ(before, after)) throw new ShapeError(`while: the state is (${showTypes(before)}) before a turn and (${showTypes(after)}) after it`);
  return before.map((t, i) => ({ ...t, weak: t.weak && at(after, i).weak }));
}

function differ(a: readonly TensorType[], b: readonly TensorType[]): boolean {
  return a.length !== b.length || a.some((t, i) => !sameType(t, at(b, i)));
}

/** Turns of a loop on concrete arrays; `visit` sees the state before each turn. Returns the last state. */
export function runWhile(inputs: readonly ConcreteArray[], { test, body, constants }: While, visit?: (state: readonly ConcreteArray[], turn: number) => void): ConcreteArray[] {
  const fixed = inputs.slice(0, constants);
  let state = inputs.slice(constants);
  for (let turn = 0; at(run(test, [...fixed, ...state]), 0).elements[0] !== 0; turn++) {
    visit?.(state, turn);
    state = run(body, [...fixed, ...state]);
  }
  return state;
}

/** The program with its inputs in another order, and with new ones that it does not read where a variable is not its own. */
export function withInputs(program: Program, inputs: readonly Variable[]): Program {
  return { ...program, inputs };
}

/** Records a loop, or runs it. State that no turn changes goes in as a constant: the value that comes out is the one that went in. */
export function applyWhile(primitive: Primitive, { test, body, slots }: Omit<While, "constants">, constants: readonly Value[], state: readonly Value[]): Value[] {
  const first = constants.length;
  if (test.inputs.length !== first + state.length || body.outputs.length !== state.length) throw new InternalError("a loop whose programs do not fit its operands");
  const changes = state.map((_, i) => body.outputs[i] !== body.inputs[first + i]);
  const order = <T>(list: readonly T[]): T[] => [...list.slice(0, first), ...list.slice(first).filter((_, i) => !changes[i]), ...list.slice(first).filter((_, i) => changes[i])];
  const moving = state.filter((_, i) => changes[i]);
  if (moving.length === 0 && state.length > 0) return [...state];
  const loop: While = {
    test: withInputs(test, order(test.inputs)),
    body: { ...body, inputs: order(body.inputs), outputs: body.outputs.filter((_, i) => changes[i]) },
    constants: first + state.length - moving.length,
    slots,
  };
  const results = bind(primitive, order([...constants, ...state]), loop);
  let next = 0;
  return state.map((value, i) => (changes[i] ? at(results, next++) : value));
}
