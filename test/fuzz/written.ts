/**
 * A program on given arrays with its loops, branches and composites written out: as many turns as there are, the branches that are taken. What it comes to,
 * and how far off that may be, is then known as of any other program.
 */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { dtypes } from "../../src/core/dtype.ts";
import type { Loop } from "../../src/core/lowering.ts";
import { noPrograms, type Primitive } from "../../src/core/primitive.ts";
import { type Atom, type Equation, isVariable, noParams, type Params, type Program, Variable } from "../../src/core/program.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { tensorType } from "../../src/core/type.ts";
import { concatenatePrimitive } from "../../src/ops/concatenate.ts";
import { copy } from "../../src/ops/control.ts";
import { slicePrimitive } from "../../src/ops/slice.ts";
import { reshapePrimitive } from "../../src/ops/structure.ts";
import type { Case } from "./builder.ts";

export function writtenOut({ program, inputs }: Case): Case {
  const writer = new Writer();
  const given = inputs.map((x, i) => writer.given((program.inputs[i] as Variable).type, x));
  const outputs = writer.inline(program, given);
  return { program: { inputs: given, equations: writer.equations, outputs }, inputs };
}

class Writer {
  readonly equations: Equation[] = [];
  readonly #values: Map<Variable, ConcreteArray> = new Map();

  given(type: Variable["type"], value: ConcreteArray): Variable {
    const variable = new Variable(type);
    this.#values.set(variable, value);
    return variable;
  }

  #valueOf(atom: Atom): ConcreteArray {
    return isVariable(atom) ? (this.#values.get(atom) as ConcreteArray) : atom;
  }

  #apply(primitive: Primitive, inputs: readonly Atom[], params: Params = noParams): Variable[] {
    const types = primitive.type(inputs.map((a) => a.type), params);
    const values = primitive.evaluate(inputs.map((a) => this.#valueOf(a)), params, types);
    const outputs = types.map((t, i) => this.given({ ...t, weak: false }, values[i] as ConcreteArray));
    this.equations.push({ primitive, inputs, params, outputs, place: undefined });
    return outputs;
  }

  /** Writes a program on these operands; its outputs. */
  inline(program: Program, operands: readonly Atom[]): Atom[] {
    const atoms = new Map<Variable, Atom>(program.inputs.map((v, i) => [v, operands[i] as Atom]));
    const read = (atom: Atom): Atom => (isVariable(atom) ? (atoms.get(atom) as Atom) : atom);
    for (const { primitive, params, inputs, outputs } of program.equations) {
      const results = this.#results(primitive, inputs.map(read), params);
      outputs.forEach((v, i) => atoms.set(v, results[i] as Atom));
    }
    return program.outputs.map(read);
  }

  #results(primitive: Primitive, inputs: readonly Atom[], params: Params): readonly Atom[] {
    const { lower, inner } = primitive;
    if (lower.form === "composite") return this.inline(lower.program(params, inputs.map((a) => a.type)), inputs);
    if (lower.form === "loop") return this.#loop(lower.loop(params), inputs);
    if (lower.form === "call") return this.inline(lower.program(params), inputs);
    if (lower.form === "branch") {
      const [index, ...operands] = inputs as [Atom, ...Atom[]];
      const branches = lower.branches(params);
      const taken = Math.min(Math.max(this.#valueOf(index).elements[0] as number, 0), branches.length - 1);
      return this.inline(branches[taken] as Program, operands);
    }
    if (inner !== noPrograms) throw new Error(`${primitive.name} cannot be written out`);
    return this.#apply(primitive, inputs, params);
  }

  #loop({ body, test, constants, state, length, reverse }: Loop, inputs: readonly Atom[]): Atom[] {
    const fixed = inputs.slice(0, constants);
    const sequences = inputs.slice(constants + state);
    let now: readonly Atom[] = inputs.slice(constants, constants + state);
    const given: Atom[][] = body.outputs.slice(state).map(() => []);
    const more = (turn: number): boolean => (test === undefined ? turn < length : this.#valueOf(this.inline(test, [...fixed, ...now])[0] as Atom).elements[0] !== 0);
    for (let turn = 0; more(turn); turn++) {
      const at = reverse ? length - 1 - turn : turn;
      const results = this.inline(body, [...fixed, ...now, ...sequences.map((x) => this.#element(x, at))]);
      now = results.slice(0, state);
      results.slice(state).forEach((y, k) => (given[k] as Atom[])[reverse ? "unshift" : "push"](y));
    }
    return [...now, ...given.map((ys, k) => this.#together(ys, (body.outputs[state + k] as Atom).type))];
  }

  #element(x: Atom, at: number): Atom {
    const { shape } = x.type;
    const [row] = this.#apply(slicePrimitive, [x], { start: shape.map((_, d) => (d === 0 ? at : 0)), limit: shape.map((n, d) => (d === 0 ? at + 1 : n)), strides: shape.map(() => 1) });
    return this.#apply(reshapePrimitive, [row as Atom], { shape: shape.slice(1) })[0] as Atom;
  }

  #together(ys: readonly Atom[], { dtype, shape }: Variable["type"]): Atom {
    const rows = ys.map((y) => this.#apply(reshapePrimitive, [y], { shape: [1, ...shape] })[0] as Atom);
    if (rows.length === 0) return ConcreteArray.of(tensorType(dtype, [0, ...shape]), dtypes[dtype].allocate(0 * sizeOf(shape)));
    return rows.length === 1 ? (this.#apply(copy.primitive, rows)[0] as Atom) : (this.#apply(concatenatePrimitive, rows, { axis: 0 })[0] as Atom);
  }
}
