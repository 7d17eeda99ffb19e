/**
 * The contract of a backend: it compiles a program and runs it on concrete arrays. What it cannot do it refuses with
 * `UnsupportedError` when compiling, never with a wrong answer when running.
 */
import type { ConcreteArray } from "../core/concrete.ts";
import type { DType } from "../core/dtype.ts";
import type { Program } from "../core/program.ts";

export interface Backend {
  readonly name: string;
  readonly capabilities: Capabilities;
  /** Throws `UnsupportedError` naming the operation and dtype it lacks. */
  compile(program: Program): Executable;
}

export interface Capabilities {
  readonly dtypes: readonly DType[];
  /** Out-of-bounds indices found while running can be reported. */
  readonly throwsAtRunTime: boolean;
}

export interface Executable {
  /** Inputs have the program's input types; one result per output. The arrays passed in are not changed. */
  run(inputs: readonly ConcreteArray[]): ConcreteArray[];
}
