/** What the transforms make of a random program: programs of another kind, with transposes of everything in them. */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { dtypes, isFloat } from "../../src/core/dtype.ts";
import { inputTypes, type Program } from "../../src/core/program.ts";
import { insertAt, sizeOf, stridesOf } from "../../src/core/shape.ts";
import { record } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { DifferentiationError } from "../../src/errors.ts";
import { add } from "../../src/ops/elementwise.ts";
import { jvpProgram } from "../../src/transform/jvp.ts";
import { batchProgram } from "../../src/transform/vmap.ts";
import { vjpProgram } from "../../src/transform/vjp.ts";
import type { Case } from "./builder.ts";
import type { Random } from "./random.ts";
import { randomArray } from "./values.ts";

/** A derivative of the program or the program on a batch; the program itself where that is not possible. */
export function derived(c: Case, random: Random): Case {
  const { program } = c;
  const active = program.inputs.map((v) => isFloat(v.type.dtype));
  try {
    if (random.chance(0.3)) return batched(c, random);
    if (!active.includes(true) || !program.outputs.some((o) => isFloat(o.type.dtype))) return c;
    return given(random.chance(0.7) ? vjpProgram(program, active, (x, y) => add(x, y)).program : jvpProgram(program, active).program, c.inputs, random);
  } catch (error) {
    if (error instanceof DifferentiationError) return c;
    throw error;
  }
}

/** The inputs of the case, and new ones for those that follow. */
function given(program: Program, inputs: readonly ConcreteArray[], random: Random): Case {
  const more = inputTypes(program).slice(inputs.length).map((t) => randomArray(t.dtype, t.shape, random));
  return { program, inputs: [...inputs, ...more] };
}

function batched({ program, inputs }: Case, random: Random): Case {
  const size = random.int(1, 3);
  const axes = inputs.map((x) => (random.chance(0.6) ? random.int(0, x.type.shape.length) : null));
  const stacked = inputs.map((x, i) => (axes[i] === null ? x : repeated(x, size, axes[i] as number)));
  const { program: result } = record("batch", stacked.map((x) => x.type), (values) => batchProgram(program, size, values, axes).outputs);
  return { program: result, inputs: stacked };
}

/** The array again and again along a new axis, floats a bit larger each time. */
function repeated(x: ConcreteArray, size: number, axis: number): ConcreteArray {
  const { dtype, shape } = x.type;
  const to = insertAt(shape, axis, size);
  const inner = sizeOf(shape.slice(axis));
  const step = stridesOf(to)[axis] as number;
  const out = dtypes[dtype].allocate(sizeOf(to));
  for (let i = 0; i < out.length; i++) {
    const copy = Math.floor(i / step) % size;
    const from = Math.floor(i / (step * size)) * inner + (i % step);
    out[i] = (x.elements[from] as number) + (isFloat(dtype) ? copy : 0);
  }
  return ConcreteArray.of(tensorType(dtype, to), out);
}
