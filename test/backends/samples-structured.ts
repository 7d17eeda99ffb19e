/** Samples of the primitives that are not elementwise in one dtype: structure, reductions, running totals, contraction, indexing. */
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import { noParams, type Params } from "../../src/core/program.ts";
import { arrayOf } from "../ops/support/arrays.ts";
import { allDTypes, general, specials, vector } from "./arrays.ts";

/** One use of a primitive. */
export interface Sample {
  readonly label: string;
  readonly inputs: readonly ConcreteArray[];
  readonly params: Params;
}

type Shape = readonly number[];
type Rows = (dtype: DType) => Sample[];

function sample(inputs: readonly ConcreteArray[], params: Params, note = ""): Sample {
  return { label: `${note}${inputs.map((x) => `[${x.type.shape.join()}]`).join(" ")} ${JSON.stringify(params)}`, inputs, params };
}

/** One operand of each shape with each of the parameters. */
function unary(...uses: readonly (readonly [Shape, ...Params[]])[]): Rows {
  return (dtype) => uses.flatMap(([shape, ...all]) => all.map((params) => sample([general(dtype, shape, "x")], params)));
}

function binary(...uses: readonly (readonly [Shape, Shape, ...Params[]])[]): Rows {
  return (dtype) => uses.flatMap(([x, y, ...all]) => all.map((params) => sample([general(dtype, x, "x"), general(dtype, y, "y")], params)));
}

const both = (...rows: readonly Rows[]): Rows => (dtype) => rows.flatMap((row) => row(dtype));

/** The dtype's special values under `params`, in several orders so that each comes first once. */
function turns(...all: readonly Params[]): Rows {
  return (dtype) => {
    const list = specials[dtype];
    const table = list.map((_, i) => [...list.slice(i), ...list.slice(0, i)]).flat();
    return all.map((params) => sample([arrayOf(dtype, [list.length, list.length], table)], params));
  };
}

const axes = (...list: number[]): Params => ({ axes: list });
const reductions = both(unary([[], axes()], [[5], axes(0)], [[37], axes(0)], [[2, 3], axes(0), axes(1), axes(0, 1)], [[2, 3, 4], axes(1), axes(0, 2), axes(0, 1, 2)], [[2, 0, 3], axes(0), axes(2)]), turns(axes(1)));
/** Reductions that have an answer for nothing. */
const totals = both(reductions, unary([[0], axes(0)], [[2, 0], axes(1), axes(0, 1)]));
const positions = both(unary([[5], { axis: 0 }], [[2, 3], { axis: 0 }, { axis: 1 }], [[2, 3, 4], { axis: 1 }], [[0, 3], { axis: 1 }]), turns({ axis: 1 }), (dtype) => [sample([arrayOf(dtype, [6], [1, 0, 1, 1, 0, 0])], { axis: 0 })]);
const along = (axis: number): Params[] => [{ axis, reverse: false }, { axis, reverse: true }];
const cumulations = both(unary([[1], ...along(0)], [[0], ...along(0)], [[19], ...along(0)], [[2, 3], ...along(0), ...along(1)], [[2, 3, 4], ...along(1)], [[2, 0], ...along(0)]), turns(...along(1)));

const contraction = (cx: number[], cy: number[], bx: number[] = [], by: number[] = []): Params => ({ contract: [cx, cy], batch: [bx, by] });

type Index = { readonly axes: readonly number[]; readonly batch: number; readonly operand: Shape; readonly places: Shape; readonly values: readonly number[] };
/** Positions given with signs, places before and behind the indexed axis, several components, a batch, no places, no components. */
const inBounds: readonly Index[] = [
  { axes: [0], batch: 0, operand: [5], places: [], values: [-2] },
  { axes: [0], batch: 0, operand: [5], places: [4], values: [4, 0, -5, 0] },
  { axes: [0], batch: 0, operand: [3, 20], places: [2, 2], values: [2, 1, -1, -3] },
  { axes: [1], batch: 0, operand: [2, 3], places: [4], values: [0, 2, -1, 1] },
  { axes: [2, 0], batch: 0, operand: [2, 3, 4], places: [3], values: [3, 1, 0, -1, -4, 0] },
  { axes: [1], batch: 1, operand: [2, 3], places: [2], values: [0, 2, 1, 1] },
  { axes: [0], batch: 0, operand: [3, 2], places: [0], values: [] },
  { axes: [], batch: 0, operand: [2, 2], places: [3], values: [] },
  { axes: [0], batch: 0, operand: [3, 0], places: [2], values: [0, 2] },
];
const outOfBounds: Index = { axes: [0], batch: 0, operand: [3, 2], places: [6], values: [3, -4, 1, 100, -100, -1] };

function indices({ axes: components, batch, operand, places, values }: Index): ConcreteArray {
  return arrayOf("int32", [...operand.slice(0, batch), ...places, components.length], values);
}

function selection({ axes: components, batch, operand, places }: Index): number[] {
  return [...operand.slice(0, batch), ...places, ...operand.filter((_, a) => a >= batch && !components.includes(a))];
}

const moded: readonly (readonly [Index, string])[] = [
  ...inBounds.map((index) => [index, "throw"] as const),
  ...["clip", "wrap", "fill"].flatMap((mode) => [[outOfBounds, mode] as const, [inBounds[1] as Index, mode] as const]),
];

const gathers: Rows = (dtype) =>
  moded.map(([index, mode]) => sample([general(dtype, index.operand, "x"), indices(index)], { axes: index.axes, batch: index.batch, mode, fillValue: mode === "fill" ? 1 : undefined }));
const scatters: Rows = (dtype) =>
  moded.map(([index, mode]) => sample([general(dtype, index.operand, "x"), indices(index), general(dtype, selection(index), "u")], { axes: index.axes, batch: index.batch, mode }));

const padded = (low: number[], high: number[], interior: number[]): Params => ({ low, high, interior });
const cut = (start: number[], limit: number[], strides: number[]): Params => ({ start, limit, strides });
const joined = (shapes: readonly Shape[], axis: number): Rows => (dtype) => [sample(shapes.map((shape, i) => general(dtype, shape, `${i}`)), { axis })];

/** By name, the samples with operands of a dtype. A dtype that the primitive's type refuses drops out later. */
export const structuredSamples: Readonly<Record<string, Rows>> = {
  transpose: both(unary([[], { permutation: [] }], [[5], { permutation: [0] }], [[2, 3], { permutation: [1, 0] }], [[33, 17], { permutation: [1, 0] }], [[2, 3, 4], { permutation: [2, 0, 1] }, { permutation: [0, 2, 1] }], [[2, 0, 3], { permutation: [2, 1, 0] }]), turns({ permutation: [1, 0] })),
  broadcast: unary([[], { shape: [], axes: [] }, { shape: [5], axes: [] }, { shape: [2, 0], axes: [] }], [[3], { shape: [2, 3], axes: [1] }, { shape: [3, 2], axes: [0] }], [[1, 3], { shape: [4, 3], axes: [0, 1] }], [[2, 1], { shape: [2, 3, 5], axes: [0, 2] }], [[0], { shape: [2, 0], axes: [1] }]),
  reshape: unary([[], { shape: [1, 1] }], [[1], { shape: [] }], [[6], { shape: [2, 3] }], [[2, 3, 4], { shape: [4, 6] }, { shape: [24] }], [[0, 3], { shape: [5, 0] }]),
  sum: totals,
  reduceProd: totals,
  reduceAnd: totals,
  reduceOr: totals,
  reduceMax: reductions,
  reduceMin: reductions,
  mean: totals,
  squaredDeviations: totals,
  softmax: reductions,
  logSoftmax: reductions,
  argmax: positions,
  argmin: positions,
  cumulativeSum: cumulations,
  cumulativeProd: cumulations,
  cumulativeMax: cumulations,
  cumulativeMin: cumulations,
  cumulativeLogsumexp: cumulations,
  linearRecurrence: binary([[7], [7], ...along(0)], [[0], [0], ...along(0)], [[2, 3], [2, 3], ...along(0), ...along(1)], [[2, 3, 4], [2, 3, 4], ...along(1)]),
  convert: (dtype) =>
    allDTypes.flatMap((to) => [
      ...[[], [0], [37], [2, 3], [2, 3, 4]].map((shape) => sample([general(dtype, shape, "x")], { dtype: to })),
      sample([vector(dtype, [...specials[dtype], ...(dtype.startsWith("float") ? [0.7, -0.7, 2 ** 31, -(2 ** 31) - 1, 2 ** 32, 3e9, 1e20, -1e20, 1e-8, 16777217, 0.1] : [])])], { dtype: to }),
    ]),
  select: (dtype) =>
    [[], [0], [37], [2, 3], [2, 3, 4]].map((shape) => sample([general("bool", shape, "c"), general(dtype, shape, "x"), general(dtype, shape, "y")], noParams)).concat(
      sample([vector("bool", specials[dtype].map((_, i) => i % 2)), vector(dtype, specials[dtype]), vector(dtype, [...specials[dtype]].reverse())], noParams),
    ),
  slice: unary([[], cut([], [], [])], [[7], cut([2], [7], [1]), cut([1], [7], [3]), cut([3], [3], [1])], [[4, 5], cut([1, 0], [3, 5], [1, 2])], [[2, 3, 4], cut([0, 1, 3], [2, 3, 4], [1, 1, 1])], [[0, 2], cut([0, 1], [0, 2], [1, 1])]),
  pick: unary([[1], { axis: 0, position: 0 }], [[7], { axis: 0, position: 5 }], [[4, 5], { axis: 0, position: 1 }, { axis: 1, position: 4 }], [[2, 3, 4], { axis: 1, position: 2 }], [[0, 2], { axis: 1, position: 1 }]),
  pad: (dtype) =>
    ([[[], padded([], [], [])], [[3], padded([2], [1], [0])], [[3], padded([0], [0], [2])], [[4], padded([-1], [-2], [0])], [[2, 3], padded([1, -1], [-1, 2], [2, 1])], [[0], padded([2], [1], [3])], [[2, 0], padded([1, 0], [0, 2], [0, 0])], [[5], padded([-3], [-2], [0])], [[2, 2, 3], padded([0, 1, -1], [2, 0, 1], [1, 0, 1])]] as [Shape, Params][]).map(([shape, params]) =>
      sample([general(dtype, shape, "x"), arrayOf(dtype, [], [dtype.startsWith("float") ? -0 : 1])], params)),
  concatenate: both(joined([[3]], 0), joined([[3], [0], [2]], 0), joined([[2, 1], [2, 3]], 1), joined([[1, 2, 3], [2, 2, 3], [1, 2, 3]], 0), joined([[0, 2], [0, 3]], 1)),
  reverse: unary([[], axes()], [[5], axes(0)], [[2, 3], axes(1), axes(0), axes(0, 1)], [[2, 3, 4], axes(2, 0)], [[0, 3], axes(0, 1)]),
  iota: (dtype) => ([[[5], 0], [[2, 3], 1], [[2, 3], 0], [[2, 3, 4], 1], [[0], 0], [[2, 0], 0]] as [Shape, number][]).map(([shape, axis]) => sample([], { dtype, shape, axis })),
  dotGeneral: both(
    binary([[], [], contraction([], [])], [[3], [3], contraction([0], [0]), contraction([], [], [0], [0])], [[3], [2], contraction([], [])], [[0], [0], contraction([0], [0])], [[2, 3], [3, 4], contraction([1], [0])], [[3, 2], [4, 3], contraction([0], [1])], [[2, 0], [0, 3], contraction([1], [0])], [[0, 2], [2, 3], contraction([1], [0])], [[17, 33], [33, 9], contraction([1], [0])]),
    binary([[2, 3, 4], [2, 4, 5], contraction([2], [1], [0], [0])], [[4, 2, 3], [3, 5, 4], contraction([2], [0], [0], [2])], [[2, 3, 4], [4, 3, 2], contraction([1, 2], [1, 0], [0], [2])], [[2, 3], [4], contraction([], [])], [[3, 3], [3], contraction([0], [0])]),
    (dtype) => specials[dtype].map((value, i) => sample([arrayOf(dtype, [2, 2], [1, value, 0, 1]), arrayOf(dtype, [2, 1], [value, 1])], contraction([1], [0]), `special value ${i}: `)),
  ),
  gather: gathers,
  scatterAdd: scatters,
  scatterSet: scatters,
  scatterMul: scatters,
  scatterMin: scatters,
  scatterMax: scatters,
};
