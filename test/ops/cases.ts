/** The table: every public function on arrays, and the primitives that rules use directly, one row each or more. */
import { activationCases } from "./cases-activation.ts";
import { binaryCases } from "./cases-binary.ts";
import { choiceCases } from "./cases-choice.ts";
import { createCases } from "./cases-create.ts";
import { indexingCases } from "./cases-indexing.ts";
import { joinCases } from "./cases-join.ts";
import { linearCases } from "./cases-linear.ts";
import { primitiveCases } from "./cases-primitive.ts";
import { reduceCases } from "./cases-reduce.ts";
import { shapeCases } from "./cases-shape.ts";
import { unaryCases } from "./cases-unary.ts";
import type { Case } from "./support/case.ts";

export const cases: readonly Case[] = [
  ...unaryCases, ...binaryCases, ...choiceCases, ...activationCases, ...reduceCases, ...shapeCases, ...joinCases, ...createCases, ...indexingCases, ...linearCases, ...primitiveCases,
];
