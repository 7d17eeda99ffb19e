/** einsum: sums of products named by their indices. Its notation is read here; the work is done pair by pair, the smallest result first. */
import { ArgumentError, ShapeError } from "../errors.ts";
import type { NDArray, Operand, Tensor } from "../core/array-types.ts";
import { describe, range } from "../core/shape.ts";
import type { Value } from "../core/tensor.ts";
import { showType, showTypes } from "../core/type.ts";
import { arrangeLabels, contractPair, type Labelled, numericOperands, sumOut, withoutStretched } from "./contract.ts";
import { diagonalOf } from "./diagonal.ts";
import { expose } from "./operand.ts";

/**
 * The sum over every index that the output does not name, of the product of the operands. `"ij,jk->ik"` is the matrix product; without
 * `->` the output has the indices that occur once, in alphabetical order. An index that occurs twice in one operand reads its
 * diagonal, `...` stands for the axes that have no letter and broadcast. Axes of length 1 stretch.
 *
 * @throws ArgumentError for a text that is no such notation; ShapeError where an index has two lengths or an operand another rank.
 * @example einsum("ij,j->i", [[1, 2], [3, 4]], [1, 1]); // → [3, 7]
 */
export function einsum(subscripts: string, ...operands: readonly NDArray[]): NDArray;
export function einsum(subscripts: string, ...operands: readonly Operand[]): Tensor;
export function einsum(subscripts: string, ...operands: readonly Operand[]): Tensor {
  const values = numericOperands("einsum", operands);
  const { inputs, output } = parse(subscripts, values);
  const lengths = indexLengths(subscripts, inputs, values);
  const terms = values.map((value, i) => {
    const distinct = diagonals({ value, labels: inputs[i] as readonly string[] });
    return withoutStretched(distinct, (label) => lengths.get(label) !== 1);
  });
  const result = sumOut(contractAll(terms, output), new Set(output));
  return expose(arrangeLabels(result, output));
}

interface Notation {
  readonly inputs: readonly (readonly string[])[];
  readonly output: readonly string[];
}

function parse(subscripts: unknown, values: readonly Value[]): Notation {
  if (typeof subscripts !== "string") throw new ArgumentError(`einsum: the first argument is a text such as "ij,jk->ik", got ${describe(subscripts)}`, { hint: "einsum(text, ...operands)" });
  const fail = (why: string): never => {
    throw new ArgumentError(`einsum: ${why} in ${JSON.stringify(subscripts)}`, { hint: 'a letter per axis, a comma between operands, "->" before the output, "..." for axes without a letter: "...ij,jk->...ik"' });
  };
  const parts = subscripts.replaceAll(" ", "").split("->");
  if (parts.length > 2) fail('more than one "->"');
  const terms = (parts[0] as string).split(",");
  if (terms.length !== values.length) fail(`${terms.length} operand${terms.length === 1 ? "" : "s"} named for ${values.length} given`);
  for (const term of [...terms, parts[1] ?? ""]) if (!/^[A-Za-z]*(\.\.\.)?[A-Za-z]*$/.test(term)) fail(`${JSON.stringify(term)} is no list of letters`);
  const ranks = terms.map((term, i) => {
    const letters = term.replace("...", "").length;
    const rank = (values[i] as Value).type.shape.length;
    const open = term.includes("...");
    if (open ? rank < letters : rank !== letters) throw new ShapeError(`einsum: ${JSON.stringify(term)} names ${letters} axes of operand ${i}, which is ${showType((values[i] as Value).type)}`, { hint: 'give each axis a letter, or write "..." for those without one' });
    return open ? rank - letters : 0;
  });
  const rest = Math.max(0, ...ranks);
  // the axes under "..." are labelled from the last one, so that they broadcast
  const expand = (term: string, count: number): string[] => {
    const [before = "", after] = term.split("...");
    return after === undefined ? [...before] : [...before, ...range(count).map((i) => `.${count - i}`), ...after];
  };
  const inputs = terms.map((term, i) => expand(term, ranks[i] as number));
  const output = parts[1] === undefined ? implicitOutput(inputs, rest) : expand(parts[1], rest);
  if (new Set(output).size !== output.length) fail("the output names an index twice");
  for (const label of output) if (!inputs.some((labels) => labels.includes(label))) fail(`the output's index ${JSON.stringify(label)} is in no operand`);
  if (rest > 0 && !output.includes(".1")) fail('the operands have axes under "..." that the output leaves out');
  return { inputs, output };
}

function implicitOutput(inputs: readonly (readonly string[])[], rest: number): string[] {
  const all = inputs.flat().filter((l) => !l.startsWith("."));
  const once = all.filter((l) => all.indexOf(l) === all.lastIndexOf(l)).sort();
  return [...range(rest).map((i) => `.${rest - i}`), ...once];
}

/** The length of each index; 1 gives way to any other. */
function indexLengths(subscripts: string, inputs: readonly (readonly string[])[], values: readonly Value[]): Map<string, number> {
  const lengths = new Map<string, number>();
  inputs.forEach((labels, i) => {
    labels.forEach((label, axis) => {
      const n = (values[i] as Value).type.shape[axis] as number;
      const have = lengths.get(label) ?? 1;
      if (have !== 1 && n !== 1 && n !== have) {
        const name = label.startsWith(".") ? 'under "..."' : JSON.stringify(label);
        throw new ShapeError(`einsum: index ${name} of ${JSON.stringify(subscripts)} has two lengths (${have} ≠ ${n}): ${showTypes(values.map((v) => v.type))}`, { hint: "equal letters are one index; an axis of length 1 stretches" });
      }
      lengths.set(label, have === 1 ? n : have);
    });
  });
  return lengths;
}

/** Repeated labels of one operand become one, along the diagonal. */
function diagonals(x: Labelled): Labelled {
  const second = x.labels.findIndex((l, i) => x.labels.indexOf(l) !== i);
  if (second < 0) return x;
  const label = x.labels[second] as string;
  const first = x.labels.indexOf(label);
  const [n, m] = [x.value.type.shape[first], x.value.type.shape[second]];
  if (n !== m) throw new ShapeError(`einsum: index ${JSON.stringify(label)} has two lengths (${n} ≠ ${m}) in ${showType(x.value.type)}`, { hint: "a letter that occurs twice in one operand reads a diagonal of two equally long axes" });
  const others = x.labels.filter((_, i) => i !== first && i !== second);
  return diagonals({ value: diagonalOf(x.value, first, second), labels: [...others, label] });
}

/** Contracts pair after pair, each time the one whose result has the fewest elements beyond its operands. */
function contractAll(terms: readonly Labelled[], output: readonly string[]): Labelled {
  let list = [...terms];
  while (list.length > 1) {
    const lengthOf = new Map(list.flatMap((t) => t.labels.map((l, i) => [l, t.value.type.shape[i] as number] as const)));
    const size = (labels: Iterable<string>): number => [...labels].reduce((n, l) => n * (lengthOf.get(l) as number), 1);
    let best: { readonly i: number; readonly j: number; readonly keep: Set<string>; readonly growth: number } | undefined;
    for (let i = 0; i < list.length; i++) {
      for (let j = i + 1; j < list.length; j++) {
        const [x, y] = [list[i] as Labelled, list[j] as Labelled];
        const keep = new Set([...output, ...list.flatMap((t, k) => (k === i || k === j ? [] : t.labels))]);
        const result = new Set([...x.labels, ...y.labels].filter((l) => keep.has(l)));
        const growth = size(result) - size(x.labels) - size(y.labels);
        if (best === undefined || growth < best.growth) best = { i, j, keep, growth };
      }
    }
    const { i, j, keep } = best as NonNullable<typeof best>;
    const pair = contractPair(list[i] as Labelled, list[j] as Labelled, keep);
    list = [...list.filter((_, k) => k !== i && k !== j), pair];
  }
  return list[0] as Labelled;
}
