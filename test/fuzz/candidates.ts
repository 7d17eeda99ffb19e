/** The ways to run a program that are tried against the reference. */
import { reference } from "../../src/backends/reference/backend.ts";
import { type Program, outputTypes } from "../../src/core/program.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { checkProgram } from "../../src/core/check.ts";
import { optimize } from "../../src/transform/optimize.ts";
import { interpret } from "../kernel/interpreter.ts";
import type { Candidate } from "./check.ts";

const optimised = (program: Program): Program => checkProgram(optimize(program), "optimisation");
const interpreted: Candidate["run"] = (program, inputs) => interpret(lowerProgram(program), inputs, outputTypes(program));

export const candidates: readonly Candidate[] = [
  { name: "kernels, interpreted", optimises: false, run: interpreted },
  { name: "optimised program, reference", optimises: true, run: (program, inputs) => reference.compile(optimised(program)).run(inputs) },
  { name: "kernels of the optimised program, interpreted", optimises: true, run: (program, inputs) => interpreted(optimised(program), inputs) },
];
