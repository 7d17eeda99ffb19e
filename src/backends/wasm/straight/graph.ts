/**
 * A program as a graph of single numbers: every element of every value is a node, made at most once. Nodes are small integers in
 * topological order; what they are lies in arrays beside each other. Which identities hold between instructions is in identities.ts.
 */
import type { DType } from "../../../core/dtype.ts";
import { type ScalarInstruction, scalarMeaning } from "../../../core/scalar.ts";

export const instructions: readonly ScalarInstruction[] = Object.keys(scalarMeaning) as ScalarInstruction[];
const instructionIndex: ReadonlyMap<ScalarInstruction, number> = new Map(instructions.map((name, i) => [name, i]));
const dtypeOf: readonly DType[] = ["bool", "int32", "uint32", "float32", "float64"];

/** The number of a node. */
export type Node = number;
/** No operand. */
export const none: Node = -1;

const negCode = instructions.indexOf("neg");
const inputCode = -1;
const constantCode = -2;
/** A zero that padding put where nothing is: adding it costs nothing. */
const absentCode = -3;

export class Graph {
  #code: Int16Array;
  #dtype: Uint8Array;
  #operands: Int32Array;
  readonly #numbers: number[] = [];
  /** By the number of a dtype. */
  readonly #constants: (Map<number, Node> | undefined)[] = [];
  /** Open addressing: node + 1, or 0. */
  #table: Int32Array;
  #length = 0;
  #hasAbsent = false;

  /** With room for about `expected` nodes; it grows. */
  constructor(expected: number) {
    const room = Math.max(16, expected);
    this.#code = new Int16Array(room);
    this.#dtype = new Uint8Array(room);
    this.#operands = new Int32Array(3 * room);
    this.#table = new Int32Array(2 ** Math.ceil(Math.log2(2 * room + 1)));
  }

  get length(): number {
    return this.#length;
  }
  /** Those of node n from place 3n on, for loops over many nodes; until another node is made. */
  get operands(): Int32Array {
    return this.#operands;
  }
  /** Whether any node is absent. */
  get hasAbsent(): boolean {
    return this.#hasAbsent;
  }
  dtype(node: Node): DType {
    return dtypeOf[this.#dtype[node] as number] as DType;
  }
  /** The instruction of a node, or undefined for an input or a constant. */
  instruction(node: Node): ScalarInstruction | undefined {
    return instructions[this.#code[node] as number];
  }
  isOperation(node: Node): boolean {
    return (this.#code[node] as number) >= 0;
  }
  operand(node: Node, position: 0 | 1 | 2): Node {
    return this.#operands[3 * node + position] as Node;
  }
  isInput(node: Node): boolean {
    return this.#code[node] === inputCode;
  }
  /** Which input element a node is: its argument, and the position there. */
  inputElement(node: Node): { readonly argument: number; readonly position: number } {
    return { argument: this.operand(node, 0), position: this.operand(node, 1) };
  }
  /** Whether no identity sees anything in it: it is an input, or an operation other than a negation. */
  isPlain(node: Node): boolean {
    const code = this.#code[node] as number;
    return code === inputCode || (code >= 0 && code !== negCode);
  }
  isAbsent(node: Node): boolean {
    return this.#code[node] === absentCode;
  }
  /** The number a node is, when it is a constant; an absent one counts as 0. */
  constantValue(node: Node): number | undefined {
    const code = this.#code[node];
    if (code === constantCode) return this.#numbers[this.#operands[3 * node] as number];
    return code === absentCode ? 0 : undefined;
  }

  input(argument: number, position: number, dtype: DType): Node {
    return this.#append(inputCode, dtypeOf.indexOf(dtype), argument, position, none);
  }
  /** A number that the dtype holds. */
  constant(value: number, dtype: DType): Node {
    const index = dtypeOf.indexOf(dtype);
    // maps take -0 for 0
    const known = (this.#constants[index] ??= new Map<number, Node>());
    const key = Object.is(value, -0) ? 5e-324 : value;
    let node = known.get(key);
    if (node === undefined || !Object.is(this.constantValue(node), value)) {
      node = this.#append(constantCode, index, this.#numbers.push(value) - 1, none, none);
      known.set(key, node);
    }
    return node;
  }
  absent(dtype: DType): Node {
    this.#hasAbsent = true;
    return this.#unique(absentCode, dtypeOf.indexOf(dtype), none, none, none);
  }
  /** An instruction on nodes as it stands, unless there is one already. */
  apply(instruction: ScalarInstruction, dtype: DType, a: Node, b: Node = none, c: Node = none): Node {
    return this.#unique(instructionIndex.get(instruction) as number, dtypeOf.indexOf(dtype), a, b, c);
  }

  #unique(code: number, dtype: number, a: number, b: number, c: number): Node {
    if (2 * this.#length > this.#table.length) this.#rehash();
    const mask = this.#table.length - 1;
    let slot = hash(code, dtype, a, b, c) & mask;
    for (let entry; (entry = this.#table[slot] as number) !== 0; slot = (slot + 1) & mask) {
      const n = entry - 1;
      const at = 3 * n;
      if (this.#code[n] === code && this.#dtype[n] === dtype && this.#operands[at] === a && this.#operands[at + 1] === b && this.#operands[at + 2] === c) return n;
    }
    this.#table[slot] = this.#length + 1;
    return this.#append(code, dtype, a, b, c);
  }

  #append(code: number, dtype: number, a: number, b: number, c: number): Node {
    const node = this.#length++;
    if (node === this.#code.length) {
      this.#code = grown(this.#code, new Int16Array(2 * node));
      this.#dtype = grown(this.#dtype, new Uint8Array(2 * node));
      this.#operands = grown(this.#operands, new Int32Array(6 * node));
    }
    this.#code[node] = code;
    this.#dtype[node] = dtype;
    const at = 3 * node;
    this.#operands[at] = a;
    this.#operands[at + 1] = b;
    this.#operands[at + 2] = c;
    return node;
  }

  #rehash(): void {
    this.#table = new Int32Array(2 * this.#table.length);
    const mask = this.#table.length - 1;
    for (let n = 0; n < this.#length; n++) {
      const code = this.#code[n] as number;
      if (code === inputCode || code === constantCode) continue;
      const at = 3 * n;
      let slot = hash(code, this.#dtype[n] as number, this.#operands[at] as number, this.#operands[at + 1] as number, this.#operands[at + 2] as number) & mask;
      while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
      this.#table[slot] = n + 1;
    }
  }
}

function grown<A extends Int16Array | Uint8Array | Int32Array>(from: A, to: A): A {
  to.set(from);
  return to;
}

function hash(code: number, dtype: number, a: number, b: number, c: number): number {
  let h = Math.imul(code * 8 + dtype + 1, 0x9e3779b1);
  h = Math.imul(h ^ a ^ (h >>> 15), 0x85ebca6b);
  h = Math.imul(h ^ b ^ (h >>> 13), 0xc2b2ae35);
  h = Math.imul(h ^ c ^ (h >>> 16), 0x27d4eb2f);
  return h ^ (h >>> 15);
}
