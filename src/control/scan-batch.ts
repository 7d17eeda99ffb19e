/** Batching of a scan: state that some turn gives a batch axis has it from the start, in front; in sequences it stands behind the turns. */
import type { BatchAxis, BatchRule } from "../core/primitive.ts";
import type { Program } from "../core/program.ts";
import { insertAt } from "../core/shape.ts";
import { at, record, type Value } from "../core/tensor.ts";
import { align, moveAxis } from "../ops/structure.ts";
import { batchProgram } from "../transform/vmap.ts";
import { reachedState, simpleBody } from "./dependence.ts";
import { applyScan, grouped, type Groups, type Scan } from "./scan-operands.ts";

export const batchScan: BatchRule<Scan> = (size, inputs, axes, params, primitive, axisName) => {
  const { state, length, reverse } = params;
  const values = grouped(inputs, params);
  const given = grouped(axes, params);
  const sequences = values.sequences.map((x, i) => (given.sequences[i] === 0 ? moveAxis(x, 0, 1) : x));
  const elementAxes = given.sequences.map((a) => (a === null ? null : Math.max(a, 1) - 1));
  const { program, batched, outputAxes } = batchedBody(params, size, { ...given, sequences: elementAxes }, values.constants, axisName);
  const out = applyScan(primitive, {
    body: program,
    constants: values.constants,
    state: values.state.map((x, i) => (batched[i] === true ? align(x, at(given.state, i), 0, size) : x)),
    sequences,
    length,
    reverse,
  });
  return { outputs: [...out.state, ...out.sequences], axes: outputAxes.map((a, i) => (a === null || i < state ? a : a + 1)) };
};

/** The batched body for the least set of batched state that a turn does not add to. */
function batchedBody(
  params: Scan,
  size: number,
  axes: Groups<BatchAxis>,
  constants: readonly Value[],
  axisName: string | undefined,
): { program: Program; batched: readonly boolean[]; outputAxes: BatchAxis[] } {
  const { body, state } = params;
  const inside = grouped(body.inputs, params);
  const given = { constants: axes.constants.map((a) => a !== null), state: axes.state.map((a) => a !== null), sequences: axes.sequences.map((a) => a !== null) };
  // a collective gives results without the axis from operands with it
  let batched = axisName === undefined && simpleBody(body) ? reachedState(params, given, () => true) : given.state;
  for (;;) {
    const inputAxes = [...axes.constants, ...batched.map((on) => (on ? 0 : null)), ...axes.sequences];
    const elements = [...inside.state, ...inside.sequences].map((v, i) => {
      const axis = at(inputAxes, params.constants + i);
      return axis === null ? v.type : { ...v.type, shape: insertAt(v.type.shape, axis, size) };
    });
    let outputAxes: BatchAxis[] = [];
    const { program } = record("vmap", [...constants.map((x) => x.type), ...elements], (vars) => {
      const out = batchProgram(body, size, vars, inputAxes, axisName);
      outputAxes = out.axes;
      return out.outputs.map((y, i) => (batched[i] === true ? align(y, at(out.axes, i), 0, size) : y));
    });
    const added = batched.map((on, i) => !on && outputAxes[i] !== null);
    if (!added.includes(true)) return { program, batched, outputAxes: outputAxes.map((a, i) => (i < state ? (batched[i] === true ? 0 : null) : a)) };
    batched = batched.map((on, i) => on || added[i] === true);
  }
}
