/**
 * The edits of one file and their result: text put before and after nodes, and tokens replaced. No edit may hold a line break,
 * so every line of the result is the same line of the source; the source map gives each inserted text the place it stands for.
 */
import { SourceMapWriter, type SourceMap } from "./source-map.ts";

/** Inserted text; it may be filled in later. `at` is the place in the source that errors in it are blamed on. */
export interface Piece {
  text: string;
  at: number;
}

interface Replacement extends Piece {
  readonly end: number;
}

export class Edits {
  readonly #openings = new Map<number, Piece[]>();
  readonly #closings = new Map<number, Piece[]>();
  readonly #replacements = new Map<number, Replacement>();
  readonly #code: string;

  constructor(code: string) {
    this.#code = code;
  }

  /** Text before what starts at `position`. Of several, the first one added stands outermost. */
  open(position: number, text: string, at: number = position): Piece {
    return add(this.#openings, position, { text, at });
  }

  /** Text after what ends at `position`. Of several, the first one added stands outermost. */
  close(position: number, text: string, at: number = position): Piece {
    return add(this.#closings, position, { text, at });
  }

  /** Replaces the text between two positions, which must not hold a line break. */
  replace(start: number, end: number, text: string, at: number = start): void {
    this.#replacements.set(start, { end, text, at });
  }

  /** Replaces one token, together with the blanks before it where the new text closes something. */
  replaceToken(start: number, token: string, text: string): void {
    let from = start;
    if (/^[,)]/.test(text)) while (this.#code[from - 1] === " " || this.#code[from - 1] === "\t") from--;
    this.replace(from, start + token.length, text, start);
  }

  render(filename: string): { readonly code: string; readonly map: SourceMap } {
    const code = this.#code;
    const places = [...new Set([...this.#openings.keys(), ...this.#closings.keys(), ...this.#replacements.keys()])].sort((a, b) => a - b);
    const map = new SourceMapWriter(code);
    const parts: string[] = [];
    let last = "";
    let inserted = false;
    const write = (text: string, at: number, isInsert: boolean): void => {
      if (text === "") return;
      if ((isInsert || inserted) && isWord(last) && isWord(text)) {
        parts.push(" ");
        map.skip(1);
      }
      parts.push(text);
      if (isInsert) map.insert(text.length, at);
      else map.copy(at, at + text.length);
      last = text.slice(-1);
      inserted = isInsert;
    };
    let position = 0;
    for (const place of places) {
      if (place < position) throw new Error(`chainrule: overlapping edits at ${place}; please report this`);
      write(code.slice(position, place), position, false);
      position = place;
      for (const piece of (this.#closings.get(place) ?? []).toReversed()) write(piece.text, piece.at, true);
      for (const piece of this.#openings.get(place) ?? []) write(piece.text, piece.at, true);
      const replacement = this.#replacements.get(place);
      if (replacement === undefined) continue;
      write(replacement.text, replacement.at, true);
      position = replacement.end;
    }
    write(code.slice(position), position, false);
    return { code: parts.join(""), map: map.finish(filename) };
  }
}

function add(pieces: Map<number, Piece[]>, position: number, piece: Piece): Piece {
  const there = pieces.get(position);
  if (there === undefined) pieces.set(position, [piece]);
  else there.push(piece);
  return piece;
}

/** Whether the text begins (or, being one character, ends) with a character of an identifier. */
function isWord(text: string): boolean {
  return /^[\w$\\\u0080-\uffff]/.test(text);
}
