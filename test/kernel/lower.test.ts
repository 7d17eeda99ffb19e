/** Lowered programs, run one element at a time, against the reference: the whole conformance suite on an interpreter of kernels. */
import { InternalError } from "../../src/errors.ts";
import type { Backend } from "../../src/backends/backend.ts";
import { dtypes, type DType } from "../../src/core/dtype.ts";
import { outputTypes } from "../../src/core/program.ts";
import { lowerProgram } from "../../src/kernel/lower.ts";
import { conformance } from "../backends/conformance.ts";
import { interpret } from "./interpreter.ts";

const interpreter: Backend = {
  name: "interpreter of kernels",
  capabilities: { dtypes: Object.keys(dtypes) as DType[], throwsAtRunTime: true },
  compile(program) {
    const lowered = lowerProgram(program);
    const types = outputTypes(program);
    return {
      run(inputs) {
        if (inputs.length !== program.inputs.length) throw new InternalError(`${inputs.length} inputs for a program of ${program.inputs.length}`);
        return interpret(lowered, inputs, types);
      },
    };
  },
};

conformance(interpreter);
