/**
 * Writes a version 3 source map for text whose lines correspond one to one with the source's: a segment at every line,
 * word and punctuation mark that was copied, and one for each inserted text.
 */
export interface SourceMap {
  readonly version: 3;
  readonly sources: string[];
  readonly sourcesContent: string[];
  readonly names: string[];
  readonly mappings: string;
}

const digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

export class SourceMapWriter {
  readonly #code: string;
  readonly #lineStarts: number[] = [0];
  readonly #lines: string[] = [];
  #line: string[] = [];
  #column = 0;
  // The last segment's numbers: each is written as its difference from the one before.
  #lastColumn = 0;
  #lastSourceLine = 0;
  #lastSourceColumn = 0;

  constructor(code: string) {
    this.#code = code;
    for (let i = code.indexOf("\n"); i >= 0; i = code.indexOf("\n", i + 1)) this.#lineStarts.push(i + 1);
  }

  /** Generated text that stands for the source at `at`. */
  insert(length: number, at: number): void {
    this.#segment(at);
    this.#column += length;
  }

  /** Generated text that stands for nothing. */
  skip(length: number): void {
    this.#column += length;
  }

  /** Source text taken over unchanged. */
  copy(start: number, end: number): void {
    let inWord = false;
    for (let i = start; i < end; i++) {
      const char = this.#code.charCodeAt(i);
      if (char === 10) {
        this.#endLine();
        inWord = false;
        continue;
      }
      const word = isWordCharacter(char);
      if ((char > 32 && !(word && inWord)) || this.#line.length === 0) this.#segment(i);
      inWord = word;
      this.#column++;
    }
  }

  finish(filename: string): SourceMap {
    this.#endLine();
    return { version: 3, sources: [filename], sourcesContent: [this.#code], names: [], mappings: this.#lines.join(";") };
  }

  #endLine(): void {
    this.#lines.push(this.#line.join(","));
    this.#line = [];
    this.#column = 0;
    this.#lastColumn = 0;
  }

  #segment(at: number): void {
    const line = this.#lineOf(at);
    const column = at - (this.#lineStarts[line] as number);
    this.#line.push(
      encode(this.#column - this.#lastColumn) + encode(0) + encode(line - this.#lastSourceLine) + encode(column - this.#lastSourceColumn),
    );
    this.#lastColumn = this.#column;
    this.#lastSourceLine = line;
    this.#lastSourceColumn = column;
  }

  #lineOf(at: number): number {
    let low = 0;
    let high = this.#lineStarts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#lineStarts[middle] as number) <= at) low = middle;
      else high = middle - 1;
    }
    return low;
  }
}

function isWordCharacter(char: number): boolean {
  return (char >= 97 && char <= 122) || (char >= 65 && char <= 90) || (char >= 48 && char <= 57) || char === 95 || char === 36 || char >= 128;
}

/** A number in base 64, five bits a digit, the lowest bit of the first its sign. */
function encode(value: number): string {
  let rest = value < 0 ? (-value << 1) | 1 : value << 1;
  let text = "";
  do {
    const digit = rest & 31;
    rest >>>= 5;
    text += digits[rest > 0 ? digit | 32 : digit];
  } while (rest > 0);
  return text;
}

/** The map as a comment that ends a module. */
export function inlineMap(map: SourceMap): string {
  const bytes = new TextEncoder().encode(JSON.stringify(map));
  let binary = "";
  for (let i = 0; i < bytes.length; i += 0x8000) binary += String.fromCharCode(...bytes.subarray(i, i + 0x8000));
  return `\n//# sourceMappingURL=data:application/json;base64,${btoa(binary)}\n`;
}
