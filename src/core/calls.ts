/**
 * Whose line an operation of a recording has. The user's calls into the library are told apart by the operations that they record; the line
 * of one is found by recording once more when somebody asks for it.
 */
import { Captured, goesOn, Place } from "./place.ts";

/** What makes the same recording once more, telling these calls of it. */
export type Again = (calls: Calls) => void;

/** Frames kept the second time: enough to get out of the library wherever it was called. */
const depth = 40;

interface Found {
  /** Of each operation. */
  readonly places: readonly Place[];
  /** How many operations, from the first one on, are the same as the first time. */
  readonly same: number;
}

/** The user's calls in a recording that can be made once more, or in one that is made to find the lines of another. */
export class Calls {
  readonly #origin: Place | undefined;
  #again: Again | undefined;
  readonly #isSecond: boolean;
  /** What a frame outside of the recording reads. */
  #until: string | undefined;
  #operations: unknown[] = [];
  readonly #places: Place[] = [];
  #open = true;
  #found: Found | undefined;

  /** `origin`: where the recording began, which is the line of what the user did not call. */
  constructor(origin?: Place, again?: Again) {
    this.#origin = origin;
    this.#again = again;
    this.#isSecond = again === undefined;
  }

  /** The place of a call that begins now. */
  next(): Place {
    return this.#isSecond ? new Captured(depth, this.#until) : new Numbered(this);
  }

  /** An operation was recorded at a place. */
  record(operation: unknown, place: Place): void {
    const index = this.#operations.push(operation) - 1;
    if (this.#isSecond) this.#places.push(place);
    else place.recordedAs(index, this);
  }

  /** The recording has come to its end. */
  end(): void {
    this.#open = false;
  }

  /**
   * The line of the call that recorded the operation with this number; "" where the function does something else this time. While the function
   * runs it is not called again in the midst of that: then it is "" too.
   */
  line(operation: number): string {
    if (this.#open) return "";
    const { places, same } = (this.#found ??= this.#find());
    return operation < same ? places[operation]?.toString() || String(this.#origin ?? "") : "";
  }

  #find(): Found {
    this.#found = { places: [], same: 0 };
    const second = new Calls();
    try {
      callIn(() => {
        second.#until = new Captured(3).frame(2);
        this.#again?.(second);
      });
    } catch {
      // the operations before the error have their lines
    }
    const [before, now] = [this.#operations, second.#operations];
    let same = 0;
    while (same < before.length && before[same] === now[same]) same++;
    this.#operations = [];
    this.#again = undefined;
    return { places: second.#places, same };
  }
}

/** Its frame marks where a recording begins. */
function callIn(body: () => void): void {
  body();
}

/** The place of an operation by its number in a recording. */
class Numbered extends Place {
  readonly #calls: Calls;
  #operation: number | undefined;
  constructor(calls: Calls) {
    super();
    this.#calls = calls;
  }
  override recordedAs(operation: number, calls: Calls): void {
    if (calls === this.#calls) this.#operation ??= operation;
  }
  toString(): string {
    if (goesOn(this)) return new Captured().toString();
    return this.#operation === undefined ? "" : this.#calls.line(this.#operation);
  }
}
