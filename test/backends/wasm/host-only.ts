/** A lowering without kernels: each equation is a host kernel, each value a buffer. */
import { ConcreteArray } from "../../../src/core/concrete.ts";
import { type Atom, isVariable, type Program, type Variable } from "../../../src/core/program.ts";
import { sizeOf } from "../../../src/core/shape.ts";
import type { Buffer, BufferRole, HostKernel, KernelProgram } from "../../../src/kernel/ir.ts";

export function hostOnly({ inputs, equations, outputs }: Program): KernelProgram {
  const buffers: Buffer[] = [];
  const add = (type: Variable["type"], role: BufferRole): Buffer => {
    const buffer: Buffer = { id: buffers.length, dtype: type.dtype, length: sizeOf(type.shape), role };
    buffers.push(buffer);
    return buffer;
  };
  const known = new Map<Atom, Buffer>(inputs.map((v, index) => [v, add(v.type, { kind: "input", index })]));
  const bufferOf = (atom: Atom): Buffer => {
    let buffer = known.get(atom);
    if (buffer === undefined) known.set(atom, (buffer = add(atom.type, atom instanceof ConcreteArray ? { kind: "constant", array: atom } : roleOf(atom))));
    return buffer;
  };
  const roleOf = (v: Variable): BufferRole => {
    const index = outputs.indexOf(v);
    return index < 0 ? { kind: "temporary" } : { kind: "output", index };
  };
  const kernels = equations.map((equation): HostKernel => ({
    kind: "host", name: equation.primitive.name, place: equation.place, equation, inputs: equation.inputs.map(bufferOf), outputs: equation.outputs.map(bufferOf),
  }));
  return {
    buffers,
    kernels,
    outputs: outputs.map((atom) => {
      if (!isVariable(atom)) return { kind: "constant", array: atom };
      const buffer = bufferOf(atom);
      return buffer.role.kind === "input" ? { kind: "input", index: buffer.role.index } : { kind: "buffer", buffer };
    }),
  };
}
