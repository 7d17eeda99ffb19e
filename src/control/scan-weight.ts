/** What a scan costs in memory under reverse mode: the bytes of its state, and those that each turn leaves for the backward pass. */
import { DifferentiationError } from "../errors.ts";
import { dtypes, isFloat } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { record } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { jvpProgram } from "../transform/jvp.ts";
import { splitProgram } from "../transform/split.ts";
import { scan } from "./scan.ts";
import { grouped, type ScanParts } from "./scan-operands.ts";

export interface ScanWeight {
  /** Bytes of the state that changes. */
  readonly state: number;
  /** Bytes that a turn stores, when all that can be differentiated is. */
  readonly turn: number;
}

export function weightOf(parts: ScanParts): ScanWeight {
  const { body, constants } = parts;
  const changing = parts.state.filter((_, i) => body.outputs[i] !== body.inputs[constants.length + i]);
  const state = bytesOf(changing.map((x) => x.type));
  try {
    return { state, turn: storedIn(programOf(parts), body.outputs.length) / parts.length };
  } catch (error) {
    if (error instanceof DifferentiationError) return { state, turn: state };
    throw error;
  }
}

function bytesOf(types: readonly TensorType[]): number {
  return types.reduce((sum, { dtype, shape }) => sum + dtypes[dtype].bytes * sizeOf(shape), 0);
}

/** The scan alone. */
function programOf(parts: ScanParts): Program {
  const groups = { ...parts, constants: parts.constants.length, state: parts.state.length };
  const types = [...parts.constants, ...parts.state, ...parts.sequences].map((x) => x.type);
  return record("scan", types, (inputs) => {
    const out = scan({ ...parts, ...grouped(inputs, groups) });
    return [...out.state, ...out.sequences];
  }).program;
}

/** What crosses from the forward to the linear part and is neither there anyhow nor the same at each turn. */
function storedIn(program: Program, results: number): number {
  const { program: both } = jvpProgram(program, program.inputs.map((v) => isFloat(v.type.dtype)));
  const { rest, residualCount, known } = splitProgram(both, both.inputs.map((_, i) => i >= program.inputs.length), both.outputs.map((_, i) => i >= results));
  const there = new Set([...both.inputs, ...both.outputs]);
  const loops = new Set(known.equations.filter((e) => e.primitive.lower.form === "loop").flatMap((e) => e.outputs));
  return bytesOf(rest.inputs.slice(0, residualCount).filter((v) => loops.has(v) && !there.has(v)).map((v) => v.type));
}
