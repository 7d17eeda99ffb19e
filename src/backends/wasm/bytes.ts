/** A growing list of bytes with the number formats of the WebAssembly binary. */
import { InternalError } from "../../errors.ts";

const scratch = new DataView(new ArrayBuffer(8));
const scratch4: Uint8Array = new Uint8Array(scratch.buffer, 0, 4);
const scratch8: Uint8Array = new Uint8Array(scratch.buffer);

export class ByteWriter {
  #data: Uint8Array<ArrayBuffer> = new Uint8Array(64);
  #length = 0;

  #reserve(count: number): void {
    if (this.#length + count <= this.#data.length) return;
    const larger = new Uint8Array(Math.max(2 * this.#data.length, this.#length + count));
    larger.set(this.#data.subarray(0, this.#length));
    this.#data = larger;
  }

  byte(value: number): this {
    if (this.#length === this.#data.length) this.#reserve(1);
    this.#data[this.#length++] = value;
    return this;
  }
  bytes(values: readonly number[]): this {
    const { length } = values;
    if (this.#length + length > this.#data.length) this.#reserve(length);
    if (length > 4) {
      this.#data.set(values, this.#length);
      this.#length += length;
    } else for (let i = 0; i < length; i++) this.#data[this.#length++] = values[i] as number;
    return this;
  }

  /** A byte, then a number as `unsigned` writes it. */
  byteAndUnsigned(byte: number, value: number): this {
    if (value >= 128 || this.#length + 2 > this.#data.length) return this.byte(byte).unsigned(value);
    this.#data[this.#length++] = byte;
    this.#data[this.#length++] = value;
    return this;
  }
  /** LEB128 of a number from 0 to 2⁵³. */
  unsigned(value: number): this {
    if (value < 128 && this.#length < this.#data.length) {
      this.#data[this.#length++] = value;
      return this;
    }
    let rest = value;
    while (rest >= 128) {
      this.byte((rest & 0x7f) | 0x80);
      rest = rest < 2 ** 31 ? rest >> 7 : Math.floor(rest / 128);
    }
    return this.byte(rest);
  }
  /** LEB128 of an int32. */
  signed(value: number): this {
    let rest = value;
    while (rest < -64 || rest > 63) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>= 7;
    }
    return this.byte(rest & 0x7f);
  }
  /** LEB128 of an int64. */
  signed64(value: bigint): this {
    let rest = value;
    while (rest < -64n || rest > 63n) {
      this.byte(Number(rest & 0x7fn) | 0x80);
      rest >>= 7n;
    }
    return this.byte(Number(rest & 0x7fn));
  }
  float32(value: number): this {
    scratch.setFloat32(0, value, true);
    return this.#write(scratch4);
  }
  float64(value: number): this {
    scratch.setFloat64(0, value, true);
    return this.#write(scratch8);
  }

  /** Its length in bytes, then the text, which is ASCII: the names of our own functions. */
  text(value: string): this {
    this.unsigned(value.length);
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i);
      if (code > 127) throw new InternalError(`a name in a module is not ASCII: ${value}`);
      this.byte(code);
    }
    return this;
  }
  /** The bytes of `other`, or those from one to another position. */
  append(other: ByteWriter, from = 0, to: number = other.#length): this {
    return this.#write(other.#data.subarray(from, to));
  }
  get length(): number {
    return this.#length;
  }
  /** The length of `other`, then its bytes. */
  section(other: ByteWriter): this {
    return this.unsigned(other.#length).append(other);
  }
  #write(values: Uint8Array): this {
    this.#reserve(values.length);
    this.#data.set(values, this.#length);
    this.#length += values.length;
    return this;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return this.#data.slice(0, this.#length);
  }
}
