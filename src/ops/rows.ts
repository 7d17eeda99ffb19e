/**
 * Operations that see the elements of a row more than once. Each is one operation to transforms, whose derivative is the one of the
 * textbooks; backends see it written out, long rows in blocks that stay in the cache, so that memory is read at most twice.
 */
import { DTypeError } from "../errors.ts";
import { dtypes, isFloat } from "../core/dtype.ts";
import { type Evaluator, evaluator } from "../core/evaluate.ts";
import { definePrimitive, type JvpRule, noPrograms, notLinear, type Primitive, type TransposeRule } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import { linearJvp, partialsJvp, transposeOne } from "../core/rules.ts";
import { sizeOf, without } from "../core/shape.ts";
import { at, bind, record, type Value } from "../core/tensor.ts";
import { showType, type TensorType, tensorType } from "../core/type.ts";
import { div, max, mul, scaleSafe, sub } from "./arithmetic.ts";
import { stopGradient } from "./control.ts";
import { add } from "./elementwise.ts";
import { exp, log } from "./exponential.ts";
import { type Blocked, inBlocks, spreadOver } from "./long-rows.ts";
import { reduceMax } from "./reduce.ts";
import { isFinite } from "./rounding.ts";
import { select } from "./select.ts";
import { type Axes, reducedAxes, reduceSum, reshape, spread } from "./structure.ts";

/** Of a value and ascending, distinct axes. */
export type RowFunction = (x: Value, axes: readonly number[]) => Value;

interface RowDeclaration {
  /** The result has the shape of the operand, rather than one element for each row. */
  readonly keepsShape: boolean;
  /** What it does, in other operations. */
  readonly f: RowFunction;
  readonly jvp: JvpRule<Axes>;
  readonly transpose: TransposeRule<Axes> | typeof notLinear;
}

/** Programs kept of each operation, for calls outside of traces. */
const kept = 64;

function rowOperation(name: string, { keepsShape, f, jvp, transpose }: RowDeclaration): Primitive {
  const written = ({ axes }: Axes, types: readonly TensorType[]): Program => record(name, types, ([x]) => [keepsShape && sizeOf((x as Value).type.shape) === 0 ? (x as Value) : f(x as Value, axes)]).program;
  const evaluators = new Map<string, Evaluator>();
  const evaluatorFor = (params: Axes, [type]: readonly TensorType[]): Evaluator => {
    const key = `${params.axes.join()} ${showType(type as TensorType)}`;
    let known = evaluators.get(key);
    if (known === undefined) {
      if (evaluators.size === kept) evaluators.clear();
      evaluators.set(key, (known = evaluator(written(params, [type as TensorType]))));
    }
    return known;
  };
  const primitive: Primitive = definePrimitive<Axes>({
    name,
    type: ([x], { axes }) => {
      const t = x as TensorType;
      if (!isFloat(t.dtype)) throw new DTypeError(`${name}: not defined for ${showType(t)}`, { hint: 'convert with x.astype("float32")' });
      return [keepsShape ? t : tensorType(t.dtype, without(t.shape, axes), t.weak)];
    },
    evaluate: (inputs, params) => evaluatorFor(params, inputs.map((x) => x.type))(inputs),
    jvp,
    transpose,
    batch: (_size, [x], [axis], { axes }) => {
      const [shifted, out] = reducedAxes(axes, axis as number);
      return { outputs: bind(primitive, [x as Value], { axes: shifted }), axes: [keepsShape ? (axis as number) : out] };
    },
    lower: { form: "composite", program: written },
    commutative: false,
    effect: "none",
    inner: noPrograms,
  });
  return primitive;
}

/** How many elements the axes hold together. */
export function countOf(x: { readonly type: TensorType }, axes: readonly number[]): number {
  return sizeOf(axes.map((a) => at(x.type.shape, a)));
}

// --- mean and deviations --------------------------------------------------------------------------------------------------------------

/** Σ x / n over the axes; NaN of nothing. */
export const meanPrimitive: Primitive = rowOperation("mean", {
  keepsShape: false,
  f: (x, axes) => {
    const rows = inBlocks(x, axes);
    return div(rows === undefined ? reduceSum(x, axes) : reduceSum(reduceSum(rows.blocks, rows.within), rows.across), countOf(x, axes));
  },
  jvp: linearJvp(),
  transpose: transposeOne((ct, x, _inputs, _i, { axes }) => spread(div(ct, countOf(x, axes)), x, axes)),
});

/** x - mean. The mean is rounded: where it is large these are all off by the same, which their sum tells. */
function roughlyCentred(x: Value, axes: readonly number[]): Value {
  return sub(x, spread(mean(x, axes), x, axes));
}

/** Σ c², of c that are all off by the mean of c: Σ c² - (Σ c)² / n. Where the sum overflows the squares say enough. */
function squaresAround(c: Value, axes: readonly number[]): Value {
  const [squares, sum] = [reduceSum(mul(c, c), axes), reduceSum(c, axes)];
  const excess = div(mul(sum, sum), countOf(c, axes));
  return select(isFinite(excess), max(sub(squares, excess), 0), squares);
}

/** Of blocks, whose means differ from that of all: Σ (x - its block's mean)² + n Σ (block's mean - mean)² (Chan, Golub and LeVeque 1979). */
function squaredDeviationsWritten(x: Value, axes: readonly number[]): Value {
  const rows = inBlocks(x, axes);
  if (rows === undefined) return squaresAround(roughlyCentred(x, axes), axes);
  const { blocks, within, across } = rows;
  const size = countOf(blocks, within);
  const means = div(reduceSum(blocks, within), size);
  const centred = sub(blocks, spreadOver(rows, means));
  // the means of the blocks, from that of all, as exactly as what they are rounded to allows
  const apart = add(roughlyCentred(means, across), div(reduceSum(centred, within), size));
  return add(reduceSum(squaresAround(centred, within), across), mul(size, squaresAround(apart, across)));
}

/** Σ (x - mean)² over the axes: dy = Σ 2 (x - mean) dx, in which the mean of all x - mean is taken off as what it was rounded by. */
export const squaredDeviationsPrimitive: Primitive = rowOperation("squaredDeviations", {
  keepsShape: false,
  f: squaredDeviationsWritten,
  jvp: partialsJvp<Axes>([(t, [x], _y, { axes }) => {
    const rough = roughlyCentred(x as Value, axes);
    const centred = sub(rough, spread(stopGradient(mean(rough, axes)), rough, axes));
    return reduceSum(scaleSafe(t, mul(2, centred)), axes);
  }], add),
  transpose: notLinear,
});

// --- exponentials -------------------------------------------------------------------------------------------------------------------

/** The largest element of each row, and Σ exp(x - largest). */
interface Exponentials {
  readonly largest: Value;
  readonly total: Value;
  /** exp(x - largest) / total. */
  readonly shares: () => Value;
}

function exponentials(x: Value, axes: readonly number[]): Exponentials {
  const rows = inBlocks(x, axes);
  if (rows !== undefined) return exponentialsOfBlocks(x, rows);
  const largest = reduceMax(x, axes);
  const powers = exp(sub(x, spread(largest, x, axes)));
  const total = reduceSum(powers, axes);
  return { largest, total, shares: () => div(powers, spread(total, x, axes)) };
}

/** exp(x - largest) is exp(x - largest of the block) · exp(largest of the block - largest), so that one exponential of each element does (Milakov and Gimelshein 2018). */
function exponentialsOfBlocks(x: Value, rows: Blocked): Exponentials {
  const { blocks, within, across } = rows;
  // of a block of -∞ alone the lowest finite number, from which they are apart
  const tops = max(reduceMax(blocks, within), dtypes[x.type.dtype].min);
  const powers = exp(sub(blocks, spreadOver(rows, tops)));
  const largest = reduceMax(tops, across);
  const factors = exp(sub(tops, spread(largest, tops, across)));
  const total = reduceSum(mul(factors, reduceSum(powers, within)), across);
  return { largest, total, shares: () => reshape(mul(powers, spreadOver(rows, div(factors, spread(total, factors, across)))), x.type.shape) };
}

/** eˣ / Σ eˣ over the axes: dy = y (dx - Σ y dx). */
export const softmaxPrimitive: Primitive = rowOperation("softmax", {
  keepsShape: true,
  f: (x, axes) => exponentials(x, axes).shares(),
  jvp: partialsJvp<Axes>([(t, _x, y, { axes }) => scaleSafe(sub(t, spread(reduceSum(scaleSafe(t, y), axes), t, axes)), y)], add),
  transpose: notLinear,
});

/** x - log Σ eˣ over the axes: dy = dx - Σ softmax(x) dx, which shares its exponentials. */
export const logSoftmaxPrimitive: Primitive = rowOperation("logSoftmax", {
  keepsShape: true,
  f: (x, axes) => {
    const { largest, total } = exponentials(x, axes);
    return sub(sub(x, spread(largest, x, axes)), spread(log(total), x, axes));
  },
  jvp: partialsJvp<Axes>([(t, [x], _y, { axes }) => sub(t, spread(reduceSum(scaleSafe(t, softmax(x as Value, axes)), axes), t, axes))], add),
  transpose: notLinear,
});

/** Without axes every element is a row of its own. */
const row = (primitive: Primitive): RowFunction => (x, axes) => at(bind(primitive, [x], { axes }), 0);
export const mean: RowFunction = row(meanPrimitive);
export const squaredDeviations: RowFunction = row(squaredDeviationsPrimitive);
export const softmax: RowFunction = row(softmaxPrimitive);
export const logSoftmax: RowFunction = row(logSoftmaxPrimitive);

export const rowPrimitives: readonly Primitive[] = [meanPrimitive, squaredDeviationsPrimitive, softmaxPrimitive, logSoftmaxPrimitive];
