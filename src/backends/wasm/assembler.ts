/**
 * Builds WebAssembly modules: instructions are encoded as they are appended, and disassembled for people. It knows the binary format and
 * nothing of programs or kernels.
 */
import { InternalError } from "../../errors.ts";
import { ByteWriter } from "./bytes.ts";
import { disassemble } from "./disassemble.ts";
import { blockTypes, type Opcode, opcodes, type ValueType, valueTypes } from "./opcodes.ts";

export type { ValueType };

/** A memory operand: the offset added to the address; the lane for the lane forms. */
interface MemoryOperand {
  readonly offset: number;
  readonly lane?: number;
}
/** What an instruction carries: an index, lane or number; the function to call; a memory operand; a block's result type; the bytes of a vector. */
export type Operand = number | bigint | MemoryOperand | ValueType | "void" | readonly number[] | FunctionBuilder;

interface MemoryLimits {
  /** In pages of 64 KiB. */
  readonly minimum: number;
  readonly maximum: number;
  readonly shared: boolean;
}

/** A function of the host that a module calls. */
interface ImportedFunction {
  readonly from: string;
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
}

const codeOf = (name: string): number => opcodes[name]?.bytes[0] as number;
const getLocal = codeOf("local.get");
const setLocal = codeOf("local.set");

/** One function under construction. Instructions are appended; `body` nests blocks. */
export class FunctionBuilder {
  readonly name: string;
  readonly parameters: readonly ValueType[];
  readonly results: readonly ValueType[];
  readonly #locals: ValueType[] = [];
  readonly #body = new ByteWriter();
  /** Where the numbers of functions belong that are called by themselves: imports may still change them. */
  readonly #calls: { readonly at: number; readonly callee: FunctionBuilder }[] = [];
  #length = 0;

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
    if ((operand === undefined) !== code.alone) {
      throw new InternalError(`${name}: ${operand === undefined ? "an operand is missing" : "takes no operand"}`);
    }
    this.#length++;
    if (operand instanceof FunctionBuilder) {
      this.#body.bytes(code.bytes);
      this.#calls.push({ at: this.#body.length, callee: operand });
    } else encodeInstruction(this.#body, code, operand);
    return this;
  }

  /** The same for an instruction that nothing follows, `op("local.get", index)` and `op("local.set", index)`: what most code is made of. */
  alone({ bytes }: Opcode): this {
    this.#length++;
    if (bytes.length === 1) this.#body.byte(bytes[0] as number);
    else this.#body.bytes(bytes);
    return this;
  }
  localGet(index: number): this {
    this.#length++;
    this.#body.byteAndUnsigned(getLocal, index);
    return this;
  }
  localSet(index: number): this {
    this.#length++;
    this.#body.byteAndUnsigned(setLocal, index);
    return this;
  }

  /** A block, loop or if with what `body` appends inside. */
  nest(kind: "block" | "loop" | "if", body: () => void, type: ValueType | "void" = "void"): this {
    this.op(kind, type);
    body();
    return this.op("end");
  }

  /** How many instructions it has so far. */
  get length(): number {
    return this.#length;
  }

  /** Appends the locals and the code in binary; `indexOf` numbers the functions that are called. */
  encode(out: ByteWriter, indexOf: (callee: FunctionBuilder) => number): void {
    const groups: { count: number; type: ValueType }[] = [];
    for (const type of this.#locals) {
      const last = groups[groups.length - 1];
      if (last?.type === type) last.count++;
      else groups.push({ count: 1, type });
    }
    out.unsigned(groups.length);
    for (const { count, type } of groups) out.unsigned(count).byte(valueTypes[type]);
    let from = 0;
    for (const { at, callee } of this.#calls) {
      out.append(this.#body, from, at).unsigned(indexOf(callee));
      from = at;
    }
    out.append(this.#body, from).byte(0x0b);
  }

  /** The text form, for people: flat, indented by nesting. `names` has those of functions that share theirs with others. */
  toText(names: ReadonlyMap<FunctionBuilder, string> = new Map()): string {
    const nameOf = (f: FunctionBuilder): string => names.get(f) ?? f.name;
    const signature = [...this.parameters.map((t) => `(param ${t})`), ...this.results.map((t) => `(result ${t})`), ...this.#locals.map((t) => `(local ${t})`)];
    const calls = new Map(this.#calls.map(({ at, callee }) => [at, nameOf(callee)]));
    return `${[`(func $${nameOf(this)} ${signature.join(" ")}`, ...disassemble(this.#body.toBytes(), calls)].join("\n")})`;
  }
}

function fail({ name }: Opcode, operand: unknown): never {
  throw new InternalError(`${name}: a wrong operand, ${String(operand)}`);
}

function encodeInstruction(out: ByteWriter, code: Opcode, operand: Exclude<Operand, FunctionBuilder> | undefined): void {
  const { bytes, immediate, align } = code;
  out.bytes(bytes);
  switch (immediate) {
    case "none":
      return;
    case "index":
    case "lane":
      if (typeof operand !== "number") return fail(code, operand);
      out.unsigned(operand);
      return;
    case "memoryIndex":
    case "fence":
      out.byte(0);
      return;
    case "memoryIndices":
      out.byte(0).byte(0);
      return;
    case "block":
      out.byte(blockTypes[operand as ValueType | "void"] ?? fail(code, operand));
      return;
    case "memory":
    case "memoryLane":
      if (typeof operand !== "object" || !("offset" in operand)) return fail(code, operand);
      if (!(operand.offset >= 0)) return fail(code, operand);
      out.unsigned(align).unsigned(operand.offset);
      if (immediate === "memoryLane") out.byte(operand.lane ?? fail(code, operand));
      return;
    case "i32":
      if (typeof operand !== "number" && typeof operand !== "bigint") return fail(code, operand);
      out.signed(Number(operand) | 0);
      return;
    case "i64":
      if (typeof operand !== "number" && typeof operand !== "bigint") return fail(code, operand);
      out.signed64(BigInt(operand));
      return;
    case "f32":
      out.float32(Number(operand));
      return;
    case "f64":
      out.float64(Number(operand));
      return;
    case "bytes16":
    case "lanes16":
      if (!Array.isArray(operand) || operand.length !== 16) return fail(code, operand);
      out.bytes(operand as number[]);
  }
}

/** A module: one imported memory, imported functions, functions, exports. */
export class ModuleBuilder {
  readonly #imports: ImportedFunction[] = [];
  readonly #importIndex: Map<string, number> = new Map<string, number>();
  readonly #functions: FunctionBuilder[] = [];
  readonly #exported: FunctionBuilder[] = [];
  #memory: MemoryLimits | undefined;
  /** Somebody knows the number of a function: imports would change it. */
  #numbered = false;

  /** The module works on the memory passed as import `env.memory`. */
  importMemory(limits: MemoryLimits): void {
    this.#memory = limits;
  }

  /** The number to `call` a function of the host by, which is passed as import `from.name`. Asked for again, it is the same. */
  importFunction(from: string, name: string, parameters: readonly ValueType[], results: readonly ValueType[]): number {
    const key = `${from}.${name}`;
    const known = this.#importIndex.get(key);
    if (known !== undefined) return known;
    if (this.#numbered) throw new InternalError(`import ${key}: too late, functions are numbered already`);
    const index = this.#imports.push({ from, name, parameters, results }) - 1;
    this.#importIndex.set(key, index);
    return index;
  }

  /** How many functions it has so far. */
  get count(): number {
    return this.#functions.length;
  }
  /** How many instructions these have from the one at `first` on. */
  lengthFrom(first: number): number {
    let length = 0;
    for (let i = first; i < this.#functions.length; i++) length += (this.#functions[i] as FunctionBuilder).length;
    return length;
  }

  /** The functions of the host that instances need. */
  get imports(): readonly ImportedFunction[] {
    return this.#imports;
  }

  /** A new function; `exported` makes it visible under its name. */
  function(name: string, parameters: readonly ValueType[], results: readonly ValueType[], exported = false): FunctionBuilder {
    const builder = new FunctionBuilder(name, parameters, results);
    if (exported) this.#exported.push(builder);
    this.#functions.push(builder);
    return builder;
  }

  /** The number of a function: after the last import. A call names the function itself instead. */
  indexOf(builder: FunctionBuilder): number {
    const index = this.#functions.indexOf(builder);
    if (index < 0) throw new InternalError(`function ${builder.name} belongs to another module`);
    this.#numbered = true;
    return this.#imports.length + index;
  }

  encode(): Uint8Array<ArrayBuffer> {
    const types = new Map<string, number>();
    const typeSection = new ByteWriter();
    const typeOf = ({ parameters, results }: ImportedFunction | FunctionBuilder): number => {
      const key = `${parameters.join()}→${results.join()}`;
      const known = types.get(key);
      if (known !== undefined) return known;
      types.set(key, types.size);
      typeSection.byte(0x60);
      for (const part of [parameters, results]) typeSection.unsigned(part.length).bytes(part.map((t) => valueTypes[t]));
      return types.size - 1;
    };
    const imports = new ByteWriter().unsigned(this.#imports.length + (this.#memory === undefined ? 0 : 1));
    for (const f of this.#imports) imports.text(f.from).text(f.name).byte(0x00).unsigned(typeOf(f));
    if (this.#memory !== undefined) {
      const { minimum, maximum, shared } = this.#memory;
      imports.text("env").text("memory").byte(0x02).byte(shared ? 0x03 : 0x01).unsigned(minimum).unsigned(maximum);
    }
    const indices = new Map(this.#functions.map((f, i) => [f, this.#imports.length + i]));
    const indexOf = (f: FunctionBuilder): number => {
      const index = indices.get(f);
      if (index === undefined) throw new InternalError(`function ${f.name} belongs to another module`);
      return index;
    };
    const declared = new ByteWriter().unsigned(this.#functions.length);
    for (const f of this.#functions) declared.unsigned(typeOf(f));
    const exports = new ByteWriter().unsigned(this.#exported.length);
    for (const f of this.#exported) exports.text(f.name).byte(0x00).unsigned(indexOf(f));
    const code = new ByteWriter().unsigned(this.#functions.length);
    for (const f of this.#functions) {
      const body = new ByteWriter();
      f.encode(body, indexOf);
      code.section(body);
    }
    const out = new ByteWriter().bytes([0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00]);
    out.byte(1).section(new ByteWriter().unsigned(types.size).append(typeSection));
    if (this.#imports.length > 0 || this.#memory !== undefined) out.byte(2).section(imports);
    out.byte(3).section(declared).byte(7).section(exports).byte(10).section(code);
    return out.toBytes();
  }

  /** The text form, for people. Functions of one name are told apart by a number. */
  toText(): string {
    const names = new Map<FunctionBuilder, string>();
    const count = new Map<string, number>();
    for (const f of this.#functions) {
      const so = (count.get(f.name) ?? 0) + 1;
      count.set(f.name, so);
      names.set(f, so === 1 ? f.name : `${f.name}.${so}`);
    }
    const imported = this.#imports.map((f) => `  (import "${f.from}" "${f.name}" (func ${[...f.parameters.map((t) => `(param ${t})`), ...f.results.map((t) => `(result ${t})`)].join(" ")}))`);
    const memory = this.#memory === undefined ? [] : [`  (import "env" "memory" (memory ${this.#memory.minimum} ${this.#memory.maximum}${this.#memory.shared ? " shared" : ""}))`];
    const functions = this.#functions.map((f) => f.toText(names).replaceAll(/^/gm, "  "));
    const exported = this.#exported.map((f) => `  (export "${f.name}" (func $${names.get(f) as string}))`);
    return ["(module", ...imported, ...memory, ...functions, ...exported].join("\n") + ")";
  }
}
