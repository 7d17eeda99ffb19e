/** The run time without any kernel of its own: every equation is evaluated by the reference, in the memory that the plan gives. */
import type { Program } from "../../../src/core/program.ts";
import { dtypes, type DType } from "../../../src/core/dtype.ts";
import type { Backend } from "../../../src/backends/backend.ts";
import { compileKernels } from "../../../src/backends/wasm/compile-program.ts";
import { conformance } from "../conformance.ts";
import { hostOnly } from "./host-only.ts";

const backend: Backend = {
  name: "wasm, every operation by the host",
  capabilities: { dtypes: Object.keys(dtypes) as DType[], throwsAtRunTime: true },
  compile: (program: Program) => compileKernels(hostOnly(program), program),
};

conformance(backend);
