/** Programs for tests of the WebAssembly run time. */
import * as cr from "chainrule";
import { wasm } from "../../../src/backends/wasm/backend.ts";
import type { WasmExecutable } from "../../../src/backends/wasm/executable.ts";
import type { CompileOptions } from "../../../src/backends/backend.ts";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import type { Program } from "../../../src/core/program.ts";
import { optimize } from "../../../src/transform/optimize.ts";

type F = (...args: cr.Tensor[]) => unknown;

export function programOf(fn: F, ...examples: readonly ConcreteArray[]): Program {
  return optimize((cr.traceFn(fn) as cr.TraceableFn).program(...(examples as readonly unknown[])).program);
}

export function compiled(fn: F, examples: readonly ConcreteArray[], options: CompileOptions = {}): WasmExecutable {
  return wasm.compile(programOf(fn, ...examples), options) as WasmExecutable;
}
