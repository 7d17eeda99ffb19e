/** Running a program on values: recorded when a value is traced, compiled and run on the chosen backend when all are concrete. */
import { ArgumentError } from "../errors.ts";
import type { Backend, CompileOptions, Executable } from "../backends/backend.ts";
import { reference } from "../backends/reference/backend.ts";
import { wasm } from "../backends/wasm/backend.ts";
import { programAxisNames } from "../core/axis-names.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { programHasEffects } from "../core/effects.ts";
import type { Program } from "../core/program.ts";
import type { Value } from "../core/tensor.ts";
import { inlineCalls } from "../transform/inline.ts";
import { optimize } from "../transform/optimize.ts";
import { replay } from "../transform/replay.ts";
import { type DebugOptions, faultsFor, runChecked, type Subject } from "./debug-nans.ts";

const backends: readonly Backend[] = [wasm, reference];
const defaultBackend = wasm;

/** The backend of that name; the default one when none is asked for. */
export function backendFor(device: string | undefined): Backend {
  if (device === undefined) return defaultBackend;
  const found = backends.find((b) => b.name === device);
  if (found !== undefined) return found;
  throw new ArgumentError(`unknown device ${JSON.stringify(device)}`, { hint: `devices here: ${backends.map((b) => b.name).join(", ")}` });
}

const compiled = new WeakMap<Program, Map<string, Executable>>();

/** The program ready to run; compiled once per backend, and inputs donated to it, for as long as the program lives. */
export function compileFor(program: Program, backend: Backend, options: CompileOptions = {}): Executable {
  let byBackend = compiled.get(program);
  if (byBackend === undefined) compiled.set(program, (byBackend = new Map()));
  const key = `${backend.name} ${options.donate?.join() ?? ""}`;
  let executable = byBackend.get(key);
  if (executable === undefined) byBackend.set(key, (executable = compileSmall(program, backend) ?? backend.compile(optimize(program), options)));
  return executable;
}

/** Small programs keep nothing for later: calls are written out at once. What has an effect needs the order of kernels. */
function compileSmall(program: Program, { compileSmall }: Backend): Executable | undefined {
  return compileSmall === undefined || programHasEffects(program) ? undefined : compileSmall(inlineCalls(program, "numbers"));
}

/** What of a function's options matters to a run. */
export interface RunOptions extends DebugOptions {
  readonly device?: string;
}

/** `subject`: how the program is spoken of where a result is not a number and that is looked for; then nothing is donated, so that it can be run again. */
export function runProgram(program: Program, inputs: readonly Value[], options: RunOptions = {}, subject: Subject = { name: "the program" }, donation?: CompileOptions): Value[] {
  if (!inputs.every((v) => v instanceof ConcreteArray) || programAxisNames(program).size > 0) return replay(program, inputs);
  const backend = backendFor(options.device);
  const faults = faultsFor(options);
  if (faults !== undefined) return runChecked(inlineCalls(program, "pullbacks"), inputs as readonly ConcreteArray[], faults, (p) => compileFor(p, backend), subject);
  return compileFor(program, backend, donation).run(inputs as readonly ConcreteArray[]);
}
