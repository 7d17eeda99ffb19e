/**
 * Operations that JavaScript does: a function of the host is called on concrete arrays each time the program runs. Over a batch it is called
 * once for each element, in order, or once for all. It has no derivative of its own.
 */
import { DifferentiationError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes, isFloat, type TypedArray } from "../core/dtype.ts";
import { definePrimitive, notLinear, type Primitive } from "../core/primitive.ts";
import type { Equation, HostValue, Variable } from "../core/program.ts";
import { sizeOf } from "../core/shape.ts";
import { at, bind, type Value } from "../core/tensor.ts";
import { type TensorType, tensorType } from "../core/type.ts";
import { align } from "../ops/structure.ts";

/** Calls the function of the host on arrays; the results have exactly these types. */
export type HostCall = (inputs: readonly ConcreteArray[], types: readonly TensorType[]) => readonly ConcreteArray[];

export interface CallbackParams {
  readonly [key: string]: HostValue | readonly Result[] | readonly Lanes[] | boolean;
  readonly host: HostValue<HostCall>;
  /** Of one call. */
  readonly results: readonly Result[];
  /** Batches that the function is called for element by element, the outermost first. */
  readonly lanes: readonly Lanes[];
  /** A batch is one call on arrays with a further axis. */
  readonly vectorized: boolean;
}

type Result = { readonly dtype: DType; readonly shape: readonly number[] };
/** Which operands have the axis of the batch, in front; `masks` are the positions of those that say which elements take part: the others are left out. */
export type Lanes = { readonly size: number; readonly batched: readonly boolean[]; readonly masks: readonly number[] };

function callbackPrimitive(name: string, effect: "none" | "ordered"): Primitive {
  const self: Primitive = definePrimitive<CallbackParams>({
    name,
    type: (_inputs, { results, lanes }) => results.map((r) => tensorType(r.dtype, [...lanes.map((l) => l.size), ...r.shape])),
    evaluate: (inputs, { host, lanes, results }) => callLanes(host.value, lanes, lanes.flatMap((l) => l.masks), inputs, results.map((r) => tensorType(r.dtype, r.shape))),
    jvp: (_primals, _tangents, params, _primitive, apply) => {
      if (params.results.some((r) => isFloat(r.dtype))) {
        throw new DifferentiationError(`the callback ${params.host.name} has no derivative`, {
          hint: `give it one, callback(f, type, { jvp }) or customVjp(callback(f, type)), or pass stopGradient(x) where no gradient should flow`,
        });
      }
      const outputs = apply();
      return { outputs, tangents: outputs.map(() => null) };
    },
    transpose: notLinear,
    batch: (size, inputs, axes, params) => {
      const { results, lanes, vectorized } = params;
      // one call for all: every operand has the axis; else operands without it are the same for each
      const moved = inputs.map((x, i) => (axes[i] === null && !vectorized ? x : align(x, at(axes, i), 0, size)));
      const over = vectorized
        ? { ...params, results: results.map((r) => ({ ...r, shape: [size, ...r.shape] })) }
        : { ...params, lanes: [{ size, batched: axes.map((a) => a !== null), masks: [] }, ...lanes] };
      const outputs = bind(self, moved, over);
      return { outputs, axes: outputs.map(() => 0) };
    },
    lower: { form: "opaque" },
    commutative: false,
    effect,
    inner: "noPrograms",
  });
  return self;
}

const pure: Primitive = callbackPrimitive("callback", "none");
const ordered: Primitive = callbackPrimitive("orderedCallback", "ordered");

/** Calls the function when the program runs. An ordered one is called even where nothing needs its results, in order with others. */
export function applyCallback(host: HostValue<HostCall>, types: readonly TensorType[], inputs: readonly Value[], options: { readonly ordered: boolean; readonly vectorized: boolean }): Value[] {
  const results = types.map(({ dtype, shape }) => ({ dtype, shape }));
  return bind(options.ordered ? ordered : pure, inputs, { host, results, lanes: [], vectorized: options.vectorized });
}

/** Whether an operation is called once for each element of the batch of these lanes, the outermost. */
export function lanesOf({ primitive, params }: Equation): readonly Lanes[] {
  return primitive === ordered ? (params as CallbackParams).lanes : [];
}

/** An ordered callback that is left out for elements of its outermost batch: those where the mask, a further operand in front, is false. */
export function maskedCall(equation: Equation, mask: Variable): Equation {
  const params = equation.params as CallbackParams;
  const lanes = params.lanes.map(({ size, batched, masks }, i): Lanes => ({ size, batched: [i === 0, ...batched], masks: [...(i === 0 ? [0] : []), ...masks.map((m) => m + 1)] }));
  return { ...equation, inputs: [mask, ...equation.inputs], params: { ...params, lanes } };
}

function callLanes(host: HostCall, [first, ...inner]: readonly Lanes[], masks: readonly number[], inputs: readonly ConcreteArray[], types: readonly TensorType[]): readonly ConcreteArray[] {
  if (first === undefined) return host(masks.length === 0 ? inputs : inputs.filter((_, i) => !masks.includes(i)), types);
  const { size, batched, masks: own } = first;
  const shapes = types.map((t) => [...inner.map((l) => l.size), ...t.shape]);
  const results: TypedArray[] = types.map((t, i) => dtypes[t.dtype].allocate(size * sizeOf(at(shapes, i))));
  for (let lane = 0; lane < size; lane++) {
    const here = inputs.map((x, i) => (batched[i] === true ? elementOf(x, lane) : x));
    if (own.some((m) => here[m]?.elements[0] === 0)) continue;
    const outputs = callLanes(host, inner, masks, here, types);
    outputs.forEach((y, i) => at(results, i).set(y.elements, lane * sizeOf(at(shapes, i))));
  }
  return types.map((t, i) => ConcreteArray.of(tensorType(t.dtype, [size, ...at(shapes, i)]), at(results, i)));
}

/** The element at a position of the first axis. */
function elementOf(x: ConcreteArray, position: number): ConcreteArray {
  const type = { ...x.type, shape: x.type.shape.slice(1) };
  if (x.splat !== undefined) return ConcreteArray.splat(type, x.splat);
  const size = sizeOf(type.shape);
  return ConcreteArray.of(type, x.elements.slice(position * size, (position + 1) * size));
}
