/** Functions with branches and loops that once came out wrong, with the stack of transforms under which they did. */
import type { Expr } from "./control-programs.ts";

export interface Stored {
  readonly expr: Expr;
  /** Names of transforms, the innermost first. */
  readonly stack: readonly string[];
}

export const stored: Readonly<Record<string, Stored>> = {
  "a sequence of no elements handed to a loop inside a loop": {
    expr: { kind: "scan", turns: 0, reverse: false, memory: "all", init: { kind: "variable", index: 0 }, xs: { kind: "variable", index: 0 }, body: { kind: "binary", op: 2, x: { kind: "variable", index: 0 }, y: { kind: "variable", index: 1 } }, out: { kind: "variable", index: 0 } },
    stack: ["loop", "jacfwd"],
  },
};
