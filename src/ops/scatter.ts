/** Updates by index other than adding: set, multiply, minimum, maximum, each with derivatives that are right for repeated indices or refused. */
import { DifferentiationError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import { type JvpRule, type Primitive, Unknown } from "../core/primitive.ts";
import { instantiate, known } from "../core/rules.ts";
import type { ScalarInstruction } from "../core/scalar.ts";
import { range, sizeOf } from "../core/shape.ts";
import { at, bind, splatLike, type Value } from "../core/tensor.ts";
import { tensorType } from "../core/type.ts";
import { mul, divSafe } from "./arithmetic.ts";
import { equal } from "./compare.ts";
import { convert } from "./elementwise.ts";
import { gather, scatterAdd, scatterPrimitive } from "./gather.ts";
import { distinctness, type IndexParams } from "./index-geometry.ts";
import { iota } from "./iota.ts";
import { select } from "./select.ts";
import { broadcastInDim, reshape } from "./structure.ts";

type Operands = readonly [x: Value, indices: Value, updates: Value];

/** What stands at the indices; 0 where mode "fill" leaves one out. */
function gathered(x: Value, indices: Value, params: IndexParams): Value {
  return gather(x, indices, { ...params, fillValue: 0 });
}

/**
 * x[indices] = updates; of updates at one place the last one stays. Linear in operand and updates together: the tangents are set
 * in the same way, and backward an update that was overwritten gets nothing.
 */
export const scatterSetPrimitive: Primitive = scatterPrimitive("scatterSet", {
  combine: () => null,
  jvp: (inputs, [tx, , tu], params, _primitive, apply) => {
    const [x, indices, updates] = inputs as Operands;
    return { outputs: apply(), tangents: [scatterSet(instantiate(tx ?? null, x), indices, instantiate(tu ?? null, updates), params)] };
  },
  transpose: ([ct], [x, indices, updates], params) => {
    if (!ct) return [null, null, null];
    const where = known(indices, "scatterSet");
    return [
      x instanceof Unknown ? scatterSet(ct, where, splatLike((updates as Value | Unknown), 0), params) : null,
      null,
      updates instanceof Unknown ? keepLast(gathered(ct, where, params), { type: (x as Value | Unknown).type }, where, params) : null,
    ];
  },
});

/** `values`, one per index, with 0 for each that a later one at the same place overwrites. */
function keepLast(values: Value, operand: { readonly type: Value["type"] }, indices: Value, params: IndexParams): Value {
  if (distinctness(operand.type, indices, params) === "distinct") return values;
  const placeShape = indices.type.shape.slice(0, -1);
  const order = reshape(iota("int32", [sizeOf(placeShape)], 0), placeShape);
  // an operand of the batch and indexed axes alone, in which each place writes its number
  const indexed = operand.type.shape.map((n, a) => (a < params.batch || params.axes.includes(a) ? n : 1));
  const others = indexed.map((n, a) => (a < params.batch || params.axes.includes(a) ? -1 : n)).filter((n) => n > 0);
  const spread = (x: Value): Value => reshape(x, [...placeShape, ...others]);
  const written = scatterSet(ConcreteArray.splat(tensorType("int32", indexed), -1), indices, spread(order), params);
  const last = reshape(equal(gathered(written, indices, params), spread(order)), placeShape);
  return select(broadcastInDim(last, values.type.shape, range(placeShape.length)), values, 0);
}

export function scatterSet(x: Value, indices: Value, updates: Value, { axes, batch, mode }: IndexParams): Value {
  return at(bind(scatterSetPrimitive, [x, indices, updates], { axes, batch, mode }), 0);
}

/** x[indices] *= updates, repeated indices multiplying up. Its slope in an update needs the other updates of the same place. */
export const scatterMulPrimitive: Primitive = scatterPrimitive("scatterMul", {
  combine: (dtype) => (isFloat(dtype) ? "mul" : dtype === "int32" ? "mulInt32" : "mulUint32"),
  jvp: (inputs, [tx, , tu], params, _primitive, apply) => {
    const [x, indices, updates] = inputs as Operands;
    let tangent = tx ? scatterMul(tx, indices, updates, params) : null;
    if (tu) {
      refuseRepeated(x, indices, params);
      const term = mul(tu, gathered(x, indices, params));
      tangent = scatterAdd(instantiate(tangent, x), indices, term, params);
    }
    return { outputs: apply(), tangents: [tangent] };
  },
  transpose: ([ct], [x, indices, updates], params) => {
    if (!ct) return [null, null, null];
    const where = known(indices, "scatterMul");
    if (x instanceof Unknown) return [scatterMul(ct, where, known(updates, "scatterMul"), params), null, null];
    throw new DifferentiationError("x.at(i).mul(v), also as part of div and pow, is not linear in v alone, so it cannot be transposed", { hint: "for reverse mode use vjp or grad" });
  },
});

function refuseRepeated(operand: Value, indices: Value, params: IndexParams): void {
  const found = distinctness(operand.type, indices, params);
  if (found === "distinct") return;
  const why = found === "repeated" ? "these repeat" : "these are only known when the program runs";
  throw new DifferentiationError(`x.at(i).mul(v), .div(v) and .pow(v): the derivative with respect to v needs indices that are all different, and ${why}`, {
    hint: found === "repeated" ? "update in several steps, each at different indices" : "if they are all different, write x.at(i).set(x.get(i).mul(v)), or div, or pow; or pass the indices as a concrete array",
  });
}

export function scatterMul(x: Value, indices: Value, updates: Value, { axes, batch, mode }: IndexParams): Value {
  return at(bind(scatterMulPrimitive, [x, indices, updates], { axes, batch, mode }), 0);
}

/** x[indices] = min or max of itself and the updates. Operand and updates that equal the result share its slope, as in `max`. */
function extremum(name: string, instruction: ScalarInstruction): Primitive {
  const jvp: JvpRule<IndexParams> = (inputs, [tx, , tu], params, _primitive, apply) => {
    const [x, indices, updates] = inputs as Operands;
    const result = at(apply(), 0);
    const { dtype } = x.type;
    const kept = convert(equal(x, result), dtype);
    const taken = convert(equal(updates, gathered(result, indices, params)), dtype);
    const count = scatterAdd(kept, indices, taken, params);
    const fromOperand = tx ? mul(tx, divSafe(kept, count)) : null;
    if (!tu) return { outputs: [result], tangents: [fromOperand] };
    const share = divSafe(taken, gathered(count, indices, params));
    return { outputs: [result], tangents: [scatterAdd(instantiate(fromOperand, x), indices, mul(tu, share), params)] };
  };
  return scatterPrimitive(name, {
    combine: () => instruction,
    jvp,
    transpose: () => {
      throw new DifferentiationError(`${name} is not linear, so it cannot be transposed`, { hint: "for reverse mode use vjp or grad" });
    },
  });
}

export const scatterMinPrimitive: Primitive = extremum("scatterMin", "min");
export const scatterMaxPrimitive: Primitive = extremum("scatterMax", "max");

export const scatterPrimitives: readonly Primitive[] = [scatterSetPrimitive, scatterMulPrimitive, scatterMinPrimitive, scatterMaxPrimitive];
