/** whileLoop and foriLoop as functions of trees: read what they begin with, trace the test and the turn, and put the results together. */
import { DTypeError, ShapeError, TreeError } from "../errors.ts";
import { whileOf } from "../control/while.ts";
import { at } from "../core/tensor.ts";
import { showStructure, unflatten } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { type Leaves, readTrees, traceBody } from "./body.ts";
import { carryOf, traceCarried } from "./carry.ts";
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
  const hint = "compare something: (x) => x.less(10)";
  if (structure.kind !== "leaf" || type === undefined) throw new TreeError(`${where}: the test must return one bool[], it returns ${showStructure(structure)}`, { hint });
  if (type.dtype !== "bool") throw new DTypeError(`${where}: the test must return bool[], it returns ${showType(type)}`, { hint });
  if (type.shape.length > 0) throw new ShapeError(`${where}: the test must return bool[], it returns ${showType(type)}`, { hint: "one answer for the whole state: reduce with .any() or .all(); for a loop per element use vmap" });
}
