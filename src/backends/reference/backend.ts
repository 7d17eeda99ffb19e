/** The reference backend: the meaning of the program itself (`core/evaluate.ts`). Obviously right, and the oracle for every other backend. */
import { type DType, dtypes } from "../../core/dtype.ts";
import { evaluator } from "../../core/evaluate.ts";
import type { Backend } from "../backend.ts";

export const reference: Backend = {
  name: "reference",
  capabilities: { dtypes: Object.keys(dtypes) as DType[], throwsAtRunTime: true },
  compile: (program) => ({ run: evaluator(program) }),
};
