/** The WebAssembly backend: programs become kernels, kernels one module, a call one crossing into it. */
import { type DType, dtypes } from "../../core/dtype.ts";
import type { Backend } from "../backend.ts";
import { compileProgram } from "./compile-program.ts";
import { forms } from "./forms.ts";
import { compileStraight } from "./straight/straight.ts";

export const wasm: Backend = {
  name: "wasm",
  capabilities: { dtypes: Object.keys(dtypes) as DType[], throwsAtRunTime: true },
  compile: compileProgram,
  compileSmall: compileStraight,
  forms,
};
