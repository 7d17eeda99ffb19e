/**
 * Operations on concrete arrays outside of traces. The reference does them at once, except what is worth a compiled program: large
 * contractions, and loops and other operations with programs inside. These run on the default backend, kept by what they do and the types of
 * their operands. The rule looks at programs and sizes alone, so that the same call always gives the same bits.
 */
import type { Executable } from "../backends/backend.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import { noPrograms, type Primitive } from "../core/primitive.ts";
import { type Params, type Program, Variable } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { execution } from "../core/tensor.ts";
import { showTypes, type TensorType } from "../core/type.ts";
import { optimize } from "../transform/optimize.ts";
import { mixParam, sameParams } from "../transform/same-program.ts";
import { backendFor } from "./execute.ts";

/** Nanoseconds of the reference from which an operation is compiled: about what compiling takes. */
const worthwhile = 2_000_000;
/** What an equation takes there, and each element and multiplication. */
const perEquation = 1000;
const perElement = 15;
const perMultiplication = 2;
/** Turns that a loop of unknown length is taken for. */
const unknownTurns = 1000;

/** How many are kept; the one kept longest makes room. */
const kept = 256;
interface Kept {
  readonly primitive: Primitive;
  readonly params: Params;
  readonly executable: Executable;
}
const programs = new Map<string, Kept[]>();

/** Sends operations that are worth it to the default backend from now on. */
export function compileWhatIsWorthIt(): void {
  const { run } = execution;
  execution.run = (primitive, inputs, params, types) => {
    const candidate = primitive.lower.form === "contraction" || primitive.inner !== noPrograms;
    if (!candidate || costOf(primitive, inputs.map((x) => x.type), params, types) < worthwhile) return run(primitive, inputs, params, types);
    return compiled(primitive, inputs, params, types).run(inputs);
  };
}

/** Nanoseconds that the reference may take. */
function costOf(primitive: Primitive, inputs: readonly TensorType[], params: Params, outputs: readonly TensorType[]): number {
  const { lower } = primitive;
  switch (lower.form) {
    case "contraction": {
      const [x] = inputs;
      const [type] = outputs;
      if (x === undefined || type === undefined || !isFloat(type.dtype)) return perEquation;
      return perMultiplication * sizeOf(type.shape) * sizeOf(lower.axes(params).contract[0].map((a) => x.shape[a] as number));
    }
    case "loop": {
      const { body, test, length } = lower.loop(params);
      return test === undefined ? length * costOfProgram(body) : unknownTurns * (costOfProgram(body) + costOfProgram(test));
    }
    case "composite":
      return costOfProgram(lower.program(params, inputs));
    case "branch":
      return Math.max(...lower.branches(params).map(costOfProgram));
    default:
      if (primitive.inner !== noPrograms) return primitive.inner.programs(params).reduce((sum, p) => sum + costOfProgram(p), perEquation);
      return outputs.reduce((sum, { shape }) => sum + perElement * sizeOf(shape), perEquation);
  }
}

const costs = new WeakMap<Program, number>();

function costOfProgram(program: Program): number {
  let cost = costs.get(program);
  if (cost === undefined) {
    cost = program.equations.reduce((sum, e) => sum + costOf(e.primitive, e.inputs.map((a) => a.type), e.params, e.outputs.map((v) => v.type)), 0);
    costs.set(program, cost);
  }
  return cost;
}

function compiled(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, types: readonly TensorType[]): Executable {
  const key = `${primitive.name} ${mixParam(0, params)} ${showTypes(inputs.map((x) => x.type))}`;
  const list = programs.get(key) ?? [];
  const known = list.find((k) => k.primitive === primitive && sameParams(k.params, params));
  if (known !== undefined) return known.executable;
  const variables = inputs.map((x) => new Variable(x.type));
  const outputs = types.map((t) => new Variable(t));
  const program: Program = { inputs: variables, equations: [{ primitive, inputs: variables, params, outputs, place: undefined }], outputs };
  const executable = backendFor(undefined).compile(optimize(program));
  const [oldest] = programs.keys();
  if (programs.size >= kept && oldest !== undefined) programs.delete(oldest);
  programs.set(key, [...list.slice(-3), { primitive, params, executable }]);
  return executable;
}
