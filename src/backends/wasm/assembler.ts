/**
 * Builds WebAssembly modules: functions as lists of instructions, encoded to bytes at the end, and the same list printed as text for
 * people. It knows the binary format and nothing of programs or kernels.
 */
import { InternalError } from "../../errors.ts";
import { type Opcode, opcodes, unsigned } from "./opcodes.ts";

export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";
const valueTypes: Readonly<Record<ValueType, number>> = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b };

/** A memory operand: the offset added to the address; the lane for the lane forms. */
export interface MemoryOperand {
  readonly offset: number;
  readonly lane?: number;
}
/** What an instruction carries: an index, lane or number; a memory operand; a block's result type; the bytes of a vector. */
export type Operand = number | bigint | MemoryOperand | ValueType | "void" | readonly number[];

interface Instruction {
  readonly name: string;
  readonly operand: Operand | undefined;
}

export interface MemoryLimits {
  /** In pages of 64 KiB. */
  readonly minimum: number;
  readonly maximum: number;
  readonly shared: boolean;
}

/** LEB128 of a signed number. */
function signed(value: bigint): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; ) {
    const low = Number(rest & 0x7fn);
    rest >>= 7n;
    const done = (rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0);
    bytes.push(done ? low : low | 0x80);
    if (done) return bytes;
  }
}

const text = (name: string): number[] => {
  const bytes = new TextEncoder().encode(name);
  return [...unsigned(bytes.length), ...bytes];
};
const list = (items: readonly (readonly number[])[]): number[] => [...unsigned(items.length), ...items.flat()];

/** One function under construction. Instructions are appended; `body` nests blocks. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #code: Instruction[] = [];

  constructor(name: string, parameters: readonly ValueType[], results: readonly ValueType[]) {
    this.name = name;
    this.parameters = parameters;
    this.results = results;
  }

  /** A new local variable; its index. */
  local(type: ValueType): number {
    return this.parameters.length + this.#locals.push(type) - 1;
  }

  /** Appends an instruction: `op("i32.const", 3)`, `op("v128.load", { offset: 16 })`, `op("f32x4.add")`. */
  op(name: string, operand?: Operand): this {
    const code = opcodes[name];
    if (code === undefined) throw new InternalError(`unknown WebAssembly instruction ${name}`);
    if ((operand === undefined) !== (code.immediate === "none" || code.immediate === "memoryIndex" || code.immediate === "fence")) {
      throw new InternalError(`${name}: ${operand === undefined ? "an operand is missing" : "takes no operand"}`);
    }
    this.#code.push({ name, operand });
    return this;
  }

  /** A block, loop or if with what `body` appends inside. */
  nest(kind: "block" | "loop" | "if", body: () => void, type: ValueType | "void" = "void"): this {
    this.op(kind, type);
    body();
    return this.op("end");
  }

  encode(): number[] {
    const groups: { count: number; type: ValueType }[] = [];
    for (const type of this.#locals) {
      const last = groups[groups.length - 1];
      if (last?.type === type) last.count++;
      else groups.push({ count: 1, type });
    }
    const bytes = list(groups.map(({ count, type }) => [...unsigned(count), valueTypes[type]]));
    for (const { name, operand } of this.#code) encodeInstruction(bytes, name, opcodes[name] as Opcode, operand);
    bytes.push(0x0b);
    return bytes;
  }

  /** The text form, for people: flat, indented by nesting. */
  toText(): string {
    const signature = [...this.parameters.map((t) => `(param ${t})`), ...this.results.map((t) => `(result ${t})`), ...this.#locals.map((t) => `(local ${t})`)];
    const lines = [`(func $${this.name} ${signature.join(" ")}`];
    let depth = 1;
    for (const { name, operand } of this.#code) {
      if (name === "end" || name === "else") depth--;
      lines.push(`${"  ".repeat(depth)}${name}${operand === undefined ? "" : showOperand(operand)}`);
      if (name === "block" || name === "loop" || name === "if" || name === "else") depth++;
    }
    return `${lines.join("\n")})`;
  }
}

function showOperand(operand: Operand): string {
  if (typeof operand === "object" && "offset" in operand) return ` offset=${operand.offset}${operand.lane === undefined ? "" : ` ${operand.lane}`}`;
  if (operand === "void") return "";
  return typeof operand === "string" ? ` (result ${operand})` : ` ${Array.isArray(operand) ? operand.join(" ") : String(operand)}`;
}

function encodeInstruction(bytes: number[], name: string, { bytes: code, immediate, align }: Opcode, operand: Operand | undefined): void {
  const fail = (): never => {
    throw new InternalError(`${name}: a wrong operand, ${String(operand)}`);
  };
  bytes.push(...code);
  switch (immediate) {
    case "none":
      return;
    case "memoryIndex":
    case "fence":
      bytes.push(0);
      return;
    case "block":
      bytes.push(operand === "void" ? 0x40 : (valueTypes[operand as ValueType] ?? fail()));
      return;
    case "memory":
    case "memoryLane": {
      if (typeof operand !== "object" || !("offset" in operand)) return fail();
      bytes.push(...unsigned(align), ...unsigned(operand.offset));
      if (immediate === "memoryLane") bytes.push(operand.lane ?? fail());
      return;
    }
    case "i32":
    case "i64":
      if (typeof operand !== "number" && typeof operand !== "bigint") return fail();
      bytes.push(...signed(immediate === "i32" ? BigInt(Number(operand) | 0) : BigInt(operand)));
      return;
    case "f32":
      bytes.push(...new Uint8Array(new Float32Array([Number(operand)]).buffer));
      return;
    case "f64":
      bytes.push(...new Uint8Array(new Float64Array([Number(operand)]).buffer));
      return;
    case "bytes16":
      if (!Array.isArray(operand) || operand.length !== 16) return fail();
      bytes.push(...(operand as number[]));
      return;
    case "index":
    case "lane":
      if (typeof operand !== "number") return fail();
      bytes.push(...unsigned(operand));
  }
}

/** A module: one imported memory, functions, exports. */
export class ModuleBuilder {
  readonly #functions: FunctionBuilder[] = [];
  readonly #exports: { readonly name: string; readonly index: number }[] = [];
  #memory: MemoryLimits | undefined;

  /** The module works on the memory passed as import `env.memory`. */
  importMemory(limits: MemoryLimits): void {
    this.#memory = limits;
  }

  /** A new function; `exported` makes it visible under its name. */
  function(name: string, parameters: readonly ValueType[], results: readonly ValueType[], exported = false): FunctionBuilder {
    const builder = new FunctionBuilder(name, parameters, results);
    if (exported) this.#exports.push({ name, index: this.#functions.length });
    this.#functions.push(builder);
    return builder;
  }

  /** The index to `call` a function by. */
  indexOf(builder: FunctionBuilder): number {
    const index = this.#functions.indexOf(builder);
    if (index < 0) throw new InternalError(`function ${builder.name} belongs to another module`);
    return index;
  }

  encode(): Uint8Array<ArrayBuffer> {
    const typeKeys: string[] = [];
    const types: number[][] = [];
    const typeOf = (f: FunctionBuilder): number => {
      const key = `${f.parameters.join()}→${f.results.join()}`;
      let index = typeKeys.indexOf(key);
      if (index < 0) {
        index = typeKeys.push(key) - 1;
        types.push([0x60, ...list(f.parameters.map((t) => [valueTypes[t]])), ...list(f.results.map((t) => [valueTypes[t]]))]);
      }
      return index;
    };
    const declared = this.#functions.map((f) => unsigned(typeOf(f)));
    const sections: [id: number, content: number[]][] = [[1, list(types)]];
    if (this.#memory !== undefined) {
      const { minimum, maximum, shared } = this.#memory;
      sections.push([2, list([[...text("env"), ...text("memory"), 0x02, shared ? 0x03 : 0x01, ...unsigned(minimum), ...unsigned(maximum)]])]);
    }
    sections.push([3, list(declared)]);
    sections.push([7, list(this.#exports.map(({ name, index }) => [...text(name), 0x00, ...unsigned(index)]))]);
    const bodies = this.#functions.map((f) => {
      const body = f.encode();
      return [...unsigned(body.length), ...body];
    });
    sections.push([10, list(bodies)]);
    const bytes: number[] = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];
    for (const [id, content] of sections) bytes.push(id, ...unsigned(content.length), ...content);
    return new Uint8Array(bytes);
  }

  /** The text form, for people. */
  toText(): string {
    const memory = this.#memory === undefined ? [] : [`  (import "env" "memory" (memory ${this.#memory.minimum} ${this.#memory.maximum}${this.#memory.shared ? " shared" : ""}))`];
    const functions = this.#functions.map((f) => f.toText().replaceAll(/^/gm, "  "));
    const exported = this.#exports.map(({ name }) => `  (export "${name}" (func $${name}))`);
    return ["(module", ...memory, ...functions, ...exported].join("\n") + ")";
  }
}
