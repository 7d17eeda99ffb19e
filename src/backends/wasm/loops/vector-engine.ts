/** The engine that computes in vectors: groups of elements, or one element in every lane. */
import type { DType } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import type { Vector, VectorCode } from "../registers.ts";
import { scalarLoad } from "../scalar/code.ts";
import { laneNumbers, loadSplat, loadStrided, storeLane, storeStrided } from "../vector/memory.ts";
import { spellVector } from "../vector/spell.ts";
import type { Engine } from "./engine.ts";
import { extremumRunning, isExtremum, plainRunning, spread } from "./running.ts";

/** `single`: one element in every lane, by the same instructions as a group; what is left over at the end of a loop. */
export function vectorEngine(code: VectorCode, single: boolean): Engine<Vector> {
  const { fn } = code;
  const apply = (instruction: ScalarInstruction, dtype: DType, operands: readonly Vector[]): Vector =>
    code.scope(() => {
      const spread_ = operands.map((x) => spread(code, x));
      return spellVector(instruction, dtype, code, spread_) ?? code.callHost(instruction, dtype, spread_);
    });
  const engine: Engine<Vector> = {
    fn,
    lanes: single ? 1 : 4 * code.groups,
    constant: (dtype, value) => code.constant(dtype, value),
    apply,
    load: (dtype, pointer, offset, stride) => code.scope(() => (single ? loadSplat(code, dtype, pointer, offset) : loadStrided(code, dtype, pointer, offset, stride))),
    gather: (dtype, pointer, offset, stride, terms) =>
      code.scope(() => {
        const spread_ = terms.map(({ index, stride: bytes }) => ({ index: spread(code, index), bytes }));
        return code.fromLanes(dtype, (lane) => {
          fn.op("local.get", pointer);
          for (const { index, bytes } of spread_) {
            code.pushLane(index, lane);
            fn.op("i32.const", bytes).op("i32.mul").op("i32.add");
          }
          // A lane's own offset may be negative: it is added, not an immediate.
          if (lane * stride !== 0) fn.op("i32.const", lane * stride).op("i32.add");
          fn.op(scalarLoad[dtype], { offset });
        });
      }),
    index: (dtype, base, stride) =>
      code.scope(() => {
        const int = dtype === "uint32" ? "uint32" : "int32";
        let x = code.single(int, () => fn.op("local.get", base).op("i32x4.splat"));
        if (stride !== 0 && !single) {
          const lanes = { ...laneNumbers(code), dtype: int } as const;
          x = code.op("i32x4.add", int, x, stride === 1 ? lanes : code.op("i32x4.mul", int, lanes, code.constant(int, stride)));
        }
        return dtype === int ? x : apply("copy", dtype, [x]);
      }),
    store: (value, pointer, offset, stride) => {
      const x = spread(code, value);
      if (single) storeLane(code, x, 0, pointer, offset);
      else storeStrided(code, x, pointer, offset, stride);
    },
    pushFirst: (value) => code.pushLane(value, 0),
    variable: (initial) => code.variable(spread(code, initial)),
    assign: (variable, value) => code.assign(variable, spread(code, value)),
    reduction: (combine, dtype, identity) => (isExtremum(combine, dtype) ? extremumRunning(code, combine, dtype, identity) : plainRunning(engine, combine, dtype, identity)),
    release: () => undefined,
    body: (emit) => code.loopBody(emit),
  };
  return engine;
}
