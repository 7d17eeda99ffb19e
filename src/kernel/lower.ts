/** Program → kernels: places every value (lower/placement.ts), then writes each group as kernels over buffers. */
import { type Equation, isVariable, type Program } from "../core/program.ts";
import { type Buffer, isControl, type Kernel, type KernelProgram, listsOf, type OutputSource } from "./ir.ts";
import { emitContractionGroup } from "./lower/contraction.ts";
import { type Lower, placeControl } from "./lower/control.ts";
import type { DraftBuffer } from "./lower/groups.ts";
import { emitLoopGroup } from "./lower/loops.ts";
import { Placement, placeEquation } from "./lower/placement.ts";
import { trafficOf } from "./traffic.ts";
import { writeProductSums } from "./lower/product-sums.ts";
import { placeAssembly, placeHost, placeSpecial } from "./lower/special.ts";

const lower: Lower = { place: placeProgram, emit: kernelsOf };

export function lowerProgram(given: Program): KernelProgram {
  const program = writeProductSums(given);
  const placement = new Placement(program);
  placeProgram(placement, program);
  const outputs = program.outputs.map((atom, index): OutputSource => {
    if (!isVariable(atom)) return { kind: "constant", array: atom };
    const buffer = placement.bufferOf(atom);
    if (buffer.role.kind === "input") return { kind: "input", index: buffer.role.index };
    if (buffer.role.kind === "constant") return { kind: "constant", array: buffer.role.array.withType(atom.type) };
    if (buffer.role.kind === "temporary") buffer.role = { kind: "output", index };
    return { kind: "buffer", buffer };
  });
  const kernels = kernelsOf(placement);
  const buffers = buffersOf(kernels, [...placement.inputs, ...outputs.flatMap((o) => (o.kind === "buffer" ? [o.buffer as DraftBuffer] : []))]);
  buffers.forEach((buffer, id) => {
    buffer.id = id;
  });
  return { buffers, kernels, outputs };
}

function placeProgram(placement: Placement, program: Program): void {
  placement.assemble = (equation) => placeAssembly(placement, equation);
  const special = (e: Equation): boolean => placeControl(placement, e, lower) || placeSpecial(placement, e);
  for (const equation of program.equations) placeEquation(placement, equation, (e: Equation) => placeHost(placement, e), special);
}

function kernelsOf(placement: Placement): readonly Kernel[] {
  return placement.groups.flatMap((group): readonly Kernel[] => {
    if (group.kind === "direct") return group.emit();
    if (group.kind === "contraction") return [emitContractionGroup(group, placement)];
    return emitLoopGroup(group, placement);
  });
}

/** Every buffer that the kernels touch, after those that are there anyhow. */
function buffersOf(kernels: readonly Kernel[], first: readonly DraftBuffer[]): DraftBuffer[] {
  const all = new Set<Buffer>(first);
  const touch = (kernel: Kernel): void => {
    const { reads, writes } = trafficOf(kernel);
    for (const buffer of [...reads, ...writes]) all.add(buffer);
    if (isControl(kernel)) {
      for (const buffer of [...kernel.windows, ...kernel.own]) all.add(buffer);
      for (const { role } of kernel.windows) if (role.kind === "window") all.add(role.of);
    }
    for (const list of listsOf(kernel)) list.forEach(touch);
  };
  kernels.forEach(touch);
  return [...all] as DraftBuffer[];
}
