/** Several functions traced for one operation: their programs take the same captured tensors, those that any of them closes over. */
import { type Program, Variable } from "../core/program.ts";
import type { TracedArray } from "../core/tensor.ts";

interface Traced {
  readonly program: Program;
  readonly captured: readonly TracedArray[];
}

export interface SharedCaptures {
  readonly captured: readonly TracedArray[];
  /** Inputs: first the captured tensors, then the others in their order. */
  readonly programs: readonly Program[];
}

export function shareCaptures(traced: readonly Traced[]): SharedCaptures {
  const captured = [...new Map(traced.flatMap((t) => t.captured).map((tensor) => [tensor.variable, tensor])).values()];
  const programs = traced.map(({ program, captured: own }): Program => {
    const count = program.inputs.length - own.length;
    const first = captured.map((tensor) => {
      const place = own.findIndex((t) => t.variable === tensor.variable);
      return program.inputs[count + place] !== undefined && place >= 0 ? (program.inputs[count + place] as Variable) : new Variable(tensor.type);
    });
    return { ...program, inputs: [...first, ...program.inputs.slice(0, count)] };
  });
  return { captured, programs };
}
