/**
 * Making a node: folded where its operands are known, and rewritten by identities that keep every bit (the sign of a zero that
 * padding made and the payload of a NaN aside).
 */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { meaningOf, type ScalarInstruction } from "../../../core/scalar.ts";
import { type Graph, type Node, none } from "./graph.ts";

const commutative: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["add", "mul", "mulInt32", "mulUint32", "max", "min", "equal", "notEqual", "and", "or", "xor"]);
export const isCommutative = (instruction: ScalarInstruction): boolean => commutative.has(instruction);

/** The number as an array of the dtype holds it. */
export function rounded(value: number, dtype: DType): number {
  if (dtype === "float64") return value;
  if (dtype === "float32") return Math.fround(value);
  const cell = dtypes[dtype].allocate(1);
  cell[0] = value;
  return cell[0] as number;
}

type Identity = (g: Graph, dtype: DType, a: Node, b: Node, c: Node) => Node | undefined;

const isFloating = (dtype: DType): boolean => dtypes[dtype].kind === "float";

/** The operand of a negation. */
function negated(g: Graph, node: Node): Node | undefined {
  return g.instruction(node) === "neg" ? g.operand(node, 0) : undefined;
}

/** 2^k for an integer k whose reciprocal is normal too: dividing by it is multiplying. */
function isPowerOfTwo(value: number): boolean {
  const magnitude = Math.abs(value);
  return magnitude > 2 ** -120 && magnitude < 2 ** 120 && 2 ** Math.round(Math.log2(magnitude)) === magnitude;
}

/** What leaves any number it is added to as it is: -0, and among integers 0. */
function isNeutralToAdd(g: Graph, dtype: DType, node: Node): boolean {
  const k = g.constantValue(node);
  return k === 0 && (Object.is(k, -0) || !isFloating(dtype));
}

/** k · y where that is simpler. */
function scale(g: Graph, dtype: DType, k: number | undefined, y: Node): Node | undefined {
  if (k === undefined) return undefined;
  if (k === 1) return y;
  if (k === -1) return make(g, "neg", dtype, y);
  const minus = negated(g, y);
  return minus === undefined ? undefined : make(g, "mul", dtype, minus, g.constant(-k, dtype));
}

/** x^k by repeated multiplication. */
function power(g: Graph, dtype: DType, x: Node, k: number): Node {
  if (k === 1) return x;
  const half = power(g, dtype, x, Math.floor(k / 2));
  const square = make(g, "mul", dtype, half, half);
  return k % 2 === 0 ? square : make(g, "mul", dtype, square, x);
}

const identities: Partial<Record<ScalarInstruction, Identity>> = {
  copy: (g, dtype, a) => (g.dtype(a) === dtype ? a : g.isAbsent(a) ? g.absent(dtype) : undefined),
  add: (g, dtype, a, b) => {
    if (g.isAbsent(a) || isNeutralToAdd(g, dtype, a)) return b;
    if (g.isAbsent(b) || isNeutralToAdd(g, dtype, b)) return a;
    const minusA = negated(g, a);
    const minusB = negated(g, b);
    if (minusB !== undefined) return make(g, "sub", dtype, a, minusB);
    return minusA === undefined ? undefined : make(g, "sub", dtype, b, minusA);
  },
  sub: (g, dtype, a, b) => {
    if (Object.is(g.constantValue(b), 0)) return a;
    const minus = negated(g, b);
    return minus === undefined ? undefined : make(g, "add", dtype, a, minus);
  },
  mul: (g, dtype, a, b) => {
    const scaled = scale(g, dtype, g.constantValue(a), b) ?? scale(g, dtype, g.constantValue(b), a);
    if (scaled !== undefined) return scaled;
    const minusA = negated(g, a);
    const minusB = negated(g, b);
    return minusA !== undefined && minusB !== undefined ? make(g, "mul", dtype, minusA, minusB) : undefined;
  },
  div: (g, dtype, a, b) => {
    const k = g.constantValue(b);
    if (k === 1) return a;
    return k !== undefined && isPowerOfTwo(k) ? make(g, "mul", dtype, a, g.constant(1 / k, dtype)) : undefined;
  },
  neg: (g, _dtype, a) => (g.isAbsent(a) ? a : negated(g, a)),
  select: (g, _dtype, condition, a, b) => {
    const k = g.constantValue(condition);
    if (k !== undefined) return k !== 0 ? a : b;
    return a === b ? a : undefined;
  },
  scaleSafe: (g, dtype, t, d) => {
    const k = g.constantValue(t);
    if (k !== undefined) return k === 0 ? (g.isAbsent(t) ? t : g.constant(0, dtype)) : make(g, "mul", dtype, t, d);
    const factor = g.constantValue(d);
    // a product with a finite factor that makes nothing smaller is a zero only where t is: + 0 makes that the positive one
    const keepsNonzero = factor !== undefined && Number.isFinite(factor) && Math.abs(factor) >= 1;
    return keepsNonzero ? make(g, "add", dtype, make(g, "mul", dtype, t, d), g.constant(0, dtype)) : undefined;
  },
  mulSafe: (g, dtype, a, b) => {
    const [k, other] = g.constantValue(a) === undefined ? [b, a] : [a, b];
    if (g.constantValue(k) === undefined) return undefined;
    return g.constantValue(k) === 0 ? (g.isAbsent(k) ? k : g.constant(0, dtype)) : make(g, "scaleSafe", dtype, other, k);
  },
  divSafe: (g, dtype, t, d) => {
    const k = g.constantValue(t);
    if (k === undefined) return undefined;
    return k === 0 ? (g.isAbsent(t) ? t : g.constant(0, dtype)) : make(g, "div", dtype, t, d);
  },
  integerPow: (g, dtype, x, n) => {
    const k = g.constantValue(n);
    if (k === 0) return g.constant(1, dtype);
    if (k === 1) return x;
    if (k === 2) return make(g, "mul", dtype, x, x);
    if (k === -1) return make(g, "div", dtype, g.constant(1, dtype), x);
    if (k === undefined || k < 0 || k > 8 || dtype !== "float32") return undefined;
    // in float64 and rounded once
    const wide = make(g, "copy", "float64", x);
    return make(g, "copy", dtype, power(g, "float64", wide, k));
  },
};

/** Those that hold whatever the operands are. All others ask for a constant, an absent number or a negation among them. */
const ofPlainNodes: Partial<Record<ScalarInstruction, Identity>> = { copy: identities.copy as Identity, select: identities.select as Identity };

/** The node for an instruction on nodes; its result is rounded to `dtype`. */
export function make(g: Graph, instruction: ScalarInstruction, dtype: DType, a: Node, b: Node = none, c: Node = none): Node {
  if (g.isPlain(a) && (b === none || g.isPlain(b)) && (c === none || g.isPlain(c))) return ofPlainNodes[instruction]?.(g, dtype, a, b, c) ?? applied(g, instruction, dtype, a, b, c);
  const identity = identities[instruction];
  if (g.hasAbsent) {
    if (g.isAbsent(a) || g.isAbsent(b)) return identity?.(g, dtype, a, b, c) ?? make(g, instruction, dtype, present(g, a), present(g, b), present(g, c));
    if (g.isAbsent(c)) return make(g, instruction, dtype, a, b, present(g, c));
  }
  const x = g.constantValue(a);
  if (x !== undefined) {
    const y = b === none ? 0 : g.constantValue(b);
    const z = c === none ? 0 : g.constantValue(c);
    if (y !== undefined && z !== undefined) return g.constant(rounded(meaningOf(instruction)(x, y, z), dtype), dtype);
  }
  return identity?.(g, dtype, a, b, c) ?? applied(g, instruction, dtype, a, b, c);
}

/** The instruction as it stands, with operands that may change places in the order of their numbers. */
function applied(g: Graph, instruction: ScalarInstruction, dtype: DType, a: Node, b: Node, c: Node): Node {
  return a > b && commutative.has(instruction) ? g.apply(instruction, dtype, b, a, c) : g.apply(instruction, dtype, a, b, c);
}

/** An absent zero as a number to compute with. */
function present(g: Graph, node: Node): Node {
  return node !== none && g.isAbsent(node) ? g.constant(0, g.dtype(node)) : node;
}
