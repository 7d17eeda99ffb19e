/**
 * Making a node: folded where its operands are known, and rewritten by identities that keep every bit (the sign of a zero that
 * padding made and the payload of a NaN aside).
 */
import { type DType, dtypes } from "../../../core/dtype.ts";
import { meaningOf, type ScalarInstruction } from "../../../core/scalar.ts";
import { type Graph, type Node, none } from "./graph.ts";

const commutative: ReadonlySet<ScalarInstruction> = new Set<ScalarInstruction>(["add", "mul", "mulInt32", "mulUint32", "max", "min", "equal", "notEqual", "and", "or", "xor"]);

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

const identities: Partial<Record<ScalarInstruction, Identity>> = {
  copy: (g, dtype, a) => (g.dtype(a) === dtype ? a : g.isAbsent(a) ? g.absent(dtype) : undefined),
  add: (g, dtype, a, b) => {
    for (const [x, y] of [[a, b], [b, a]] as const) {
      const k = g.constantValue(x);
      if (g.isAbsent(x) || Object.is(k, -0) || (k === 0 && !isFloating(dtype))) return y;
      const minus = negated(g, x);
      if (minus !== undefined) return make(g, "sub", dtype, y, minus);
    }
    return undefined;
  },
  sub: (g, dtype, a, b) => {
    if (Object.is(g.constantValue(b), 0)) return a;
    const minus = negated(g, b);
    return minus === undefined ? undefined : make(g, "add", dtype, a, minus);
  },
  mul: (g, dtype, a, b) => {
    for (const [x, y] of [[a, b], [b, a]] as const) {
      const k = g.constantValue(x);
      if (k === 1) return y;
      if (k === -1) return make(g, "neg", dtype, y);
      const minus = negated(g, y);
      if (k !== undefined && minus !== undefined) return make(g, "mul", dtype, minus, g.constant(-k, dtype));
    }
    const [minusA, minusB] = [negated(g, a), negated(g, b)];
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
    if (factor === 1) return make(g, "add", dtype, t, g.constant(0, dtype));
    // 0 · finite is a zero, of whatever sign: + 0 makes it the positive one
    return factor !== undefined && Number.isFinite(factor) ? make(g, "add", dtype, make(g, "mul", dtype, t, d), g.constant(0, dtype)) : undefined;
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
    return k === -1 ? make(g, "div", dtype, g.constant(1, dtype), x) : undefined;
  },
};

/** The node for an instruction on nodes; its result is rounded to `dtype`. */
export function make(g: Graph, instruction: ScalarInstruction, dtype: DType, a: Node, b: Node = none, c: Node = none): Node {
  const [x, y, z] = [g.constantValue(a), b === none ? 0 : g.constantValue(b), c === none ? 0 : g.constantValue(c)];
  const keepsAbsence = g.isAbsent(a) || (b !== none && g.isAbsent(b));
  if (keepsAbsence) {
    const same = identities[instruction]?.(g, dtype, a, b, c);
    if (same !== undefined) return same;
  }
  if (x !== undefined && y !== undefined && z !== undefined) return g.constant(rounded(meaningOf(instruction)(x, y, z), dtype), dtype);
  const [p, q, r] = [present(g, a), present(g, b), present(g, c)];
  const simpler = keepsAbsence ? undefined : identities[instruction]?.(g, dtype, p, q, r);
  if (simpler !== undefined) return simpler;
  return commutative.has(instruction) && p > q ? g.apply(instruction, dtype, q, p, r) : g.apply(instruction, dtype, p, q, r);
}

/** An absent zero as a number to compute with. */
export function present(g: Graph, node: Node): Node {
  return node !== none && g.isAbsent(node) ? g.constant(0, g.dtype(node)) : node;
}
