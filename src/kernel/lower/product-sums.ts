/**
 * Products of vectors as the sums of products that they are: where the free axes have one element each there is nothing that a matrix product
 * could share, and as a sum its operands are computed on the way and long ones are shared out.
 */
import type { AxisPairs, Lowering } from "../../core/lowering.ts";
import { isFloat } from "../../core/dtype.ts";
import { type Atom, type Equation, type Program, Variable } from "../../core/program.ts";
import { range, without } from "../../core/shape.ts";
import { tensorType } from "../../core/type.ts";

/** The same program with such products written out, each in the forms of simpler operations. */
export function writeProductSums(program: Program): Program {
  const isSum = (equation: Equation): boolean => sides(equation) !== undefined;
  if (!program.equations.some(isSum)) return program;
  return { ...program, equations: program.equations.flatMap((e) => written(e) ?? [e]) };
}

interface Side {
  readonly operand: Atom;
  readonly batch: readonly number[];
  readonly contract: readonly number[];
}

function sides({ primitive: { lower }, inputs, params }: Equation): readonly [Side, Side] | undefined {
  if (lower.form !== "contraction") return undefined;
  const { batch, contract }: { readonly batch: AxisPairs; readonly contract: AxisPairs } = lower.axes(params);
  const both = ([0, 1] as const).map((i) => ({ operand: inputs[i] as Atom, batch: batch[i], contract: contract[i] }));
  const isAlone = ({ operand: { type: { shape } }, batch, contract }: Side): boolean => without(shape, [...batch, ...contract]).every((n) => n === 1);
  return isFloat((inputs[0] as Atom).type.dtype) && both.every(isAlone) ? (both as unknown as readonly [Side, Side]) : undefined;
}

function written(equation: Equation): Equation[] | undefined {
  const found = sides(equation);
  if (found === undefined) return undefined;
  const equations: Equation[] = [];
  const result = equation.outputs[0] as Variable;
  const { dtype } = result.type;
  const write = (lower: Lowering, inputs: readonly Atom[], shape: readonly number[]): Variable => {
    const output = new Variable(tensorType(dtype, shape));
    equations.push({ ...equation, primitive: { ...equation.primitive, lower }, inputs, outputs: [output] });
    return output;
  };
  /** Batch axes, then those that are summed over. */
  const arranged = ({ operand, batch, contract }: Side): Atom => {
    const { shape } = operand.type;
    const order = [...batch, ...contract];
    if (order.length === shape.length && order.every((axis, i) => axis === i)) return operand;
    const sources = shape.map((_, d) => ({ axis: order.indexOf(d), start: 0, step: 1 }));
    return write({ form: "view", sources: () => sources }, [operand], order.map((axis) => shape[axis] as number));
  };
  const operands = found.map(arranged);
  const { shape } = (operands[0] as Atom).type;
  const kept = found[0].batch.length;
  const products = write({ form: "elementwise", instruction: () => "mul" }, operands, shape);
  const axes = range(shape.length - kept).map((i) => kept + i);
  const sum = write({ form: "reduction", combine: () => "add", identity: () => 0, axes: () => axes }, [products], shape.slice(0, kept));
  if (result.type.shape.length > kept) write({ form: "reshape" }, [sum], result.type.shape);
  const last = equations.pop() as Equation;
  return [...equations, { ...last, outputs: [result] }];
}
