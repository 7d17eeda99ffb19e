/** Every primitive, gathered from the families: what tests, backends' conformance and documentation walk over. */
import type { Primitive } from "../core/primitive.ts";
import { argReducePrimitives } from "./arg-reduce.ts";
import { arithmeticPrimitives } from "./arithmetic.ts";
import { bitwisePrimitives } from "./bitwise.ts";
import { comparePrimitives } from "./compare.ts";
import { concatenatePrimitives } from "./concatenate.ts";
import { controlPrimitives } from "./control.ts";
import { cumulativePrimitives } from "./cumulative.ts";
import { dotPrimitives } from "./dot.ts";
import { add, convertPrimitive } from "./elementwise.ts";
import { exponentialPrimitives } from "./exponential.ts";
import { gatherPrimitives } from "./gather.ts";
import { iotaPrimitives } from "./iota.ts";
import { powerPrimitives } from "./power.ts";
import { reducePrimitives } from "./reduce.ts";
import { roundingPrimitives } from "./rounding.ts";
import { rowPrimitives } from "./rows.ts";
import { scatterPrimitives } from "./scatter.ts";
import { selectPrimitives } from "./select.ts";
import { slicePrimitives } from "./slice.ts";
import { specialPrimitives } from "./special.ts";
import { broadcastPrimitive, reduceSumPrimitive, reshapePrimitive, transposePrimitive } from "./structure.ts";
import { trigonometricPrimitives } from "./trigonometric.ts";

export const primitives: readonly Primitive[] = [
  transposePrimitive,
  broadcastPrimitive,
  reshapePrimitive,
  reduceSumPrimitive,
  add.primitive,
  convertPrimitive,
  ...arithmeticPrimitives,
  ...roundingPrimitives,
  ...exponentialPrimitives,
  ...powerPrimitives,
  ...trigonometricPrimitives,
  ...specialPrimitives,
  ...comparePrimitives,
  ...bitwisePrimitives,
  ...selectPrimitives,
  ...controlPrimitives,
  ...reducePrimitives,
  ...argReducePrimitives,
  ...rowPrimitives,
  ...cumulativePrimitives,
  ...slicePrimitives,
  ...concatenatePrimitives,
  ...iotaPrimitives,
  ...dotPrimitives,
  ...gatherPrimitives,
  ...scatterPrimitives,
];
