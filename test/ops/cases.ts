/** The table: every public function on arrays, and the primitives that rules use directly, one row each or more. */
import { activationCases } from "./cases-activation.ts";
import { binaryCases } from "./cases-binary.ts";
import { choiceCases } from "./cases-choice.ts";
import { unaryCases } from "./cases-unary.ts";
import type { Case } from "./support/case.ts";

export const cases: readonly Case[] = [...unaryCases, ...binaryCases, ...choiceCases, ...activationCases];
