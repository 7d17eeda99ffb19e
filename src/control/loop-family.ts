/** The operations that loops with a test become under the transforms. Their rules make one another, so they get them from here. */
import type { Primitive } from "../core/primitive.ts";

export interface LoopFamily {
  /** Repeats a body for as long as a test holds. */
  readonly plain: Primitive;
  /** The same, keeping states on the way. */
  readonly recorded: Primitive;
  /** The linear part of a loop: goes through its turns again, tangents beside the states. */
  readonly retraced: Primitive;
  /** From the last turn of a loop to the first. */
  readonly backward: Primitive;
  /** A choice between programs. */
  readonly choice: Primitive;
}
