/** Code in binary as lines of text for people: flat, indented by nesting. */
import { InternalError } from "../../errors.ts";
import { blockTypes, type Immediate, type Opcode, opcodes } from "./opcodes.ts";

let byBytes: ReadonlyMap<string, Opcode> | undefined;
/** The first byte of instructions that are a byte and a number. */
const isPrefix = (byte: number): boolean => byte === 0xfc || byte === 0xfd || byte === 0xfe;

/** `calls`: the names of functions whose numbers are left out, by where these belong. */
export function disassemble(code: Uint8Array<ArrayBuffer>, calls: ReadonlyMap<number, string>): string[] {
  const reader = new Reader(code);
  const lines: string[] = [];
  let depth = 1;
  while (reader.at < code.length) {
    const { name, immediate } = reader.opcode();
    const callee = name === "call" ? calls.get(reader.at) : undefined;
    const operand = callee === undefined ? reader.operands[immediate]() : ` $${callee}`;
    if (name === "end" || name === "else") depth--;
    lines.push(`${"  ".repeat(depth)}${name}${operand}`);
    if (immediate === "block" || name === "else") depth++;
  }
  return lines;
}

/** As the text format of WebAssembly writes a number. NaN is the canonical one: no other is ever encoded. */
function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (Math.abs(value) === Infinity) return value > 0 ? "inf" : "-inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** Reads instructions, one after the other. */
class Reader {
  at = 0;
  readonly #code: Uint8Array<ArrayBuffer>;
  readonly #view: DataView;
  constructor(code: Uint8Array<ArrayBuffer>) {
    this.#code = code;
    this.#view = new DataView(code.buffer, code.byteOffset, code.length);
  }

  opcode(): Opcode {
    const start = this.at;
    if (isPrefix(this.#byte())) this.#unsigned();
    const bytes = this.#code.subarray(start, this.at).join();
    byBytes ??= new Map(Object.values(opcodes).map((known) => [known.bytes.join(), known]));
    const code = byBytes.get(bytes);
    if (code === undefined) throw new InternalError(`no WebAssembly instruction has the bytes ${bytes}`);
    return code;
  }

  /** What follows an opcode, as text. */
  readonly operands: Readonly<Record<Immediate, () => string>> = {
    none: () => "",
    index: () => ` ${this.#unsigned()}`,
    lane: () => ` ${this.#unsigned()}`,
    memoryIndex: () => this.#skip(1),
    fence: () => this.#skip(1),
    memoryIndices: () => this.#skip(2),
    block: () => {
      const byte = this.#byte();
      const type = Object.entries(blockTypes).find(([, code]) => code === byte)?.[0];
      return type === "void" ? "" : ` (result ${type})`;
    },
    memory: () => this.#memory(),
    memoryLane: () => `${this.#memory()} ${this.#byte()}`,
    i32: () => ` ${Number(this.#signed())}`,
    i64: () => ` ${this.#signed()}`,
    f32: () => ` ${floatText(this.#view.getFloat32(this.#take(4), true))}`,
    f64: () => ` ${floatText(this.#view.getFloat64(this.#take(8), true))}`,
    bytes16: () => ` i8x16${this.#bytes16()}`,
    lanes16: () => this.#bytes16(),
  };

  #bytes16(): string {
    return ` ${this.#code.subarray(this.#take(16), this.at).join(" ")}`;
  }
  #memory(): string {
    this.#unsigned();
    return ` offset=${this.#unsigned()}`;
  }
  #skip(count: number): string {
    this.#take(count);
    return "";
  }
  /** Goes on by so many bytes, and tells where they begin. */
  #take(count: number): number {
    this.at += count;
    return this.at - count;
  }
  #byte(): number {
    return this.#code[this.#take(1)] as number;
  }
  #unsigned(): number {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const byte = this.#byte();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) return value;
    }
  }
  #signed(): bigint {
    let value = 0n;
    for (let shift = 0n; ; ) {
      const byte = this.#byte();
      value |= BigInt(byte & 0x7f) << shift;
      shift += 7n;
      if (byte < 0x80) return BigInt.asIntN(Number(shift), value);
    }
  }
}
