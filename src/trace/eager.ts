/**
 * Operations on concrete arrays outside of traces. The reference does them at once, except contractions that are worth a compiled kernel: these
 * run on the default backend, kept by operand types. The rule looks at sizes alone, so that the same call always gives the same bits.
 */
import type { Executable } from "../backends/backend.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import type { Primitive } from "../core/primitive.ts";
import { type Params, type Program, Variable } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { execution } from "../core/tensor.ts";
import { showTypes, type TensorType } from "../core/type.ts";
import { backendFor } from "./execute.ts";

/** Multiplications from which a contraction is compiled: the reference takes about a millisecond for so many. */
const worthwhile = 1_000_000;
/** How many are kept; the one kept longest makes room. */
const kept = 256;
const programs = new Map<string, { readonly primitive: Primitive; readonly executable: Executable }>();

/** Sends large contractions to the default backend from now on. */
export function compileEagerContractions(): void {
  const { run } = execution;
  execution.run = (primitive, inputs, params, types) => {
    if (primitive.lower.form !== "contraction" || multiplications(primitive.lower.axes(params), inputs, types) < worthwhile) return run(primitive, inputs, params, types);
    return compiled(primitive, inputs, params, types).run(inputs);
  };
}

function multiplications({ contract }: { readonly contract: readonly [readonly number[], readonly number[]] }, [x]: readonly ConcreteArray[], [type]: readonly TensorType[]): number {
  if (x === undefined || type === undefined || !isFloat(type.dtype)) return 0;
  return sizeOf(type.shape) * sizeOf(contract[0].map((a) => x.type.shape[a] as number));
}

function compiled(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, types: readonly TensorType[]): Executable {
  const key = `${primitive.name} ${JSON.stringify(params)} ${showTypes(inputs.map((x) => x.type))}`;
  const known = programs.get(key);
  if (known?.primitive === primitive) return known.executable;
  const variables = inputs.map((x) => new Variable(x.type));
  const outputs = types.map((t) => new Variable(t));
  const program: Program = { inputs: variables, equations: [{ primitive, inputs: variables, params, outputs, place: undefined }], outputs };
  const executable = backendFor(undefined).compile(program);
  const [oldest] = programs.keys();
  if (programs.size >= kept && oldest !== undefined) programs.delete(oldest);
  programs.set(key, { primitive, executable });
  return executable;
}
