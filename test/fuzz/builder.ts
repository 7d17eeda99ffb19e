/**
 * A program under construction. Every equation is evaluated as soon as it is written, so that whoever chooses the next one can look at real
 * values: results that are mostly NaN or huge are refused, and indices are known to be in or out of bounds.
 */
import { ConcreteArray } from "../../src/core/concrete.ts";
import { type DType, isFloat } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { type Atom, type Equation, isVariable, noParams, type Params, type Program, Variable } from "../../src/core/program.ts";
import { sameShape, type Shape, sizeOf } from "../../src/core/shape.ts";
import { sameType, type TensorType } from "../../src/core/type.ts";
import { IndexError } from "../../src/errors.ts";
import type { Random } from "./random.ts";
import { randomArray, randomConstant } from "./values.ts";

/** A program with arrays to run it on. */
export interface Case {
  readonly program: Program;
  readonly inputs: readonly ConcreteArray[];
}

export interface Limits {
  /** Equations, about. */
  readonly equations: number;
  /** Elements of a value. */
  readonly elements: number;
  /** Elements of all values together. */
  readonly total: number;
}

export class Builder {
  readonly random: Random;
  readonly limits: Limits;
  readonly equations: Equation[] = [];
  /** An index was out of bounds in mode "throw": nothing can follow. */
  thrown = false;
  readonly #inputs: Variable[] = [];
  readonly #values: Map<Variable, ConcreteArray> = new Map();
  readonly #pool: Atom[] = [];
  #total = 0;

  constructor(random: Random, limits: Limits) {
    this.random = random;
    this.limits = limits;
  }

  get done(): boolean {
    return this.thrown || this.equations.length >= this.limits.equations || this.#total >= this.limits.total;
  }

  get inputs(): readonly Variable[] {
    return this.#inputs;
  }

  computed(): Variable[] {
    return this.equations.flatMap((e) => e.outputs);
  }

  valueOf(atom: Atom): ConcreteArray {
    return isVariable(atom) ? (this.#values.get(atom) as ConcreteArray) : atom;
  }

  input(dtype: DType, shape: Shape): Variable {
    return this.given(randomArray(dtype, shape, this.random));
  }

  constant(dtype: DType, shape: Shape): ConcreteArray {
    return randomConstant(dtype, shape, this.random);
  }

  /** An input with this value. */
  given(value: ConcreteArray): Variable {
    const variable = new Variable(value.type);
    this.#inputs.push(variable);
    this.#define(variable, value);
    return variable;
  }

  /** One number repeated. */
  constantOf(type: TensorType, value: number): ConcreteArray {
    return ConcreteArray.splat(type, value);
  }

  /** Input or constant. */
  fresh(dtype: DType, shape: Shape): Atom {
    return this.random.chance(0.5) && this.#inputs.length < 6 ? this.input(dtype, shape) : this.constant(dtype, shape);
  }

  #define(variable: Variable, value: ConcreteArray): void {
    this.#values.set(variable, value);
    this.#pool.push(variable);
    this.#total += sizeOf(variable.type.shape);
  }

  /** A value so far, the later ones more likely; undefined where none is as asked. */
  find(test: (type: TensorType) => boolean): Atom | undefined {
    const fitting = this.#pool.filter((a) => test(a.type));
    if (fitting.length === 0) return undefined;
    if (this.random.chance(0.3)) return this.random.pick(fitting);
    let i = fitting.length - 1;
    while (i > 0 && this.random.chance(0.55)) i--;
    return fitting[i];
  }

  any(): Atom {
    return this.find(() => true) as Atom;
  }

  ofDType(test: (dtype: DType) => boolean): Atom | undefined {
    return this.find((t) => test(t.dtype));
  }

  ofType(type: TensorType): Atom | undefined {
    return this.find((t) => sameType(t, type));
  }

  ofShape(shape: Shape): Atom | undefined {
    return this.find((t) => sameShape(t.shape, shape));
  }

  /** The primitive on these operands as a further value; undefined where it cannot be, or comes to nothing that is worth comparing. */
  apply(primitive: Primitive, inputs: readonly Atom[], params: Params = noParams): Atom | undefined {
    const types = attempt(() => primitive.type(inputs.map((a) => a.type), params));
    if (types === undefined || types.some((t) => sizeOf(t.shape) > this.limits.elements || t.shape.length > 6)) return undefined;
    const outputs = types.map((t) => new Variable({ ...t, weak: false }));
    const equation: Equation = { primitive, inputs, params, outputs, place: undefined };
    try {
      const values = primitive.evaluate(inputs.map((a) => this.valueOf(a)), params, outputs.map((v) => v.type));
      if (!values.every((x) => this.#isWorthwhile(x))) return undefined;
      this.equations.push(equation);
      outputs.forEach((v, i) => this.#define(v, values[i] as ConcreteArray));
    } catch (error) {
      if (!(error instanceof IndexError)) throw error;
      if (!this.random.chance(0.04)) return undefined;
      this.equations.push(equation);
      this.thrown = true;
      outputs.forEach((v) => this.#define(v, ConcreteArray.splat(v.type, 0)));
    }
    return outputs[0];
  }

  /** The same where it must be, whatever it comes to. */
  equationOf(primitive: Primitive, inputs: readonly Atom[]): Variable {
    const [output] = primitive.type(inputs.map((a) => a.type), noParams).map((t) => new Variable({ ...t, weak: false })) as [Variable];
    this.equations.push({ primitive, inputs, params: noParams, outputs: [output], place: undefined });
    return output;
  }

  #isWorthwhile({ elements, type }: ConcreteArray): boolean {
    if (!isFloat(type.dtype)) return true;
    let strange = 0;
    let largest = 0;
    for (const x of elements) {
      if (Number.isFinite(x)) largest = Math.max(largest, Math.abs(x));
      else strange++;
    }
    return (strange <= elements.length * 0.3 && largest < 1e5) || this.random.chance(0.03);
  }

  /** The program with some of its values as results: those that nobody uses, a few others, and odd ones. */
  finish(): Case {
    const { random } = this;
    const used = new Set(this.equations.flatMap((e) => e.inputs));
    const last = this.equations[this.equations.length - 1];
    const computed = this.equations.flatMap((e) => e.outputs);
    const idle = computed.filter((v) => !used.has(v));
    const outputs: Atom[] = this.thrown && last !== undefined ? [...last.outputs] : random.some(idle, random.chance(0.5) ? 1 : 0.5);
    outputs.push(...random.some(computed, random.pick([0, 0, 0.05, 0.2])));
    if (random.chance(0.06)) outputs.push(random.pick(this.#inputs.length > 0 ? this.#inputs : this.#pool));
    if (random.chance(0.04)) outputs.push(this.constant("float32", [3]));
    if (random.chance(0.04) && outputs.length > 0) outputs.push(random.pick(outputs));
    if (outputs.length === 0) outputs.push(...(last?.outputs ?? this.#pool.slice(0, 1)));
    const program = { inputs: this.#inputs, equations: this.equations, outputs: random.shuffle(outputs) };
    return { program, inputs: this.#inputs.map((v) => this.valueOf(v)) };
  }
}

function attempt<T>(body: () => T): T | undefined {
  try {
    return body();
  } catch {
    return undefined;
  }
}
