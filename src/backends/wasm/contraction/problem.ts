/**
 * A contraction in normal form: all strides in bytes, every array it touches listed once, batch dimensions merged with one another and
 * into m or n where the strides allow, and turned so that n is the dimension worth vectorising.
 */
import { dtypes } from "../../../core/dtype.ts";
import { InternalError } from "../../../errors.ts";
import type { Access, Buffer, ContractionKernel, Expression, Index, Store } from "../../../kernel/ir.ts";

/**
 * How one array lies in memory, in bytes. `row` belongs to the first of its two dimensions, `column` to the second. An index that the
 * stores mention is kept in step in the same way, but is a number and no address; "scratch" is memory of the thread.
 */
export interface Operand {
  readonly place: Buffer | "number" | "scratch";
  readonly offset: number;
  readonly batch: readonly number[];
  readonly row: number;
  readonly column: number;
}

export interface Problem {
  readonly dtype: "float32" | "float64";
  /** Bytes of an element of a, b and the sums. */
  readonly bytes: 4 | 8;
  readonly batch: readonly number[];
  readonly m: number;
  readonly n: number;
  readonly k: number;
  /** Over m and k. */
  readonly a: Operand;
  /** What stands for a, computed of arrays over m and k while rows are packed; then a itself is not read. */
  readonly prologue: Prologue | undefined;
  /** Over k and n. */
  readonly b: Operand;
  /** Everything that the stores load, write or count, each once, over m and n. */
  readonly operands: readonly Operand[];
  readonly stores: readonly Store[];
  /** Position in `operands` of an access or index of the stores. */
  readonly operandOf: (site: Access | Index) => number;
}

export interface Prologue {
  readonly value: Expression;
  /** The arrays, each once, with rows over m and columns over k. */
  readonly arrays: readonly Operand[];
  /** Position among them. */
  readonly arrayOf: (access: Access) => number;
}

const keyOf = (site: Access | Index): string => `${"buffer" in site ? site.buffer.id : "index"}:${site.offset}:${site.strides.join()}`;

/** Calls `visit` on every expression below the roots once, operands first. */
export function visitExpressions(roots: readonly Expression[], visit: (expression: Expression) => void): void {
  const seen = new Set<Expression>();
  const pending: { readonly expression: Expression; readonly ready: boolean }[] = roots.map((expression) => ({ expression, ready: false })).reverse();
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const { expression, ready } = next;
    if (ready) visit(expression);
    else if (!seen.has(expression)) {
      seen.add(expression);
      pending.push({ expression, ready: true });
      const operands = expression.kind === "apply" ? expression.operands : expression.kind === "load" ? expression.terms.map((term) => term.index) : [];
      for (const operand of operands.toReversed()) pending.push({ expression: operand, ready: false });
    }
  }
}

/** The expressions a store computes. */
export function rootsOf(store: Store): readonly Expression[] {
  return store.condition === undefined ? [store.value] : [store.condition, store.value];
}

function sitesOf(stores: readonly Store[]): (Access | Index)[] {
  const sites = new Map<string, Access | Index>();
  const add = (site: Access | Index): void => {
    sites.set(keyOf(site), site);
  };
  for (const store of stores) {
    if (store.terms.length > 0) throw new InternalError("contraction: a store at a computed place");
    add(store.access);
  }
  visitExpressions(stores.flatMap(rootsOf), (expression) => {
    if (expression.kind === "load") add(expression.access);
    else if (expression.kind === "index") add(expression);
    else if (expression.kind !== "accumulator" && expression.kind !== "constant" && expression.kind !== "apply") {
      throw new InternalError(`contraction: a store's value mentions a ${expression.kind}`);
    }
  });
  return [...sites.values()];
}

/** The normal form of a kernel. */
export function normalise(kernel: ContractionKernel): Problem {
  const sites = sitesOf(kernel.stores);
  const positions = new Map(sites.map((site, i) => [keyOf(site), i]));
  const rank = kernel.batch.length;
  const all = [kernel.a, kernel.b, ...sites].map((site) => operandAt(site, rank));
  const merged = mergeBatch({ batch: [...kernel.batch], m: kernel.m, n: kernel.n }, all);
  const [a, b, ...operands] = all as unknown as [Operand, Operand, ...Operand[]];
  return {
    dtype: kernel.dtype, bytes: kernel.dtype === "float32" ? 4 : 8, ...merged, k: kernel.k, a, b, operands, stores: kernel.stores,
    prologue: kernel.prologue && prologueOf(kernel.prologue),
    operandOf: (site) => positions.get(keyOf(site)) as number,
  };
}

/** In bytes, of strides over so many batch dimensions and two more. */
function operandAt(site: Access | Index, rank: number): MutableOperand & Operand {
  const bytes = "buffer" in site ? dtypes[site.buffer.dtype].bytes : 1;
  const at = (d: number): number => (site.strides[d] as number) * bytes;
  return { place: "buffer" in site ? site.buffer : "number", offset: site.offset * bytes, batch: Array.from({ length: rank }, (_, d) => at(d)), row: at(rank), column: at(rank + 1) };
}

function prologueOf(value: Expression): Prologue {
  const arrays = new Map<string, Operand>();
  visitExpressions([value], (e) => {
    if (e.kind === "load" && e.terms.length === 0) arrays.set(keyOf(e.access), operandAt(e.access, 0));
    else if (e.kind !== "constant" && e.kind !== "apply") throw new InternalError(`contraction: an operand is computed of a ${e.kind}`);
  });
  const keys = [...arrays.keys()];
  return { value, arrays: [...arrays.values()], arrayOf: (access) => keys.indexOf(keyOf(access)) };
}

interface Sizes {
  batch: number[];
  m: number;
  n: number;
}
interface MutableOperand {
  batch: number[];
  row: number;
  column: number;
}

/** Fewer batch dimensions: those of size 1 go, those that continue m or n become part of it, those that continue one another become one. */
function mergeBatch(sizes: Sizes, all: readonly MutableOperand[]): Sizes {
  const [a, b, ...operands] = all as [MutableOperand, MutableOperand, ...MutableOperand[]];
  const drop = (d: number): void => {
    sizes.batch.splice(d, 1);
    for (const operand of all) operand.batch.splice(d, 1);
  };
  for (let d = sizes.batch.length - 1; d >= 0; d--) {
    const size = sizes.batch[d] as number;
    const rows = [a, ...operands];
    if (size === 1) drop(d);
    else if (b.batch[d] === 0 && (sizes.m === 1 || rows.every((o) => o.batch[d] === o.row * sizes.m))) {
      if (sizes.m === 1) for (const o of rows) o.row = o.batch[d] as number;
      sizes.m *= size;
      drop(d);
    } else if (a.batch[d] === 0 && (sizes.n === 1 || [b, ...operands].every((o) => o.batch[d] === o.column * sizes.n))) {
      if (sizes.n === 1) for (const o of [b, ...operands]) o.column = o.batch[d] as number;
      sizes.n *= size;
      drop(d);
    }
  }
  for (let d = sizes.batch.length - 2; d >= 0; d--) {
    const inner = sizes.batch[d + 1] as number;
    if (!all.every((o) => o.batch[d] === (o.batch[d + 1] as number) * inner)) continue;
    for (const o of all) o.batch[d] = o.batch[d + 1] as number;
    sizes.batch[d] = (sizes.batch[d] as number) * inner;
    drop(d + 1);
  }
  return sizes;
}

/** The same sums with m and n, a and b exchanged. */
export function transposed(problem: Problem): Problem {
  const turn = (o: Operand): Operand => ({ ...o, row: o.column, column: o.row });
  return { ...problem, m: problem.n, n: problem.m, a: turn(problem.b), b: turn(problem.a), operands: problem.operands.map(turn) };
}
