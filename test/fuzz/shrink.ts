/** Makes a failing case small: results left out, values taken for inputs, operations skipped, inputs made plain. */
import type { ConcreteArray } from "../../src/core/concrete.ts";
import { type Atom, type Equation, isVariable, type Program, type Variable } from "../../src/core/program.ts";
import { sameType } from "../../src/core/type.ts";
import { liveEquations } from "../../src/transform/dce.ts";
import type { Case } from "./builder.ts";
import { valuesOf } from "./expected.ts";
import { plainArray } from "./values.ts";

type Fails = (c: Case) => boolean;

/** The smallest case found that still fails, in at most so many tries. */
export function shrink(start: Case, fails: Fails, tries = 1500): Case {
  let best = start;
  let left = tries;
  // a case that cannot even be run by the reference is no smaller example of anything
  const attempt = (make: () => Case): boolean => {
    if (left-- <= 0) return false;
    try {
      const c = make();
      if (!fails(c)) return false;
      best = c;
      return true;
    } catch {
      return false;
    }
  };
  for (let before = -1; before !== sizeOfCase(best) && left > 0; ) {
    before = sizeOfCase(best);
    shrinkOutputs(best, attempt);
    for (let i = 0; i < best.program.equations.length - 1; i++) if (attempt(() => endAt(best, i))) break;
    for (let i = best.program.equations.length - 1; i >= 0; i--) {
      const equation = best.program.equations[i];
      if (equation === undefined) continue;
      if (attempt(() => cut(best, equation))) continue;
      for (const atom of equation.inputs) if (equation.outputs.length === 1 && sameType(atom.type, (equation.outputs[0] as Variable).type) && attempt(() => skip(best, equation, atom))) break;
    }
    for (let i = 0; i < best.inputs.length; i++) attempt(() => ({ ...best, inputs: best.inputs.map((x, k) => (k === i ? plainArray(x.type, i) : x)) }));
  }
  return best;
}

const sizeOfCase = ({ program }: Case): number => program.equations.length + program.inputs.length + program.outputs.length;

function shrinkOutputs(best: Case, attempt: (make: () => Case) => boolean): void {
  const { outputs } = best.program;
  if (outputs.length > 1 && outputs.some((o) => attempt(() => live(best, { ...best.program, outputs: [o] })))) return;
  let kept = outputs;
  for (const o of outputs) {
    const fewer = kept.filter((k) => k !== o);
    if (fewer.length > 0 && fewer.length < kept.length && attempt(() => live(best, { ...best.program, outputs: fewer }))) kept = fewer;
  }
}

/** The program up to an equation, whose results are its results. */
function endAt(c: Case, index: number): Case {
  const equations = c.program.equations.slice(0, index + 1);
  return live(c, { ...c.program, equations, outputs: (equations[index] as Equation).outputs });
}

/** Without what the results do not need. */
function live(c: Case, program: Program): Case {
  const equations = liveEquations(program.equations, program.outputs);
  const used = new Set<Atom>([...program.outputs, ...equations.flatMap((e) => e.inputs)]);
  const keep = program.inputs.map((v) => used.has(v));
  return { program: { ...program, equations, inputs: program.inputs.filter((_, i) => keep[i]) }, inputs: c.inputs.filter((_, i) => keep[i]) };
}

/** The results of an equation as inputs. */
function cut(c: Case, equation: Equation): Case {
  const read = valuesOf({ ...c, program: { ...c.program, equations: c.program.equations.slice(0, c.program.equations.indexOf(equation) + 1) } });
  const equations = c.program.equations.filter((e) => e !== equation);
  const inputs: ConcreteArray[] = [...c.inputs, ...equation.outputs.map(read)];
  return live({ program: c.program, inputs }, { ...c.program, equations, inputs: [...c.program.inputs, ...equation.outputs] });
}

/** One of its operands instead of what an equation defines. */
function skip(c: Case, equation: Equation, operand: Atom): Case {
  const [gone] = equation.outputs;
  const replace = (atom: Atom): Atom => (isVariable(atom) && atom === gone ? operand : atom);
  const equations = c.program.equations.filter((e) => e !== equation).map((e) => ({ ...e, inputs: e.inputs.map(replace) }));
  return live(c, { ...c.program, equations, outputs: c.program.outputs.map(replace) });
}
