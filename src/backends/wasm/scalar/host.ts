/** The functions of the host that compute what WebAssembly has no instruction for: import `math.<instruction>`, float64 in and out. */
import { InternalError } from "../../../errors.ts";
import { meaningOf, type ScalarInstruction } from "../../../core/scalar.ts";
import type { ImportedFunction, ModuleBuilder } from "../assembler.ts";
import type { HostFunctions } from "../registers.ts";

const importModule = "math";

/** Imports into `module` what is asked for. */
export function hostFunctions(module: ModuleBuilder): HostFunctions {
  return (instruction) => {
    const parameters = Array.from({ length: meaningOf(instruction).length }, () => "f64" as const);
    return module.importFunction(importModule, instruction, parameters, ["f64"]);
  };
}

/** The import object's `math` for the imports of a module. */
export function mathImports(imports: readonly ImportedFunction[]): Record<string, (a: number, b: number, c: number) => number> {
  const functions: Record<string, (a: number, b: number, c: number) => number> = {};
  for (const { from, name } of imports) {
    if (from !== importModule) throw new InternalError(`no host function ${from}.${name}`);
    functions[name] = meaningOf(name as ScalarInstruction);
  }
  return functions;
}
