/** scan as a function of trees: reads what it begins with and what it runs over, traces the body, and puts the results together. */
import { ArgumentError, ShapeError, TreeError } from "../errors.ts";
import type { Runner } from "../control/scan-chunks.ts";
import type { ScanParts } from "../control/scan-operands.ts";
import { describe } from "../core/shape.ts";
import { at } from "../core/tensor.ts";
import { unflatten } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { type Leaves, readTrees } from "./body.ts";
import { carryOf, type Returned, traceCarried } from "./carry.ts";
import type { PlainFunction } from "./trace.ts";

export interface ScanSettings {
  readonly length: number | undefined;
  readonly reverse: boolean;
  /** How the scan of the traced body is carried out. */
  readonly run: Runner;
}

/** [carry after the last turn, what the turns gave beside it]. */
export function scanTrees(f: PlainFunction, init: unknown, xs: unknown, where: string, { length: given, reverse, run }: ScanSettings): [unknown, unknown] {
  const [begin, over] = readTrees([init, xs], ["init", "xs"], where) as [Leaves, Leaves];
  const length = scanLength(over, given, where);
  const elements = { structure: over.structure, types: over.values.map(({ type }) => ({ ...type, shape: type.shape.slice(1) })) };
  const carry = carryOf(begin, init, `${where}: init`);
  const body = traceCarried(f, where, carry, [elements], (result) => pair(result, where));
  const { inputs } = body.program;
  const own = begin.values.length + over.values.length;
  const parts: ScanParts = {
    body: { ...body.program, inputs: [...inputs.slice(own), ...inputs.slice(0, own)] },
    constants: [...body.captured],
    state: [...body.init],
    sequences: [...over.values],
    length,
    reverse,
  };
  const out = run(parts);
  return [unflatten(begin.structure, out.state), unflatten(body.rest, out.sequences)];
}

function pair(result: unknown, where: string): Returned {
  if (Array.isArray(result) && result.length === 2) return result as unknown as Returned;
  throw new TreeError(`${where}: the body must return [carry, y], got ${describe(result)}`, { hint: "y is what the turn gives beside the carry: return [carry, null] where there is nothing" });
}

/** How many elements all sequences have. */
function scanLength({ values, paths }: Leaves, given: number | undefined, where: string): number {
  let length = given;
  let from = "length";
  values.forEach(({ type }, i) => {
    const name = `${at(paths, i)} (${showType(type)})`;
    if (type.shape.length === 0) throw new ShapeError(`${where}: ${name} is a scalar and has no axis to run over`, { hint: "close over a value that is the same at each turn" });
    const own = at(type.shape, 0);
    if (length !== undefined && own !== length) throw new ShapeError(`${where}: lengths differ: ${length} (${from}) and ${own} (${name})`, { hint: given === undefined ? "all leaves of xs need first axes of one length" : "leave length out: xs says how many turns there are" });
    length = own;
    from = name;
  });
  if (length === undefined) throw new ArgumentError(`${where}: xs has no leaves, so the number of turns is not known`, { hint: where === "scan" ? "pass it: scan(f, init, null, { length: n })" : undefined });
  return length;
}
