/** The ways to run a program that are tried against the reference. */
import { reference } from "../../src/backends/reference/backend.ts";
import { type Equation, outputTypes, type Program, Variable } from "../../src/core/program.ts";
import { IndexError } from "../../src/errors.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { checkProgram } from "../../src/core/check.ts";
import { copy } from "../../src/ops/control.ts";
import { optimize } from "../../src/transform/optimize.ts";
import { interpret } from "../kernel/interpreter.ts";
import { wasm } from "../../src/backends/wasm/backend.ts";
import { capFeatures, type Level } from "../../src/backends/wasm/features.ts";
import { change } from "../../src/backends/wasm/settings.ts";
import { compileStraight } from "../../src/backends/wasm/straight/straight.ts";
import type { Candidate } from "./check.ts";
import { plainArray } from "./values.ts";

const optimised = (program: Program): Program => checkProgram(optimize(program), "optimisation");
const interpreted: Candidate["run"] = (program, inputs) => interpret(lowerProgram(program), inputs, outputTypes(program));

/** Compiled for an engine that offers so much, on so many threads. */
function compiled(level: Level, threads: number): Candidate["run"] {
  return (program, inputs) => {
    capFeatures(level);
    change(threads > 1 ? { threads, parallelProgram: 0, parallelKernel: 0, smallLoops: 0 } : { threads, parallelProgram: undefined, parallelKernel: undefined });
    try {
      return wasm.compile(program).run(inputs);
    } finally {
      capFeatures(undefined);
      change({ threads: undefined, parallelProgram: undefined, parallelKernel: undefined, smallLoops: undefined });
    }
  };
}

/** Runs once more on other arrays before the results of the first run are looked at. */
function twice(program: Program, inputs: Parameters<Candidate["run"]>[1]): ReturnType<Candidate["run"]> {
  const executable = wasm.compile(program);
  const results = executable.run(inputs);
  try {
    executable.run(inputs.map((x) => plainArray(x.type, 3)));
  } catch (error) {
    if (!(error instanceof IndexError)) throw error;
  }
  return results;
}

/** On arrays that lie in the memory of the backend already, all of which the results may take over. */
function donated(program: Program, inputs: Parameters<Candidate["run"]>[1]): ReturnType<Candidate["run"]> {
  const given = program.inputs.map((v) => new Variable(v.type));
  const equations = given.map((v): Equation => ({ primitive: copy.primitive, inputs: [v], params: {}, outputs: [new Variable(v.type)], place: undefined }));
  change({ stagedOutput: 0 }); // small ones too
  try {
    const copies = wasm.compile({ inputs: given, equations, outputs: equations.flatMap((e) => e.outputs) }).run(inputs);
    return wasm.compile(optimised(program), { donate: program.inputs.map((_, i) => i) }).run(copies);
  } finally {
    change({ stagedOutput: undefined });
  }
}

export const candidates: readonly Candidate[] = [
  { name: "kernels, interpreted", optimises: false, run: interpreted },
  { name: "optimised program, reference", optimises: true, evaluates: true, run: (program, inputs) => reference.compile(optimised(program)).run(inputs) },
  { name: "kernels of the optimised program, interpreted", optimises: true, run: (program, inputs) => interpreted(optimised(program), inputs) },
  { name: "wasm, scalar", optimises: false, run: compiled("scalar", 1) },
  { name: "wasm, simd", optimises: false, run: compiled("simd", 1) },
  { name: "wasm, relaxed, optimised", optimises: true, run: (program, inputs) => compiled("relaxed", 1)(optimised(program), inputs) },
  { name: "wasm, wide", optimises: false, run: compiled("wide", 1) },
  { name: "wasm, wide, two threads, optimised", optimises: true, run: (program, inputs) => compiled("wide", 2)(optimised(program), inputs) },
  { name: "wasm, run twice", optimises: false, run: twice },
  { name: "wasm, donated inputs, optimised", optimises: true, run: donated },
  { name: "wasm, straight", optimises: false, run: (program, inputs) => (compileStraight(program) ?? reference.compile(program)).run(inputs) },
];
