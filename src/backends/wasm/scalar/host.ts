/** The functions of the host that compute what WebAssembly has no instruction for: import `math.<instruction>`, float64 in and out. */
import { meaningOf, type ScalarInstruction } from "../../../core/scalar.ts";
import type { ModuleBuilder } from "../assembler.ts";
import type { HostFunctions } from "../registers.ts";

/** Imports into `module` what is asked for. */
export function hostFunctions(module: ModuleBuilder): HostFunctions {
  const imported = new Map<ScalarInstruction, number>();
  return (instruction) => {
    let index = imported.get(instruction);
    if (index === undefined) {
      const parameters = Array.from({ length: meaningOf(instruction).length }, () => "f64" as const);
      imported.set(instruction, (index = module.importFunction("math", instruction, parameters, ["f64"])));
    }
    return index;
  };
}
