/**
 * Where in the user's source an equation came from. A stack is captured when an operation is recorded and only read when
 * somebody asks: reading is what costs.
 */

/** The folders of this library's own modules, whose frames are not the user's: source maps show the built ones as their sources. */
const root = import.meta.url.replace(/(src|dist)\/core\/place\.[jt]s$/, "");
/** In a bundle the library is part of another file: then only frames of other files are surely the user's. */
const folders = root === import.meta.url ? [root.replace(/\?.*$/, "")] : [`${root}src/`, `${root}dist/`];
const own = folders.flatMap((folder) => [folder, folder.replace(/^file:\/\//, "")]);
/** Frames kept for an equation: enough to get out of the library. An error, of which there is one, keeps more. */
const equationDepth = 14;
/** The same from where a call enters the library: walking a stack costs by the frame. */
const entryDepth = 8;
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

export class Place {
  readonly isBackward: boolean;
  readonly asked: Asked | undefined;
  #trace: { stack?: string } | undefined;
  #text: string | undefined;
  readonly #line: Place | undefined;
  #backward: Place | undefined;
  /** `line`: the place whose line it is. */
  constructor(depth: number = equationDepth, line?: Place, isBackward = false, asked?: Asked) {
    this.#line = line;
    this.isBackward = isBackward;
    this.asked = asked;
    if (line !== undefined) return;
    this.#trace = {};
    const limited = Error as { stackTraceLimit?: number; captureStackTrace?: (target: object) => void };
    const before = limited.stackTraceLimit;
    limited.stackTraceLimit = depth;
    if (limited.captureStackTrace) limited.captureStackTrace(this.#trace);
    else this.#trace = new Error("place");
    if (before === undefined) delete limited.stackTraceLimit;
    else limited.stackTraceLimit = before;
  }
  /** `file:line:column` with the function's name when there is one, or "" when no frame is the user's. */
  toString(): string {
    if (this.#line !== undefined) return this.#line.toString();
    this.#text ??= userFrame(this.#trace?.stack ?? "");
    this.#trace = undefined;
    return this.#text;
  }
  /** The same line, for operations that pull cotangents back through those that stand here. */
  get backward(): Place {
    return this.isBackward ? this : (this.#backward ??= new Place(0, this, true, this.asked));
  }
  /** The same line, for what was asked there. */
  about(asked: Asked): Place {
    return new Place(0, this, this.isBackward, asked);
  }
}

/** The first frame outside the library, as `name (file:line:column)`. */
export function userFrame(stack: string): string {
  for (const line of stack.split("\n")) {
    const frame = /^\s*at (.*)$/.exec(line)?.[1] ?? /^(.*@.*:\d+:\d+)$/.exec(line)?.[1];
    if (frame === undefined || isOwn(frame) || frame.includes("node:internal") || frame.includes("wasm://") || frame.startsWith("new Promise") || /(^|\()<anonymous>\)?$/.test(frame)) continue;
    return frame.replace("file://", "");
  }
  return "";
}

function isOwn(frame: string): boolean {
  return own.some((folder) => frame.includes(folder));
}

let inherited: Place | undefined;

/** The place of an operation recorded now: the caller's, or the one a transform works on behalf of. */
export function currentPlace(): Place {
  return inherited ?? new Place();
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
export function enter(): boolean {
  if (inherited !== undefined) return false;
  inherited = new Place(entryDepth);
  return true;
}
export function leave(): void {
  inherited = undefined;
}

/** Runs a function of the user, whose lines are places of their own. */
export function inUserCode<T>(body: () => T): T {
  const before = inherited;
  inherited = undefined;
  try {
    return body();
  } finally {
    inherited = before;
  }
}

/** What was asked at the place that is worked for now. */
export function askedNow(): Asked | undefined {
  return inherited?.asked;
}

/** The user's frame of this very moment, for errors; undefined when there is none. */
export function placeNow(): string | undefined {
  const text = inherited?.toString() || new Place(errorDepth).toString();
  return text === "" ? undefined : text;
}
