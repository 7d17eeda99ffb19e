/** Cases as plain data that can be kept in a file: what a failing seed was made small to, whatever becomes of the generator. */
import { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import type { Primitive } from "../../src/core/primitive.ts";
import { type Atom, type Equation, isVariable, type Params, Variable } from "../../src/core/program.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { tensorType } from "../../src/core/type.ts";
import { primitives } from "../../src/ops/all.ts";
import { arrayOf } from "../ops/support/arrays.ts";
import type { Case } from "./builder.ts";
import { plainArray } from "./values.ts";

/** dtype, shape, and the elements: all of them, or one number that is repeated or, with `plain`, says which plain array it is. */
export type StoredArray = readonly [dtype: DType, shape: readonly number[], elements: readonly number[] | { readonly splat: number } | { readonly plain: number }];
/** The position of a value (inputs first, then what the equations define), or a constant. */
export type StoredAtom = number | StoredArray;
export interface StoredCase {
  readonly inputs: readonly StoredArray[];
  readonly equations: readonly (readonly [primitive: string, inputs: readonly StoredAtom[], params: Params])[];
  readonly outputs: readonly StoredAtom[];
}

export function restore({ inputs, equations, outputs }: StoredCase): Case {
  const values: Variable[] = inputs.map(([dtype, shape]) => new Variable(tensorType(dtype, shape)));
  const atom = (stored: StoredAtom): Atom => (typeof stored === "number" ? (values[stored] as Variable) : restoreArray(stored));
  const variables = [...values];
  const made = equations.map(([name, operands, params]): Equation => {
    const primitive = primitives.find((p) => p.name === name) as Primitive;
    const atoms = operands.map(atom);
    const results = primitive.type(atoms.map((a) => a.type), params).map((t) => new Variable({ ...t, weak: false }));
    values.push(...results);
    return { primitive, inputs: atoms, params, outputs: results, place: undefined };
  });
  return { program: { inputs: variables, equations: made, outputs: outputs.map(atom) }, inputs: inputs.map(restoreArray) };
}

function restoreArray([dtype, shape, elements]: StoredArray): ConcreteArray {
  if ("splat" in elements) return ConcreteArray.splat(tensorType(dtype, shape), elements.splat);
  return "plain" in elements ? plainArray(tensorType(dtype, shape), elements.plain) : arrayOf(dtype, shape, elements);
}

/** The case as source text of a `StoredCase`. */
export function storedText({ program, inputs }: Case): string {
  const numbers = new Map<Atom, number>();
  const define = (v: Variable): void => void numbers.set(v, numbers.size);
  program.inputs.forEach(define);
  for (const { outputs } of program.equations) outputs.forEach(define);
  const atom = (a: Atom): string => (isVariable(a) ? String(numbers.get(a)) : arrayText(a));
  const equations = program.equations.map((e) => `[${JSON.stringify(e.primitive.name)}, [${e.inputs.map(atom).join(", ")}], ${literal(e.params)}]`);
  return `{ inputs: [${inputs.map(arrayText).join(", ")}], equations: [${equations.join(", ")}], outputs: [${program.outputs.map(atom).join(", ")}] }`;
}

function arrayText(x: ConcreteArray): string {
  const { dtype, shape } = x.type;
  const plain = [0, 1, 2, 3, 4, 5].find((seed) => plainArray(x.type, seed).elements.every((e, i) => Object.is(e, x.elements[i])));
  const elements = x.splat !== undefined ? `{ splat: ${number(x.splat)} }` : plain !== undefined && sizeOf(shape) > 2 ? `{ plain: ${plain} }` : `[${[...x.elements].map(number).join(", ")}]`;
  return `["${dtype}", [${shape.join(", ")}], ${elements}]`;
}

function literal(value: unknown): string {
  if (typeof value === "number") return number(value);
  if (Array.isArray(value)) return `[${value.map(literal).join(", ")}]`;
  if (typeof value === "object" && value !== null) return `{ ${Object.entries(value).filter(([, v]) => v !== undefined).map(([k, v]) => `${k}: ${literal(v)}`).join(", ")} }`;
  return JSON.stringify(value);
}

const number = (x: number): string => (Object.is(x, -0) ? "-0" : String(x));
