/**
 * What a program is: readonly data in single-assignment form. Inputs are variables, each equation applies one primitive and
 * defines new variables, outputs are variables or constants. Transforms read one program and build another.
 */
import type { ConcreteArray } from "./concrete.ts";
import { identityKey } from "./identity.ts";
import type { Primitive } from "./primitive.ts";
import type { Place } from "./place.ts";
import type { TensorType } from "./type.ts";

/** A value that an equation defines or that the caller passes. Identity is the object itself. */
export class Variable {
  /** Keeps constants, which also have a type, from passing as variables. */
  declare readonly kind: "variable";
  readonly type: TensorType;
  /** For a pass over a program that writes all marks before it reads any, and runs nothing else on this program in between: no table is as fast. */
  mark = -1;
  constructor(type: TensorType) {
    this.type = type;
  }
}

/** An operand: a variable of the program, or a constant. */
export type Atom = Variable | ConcreteArray;

/**
 * Something of JavaScript's in the parameters of an operation: a function to call, the rules of a user. It counts as equal to itself alone,
 * and prints as its name; no pass looks inside.
 */
export class HostValue<T = unknown> {
  readonly #name: string;
  readonly #value: T;
  readonly #place: string | undefined;
  /** `place`: where the user wrote it. */
  constructor(name: string, value: T, place?: string) {
    this.#name = name;
    this.#value = value;
    this.#place = place;
    Object.freeze(this);
  }
  get name(): string {
    return this.#name;
  }
  get value(): T {
    return this.#value;
  }
  get place(): string | undefined {
    return this.#place;
  }
  /** Texts made of parameters tell two of one name apart. */
  toJSON(): string {
    return `${this.#name}${identityKey(this)}`;
  }
}

export type Param = number | string | boolean | null | undefined | Program | HostValue | readonly Param[] | { readonly [key: string]: Param };
/** What a primitive needs to know besides its operands: axes, shapes, sub-programs. Plain data, but for what only JavaScript can do. */
export type Params = { readonly [key: string]: Param };
export const noParams: Params = Object.freeze({});

export interface Equation {
  readonly primitive: Primitive;
  readonly inputs: readonly Atom[];
  readonly params: Params;
  readonly outputs: readonly Variable[];
  readonly place: Place | undefined;
}

export interface Program {
  readonly inputs: readonly Variable[];
  readonly equations: readonly Equation[];
  readonly outputs: readonly Atom[];
}

export function isVariable(atom: Atom): atom is Variable {
  return atom instanceof Variable;
}

export function isProgram(value: unknown): value is Program {
  return typeof value === "object" && value !== null && "equations" in value && "inputs" in value && "outputs" in value;
}

export function inputTypes(program: Program): TensorType[] {
  return program.inputs.map((v) => v.type);
}

export function outputTypes(program: Program): TensorType[] {
  return program.outputs.map((a) => a.type);
}
