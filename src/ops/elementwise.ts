/**
 * How an elementwise operation is declared, and `add`, which every derivative rule needs.
 */
import { DTypeError, InternalError, ShapeError } from "../errors.ts";
import { ConcreteArray } from "../core/concrete.ts";
import { type DType, dtypes, isFloat, type TypedArray } from "../core/dtype.ts";
import { definePrimitive, type JvpRule, noPrograms, type notLinear, type Partial, type Primitive, type TransposeRule, Unknown } from "../core/primitive.ts";
import { elementwiseBatch, linearIn, linearJvp, nonlinear, partialsJvp, transposeOne, zeroJvp } from "../core/rules.ts";
import { noParams, type Params } from "../core/program.ts";
import { meaningOf, type ScalarInstruction } from "../core/scalar.ts";
import { sameShape, sizeOf } from "../core/shape.ts";
import { areValues, at, bind, isValue, splatLike, type Value } from "../core/tensor.ts";
import { showTypes, type TensorType, tensorType } from "../core/type.ts";
import { align } from "./structure.ts";

/** The dtypes an operation takes, as a word in its errors. */
export type Domain = "floating" | "numeric" | "integer" | "boolean" | "integer or boolean" | "any";

const inDomain: Readonly<Record<Domain, (dtype: DType) => boolean>> = {
  floating: (d) => dtypes[d].kind === "float",
  numeric: (d) => dtypes[d].kind !== "bool",
  integer: (d) => dtypes[d].kind === "int",
  boolean: (d) => dtypes[d].kind === "bool",
  "integer or boolean": (d) => dtypes[d].kind !== "float",
  any: () => true,
};

export interface ElementwiseDeclaration {
  /** The dtypes of the operands, which must all be the same one. */
  readonly domain: Domain;
  /** What to do about a dtype outside the domain. */
  readonly hint?: string;
  /** The dtype of the result: that of the operands unless said otherwise. */
  readonly result?: "bool";
  readonly instruction: ScalarInstruction | ((dtype: DType) => ScalarInstruction);
  /** "linear" in all operands, "zero" where piecewise constant, or how each operand's tangent enters. */
  readonly jvp: "linear" | "zero" | readonly Partial<Params>[] | JvpRule<Params>;
  readonly transpose: TransposeRule<Params> | typeof notLinear;
  readonly commutative?: true;
  /** The number that, as left or right operand, leaves the other one exactly as it is. */
  readonly neutral?: { readonly left?: number; readonly right?: number };
  readonly arity: 1 | 2 | 3;
}

/** An operation as rules call it: operands of one type, or numbers that take the type of the others. */
export interface ElementwiseOp {
  (...operands: readonly (Value | number)[]): Value;
  readonly primitive: Primitive;
}

export function elementwise(name: string, declaration: ElementwiseDeclaration): ElementwiseOp {
  const { instruction, jvp, arity, neutral } = declaration;
  const instructionFor = typeof instruction === "function" ? instruction : () => instruction;
  const primitive: Primitive = {
    name,
    type: (inputs) => [elementwiseType(name, declaration, inputs)],
    evaluate: (inputs, _params, [type]) => [mapElements(instructionFor(at(inputs, inputs.length - 1).type.dtype), inputs, type as TensorType)],
    jvp: jvp === "linear" ? linearJvp() : jvp === "zero" ? zeroJvp() : typeof jvp === "function" ? jvp : partialsJvp(jvp, (x, y) => add(x, y), true),
    transpose: declaration.transpose,
    batch: elementwiseBatch(align),
    lower: { form: "elementwise", instruction: instructionFor },
    commutative: declaration.commutative === true,
    effect: "none",
    inner: noPrograms,
  };
  const op = (...operands: readonly (Value | number)[]): Value => {
    if (operands.length !== arity) throw new InternalError(`${name} takes ${arity} operands, not ${operands.length}`);
    if (neutral !== undefined) {
      const left = operands[0];
      const right = operands[1];
      if (right !== undefined && isSplat(right, neutral.right) && isValue(left)) return left;
      if (left !== undefined && isSplat(left, neutral.left) && isValue(right)) return right;
    }
    return bind(primitive, areValues(operands) ? operands : asValues(name, operands), noParams)[0] as Value;
  };
  return Object.assign(op, { primitive });
}

/** Numbers take the type of the other operands. */
function asValues(name: string, operands: readonly (Value | number)[]): Value[] {
  const like = operands.find(isValue);
  if (like === undefined) throw new InternalError(`${name} of numbers alone has no dtype`);
  return operands.map((x) => (typeof x === "number" ? splatLike(like, x) : x));
}

function isSplat(x: Value | number, number: number | undefined): boolean {
  return number !== undefined && (x === number || (x instanceof ConcreteArray && x.splat === number));
}

function elementwiseType(name: string, declaration: ElementwiseDeclaration, inputs: readonly TensorType[]): TensorType {
  const first = inputs[0] as TensorType;
  for (let i = 1; i < inputs.length; i++) {
    const input = inputs[i] as TensorType;
    if (input === first) continue;
    if (!sameShape(input.shape, first.shape)) throw new ShapeError(`${name}: operands differ in shape: ${showTypes(inputs)}`);
    if (input.dtype !== first.dtype) throw new DTypeError(`${name}: operands differ in dtype: ${showTypes(inputs)}`);
  }
  if (!inDomain[declaration.domain](first.dtype)) {
    throw new DTypeError(`${name}: needs ${declaration.domain} operands, got ${showTypes(inputs)}`, {
      hint: declaration.hint ?? (declaration.domain === "floating" ? 'convert with x.astype("float32")' : undefined),
    });
  }
  if (declaration.result === "bool") return tensorType("bool", first.shape);
  if (!first.weak) return first;
  return inputs.every((t) => t.weak) ? first : tensorType(first.dtype, first.shape);
}

/** The scalar instruction on every element. */
export function mapElements(instruction: ScalarInstruction, inputs: readonly ConcreteArray[], type: TensorType): ConcreteArray {
  const f = meaningOf(instruction);
  const out = dtypes[type.dtype].allocate(sizeOf(type.shape));
  const [a, b, c] = inputs.map((x) => x.elements) as [TypedArray, TypedArray?, TypedArray?];
  if (c !== undefined && b !== undefined) for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number, b[i] as number, c[i] as number);
  else if (b !== undefined) for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number, b[i] as number, 0);
  else for (let i = 0; i < out.length; i++) out[i] = f(a[i] as number, 0, 0);
  return ConcreteArray.of(type, out);
}

/** The cotangent, passed through `formula`, to every unknown operand: the transpose of a sum of linear terms. */
export function transposeEach(formulas: readonly ((cotangent: Value) => Value)[]): TransposeRule<Params> {
  return ([ct], inputs) => inputs.map((x, i) => (x instanceof Unknown && ct !== null && ct !== undefined ? at(formulas, i)(ct) : null));
}

/** x + y, of integers or floats. */
export const add: ElementwiseOp = elementwise("add", {
  arity: 2,
  domain: "numeric",
  instruction: "add",
  jvp: [(t) => t, (t) => t],
  transpose: transposeEach([(ct) => ct, (ct) => ct]),
  commutative: true,
});

type Target = { readonly dtype: DType; /** What is made of numbers of JavaScript alone stays weakly typed. */ readonly weak?: true };

/**
 * x as another dtype. Float to integer goes toward zero and stops at the ends of the range (NaN gives 0), as in XLA; between int32
 * and uint32 the bits stay; to bool is x ≠ 0.
 */
export const convertPrimitive: Primitive = definePrimitive<Target>({
  name: "convert",
  type: ([x], { dtype, weak }) => [tensorType(dtype, (x as TensorType).shape, weak)],
  evaluate: ([x], { dtype }, [type]) => [mapElements(conversion((x as ConcreteArray).type.dtype, dtype), [x as ConcreteArray], type as TensorType)],
  jvp: linearIn(([x], [t], { dtype }, _primitive, apply) => {
    const moves = isFloat((x as Value).type.dtype) && isFloat(dtype);
    return { outputs: apply(), tangents: [moves && t ? convert(t, dtype) : null] };
  }),
  transpose: transposeOne((ct, x) => {
    if (!isFloat(x.type.dtype) || !isFloat(ct.type.dtype)) throw nonlinear("convert between floats and integers");
    return convert(ct, x.type.dtype);
  }),
  batch: (_size, [x], [axis], { dtype, weak }) => ({ outputs: [convert(x as Value, dtype, weak)], axes: [axis as number] }),
  lower: { form: "elementwise", instruction: (from, { dtype }) => conversion(from, dtype) },
  commutative: false,
  effect: "none",
  inner: noPrograms,
});

function conversion(from: DType, to: DType): ScalarInstruction {
  if (to === "bool") return "toBool";
  if (dtypes[to].kind === "float" || from === "bool" || from === to) return "copy";
  if (to === "int32") return dtypes[from].kind === "int" ? "wrapInt32" : "toInt32";
  return dtypes[from].kind === "int" ? "wrapUint32" : "toUint32";
}

/** x as `dtype`, strongly typed unless it is to stay `weak`. The identity costs nothing. */
export function convert(x: Value, dtype: DType, weak = false): Value {
  if (x.type.dtype === dtype && (weak || !x.type.weak)) return x;
  return at(bind(convertPrimitive, [x], weak && x.type.weak ? { dtype, weak } : { dtype }), 0);
}
