/** The verifier on every program that the transforms make of a row. */
import { checkProgram } from "../../../src/core/check.ts";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { isFloat } from "../../../src/core/dtype.ts";
import type { BatchAxis } from "../../../src/core/primitive.ts";
import { inputTypes, type Program } from "../../../src/core/program.ts";
import { insertAt } from "../../../src/core/shape.ts";
import { record, type Value } from "../../../src/core/tensor.ts";
import type { TensorType } from "../../../src/core/type.ts";
import { add } from "../../../src/ops/elementwise.ts";
import { align } from "../../../src/ops/structure.ts";
import { eliminateDeadCode } from "../../../src/transform/dce.ts";
import { jvpProgram } from "../../../src/transform/jvp.ts";
import { linearizeProgram } from "../../../src/transform/linearize.ts";
import { batchProgram } from "../../../src/transform/vmap.ts";
import { vjpProgram } from "../../../src/transform/vjp.ts";
import { resultsOf } from "./arrays.ts";
import type { Case } from "./case.ts";

/** The row as a program of its operands. */
export function programOf({ call }: Case, operands: readonly ConcreteArray[]): Program {
  const { program } = record("row", operands.map((x) => x.type), (inputs) => resultsOf((call as unknown as (...xs: readonly Value[]) => unknown)(...inputs)));
  return program;
}

/** The program over a batch of `size`, all results with the batch axis first. */
export function batched(program: Program, axes: readonly BatchAxis[], size: number): Program {
  const types = inputTypes(program).map((t, i): TensorType => {
    const axis = axes[i];
    return axis === null || axis === undefined ? t : { ...t, shape: insertAt(t.shape, axis, size) };
  });
  return record("vmap", types, (inputs) => {
    const { outputs, axes: out } = batchProgram(program, size, inputs, axes);
    return outputs.map((value, i) => align(value, out[i] as BatchAxis, 0, size));
  }).program;
}

/** Every program that transforms of the row give, checked; twice over where it is differentiable. Returns them all. */
export function verifiedPrograms(row: Case, operands: readonly ConcreteArray[]): Program[] {
  const all: Program[] = [];
  const keep = (program: Program, pass: string): Program => {
    all.push(checkProgram(program, pass));
    return program;
  };
  const program = keep(programOf(row, operands), "trace");
  keep(eliminateDeadCode(program), "dead code elimination");
  const spread = (p: Program, pass: string): void => {
    if (p.inputs.length === 0) return;
    keep(batched(p, p.inputs.map((v) => v.type.shape.length), 2), `vmap of ${pass}`);
    p.inputs.forEach((_, i) => keep(batched(p, p.inputs.map((__, j) => (i === j ? 0 : null)), 2), `vmap of ${pass}`));
  };
  spread(program, "the program");
  const active = program.inputs.map((v, i) => isFloat(v.type.dtype) && row.constant?.includes(i) !== true);
  if (row.order === 0 || !active.includes(true)) return all;
  const derive = (p: Program, on: readonly boolean[], pass: string): Program[] => {
    const jvp = keep(jvpProgram(p, on).program, `jvp of ${pass}`);
    const { forward, linear } = linearizeProgram(p, on);
    keep(forward, `linearize of ${pass}, forward`);
    keep(linear, `linearize of ${pass}, linear`);
    return [jvp, keep(vjpProgram(p, on, (x, y) => add(x, y)).program, `vjp of ${pass}`)];
  };
  for (const [k, first] of derive(program, active, "the program").entries()) {
    const pass = k === 0 ? "jvp" : "vjp";
    spread(first, pass);
    if (row.order < 2) continue;
    for (const second of derive(first, [...active, ...first.inputs.slice(active.length).map(() => true)], pass)) keep(second, `a second derivative after ${pass}`);
  }
  return all;
}
