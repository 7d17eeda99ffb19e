/**
 * Small programs: straight-line code on single numbers, with no arrays, threads or arena. Inputs and outputs lie at fixed places in
 * a memory that all such programs share, since each call is over before the next begins.
 */
import { InternalError } from "../../../errors.ts";
import { ConcreteArray } from "../../../core/concrete.ts";
import { type DType, dtypes, type TypedArray } from "../../../core/dtype.ts";
import type { Program } from "../../../core/program.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { sizeOf } from "../../../core/shape.ts";
import type { TensorType } from "../../../core/type.ts";
import type { DirectCall, Executable } from "../../backend.ts";
import { NumberStorage } from "../../numbers.ts";
import { profiling } from "../../profiling.ts";
import type { ModuleBuilder } from "../assembler.ts";
import { emitStraight } from "./emit.ts";
import { Layout } from "./layout.ts";
import { operationsOf, scalarize } from "./scalarize.ts";
import { hostFunction } from "./host.ts";

const turn = { count: 0 };
/** By the logarithm of the number of pages; none ever grows, so that views of it stay valid. */
const memories: WebAssembly.Memory[] = [];

function memoryOf(bytes: number): { readonly memory: WebAssembly.Memory; readonly pages: number } {
  const size = Math.ceil(Math.log2(Math.max(1, bytes / 65536)));
  const pages = 2 ** size;
  return { memory: (memories[size] ??= new WebAssembly.Memory({ initial: pages, maximum: pages })), pages };
}

const views: Readonly<Record<DType, (buffer: ArrayBuffer, address: number, length: number) => TypedArray>> = {
  bool: (buffer, address, length) => new Uint8Array(buffer, address, length),
  int32: (buffer, address, length) => new Int32Array(buffer, address, length),
  uint32: (buffer, address, length) => new Uint32Array(buffer, address, length),
  float32: (buffer, address, length) => new Float32Array(buffer, address, length),
  float64: (buffer, address, length) => new Float64Array(buffer, address, length),
};

interface Written {
  readonly module: ModuleBuilder;
  readonly memory: WebAssembly.Memory;
  readonly addresses: { readonly inputs: readonly number[]; readonly outputs: readonly number[] };
}

function write(program: Program): Written | undefined {
  const scalar = scalarize(program);
  if (scalar === undefined) return undefined;
  const layout = new Layout();
  const place = (t: TensorType): number => layout.place(t.dtype, sizeOf(t.shape));
  const outputTypes = program.outputs.map((a) => a.type);
  const addresses = { inputs: program.inputs.map((v) => place(v.type)), outputs: outputTypes.map(place) };
  const module = emitStraight(scalar.graph, scalar.outputs, outputTypes.map((t) => t.dtype), layout, addresses);
  const { memory, pages } = memoryOf(layout.size);
  module.importMemory({ minimum: pages, maximum: pages, shared: false });
  return { module, memory, addresses };
}

/** The module of a small program as text; undefined where straight-line code is not for it. */
export function straightText(program: Program): string | undefined {
  return write(program)?.module.toText();
}

/** The program ready to run, or undefined where straight-line code is not for it. */
export function compileStraight(program: Program): Executable | undefined {
  const written = write(program);
  if (written === undefined) return undefined;
  const { module, memory, addresses } = written;
  const inputTypes = program.inputs.map((v) => v.type);
  const outputTypes = program.outputs.map((a) => a.type);
  const math = Object.fromEntries(module.imports.map(({ name }) => [name, hostFunction(name as ScalarInstruction)]));
  const instance = new WebAssembly.Instance(new WebAssembly.Module(module.encode()), { env: { memory }, math });
  const view = (addresses: readonly number[]) => (t: TensorType, i: number): TypedArray => views[t.dtype](memory.buffer, addresses[i] as number, sizeOf(t.shape));
  return executable(program, instance.exports["run"] as () => void, inputTypes.map(view(addresses.inputs)), outputTypes, outputTypes.map(view(addresses.outputs)));
}

function recordRun(run: () => void, program: Program): void {
  const { inputs, outputs, equations } = program;
  const start = performance.now();
  run();
  const end = performance.now();
  const bytes = [...inputs, ...outputs].reduce((sum, { type }) => sum + sizeOf(type.shape) * dtypes[type.dtype].bytes, 0);
  const place = equations[equations.length - 1]?.place;
  profiling.record?.({ name: "straight", shape: `${operationsOf(program)} operations`, place, start, end, bytes, operations: 0, threads: 1 });
}

/** Results of up to this many elements are lists of numbers at first. */
const few = 512;

function executable(program: Program, run: () => void, inputs: readonly TypedArray[], outputTypes: readonly TensorType[], outputs: readonly TypedArray[]): Executable {
  const direct: DirectCall = {
    inputs,
    turn,
    call: () => {
      turn.count++;
      if (profiling.record === undefined) run();
      else recordRun(run, program);
    },
    result: (output, type) => {
      const from = outputs[output] as TypedArray;
      const { length } = from;
      if (length > few) return ConcreteArray.of(type, from.slice());
      const numbers = new Array<number>(length);
      for (let i = 0; i < length; i++) numbers[i] = from[i] as number;
      return new ConcreteArray(type, new NumberStorage(type.dtype, numbers));
    },
  };
  return {
    direct,
    run: (arrays) => {
      if (arrays.length !== inputs.length) throw new InternalError(`a program of ${inputs.length} inputs was run on ${arrays.length}`);
      inputs.forEach((place, i) => place.set((arrays[i] as ConcreteArray).elements));
      direct.call();
      return outputTypes.map((type, i) => direct.result(i, type));
    },
  };
}
