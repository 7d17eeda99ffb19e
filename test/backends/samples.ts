/**
 * Operands and parameters that show all that a primitive does. Elementwise primitives get theirs from their declaration, so a new one is
 * covered as soon as it is in the list of all primitives; every other has a row in samples-structured.ts.
 */
import { DTypeError } from "../../src/errors.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { noParams } from "../../src/core/program.ts";
import { meaningOf } from "../../src/core/scalar.ts";
import { range } from "../../src/core/shape.ts";
import { general, specials, vector } from "./arrays.ts";
import { type Sample, structuredSamples } from "./samples-structured.ts";

/** Rank 0 to 3, nothing at all, and a length that no vector width divides. */
const elementwiseShapes: readonly (readonly number[])[] = [[], [0], [1], [37], [2, 3], [2, 0, 3], [2, 3, 4]];

/** Operands that hold small whole numbers by definition, in a floating dtype too. */
const wholeOperands: Readonly<Record<string, { readonly position: number; readonly values: readonly number[] }>> = {
  integerPow: { position: 1, values: [0, 1, 2, 3, 5, -1, -2] },
  polygamma: { position: 0, values: [0, 1, 2, 3] },
};

/** The samples of a primitive whose operands have `dtype` (where they do not fix their own). None: it does not take that dtype. */
export function samplesOf(primitive: Primitive, dtype: DType): Sample[] {
  const rows = structuredSamples[primitive.name];
  const samples = rows !== undefined ? rows(dtype) : elementwiseSamples(primitive, dtype);
  return samples.filter((s) => accepts(primitive, s));
}

const taken = new Map<string, boolean>();

/** Whether a primitive takes operands of that dtype. */
export function takes(primitive: Primitive, dtype: DType): boolean {
  const key = `${primitive.name} ${dtype}`;
  const known = taken.get(key) ?? samplesOf(primitive, dtype).length > 0;
  taken.set(key, known);
  return known;
}

/** False where the type rule refuses the dtype. Any other refusal is a fault of the sample and is thrown. */
function accepts(primitive: Primitive, { inputs, params }: Sample): boolean {
  try {
    primitive.type(inputs.map((x) => x.type), params);
    return true;
  } catch (error) {
    if (error instanceof DTypeError) return false;
    throw error;
  }
}

function elementwiseSamples(primitive: Primitive, dtype: DType): Sample[] {
  const { name, lower } = primitive;
  if (lower.form !== "elementwise") throw new Error(`${name} is not elementwise and has no samples: add a row to samples-structured.ts`);
  const arity = meaningOf(lower.instruction(dtype, noParams)).length;
  const whole = wholeOperands[name];
  const values = (position: number): readonly number[] => {
    if (whole?.position !== position) return specials[dtype];
    return isFloat(dtype) ? whole.values : whole.values.filter((n) => n >= dtypes[dtype].min);
  };
  const operand = (position: number, shape: readonly number[]): ConcreteArray => {
    const x = general(dtype, shape, `${name}${position}`);
    if (whole?.position !== position) return x;
    const list = values(position);
    x.elements.forEach((_, i) => (x.elements[i] = list[i % list.length] as number));
    return x;
  };
  const shaped = elementwiseShapes.map((shape) => ({ label: `shape [${shape.join()}]`, inputs: range(arity).map((i) => operand(i, shape)), params: noParams }));
  return [...shaped, { label: "special values", inputs: combinations(range(arity).map(values)).map((list) => vector(dtype, list)), params: noParams }];
}

/** Every choice of one value from each list, as one column per list. Three long lists are thinned. */
function combinations(lists: readonly (readonly number[])[]): number[][] {
  const thinned = lists.length < 3 ? lists : lists.map((list) => list.filter((_, i) => i % 2 === 1 || i === 0));
  let rows: number[][] = [[]];
  for (const list of thinned) rows = rows.flatMap((row) => list.map((value) => [...row, value]));
  return lists.map((_, column) => rows.map((row) => row[column] as number));
}
