/** whileLoop and foriLoop as functions of trees: what they begin with is read, the test and the turn are traced, the results are put together. */
import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { checkpointed, type ScanMemory } from "../control/scan-checkpoint.ts";
import { unrolled } from "../control/scan-chunks.ts";
import { whileOf } from "../control/while.ts";
import { at, scalar, type Value } from "../core/tensor.ts";
import { showStructure, unflatten } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { sub } from "../ops/arithmetic.ts";
import { greaterEqual, less } from "../ops/compare.ts";
import { add, convert } from "../ops/elementwise.ts";
import { iota } from "../ops/iota.ts";
import { type Leaves, readTrees, traceBody } from "./body.ts";
import { carryOf, traceCarried } from "./carry.ts";
import { scanTrees } from "./scan.ts";
import { shareCaptures } from "./shared-captures.ts";
import type { PlainFunction, TracedProgram } from "./trace.ts";

/** The state after the last turn. `slots`: how many states reverse mode keeps, 0 for its default. */
export function whileTrees(test: PlainFunction, body: PlainFunction, init: unknown, where: string, slots: number): unknown {
  const [begin] = readTrees([init], ["init"], where) as [Leaves];
  const turn = traceCarried(body, where, carryOf(begin, init, `${where}: init`), [], (result) => [result, null]);
  const asked = traceBody(test, test.name || `the test of ${where}`, [{ structure: begin.structure, types: turn.init.map((v) => v.type) }]);
  checkTest(asked, where);
  const { captured, programs } = shareCaptures([asked, turn]);
  return unflatten(begin.structure, whileOf(at(programs, 0), at(programs, 1), captured, turn.init, slots));
}

function checkTest({ program, structure }: TracedProgram, where: string): void {
  const type = program.outputs[0]?.type;
  const hint = "compare something: (x) => x.less(10), or (x) => notEqual(x, 0)";
  if (structure.kind !== "leaf" || type === undefined) throw new TreeError(`${where}: the test must return one bool[], it returns ${showStructure(structure)}`, { hint });
  if (type.dtype !== "bool") throw new DTypeError(`${where}: the test must return bool[], it returns ${showType(type)}`, { hint });
  if (type.shape.length > 0) throw new ShapeError(`${where}: the test must return bool[], it returns ${showType(type)}`, { hint: "one answer for the whole state: reduce with .any() or .all(); for a loop per element use vmap" });
}

export interface Counting {
  readonly reverse: boolean;
  /** With known bounds. */
  readonly unroll?: number;
  readonly memory?: ScanMemory;
  /** With others. */
  readonly slots?: number;
}

type Turn = (i: unknown, v: unknown) => unknown;

/** The value after a turn for each integer from lo to hi, hi not included: a scan where both are known, else a loop with a test. */
export function countedTrees(body: PlainFunction, lo: number | Value, hi: number | Value, init: unknown, { reverse, unroll = 1, memory = "all", slots = 0 }: Counting): unknown {
  const turn = body as unknown as Turn;
  if (typeof lo === "number" && typeof hi === "number") {
    const length = Math.max(0, hi - lo);
    const counts = add(iota("int32", [length], 0), lo);
    const step = named((v: unknown, i: unknown): unknown => [turn(i, v), null], body);
    return scanTrees(step, init, counts, "foriLoop", { length, reverse, run: checkpointed(memory, unrolled(unroll)) })[0];
  }
  const [from, to] = [lo, hi].map((bound) => (typeof bound === "number" ? scalar(bound, "int32") : convert(bound, "int32"))) as [Value, Value];
  const begin = reverse ? sub(to, scalar(1, "int32")) : from;
  const test = reverse ? ([i]: readonly [Value]): Value => greaterEqual(i, from) : ([i]: readonly [Value]): Value => less(i, to);
  const step = named(([i, v]: readonly [Value, unknown]): unknown => [add(i, scalar(reverse ? -1 : 1, "int32")), turn(i, v)], body);
  return (whileTrees(test as PlainFunction, step, [begin, init], "foriLoop", slots) as [unknown, unknown])[1];
}

/** The function under the name of the user's, for errors. */
function named(fn: (...args: never[]) => unknown, { name }: PlainFunction): PlainFunction {
  return Object.defineProperty(fn, "name", { value: name }) as PlainFunction;
}
