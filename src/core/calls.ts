/**
 * The user's calls into the library while a program is recorded. They are counted; the line of one is found by recording once more when
 * somebody asks for it.
 */
import { Captured, errorDepth, goesOn, Place } from "./place.ts";

/** What makes the same recording once more, telling these calls of it. */
export type Again = (calls: Calls) => void;

/** Where calls stand: counted, for a recording that can be made once more, or captured at once. */
export class Calls {
  readonly #origin: Place | undefined;
  readonly #again: Again | undefined;
  /** What a frame outside of the recording reads. */
  #until: string | undefined;
  readonly #captured: Place[] = [];
  readonly #operations: unknown[] = [];
  #count = 0;
  #found: { readonly places: readonly Place[]; readonly same: number } | undefined;

  /** `origin`: where the recording began, which is the line of what the user did not call. */
  constructor(origin?: Place, again?: Again) {
    this.#origin = origin;
    this.#again = again;
  }

  /** The place of a call that begins now. */
  next(): Place {
    if (this.#again !== undefined) return new Counted(this, this.#count++, this.#operations.length);
    const place = new Captured(undefined, this.#until);
    this.#captured.push(place);
    return place;
  }

  /** An operation was recorded: by them a recording is known to be the same. */
  record(operation: unknown): void {
    this.#operations.push(operation);
  }

  /** The line of the call with this number, before which so many operations were recorded; "" where the function does something else this time. */
  line(call: number, operations: number): string {
    const { places, same } = (this.#found ??= this.#find());
    return operations < same ? places[call]?.toString() || String(this.#origin ?? "") : "";
  }

  #find(): { readonly places: readonly Place[]; readonly same: number } {
    this.#found = { places: [], same: -1 };
    const calls = new Calls();
    try {
      callIn(() => {
        calls.#until = new Captured(3).frame(2);
        this.#again?.(calls);
      });
    } catch {
      // the calls before the error have their lines
    }
    // the first operation of a call tells whether it is the same call; where all are the same, so are calls that recorded none
    let same = 0;
    while (same < this.#operations.length && this.#operations[same] === calls.#operations[same]) same++;
    const isAll = same === this.#operations.length && same === calls.#operations.length;
    return { places: calls.#captured, same: isAll ? Number.POSITIVE_INFINITY : same };
  }
}

/** Its frame marks where a recording begins. */
function callIn(body: () => void): void {
  body();
}

class Counted extends Place {
  readonly #calls: Calls;
  readonly #call: number;
  readonly #operations: number;
  constructor(calls: Calls, call: number, operations: number) {
    super();
    this.#calls = calls;
    this.#call = call;
    this.#operations = operations;
  }
  toString(): string {
    return goesOn(this) ? new Captured(errorDepth).toString() : this.#calls.line(this.#call, this.#operations);
  }
}
