/**
 * What the rules of a user say, in the form in which transforms ask: programs, made when they are asked for. Operands are the leaves of the
 * arguments, then what the function or its rules close over. Rules of a batched function are the batched programs of its rules.
 */
import { insertAt } from "../core/shape.ts";
import type { Program } from "../core/program.ts";
import { at, record } from "../core/tensor.ts";
import { align, reduceSum } from "../ops/structure.ts";
import type { Jvp } from "../transform/jvp.ts";
import { replay } from "../transform/replay.ts";
import { batchProgram } from "../transform/vmap.ts";

/** A program that returns cotangents of the leaves of the arguments; `given[i]`: that of leaf i is no zero. */
export interface Cotangents {
  readonly program: Program;
  readonly given: readonly boolean[];
}

export interface ReverseRule {
  /** operands… → (results…, residuals…) */
  forward(): Program;
  /** (residuals…, operands…, cotangents of the results that are `present`…) → cotangents. Reads only those operands that are closed over. */
  backward(present: readonly boolean[]): Cotangents;
}

export interface TransposeRuleOfUser {
  /** Which leaves of the arguments the function is linear in. */
  readonly linear: readonly boolean[];
  /** (operands that are known…, cotangents of the results that are `present`…) → cotangents. */
  pull(known: readonly boolean[], present: readonly boolean[]): Cotangents;
}

export interface Batched {
  /** operands… → results…, each with its batch axis in front where it has one. */
  readonly program: Program;
  readonly results: readonly boolean[];
}

export interface CustomRules {
  readonly name: string;
  /** How many operands are leaves of arguments; the rules speak of those alone. */
  readonly leaves: number;
  /** (operands…, tangents of the leaves that are `moving`…) → (results…, tangents of the active results…) */
  readonly jvp: ((moving: readonly boolean[]) => Jvp) | undefined;
  readonly vjp: ReverseRule | undefined;
  readonly transpose: TransposeRuleOfUser | undefined;
  readonly vmap: ((size: number, batched: readonly boolean[]) => Batched) | undefined;
}

/** The program over a batch: its inputs have the batch axis in front where `batched` says so, all its outputs have it there. */
export function batchWhole(program: Program, size: number, batched: readonly boolean[], axisName: string | undefined): Program {
  const types = program.inputs.map((v, i) => (batched[i] === true ? { ...v.type, shape: insertAt(v.type.shape, 0, size) } : v.type));
  return record("vmap", types, (inputs) => {
    const out = batchProgram(program, size, inputs, inputs.map((_, i) => (batched[i] === true ? 0 : null)), axisName);
    return out.outputs.map((y, i) => align(y, at(out.axes, i), 0, size));
  }).program;
}

const all = (count: number): boolean[] => new Array<boolean>(count).fill(true);

/** The derivative rules of the function over a batch. Its own vmap rule has done its part. */
export function batchRules(rules: CustomRules, size: number, batched: readonly boolean[], axisName: string | undefined): CustomRules {
  const { jvp, vjp, transpose, leaves } = rules;
  return {
    ...rules,
    jvp: jvp && ((moving) => batchJvp(jvp(moving), size, [...batched, ...batched.slice(0, leaves).filter((_, i) => moving[i])], axisName)),
    vjp: vjp && batchReverse(vjp, size, batched, leaves, axisName),
    transpose: transpose && {
      linear: transpose.linear,
      pull: (known, present) => {
        const { program, given } = transpose.pull(known, present);
        const inputs = [...batched.filter((_, i) => known[i]), ...all(present.filter(Boolean).length)];
        return batchCotangents({ program, given }, size, inputs, batched.slice(0, leaves), axisName);
      },
    },
    vmap: undefined,
  };
}

function batchJvp({ program, activeOutputs }: Jvp, size: number, batched: readonly boolean[], axisName: string | undefined): Jvp {
  return { program: batchWhole(program, size, batched, axisName), activeOutputs };
}

function batchReverse(vjp: ReverseRule, size: number, batched: readonly boolean[], leaves: number, axisName: string | undefined): ReverseRule {
  let forward: Program | undefined;
  return {
    forward: () => (forward ??= batchWhole(vjp.forward(), size, batched, axisName)),
    backward: (present) => {
      const { program, given } = vjp.backward(present);
      const cotangents = present.filter(Boolean).length;
      const residuals = program.inputs.length - batched.length - cotangents;
      return batchCotangents({ program, given }, size, [...all(residuals), ...batched, ...all(cotangents)], batched.slice(0, leaves), axisName);
    },
  };
}

/** The cotangent of an argument that is the same for the whole batch is the sum over the batch. */
function batchCotangents({ program, given }: Cotangents, size: number, inputs: readonly boolean[], batched: readonly boolean[], axisName: string | undefined): Cotangents {
  const whole = batchWhole(program, size, inputs, axisName);
  const owners = batched.filter((_, i) => given[i]);
  if (!owners.includes(false)) return { program: whole, given };
  const summed = record("vmap", whole.inputs.map((v) => v.type), (vars) => replay(whole, vars).map((ct, i) => (owners[i] === true ? ct : reduceSum(ct, [0])))).program;
  return { program: summed, given };
}
