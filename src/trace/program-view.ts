/** What `f.program(...)` returns: a program to read, print and draw, before and after the optimiser. */
import { checkProgram } from "../core/check.ts";
import { printProgram, type PrintOptions, toDot, toMermaid } from "../core/print.ts";
import type { Program } from "../core/program.ts";
import { outputTypes, inputTypes } from "../core/program.ts";
import { showType } from "../core/type.ts";
import { optimize } from "../transform/optimize.ts";
import { checkKeys } from "./arguments.ts";

/** A captured program as readable data. */
export class ProgramView {
  /** The program itself: inputs, equations, outputs. */
  readonly program: Program;
  constructor(program: Program) {
    this.program = program;
  }
  /** Number of equations. */
  get length(): number {
    return this.program.equations.length;
  }
  /** Types of the inputs, as printed: `f32[3]`. */
  get inputTypes(): readonly string[] {
    return inputTypes(this.program).map(showType);
  }
  get outputTypes(): readonly string[] {
    return outputTypes(this.program).map(showType);
  }
  /** How often each operation occurs. */
  counts(): Record<string, number> {
    const counts: Record<string, number> = {};
    for (const { primitive } of this.program.equations) counts[primitive.name] = (counts[primitive.name] ?? 0) + 1;
    return counts;
  }
  /** Text; with `{ places: true }` each equation carries the user's source line. */
  toString(options?: PrintOptions): string {
    checkKeys(options, ["places"], "toString");
    return printProgram(this.program, options);
  }
  toMermaid(): string {
    return toMermaid(this.program);
  }
  toDot(): string {
    return toDot(this.program);
  }
  /** The program as a backend gets it. */
  optimized(): ProgramView {
    return new ProgramView(optimize(this.program));
  }
  /** Verifies the program; throws when it is malformed. Returns itself. */
  check(): this {
    checkProgram(this.program, "tracing");
    return this;
  }
}

Object.defineProperty(ProgramView.prototype, Symbol.for("nodejs.util.inspect.custom"), {
  value(this: ProgramView) {
    return this.toString();
  },
});
