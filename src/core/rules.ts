/**
 * Rules named by their mathematics, from which the op families pick. Only exceptions are written by hand beside their op.
 */
import { DifferentiationError } from "../errors.ts";
import type { BatchAxis, BatchRule, JvpRule, MaybeZero, Partial, TransposeRule } from "./primitive.ts";
import { Unknown } from "./primitive.ts";
import type { Params } from "./program.ts";
import { at, bind, splatLike, type Value } from "./tensor.ts";

/** The zero tangent made a value. */
export function instantiate(tangent: MaybeZero, like: { readonly type: Value["type"] }): Value {
  return tangent ?? splatLike({ type: { ...like.type, weak: false } }, 0);
}

/** f is linear in all operands at once: its tangent is f of the tangents. */
export function linearJvp<P extends Params>(): JvpRule<P> {
  const rule: JvpRule<P> = (primals, tangents, params, primitive, apply) => ({
    outputs: apply(),
    tangents: bind(primitive, tangents.map((t, i) => instantiate(t, at(primals, i))), params),
  });
  return linearIn(rule);
}

/** The rule of an operation that is linear in all operands with a tangent at once. */
export function linearIn<P extends Params>(rule: JvpRule<P>): JvpRule<P> {
  return Object.assign(rule, { form: "linear" as const });
}

/** f is linear in each operand alone: the tangent is the sum of f with one operand replaced. `add` sums two values. */
export function bilinearJvp<P extends Params>(add: (x: Value, y: Value) => Value): JvpRule<P> {
  const rule: JvpRule<P> = (primals, tangents, params, primitive, apply) => {
    let total: MaybeZero = null;
    tangents.forEach((t, i) => {
      if (t === null) return;
      const term = at(bind(primitive, primals.map((p, j) => (j === i ? t : p)), params), 0);
      total = total === null ? term : add(total, term);
    });
    return { outputs: apply(), tangents: [total] };
  };
  return Object.assign(rule, { form: "bilinear" as const });
}

/** f is piecewise constant or has no tangent (integer results): its tangent is zero. */
export function zeroJvp<P extends Params>(): JvpRule<P> {
  const rule: JvpRule<P> = (_primals, _tangents, _params, _primitive, apply) => {
    const outputs = apply();
    return { outputs, tangents: outputs.map(() => null) };
  };
  return Object.assign(rule, { form: "zero" as const });
}

/** dy = Σᵢ ∂f/∂xᵢ · dxᵢ, one partial per operand. `each`: of an operation on each element alone. */
export function partialsJvp<P extends Params>(partials: readonly Partial<P>[], add: (x: Value, y: Value) => Value, each = false): JvpRule<P> {
  const rule: JvpRule<P> = (primals, tangents, params, _primitive, apply) => {
    const outputs = apply();
    let total: MaybeZero = null;
    for (let i = 0; i < tangents.length; i++) {
      const t = at(tangents, i);
      const partial = partialOf(partials, i);
      if (t === null || partial === null) continue;
      const term = partial(t, primals, at(outputs, 0), params);
      total = total === null ? term : add(total, term);
    }
    return { outputs, tangents: [total] };
  };
  return each ? Object.assign(rule, { form: partials }) : rule;
}

/** The partial for that operand; the last one is that of all further ones. */
export function partialOf<P extends Params>(partials: readonly Partial<P>[], operand: number): Partial<P> {
  return at(partials, Math.min(operand, partials.length - 1));
}

const isUnknown = (x: Value | Unknown): boolean => x instanceof Unknown;

/** Transpose of an operation that is linear in exactly one operand at a time, given that operand's formula. */
export function transposeOne<P extends Params>(
  formula: (cotangent: Value, operand: Unknown, inputs: readonly (Value | Unknown)[], position: number, params: P) => Value,
): TransposeRule<P> {
  return (cotangents, inputs, params, primitive) => {
    const position = inputs.findIndex(isUnknown);
    if (position < 0 || inputs.findLastIndex(isUnknown) !== position) throw nonlinear(primitive.name);
    const ct = at(cotangents, 0);
    return inputs.map((x, i) => (i === position && ct !== null ? formula(ct, x as Unknown, inputs, position, params) : null));
  };
}

/** Linear in some operands, asked to be linear in others or in several at once. */
export function nonlinear(where: string): DifferentiationError {
  return new DifferentiationError(`${where} is not linear in all operands that depend on the arguments, so the function cannot be transposed`, {
    hint: "linearTranspose needs a function that is linear in its arguments, and a jvp rule of your own a tangent that is linear in the tangents; for reverse mode use vjp or grad",
  });
}

/** The value of an operand that a transpose rule needs and so must be known. */
export function known(input: Value | Unknown | undefined, where: string): Value {
  if (input === undefined || input instanceof Unknown) throw nonlinear(where);
  return input;
}

/** Batching of an operation that acts on each element alone: bring every operand to the same batch axis and apply it. */
export function elementwiseBatch<P extends Params>(align: (x: Value, axis: BatchAxis, to: number, size: number) => Value): BatchRule<P> {
  return (size, inputs, axes, params, primitive) => {
    const to = axes.find((a) => a !== null) as number;
    const aligned = inputs.map((x, i) => (at(axes, i) === to ? x : align(x, at(axes, i), to, size)));
    return { outputs: bind(primitive, aligned, params), axes: [to] };
  };
}
