/**
 * The checks of the conformance suite, apart from any test runner: conformance.ts hands them to vitest, test/engines/ runs them in every engine.
 * What a backend's capabilities exclude must be refused with `UnsupportedError`; any other exception from the suite is written down
 * with its reason.
 */
import { UnsupportedError } from "../../src/errors.ts";
import type { Backend } from "../../src/backends/backend.ts";
import { type DType, dtypes, isFloat } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { primitives } from "../../src/ops/all.ts";
import { allDTypes, fromStrided, misaligned } from "./arrays.ts";
import { type Tolerance, toleranceOf } from "./compare.ts";
import { boundsCheck, type Check, contractChecks, expectThrown } from "./contract.ts";
import { workloads } from "./programs.ts";
import { dtypesOf, roughly, runAndCompare, single } from "./run.ts";
import type { Sample } from "./samples-structured.ts";
import { samplesOf, takes } from "./samples.ts";

export interface ConformanceOptions {
  /** Checks left out, by name, each with the reason. */
  readonly skips?: Readonly<Record<string, string>>;
  /** Primitives whose results may be further off than for other backends: units in the last place, and why. */
  readonly looser?: Readonly<Record<string, { readonly ulps: number; readonly reason: string }>>;
}

/** A check that is left out, and why. */
export interface Skipped {
  readonly name: string;
  readonly reason: string;
}

export function suiteFor(backend: Backend, options: ConformanceOptions = {}): { readonly checks: Check[]; readonly skipped: Skipped[] } {
  const { skips = {}, looser = {} } = options;
  const all = [...primitiveChecks(backend, looser), ...programChecks(backend)];
  const skipped = Object.entries(skips).map(([name, reason]) => ({ name, reason }));
  for (const { name, reason } of skipped) {
    if (!all.some((c) => c.name === name)) throw new Error(`no check is called ${JSON.stringify(name)}: take it out of the skips`);
    if (reason.trim() === "") throw new Error(`the check ${JSON.stringify(name)} is left out without a reason`);
  }
  for (const name of Object.keys(looser)) if (!primitives.some((p) => p.name === name)) throw new Error(`no primitive is called ${name}`);
  const checks = all.filter((c) => !(c.name in skips));
  const bounds = boundsCheck(backend, mainDType(backend));
  if (backend.capabilities.throwsAtRunTime) checks.push(bounds);
  else skipped.push({ name: bounds.name, reason: "capabilities.throwsAtRunTime is false" });
  return { checks, skipped };
}

function mainDType({ name, capabilities }: Backend): DType {
  const dtype = capabilities.dtypes.find(isFloat);
  if (dtype === undefined || !capabilities.dtypes.includes("int32") || !capabilities.dtypes.includes("bool")) {
    throw new Error(`${name} has the dtypes ${capabilities.dtypes.join(", ")}: a floating one, int32 (indices) and bool (conditions) are the least`);
  }
  return dtype;
}

/** One check per primitive and dtype: computes the same, or is refused. */
function primitiveChecks(backend: Backend, looser: NonNullable<ConformanceOptions["looser"]>): Check[] {
  return primitives.flatMap((primitive) =>
    allDTypes.filter((dtype) => takes(primitive, dtype)).map((dtype): Check => {
      const own = looser[primitive.name];
      const tolerance = own === undefined ? toleranceOf(primitive) : { ...toleranceOf(primitive), ulps: own.ulps };
      return { name: `${primitive.name} of ${dtype}`, run: () => samplesOf(primitive, dtype).forEach((sample) => checkSample(backend, primitive, sample, tolerance)) };
    }),
  );
}

function checkSample(backend: Backend, primitive: Primitive, { label, inputs, params }: Sample, tolerance: Tolerance): void {
  const program = single(primitive, inputs, params);
  const what = `${primitive.name} ${label}`;
  const lacking = [...dtypesOf(program)].filter((d) => !backend.capabilities.dtypes.includes(d));
  if (lacking.length > 0) {
    const { message } = expectThrown(() => backend.compile(program), UnsupportedError, `compiling ${what} of ${lacking.join(" and ")}`);
    if (!message.includes(primitive.name) || !lacking.some((d) => message.includes(d) || message.includes(dtypes[d].short))) {
      throw new Error(`the refusal of ${what} must name the operation and the dtype: ${message}`);
    }
    return;
  }
  const executable = backend.compile(program);
  runAndCompare(executable, program, inputs, tolerance, what);
  if (inputs.length === 0) return;
  runAndCompare(executable, program, inputs.map(fromStrided), tolerance, `${what}, strided inputs`);
  runAndCompare(executable, program, inputs.map(misaligned), tolerance, `${what}, misaligned inputs`);
}

function programChecks(backend: Backend): Check[] {
  const supported = backend.capabilities.dtypes.filter(isFloat);
  const works = supported.flatMap((dtype) =>
    workloads(dtype).map(({ name, trace }): Check => ({
      name: `${name}, ${dtype}`,
      run: () => {
        const { program, inputs } = trace();
        runAndCompare(backend.compile(program), program, inputs, roughly, name);
      },
    })),
  );
  return [...contractChecks(backend, mainDType(backend)), ...works];
}
