/**
 * The program that the optimiser is building, and what it knows of the values in it: the equation behind each, how often it is used,
 * whether it is finite for sure, and which elements of which other value a view shows. Rules record into it by calling operations.
 */
import type { AxisSource } from "../../core/lowering.ts";
import { ConcreteArray } from "../../core/concrete.ts";
import { isFloat } from "../../core/dtype.ts";
import { currentPlace } from "../../core/place.ts";
import type { Primitive } from "../../core/primitive.ts";
import { type Atom, type Equation, type Params, type Program, Variable } from "../../core/program.ts";
import { sizeOf } from "../../core/shape.ts";
import { at, packed, Trace, TracedArray, type Value } from "../../core/tensor.ts";
import type { TensorType } from "../../core/type.ts";
import { isFiniteResult } from "./finite.ts";

/** Elements of `root` seen under another shape: one source per axis of the root, as views declare them. */
export interface View {
  readonly root: Value;
  readonly sources: readonly AxisSource[];
}

/** Constants are looked through for infinities up to this many elements. */
const scanned = 65_536;

export class Workspace extends Trace {
  /** What was recorded so far, in order. */
  readonly recorded: Equation[] = [];
  /** How views show their roots; kept by the rules for views. */
  readonly views: Map<Variable, View> = new Map<Variable, View>();
  readonly #definitions = new Map<Variable, Equation>();
  readonly #uses: Map<Atom, number>;
  readonly #finite = new Map<Atom, boolean>();

  constructor(program: Program) {
    super("optimize", "float32");
    this.#uses = countUses(program);
  }

  override atom(value: Value): Atom {
    return value instanceof ConcreteArray ? value : value.variable;
  }

  /** The value of an atom of this program. */
  value(atom: Atom): Value {
    return atom instanceof ConcreteArray ? atom : new TracedArray(this, atom);
  }

  /** An operand of an equation of this program. */
  operand(equation: Equation, index: number): Value {
    return this.value(at(equation.inputs, index));
  }

  override record(primitive: Primitive, inputs: readonly Value[], params: Params, types: readonly TensorType[]): TracedArray[] {
    const atoms = packed(inputs, (v) => this.atom(v));
    for (const atom of atoms) this.addUses(atom, 1);
    const outputs = packed(types, (t) => new Variable(t));
    this.keep({ primitive, inputs: atoms, params, outputs, place: currentPlace(this.calls) });
    return packed(outputs, (v) => new TracedArray(this, v));
  }

  /** Takes an equation over as it is. */
  keep(equation: Equation): void {
    this.recorded.push(equation);
    for (const v of equation.outputs) this.#definitions.set(v, equation);
  }

  /** Forgets the equations recorded after the first `length`. */
  rewind(length: number): void {
    for (const equation of this.recorded.splice(length)) {
      for (const v of equation.outputs) this.#definitions.delete(v);
      for (const atom of equation.inputs) this.addUses(atom, -1);
    }
  }

  /** The equation that defines a value; undefined for inputs and constants. */
  definition(value: Value): Equation | undefined {
    return value instanceof ConcreteArray ? undefined : this.#definitions.get(value.variable);
  }

  /** `atom` is used where `replaced` was. */
  takeUses(atom: Atom, replaced: Variable): void {
    this.addUses(atom, this.#uses.get(replaced) ?? 0);
  }
  addUses(atom: Atom, count: number): void {
    this.#uses.set(atom, (this.#uses.get(atom) ?? 0) + count);
  }
  /** Whether the value has one use at most, as far as is known: where it is false, replacing the use may compute something twice. */
  usedOnce(value: Value): boolean {
    return value instanceof TracedArray && (this.#uses.get(value.variable) ?? 0) <= 1;
  }

  /** Whether no element can be infinite or NaN, whatever the inputs of the program. */
  finite(value: Value): boolean {
    if (!isFloat(value.type.dtype)) return true;
    const atom = this.atom(value);
    const known = this.#finite.get(atom);
    if (known !== undefined) return known;
    const found = value instanceof ConcreteArray ? isFiniteConstant(value) : this.#finiteChain(value);
    this.#finite.set(atom, found);
    return found;
  }

  /** Works from the definitions upward, without recursion. */
  #finiteChain(value: Value): boolean {
    const stack: Value[] = [value];
    while (stack.length > 0) {
      const top = stack[stack.length - 1] as Value;
      const definition = this.definition(top);
      const operands = definition === undefined ? [] : definition.inputs.map((a) => this.value(a));
      const open = operands.find((v) => v instanceof TracedArray && isFloat(v.type.dtype) && !this.#finite.has(v.variable));
      if (open !== undefined) {
        stack.push(open);
        continue;
      }
      stack.pop();
      this.#finite.set(this.atom(top), definition !== undefined && isFiniteResult(definition, operands.map((v) => this.finite(v))));
    }
    return this.#finite.get(this.atom(value)) as boolean;
  }
}

function isFiniteConstant(array: ConcreteArray): boolean {
  if (array.splat !== undefined) return Number.isFinite(array.splat);
  return sizeOf(array.type.shape) <= scanned && array.elements.every((x) => Number.isFinite(x));
}

/** How often each variable is an operand or an output. */
export function countUses(program: Program): Map<Atom, number> {
  const uses = new Map<Atom, number>();
  const use = (atom: Atom): void => {
    if (atom instanceof Variable) uses.set(atom, (uses.get(atom) ?? 0) + 1);
  };
  for (const equation of program.equations) equation.inputs.forEach(use);
  program.outputs.forEach(use);
  return uses;
}

/** Whether two values are known to be equal, element by element and bit by bit. */
export function sameValue(x: Value, y: Value): boolean {
  if (x instanceof TracedArray) return y instanceof TracedArray && x.variable === y.variable;
  return x === y || (y instanceof ConcreteArray && x.splat !== undefined && Object.is(x.splat, y.splat));
}
