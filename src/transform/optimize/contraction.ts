/** Contractions read transposed operands by the numbers of their axes, and write a transposed result by changing sides. */
import type { AxisPairs, AxisSource } from "../../core/lowering.ts";
import type { Equation } from "../../core/program.ts";
import { range, type Shape, without } from "../../core/shape.ts";
import type { Value } from "../../core/tensor.ts";
import { type Contraction, dotGeneral } from "../../ops/dot.ts";
import type { View, Workspace } from "./workspace.ts";

/** The rule for contractions: an operand that is a permutation of another value is that value, if the free axes keep their order. */
export function simplifyContraction(equation: Equation, ws: Workspace): Value | undefined {
  const { lower } = equation.primitive;
  if (lower.form !== "contraction") return undefined;
  const axes = lower.axes(equation.params);
  const sides = ([0, 1] as const).map((side) => readSide(ws, ws.operand(equation, side), axes.contract[side], axes.batch[side]));
  const [x, y] = sides as [Side, Side];
  if (!x.changed && !y.changed) return undefined;
  return dotGeneral(x.operand, y.operand, { contract: [x.contract, y.contract], batch: [x.batch, y.batch] });
}

interface Side {
  readonly operand: Value;
  readonly contract: readonly number[];
  readonly batch: readonly number[];
  readonly changed: boolean;
}

function readSide(ws: Workspace, operand: Value, contract: readonly number[], batch: readonly number[]): Side {
  const asItIs: Side = { operand, contract, batch, changed: false };
  const definition = ws.definition(operand);
  if (definition?.primitive.lower.form !== "view") return asItIs;
  const source = ws.operand(definition, 0);
  const order = permutationOf(definition.primitive.lower.sources(definition.params, source.type.shape), source.type.shape, operand.type.shape);
  if (order === undefined) return asItIs;
  const free = without(order, [...contract, ...batch].sort((a, b) => a - b));
  if (free.some((axis, i) => i > 0 && axis < (free[i - 1] as number))) return asItIs;
  const moved = (list: readonly number[]): number[] => list.map((axis) => order[axis] as number);
  return { operand: source, contract: moved(contract), batch: moved(batch), changed: true };
}

/** For each axis of the result the axis of the source that it is, where the view is nothing but a permutation of axes. */
function permutationOf(sources: readonly AxisSource[], from: Shape, to: Shape): number[] | undefined {
  if (from.length !== to.length) return undefined;
  const order = new Array<number>(to.length).fill(-1);
  sources.forEach(({ axis, start, step }, d) => {
    if (axis >= 0 && start === 0 && step === 1 && from[d] === to[axis]) order[axis] = d;
  });
  return order.includes(-1) ? undefined : order;
}

/** The transpose of x · y that exchanges exactly its free axes is y · x: the same products in the same order of summation. */
export function transposedContraction({ root, sources }: View, shape: Shape, ws: Workspace): Value | undefined {
  const definition = ws.definition(root);
  if (definition?.primitive.lower.form !== "contraction" || !ws.usedOnce(root)) return undefined;
  const order = permutationOf(sources, root.type.shape, shape);
  if (order === undefined) return undefined;
  const { contract, batch }: Contraction = definition.primitive.lower.axes(definition.params);
  const [x, y] = definition.inputs.map((a) => ws.value(a)) as [Value, Value];
  const paired = contract[0].length + batch[0].length;
  const [xFree, yFree, kept] = [x.type.shape.length - paired, y.type.shape.length - paired, batch[0].length];
  const exchanged = [...range(kept), ...range(yFree).map((i) => kept + xFree + i), ...range(xFree).map((i) => kept + i)];
  if (xFree === 0 || yFree === 0 || !order.every((d, a) => d === exchanged[a])) return undefined;
  const swap = ([a, b]: AxisPairs): AxisPairs => [b, a];
  return dotGeneral(y, x, { contract: swap(contract), batch: swap(batch) });
}
