/**
 * Contractions by labels: each axis of an operand has a label, equal labels are the same index. `matmul` and its kin choose their
 * labels, `einsum` reads them from its text.
 */
import { DTypeError } from "../errors.ts";
import { range } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import { showTypes } from "../core/type.ts";
import { mul } from "../ops/arithmetic.ts";
import { dotGeneral } from "../ops/dot.ts";
import { broadcastInDim, reduceSum, reshape, transpose } from "../ops/structure.ts";
import { promote } from "./operand.ts";

export interface Labelled {
  readonly value: Value;
  /** One distinct label per axis. */
  readonly labels: readonly string[];
}

/** Operands of one numeric dtype. */
export function numericOperands(where: string, operands: readonly unknown[]): Value[] {
  const values = promote(where, operands);
  if (values[0]?.type.dtype !== "bool") return values;
  throw new DTypeError(`${where}: bool has no products and sums: ${showTypes(values.map((v) => v.type))}`, { hint: 'count with x.astype("int32"), or ask any(x & y)' });
}

function lengthOf({ value, labels }: Labelled, label: string): number | undefined {
  return value.type.shape[labels.indexOf(label)];
}

/** Without the axes of length 1 that `longer` says stretch against another operand. */
export function withoutStretched(x: Labelled, longer: (label: string) => boolean): Labelled {
  const kept = x.labels.filter((l) => !(lengthOf(x, l) === 1 && longer(l)));
  return { value: reshape(x.value, kept.map((l) => lengthOf(x, l) as number)), labels: kept };
}

/** Summed over every label that `keep` does not hold. */
export function sumOut(x: Labelled, keep: ReadonlySet<string>): Labelled {
  const axes = range(x.labels.length).filter((a) => !keep.has(x.labels[a] as string));
  return { value: reduceSum(x.value, axes), labels: x.labels.filter((l) => keep.has(l)) };
}

/** With its axes in the order of `labels`. */
export function arrangeLabels(x: Labelled, labels: readonly string[]): Value {
  return transpose(x.value, labels.map((l) => x.labels.indexOf(l)));
}

/** x · y: labels of both that `keep` holds are paired, those of both that it does not hold are summed over. Axes of equal labels have equal lengths. */
export function contractPair(x: Labelled, y: Labelled, keep: ReadonlySet<string>): Labelled {
  const a = sumOut(x, new Set([...keep, ...y.labels]));
  const b = sumOut(y, new Set([...keep, ...x.labels]));
  const shared = a.labels.filter((l) => b.labels.includes(l));
  const batch = shared.filter((l) => keep.has(l));
  const contracted = shared.filter((l) => !keep.has(l));
  const labels = [...batch, ...a.labels.filter((l) => !shared.includes(l)), ...b.labels.filter((l) => !shared.includes(l))];
  if (contracted.length === 0) return { value: mul(spread(a, labels, b), spread(b, labels, a)), labels };
  const places = (of: Labelled, wanted: readonly string[]): number[] => wanted.map((l) => of.labels.indexOf(l));
  const value = dotGeneral(a.value, b.value, { contract: [places(a, contracted), places(b, contracted)], batch: [places(a, batch), places(b, batch)] });
  return { value, labels };
}

/** x repeated along the labels that it lacks and `other` has. */
function spread(x: Labelled, labels: readonly string[], other: Labelled): Value {
  const own = labels.filter((l) => x.labels.includes(l));
  const shape = labels.map((l) => lengthOf(x, l) ?? (lengthOf(other, l) as number));
  return broadcastInDim(arrangeLabels(x, own), shape, own.map((l) => labels.indexOf(l)));
}
