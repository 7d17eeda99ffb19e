/**
 * The contract of a backend: it compiles a program and runs it on concrete arrays. What it cannot do it refuses with
 * `UnsupportedError` when compiling, never with a wrong answer when running.
 */
import type { ConcreteArray } from "../core/concrete.ts";
import type { DType, TypedArray } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";
import type { TensorType } from "../core/type.ts";

export interface Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Throws `UnsupportedError` naming the operation and dtype it lacks. The program has been through the passes of `transform/optimize.ts`. */
  compile(program: Program, options?: CompileOptions): Executable;
  /** Tried first, on the program as it was traced: undefined where the program is not small enough to do without those passes. */
  compileSmall?(program: Program): Executable | undefined;
  /** What it makes of an optimised program on the way, as text for people. */
  readonly forms?: Readonly<Partial<Record<BackendForm, (program: Program, options?: CompileOptions) => string>>>;
}

/** The loop kernels, where everything lies in memory, and the module as WebAssembly text. */
export type BackendForm = "kernels" | "memory" | "wat";

export interface CompileOptions {
  /** Positions of inputs that nobody reads after the call: results may take over their memory, and reading them then throws. A hint. */
  readonly donate?: readonly number[];
  /** How messages speak of an input: `argument 0 of step`. */
  readonly inputName?: (input: number) => string;
}

export interface Capabilities {
  readonly dtypes: readonly DType[];
  /** Out-of-bounds indices found while running can be reported. */
  readonly throwsAtRunTime: boolean;
}

export interface Executable {
  /** Inputs have the program's input types; one result per output. The arrays passed in are not changed. */
  run(inputs: readonly ConcreteArray[]): ConcreteArray[];
  /**
   * `run` copies the elements of its inputs before it does anything else, and keeps none of the arrays: so they may lie in memory of the caller
   * (`ConcreteArray.lent`), who may change it, in a callback too.
   */
  readonly takesLent?: boolean;
  /** A second way to run a small program, without arrays. */
  readonly direct?: DirectCall;
}

/**
 * Inputs at fixed places, which all small programs share: write every element, call, and take the results at once.
 */
export interface DirectCall {
  /** Where the elements of each input go, row-major. */
  readonly inputs: readonly TypedArray[];
  /** Counts the calls of all programs: a number that changed while inputs were written says that they may be overwritten. */
  readonly turn: { count: number };
  call(): void;
  /** A result of the last call, as an array of this type: that of the output, except for its being weak. */
  result(output: number, type: TensorType): ConcreteArray;
}
