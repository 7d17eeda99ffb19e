/**
 * Where in the user's source an equation came from. A stack says it, but to capture one takes longer than to record the operation. So in
 * a recording that can be made once more a place is the number of its operation, and the line is found that way when somebody asks
 * (calls.ts); elsewhere a stack is captured, and read when somebody asks. docs/decisions/0017-lines-are-found-by-tracing-again.md says more.
 */

import type { Calls } from "./calls.ts";

/** The folders of this library's own modules, whose frames are not the user's: source maps show the built ones as their sources. */
const root = import.meta.url.replace(/(?:(?:src|dist)\/core\/place\.[jt]s|dist\/chainrule\.js)$/, "");
/** In a user's bundle the library is part of another file: then only frames of other files are surely the user's. */
const folders = root === import.meta.url ? [root.replace(/\?.*$/, "")] : [`${root}src/`, `${root}dist/`];
const own = folders.flatMap((folder) => [folder, folder.replace(/^file:\/\//, "")]);
/** Frames kept for an equation: enough to get out of the library. An error, of which there is one, keeps more. */
const equationDepth = 16;
const errorDepth = 100;

/**
 * What the user indexed, and by which operation. The operation that is recorded may work on a part of that array, with its axes
 * moved and further ones of a batch: errors that only the run can find speak of what the user wrote.
 */
export interface Asked {
  readonly operation: string;
  /** The type of the array, as programs print it. */
  readonly array: string;
  /** The axis of it that each component of an index runs along. */
  readonly axes: readonly number[];
}

/** What an equation knows of its origin. */
export abstract class Place {
  #backward: Place | undefined;
  get isBackward(): boolean {
    return false;
  }
  get asked(): Asked | undefined {
    return undefined;
  }
  /** The operation with this number of a recording has this place. */
  recordedAs(_operation: number, _calls: Calls): void {}
  /** `file:line:column` with the function's name when there is one, or "" when no frame is the user's. */
  abstract toString(): string;
  /** The same line, for operations that pull cotangents back through those that stand here. */
  get backward(): Place {
    return this.isBackward ? this : (this.#backward ??= new SameLine(this, true, this.asked));
  }
  /** The same line, for what was asked there. */
  about(asked: Asked): Place {
    return new SameLine(this, this.isBackward, asked);
  }
}

class SameLine extends Place {
  readonly #line: Place;
  readonly #isBackward: boolean;
  readonly #asked: Asked | undefined;
  constructor(line: Place, isBackward: boolean, asked: Asked | undefined) {
    super();
    this.#line = line;
    this.#isBackward = isBackward;
    this.#asked = asked;
  }
  override get isBackward(): boolean {
    return this.#isBackward;
  }
  override get asked(): Asked | undefined {
    return this.#asked;
  }
  override recordedAs(operation: number, calls: Calls): void {
    this.#line.recordedAs(operation, calls);
  }
  toString(): string {
    return this.#line.toString();
  }
}

/** For what belongs to no line: a rule that is recorded once for many. */
class Nowhere extends Place {
  toString(): string {
    return "";
  }
}
export const nowhere: Place = new Nowhere();

/** The line of this very moment, among the frames inside of the one that reads `until`. */
export class Captured extends Place {
  #trace: { stack?: string } | undefined = {};
  readonly #until: string | undefined;
  #text: string | undefined;
  constructor(depth: number = equationDepth, until?: string) {
    super();
    this.#until = until;
    const limited = Error as { stackTraceLimit?: number; captureStackTrace?: (target: object) => void };
    const before = limited.stackTraceLimit;
    limited.stackTraceLimit = depth;
    if (limited.captureStackTrace) limited.captureStackTrace(this.#trace as object);
    else this.#trace = new Error("place");
    if (before === undefined) delete limited.stackTraceLimit;
    else limited.stackTraceLimit = before;
  }
  toString(): string {
    this.#text ??= userFrame(this.#trace?.stack ?? "", this.#until);
    this.#trace = undefined;
    return this.#text;
  }
  /** What frame number i reads; 0 is the constructor's. */
  frame(i: number): string | undefined {
    return framesOf(this.#trace?.stack ?? "")[i];
  }
}

/** The first frame outside the library, as `name (file:line:column)`; none from the frame on that reads `until`. */
export function userFrame(stack: string, until?: string): string {
  for (const frame of framesOf(stack)) {
    if (frame === until) return "";
    if (isOwn(frame) || frame.includes("node:internal") || frame.includes("wasm://") || frame.includes("(unknown:") || frame.startsWith("new Promise") || /(^|\()<anonymous>\)?$/.test(frame)) continue;
    return frame.replace("file://", "");
  }
  return "";
}

function framesOf(stack: string): string[] {
  return stack.split("\n").flatMap((line) => /^\s*at (.*)$/.exec(line)?.[1] ?? /^(.*@.*:\d+:\d+)$/.exec(line)?.[1] ?? []);
}

function isOwn(frame: string): boolean {
  return own.some((folder) => frame.includes(folder));
}

let inherited: Place | undefined;
/** The place of the user's call that goes on. Where a transform works for the line of an equation, `inherited` is another. */
let entered: Place | undefined;

/** The place of an operation recorded now: the caller's, or the one a transform works on behalf of. `calls`: those of the recording it goes to. */
export function currentPlace(calls: Calls | undefined): Place {
  return inherited ?? calls?.next() ?? new Captured();
}

/** The place of what begins now, of which there is one for many operations. */
export function placeOfNow(): Place {
  return inherited ?? new Captured(errorDepth);
}

/** Runs `body`, recording its operations at `place`: transforms work for the user's line, not for their own. */
export function atPlace<T>(place: Place | undefined, body: () => T): T {
  const before = inherited;
  inherited = place ?? before;
  try {
    return body();
  } finally {
    inherited = before;
  }
}

/** Runs `body` for each of them at its place, or at the one of now; "backward": at that of the backward pass there. */
export function atPlaces<T extends { readonly place: Place | undefined }>(items: readonly T[], body: (item: T) => void, direction: "forward" | "backward" = "forward"): void {
  const before = inherited;
  try {
    for (let i = 0; i < items.length; i++) {
      const item = items[i] as T;
      const place = item.place ?? before;
      inherited = direction === "backward" ? place?.backward : place;
      body(item);
    }
  } finally {
    inherited = before;
  }
}

/**
 * Called where a call of the user enters the library: operations until `leave` are recorded at this place. False where somebody further
 * out has decided already; then there is nothing to leave.
 */
export function enter(calls: Calls | undefined): boolean {
  if (inherited !== undefined) return false;
  inherited = entered = calls?.next() ?? new Captured();
  return true;
}
export function leave(): void {
  inherited = entered = undefined;
}

/** Whether the call at this place goes on, so that its line is on the stack: functions of the user that it calls have calls of their own. */
export function goesOn(place: Place): boolean {
  return entered === place;
}

/** Runs a function of the user, whose lines are places of their own. */
export function inUserCode<T>(body: () => T): T {
  const [line, call] = [inherited, entered];
  inherited = entered = undefined;
  try {
    return body();
  } finally {
    [inherited, entered] = [line, call];
  }
}

/** What was asked at the place that is worked for now. */
export function askedNow(): Asked | undefined {
  return inherited?.asked;
}

/** The user's frame of this very moment, for errors; undefined when there is none. */
export function placeNow(): string | undefined {
  const text = inherited?.toString() || new Captured(errorDepth).toString();
  return text === "" ? undefined : text;
}
