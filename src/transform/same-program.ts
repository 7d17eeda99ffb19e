/**
 * Equality of programs inside parameters: the same operations on the same operands in the same order, whatever the variables are. A hash,
 * kept with each program, tells most of those that differ apart.
 */
import { ConcreteArray } from "../core/concrete.ts";
import { type Atom, type Equation, isProgram, type Param, type Params, type Program } from "../core/program.ts";
import { sameType, type TensorType } from "../core/type.ts";

/** A new hash from one and a number. */
export function mix(hash: number, n: number): number {
  const product = Math.imul(hash ^ n, 0x9e3779b1);
  return product ^ (product >>> 15);
}

/** A hash of the numbers in a parameter, programs included; the rest is left to the comparison. */
export function mixParam(hash: number, value: Param): number {
  if (typeof value === "number") return mix(hash, value | 0);
  if (typeof value !== "object" || value === null) return mix(hash, 1);
  if (isProgram(value)) return mix(hash, hashOf(value));
  if (Array.isArray(value)) return (value as readonly Param[]).reduce<number>(mixParam, mix(hash, 2));
  // whatever the order in which they were written
  const sum = Object.values(value as Params).reduce<number>((total, item) => (total + mixParam(2, item)) | 0, 0);
  return mix(hash, sum);
}

const hashes = new WeakMap<Program, number>();

function hashOf(program: Program): number {
  const known = hashes.get(program);
  if (known !== undefined) return known;
  const numbers = new Map<Atom, number>();
  const define = (atom: Atom): unknown => numbers.set(atom, numbers.size);
  const number = (atom: Atom): number => numbers.get(atom) ?? -1;
  program.inputs.forEach(define);
  let hash = mix(program.equations.length, program.inputs.length);
  for (const { primitive, params, inputs, outputs } of program.equations) {
    hash = mixParam(mix(hash, primitive.name.length), params);
    for (const atom of inputs) hash = mix(hash, number(atom));
    outputs.forEach(define);
  }
  for (const atom of program.outputs) hash = mix(hash, number(atom));
  hashes.set(program, hash);
  return hash;
}

/** Whether two lists of parameters say the same. */
export function sameParams(a: Params, b: Params): boolean {
  if (a === b) return true;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => name in b && sameParam(a[name], b[name]));
}

function sameParam(a: Param, b: Param): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (isProgram(a)) return isProgram(b) && sameProgram(a, b);
  if (Array.isArray(a) || Array.isArray(b)) {
    return Array.isArray(a) && Array.isArray(b) && a.length === b.length && (a as readonly Param[]).every((item, i) => sameParam(item, (b as readonly Param[])[i]));
  }
  const [left, right] = [Object.getPrototypeOf(a), Object.getPrototypeOf(b)] as readonly unknown[];
  if (left !== right || (left !== Object.prototype && left !== null)) return false;
  return sameParams(a as Params, b as Params);
}

/** Whether two programs do the same, equation by equation. */
export function sameProgram(a: Program, b: Program): boolean {
  if (a === b) return true;
  if (hashOf(a) !== hashOf(b) || a.inputs.length !== b.inputs.length || a.equations.length !== b.equations.length || a.outputs.length !== b.outputs.length) return false;
  const pairs = new Map<Atom, Atom>();
  const pair = (x: Atom, y: Atom): boolean => {
    pairs.set(x, y);
    return alike(x.type, y.type);
  };
  const same = (x: Atom, y: Atom): boolean => (x instanceof ConcreteArray ? y instanceof ConcreteArray && sameConstant(x, y) : pairs.get(x) === y);
  const match = (x: Equation, y: Equation): boolean =>
    x.primitive === y.primitive &&
    x.inputs.length === y.inputs.length &&
    x.inputs.every((atom, i) => same(atom, y.inputs[i] as Atom)) &&
    sameParams(x.params, y.params) &&
    x.outputs.every((v, i) => pair(v, y.outputs[i] as Atom));
  return (
    a.inputs.every((v, i) => pair(v, b.inputs[i] as Atom)) &&
    a.equations.every((e, i) => match(e, b.equations[i] as Equation)) &&
    a.outputs.every((x, i) => same(x, b.outputs[i] as Atom))
  );
}

const alike = (a: TensorType, b: TensorType): boolean => sameType(a, b) && a.weak === b.weak;

function sameConstant(a: ConcreteArray, b: ConcreteArray): boolean {
  return a === b || (a.splat !== undefined && b.splat !== undefined && Object.is(a.splat, b.splat) && alike(a.type, b.type));
}
