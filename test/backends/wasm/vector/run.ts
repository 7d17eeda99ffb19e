/** The smallest kernel: one instruction on whole arrays, a group at a time, or one element at a time as loops do at their end. */
import { ModuleBuilder } from "../../../../src/backends/wasm/assembler.ts";
import { VectorCode } from "../../../../src/backends/wasm/registers.ts";
import type { Target } from "../../../../src/backends/wasm/target.ts";
import { loadSplat, loadVector, storeLane, storeVector } from "../../../../src/backends/wasm/vector/memory.ts";
import { spellVector } from "../../../../src/backends/wasm/vector/spell.ts";
import { type DType, dtypes, type TypedArray } from "../../../../src/core/dtype.ts";
import { meaningOf, type ScalarInstruction } from "../../../../src/core/scalar.ts";

export interface Run {
  readonly instruction: ScalarInstruction;
  /** Dtypes of the operands and of the result. */
  readonly from: readonly DType[];
  readonly to: DType;
  readonly target: Target;
  readonly groups: number;
  /** One element at a time. */
  readonly single?: boolean;
  /** Whether there is scratch memory. */
  readonly scratch?: boolean;
  /** Operands that are this number, known when the code is emitted. */
  readonly known?: readonly (number | undefined)[];
}

const scratchBytes = 1024;

/** A function of arrays of equal length, a multiple of 4·groups; undefined where the instruction has no spelling. */
export function vectorKernel({ instruction, from, to, target, groups, single = false, scratch = true, known = [] }: Run): ((operands: readonly TypedArray[]) => TypedArray) | undefined {
  const module = new ModuleBuilder();
  module.importMemory({ minimum: 1, maximum: 65536, shared: false });
  const host = module.importFunction("math", instruction, from.map(() => "f64"), ["f64"]);
  const fn = module.function("kernel", [...from.map(() => "i32" as const), "i32", "i32", "i32"], [], true);
  const output = from.length;
  const count = output + 1;
  const code = new VectorCode(fn, target, single ? 1 : groups, () => host, scratch ? count + 1 : undefined);
  const step = single ? 1 : 4 * groups;
  let spelled = true;
  fn.nest("loop", () => {
    code.loopBody(() => {
      const operands = from.map((dtype, i) => (known[i] !== undefined ? code.constant(dtype, known[i]) : single ? loadSplat(code, dtype, i, 0) : loadVector(code, dtype, i, 0)));
      const result = spellVector(instruction, to, code, operands);
      if (result === undefined) spelled = false;
      else if (single) storeLane(code, result, 0, output, 0);
      else storeVector(code, result, output, 0);
    });
    [...from, to].forEach((dtype, i) => fn.op("local.get", i).op("i32.const", step * dtypes[dtype].bytes).op("i32.add").op("local.set", i));
    fn.op("local.get", count).op("i32.const", step).op("i32.sub").op("local.tee", count).op("br_if", 0);
  });
  if (!spelled) return undefined;
  const memory = new WebAssembly.Memory({ initial: 1, maximum: 65536 });
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory }, math: { [instruction]: meaningOf(instruction) } });
  const kernel = instance.exports["kernel"] as (...args: number[]) => void;
  return (operands) => {
    const { length } = operands[0] as TypedArray;
    const places: number[] = [];
    let end = 64 + scratchBytes;
    for (const dtype of [...from, to]) {
      places.push(end);
      end = Math.ceil((end + length * dtypes[dtype].bytes) / 64) * 64 + 64;
    }
    if (end > memory.buffer.byteLength) memory.grow(Math.ceil((end - memory.buffer.byteLength) / 65536));
    const view = (dtype: DType, i: number): TypedArray => {
      const like = dtypes[dtype].allocate(0).constructor as new (buffer: ArrayBuffer, place: number, length: number) => TypedArray;
      return new like(memory.buffer as ArrayBuffer, places[i] as number, length);
    };
    operands.forEach((x, i) => view(from[i] as DType, i).set(x));
    kernel(...places, length, 64);
    return view(to, output).slice();
  };
}
