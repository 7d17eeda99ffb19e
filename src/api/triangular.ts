/** Identities and triangles. Made of `iota` and comparisons: in a program they are equations and no data. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { NDArray } from "../core/array-types.ts";
import type { DType } from "../core/dtype.ts";
import { describe } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import { showType } from "../core/type.ts";
import { equal, greaterEqual } from "../ops/compare.ts";
import { add, convert, type ElementwiseOp } from "../ops/elementwise.ts";
import { iota } from "../ops/iota.ts";
import { select } from "../ops/select.ts";
import { broadcastTo } from "../ops/structure.ts";
import { type ArrayFunction, checkCount, checkInteger } from "./axis.ts";
import { type DTypeOptions, dtypeOption } from "./creation.ts";
import { defaultFloat, expose, toValue } from "./operand.ts";
import { publicFunction } from "./public-function.ts";

export interface DiagonalBandOptions extends DTypeOptions {
  /** Default: as many as rows. */
  readonly columns?: number;
  /** Which diagonal: 0 the main one (default), above it positive, below it negative. */
  readonly k?: number;
}

/** Where row + k compares with column as `test` says; bool. */
function band(rows: number, columns: number, k: number, test: ElementwiseOp): Value {
  return test(add(iota("int32", [rows, columns], 0), k), iota("int32", [rows, columns], 1));
}

export type BandFunction<Options> = (n: number, options?: Options) => NDArray;

function bandFunction(name: string, keys: readonly string[], test: ElementwiseOp): BandFunction<DiagonalBandOptions> {
  return publicFunction(name, ["n", `{ ${[...keys, "dtype"].join(", ")} }`], (n: unknown, options?: unknown): NDArray => {
    const dtype: DType = dtypeOption(options, name, keys) ?? defaultFloat();
    const { columns = n, k = 0 } = (options ?? {}) as DiagonalBandOptions;
    const mask = band(checkCount(n, name, "the number of rows"), checkCount(columns, name, "the number of columns"), checkInteger(k, name, "k"), test);
    return expose(convert(mask, dtype));
  });
}

/** Ones on a diagonal, zeros elsewhere. @example eye(2, { columns: 3, k: 1 }) // → [[0, 1, 0], [0, 0, 1]] */
export const eye: BandFunction<DiagonalBandOptions> = bandFunction("eye", ["columns", "k"], equal);

/** The n × n identity. @example identity(2) // → [[1, 0], [0, 1]] */
export const identity: BandFunction<DTypeOptions> = bandFunction("identity", [], equal);

/** Ones on and below a diagonal, zeros above. @example tri(2) // → [[1, 0], [1, 1]] */
export const tri: BandFunction<DiagonalBandOptions> = bandFunction("tri", ["columns", "k"], greaterEqual);

/** The last two axes of x split along diagonal k: x where row + k ≥ column is `lower`, 0 elsewhere. */
function triangle(name: string, operand: unknown, k: unknown, lower: boolean): never {
  const x = toValue(operand, name);
  const [rows, columns] = x.type.shape.slice(-2);
  if (rows === undefined || columns === undefined) throw new ShapeError(`${name}: needs a matrix or a batch of them, got ${showType(x.type)}`);
  if (typeof k === "object") throw new ArgumentError(`${name}: the diagonal is a number, got ${describe(k)}`, { hint: `write ${name}(x, k)` });
  const diagonal = checkInteger(k ?? 0, name, "k");
  const mask = broadcastTo(band(rows, columns, lower ? diagonal : diagonal - 1, greaterEqual), x.type.shape);
  return expose(lower ? select(mask, x, 0) : select(mask, 0, x));
}

/** x with zeros above diagonal k (default 0, the main one) of its last two axes. @example tril([[1, 2], [3, 4]]) // → [[1, 0], [3, 4]] */
export const tril: ArrayFunction<[k?: number]> = publicFunction("tril", ["x", "k"], (x: unknown, k?: unknown): never => triangle("tril", x, k, true));
/** x with zeros below diagonal k (default 0, the main one) of its last two axes. @example triu([[1, 2], [3, 4]]) // → [[1, 2], [0, 4]] */
export const triu: ArrayFunction<[k?: number]> = publicFunction("triu", ["x", "k"], (x: unknown, k?: unknown): never => triangle("triu", x, k, false));
