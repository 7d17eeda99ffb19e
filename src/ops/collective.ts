/**
 * Operations along a named axis: what an element of a batch asks of all the others. As a function of the whole batch each is an ordinary
 * operation, and that is what batching over the axis makes of it; batching over another axis leaves it as it is. Nothing else ever runs it.
 */
import { DTypeError, InternalError } from "../errors.ts";
import { noAxes, unboundAxis } from "../core/axis-names.ts";
import { type BatchRule, definePrimitive, type JvpRule, noPrograms, notLinear, type Primitive, type TransposeRule } from "../core/primitive.ts";
import { linearJvp, transposeOne, zeroJvp } from "../core/rules.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { div, mul } from "./arithmetic.ts";
import { same } from "./cumulative.ts";
import { convert } from "./elementwise.ts";
import { iota } from "./iota.ts";
import { reduceMax, reduceMin } from "./reduce.ts";
import { select } from "./select.ts";
import { align, reduceSum } from "./structure.ts";

/** `size` is the length of the axis. */
type Named = { readonly axisName: string; readonly size: number };

interface CollectiveDeclaration {
  readonly type: (x: TensorType, size: number) => TensorType;
  readonly jvp: JvpRule<Named>;
  readonly transpose: TransposeRule<Named> | typeof notLinear;
  /** The whole batch at once, and where the batch is in the result. `axis` is null where all elements of the batch are x. */
  readonly whole: (x: Value, axis: number | null, size: number) => { readonly output: Value; readonly axis: number | null };
  /** How many axes the result has before those of the operand, less those of the operand that are gone. */
  readonly shift: number;
}

function collective(name: string, declaration: CollectiveDeclaration): Primitive {
  const batch: BatchRule<Named> = (size, [x], [axis], params, primitive, axisName) => {
    if (params.axisName !== axisName) {
      // another axis: the operand's batch axis stays first, behind what the operation itself puts there or takes away
      const moved = align(x as Value, axis as number, declaration.shift < 0 ? -declaration.shift : 0, size);
      return { outputs: bind(primitive, [moved], params), axes: [Math.max(0, declaration.shift)] };
    }
    if (size !== params.size) throw new InternalError(`${name}: axis ${axisName} was recorded with length ${params.size} and is ${size}`);
    const { output, axis: out } = declaration.whole(x as Value, axis ?? null, size);
    return { outputs: [output], axes: [out] };
  };
  return definePrimitive<Named>({
    name,
    type: ([x], { size }) => [declaration.type(x as TensorType, size)],
    evaluate: (_inputs, { axisName }) => {
      throw unboundAxis(name, axisName, noAxes);
    },
    jvp: declaration.jvp,
    transpose: declaration.transpose,
    batch,
    lower: { form: "opaque" },
    commutative: false,
    effect: "collective",
    inner: noPrograms,
  });
}

const apply = (primitive: Primitive, x: Value, { axisName, size }: Named): Value => at(bind(primitive, [x], { axisName, size }), 0);

/** The sum over the batch, the same for all of its elements. Each cotangent goes to every element, so it is its own transpose. */
const psumPrimitive: Primitive = collective("psum", {
  type: (x) => {
    if (x.dtype === "bool") throw new DTypeError(`psum: not defined for ${showType(x)}`, { hint: 'convert with x.astype("int32")' });
    return x;
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, _x, _inputs, _i, named) => psum(ct, named)),
  whole: (x, axis, size) => ({ output: axis === null ? mul(x, size) : reduceSum(x, [axis]), axis: null }),
  shift: 0,
});

/** dy = the mean of dxᵢ over the elements i of the batch that attain the extremum: ties share, as in a reduction. */
const extremumJvp: JvpRule<Named> = ([operand], [t], named, _primitive, apply) => {
  const x = operand as Value;
  const outputs = apply();
  const chosen = same(x, at(outputs, 0));
  const count = psum(convert(chosen, x.type.dtype), named);
  return { outputs, tangents: [div(psum(select(chosen, t as Value, 0), named), count)] };
};

function extremum(name: string, reduce: (x: Value, axes: readonly number[]) => Value): Primitive {
  return collective(name, {
    type: (x) => x,
    jvp: extremumJvp,
    transpose: notLinear,
    whole: (x, axis) => ({ output: axis === null ? x : reduce(x, [axis]), axis: null }),
    shift: 0,
  });
}

const pmaxPrimitive: Primitive = extremum("pmax", reduceMax);
const pminPrimitive: Primitive = extremum("pmin", reduceMin);

/** The operands of the whole batch along a new first axis. */
const allGatherPrimitive: Primitive = collective("allGather", {
  type: ({ dtype, shape, weak }, size) => tensorType(dtype, [size, ...shape], weak),
  jvp: linearJvp(),
  transpose: transposeOne((ct, _x, _inputs, _i, named) => psumScatter(ct, named)),
  whole: (x, axis, size) => ({ output: align(x, axis, 0, size), axis: null }),
  shift: 1,
});

/** The sum over the batch, of which each element of the batch keeps its own entry along the first axis. */
const psumScatterPrimitive: Primitive = collective("psumScatter", {
  type: ({ dtype, shape: [length, ...rest], weak }, size) => {
    if (length !== size) throw new InternalError(`psumScatter of ${length} entries along an axis of ${size}`);
    return tensorType(dtype, rest, weak);
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, _x, _inputs, _i, named) => allGather(ct, named)),
  whole: (x, axis, size) => ({ output: axis === null ? mul(x, size) : reduceSum(x, [axis]), axis: 0 }),
  shift: -1,
});

/** The position in the batch. */
const axisIndexPrimitive: Primitive = definePrimitive<{ readonly axisName: string }>({
  name: "axisIndex",
  type: () => [tensorType("int32", [])],
  evaluate: (_inputs, { axisName }) => {
    throw unboundAxis("axisIndex", axisName, noAxes);
  },
  jvp: zeroJvp(),
  transpose: notLinear,
  batch: (size) => ({ outputs: [iota("int32", [size], 0)], axes: [0] }),
  lower: { form: "opaque" },
  commutative: false,
  effect: "position",
  inner: noPrograms,
});

type Collective = (x: Value, named: Named) => Value;
export const psum: Collective = (x, named) => apply(psumPrimitive, x, named);
export const pmax: Collective = (x, named) => apply(pmaxPrimitive, x, named);
export const pmin: Collective = (x, named) => apply(pminPrimitive, x, named);
export const allGather: Collective = (x, named) => apply(allGatherPrimitive, x, named);
const psumScatter: Collective = (x, named) => apply(psumScatterPrimitive, x, named);
export function axisIndex(axisName: string): Value {
  return at(bind(axisIndexPrimitive, [], { axisName }), 0);
}
