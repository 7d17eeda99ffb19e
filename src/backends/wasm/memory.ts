/** The one WebAssembly memory of this thread of JavaScript, shared with workers where the environment allows it. */
import { UnsupportedError } from "../../errors.ts";

export const pageBytes = 65536;

export interface PlainMemory {
  readonly memory: WebAssembly.Memory;
  readonly shared: boolean;
  /** In pages. */
  readonly minimum: number;
  readonly maximum: number;
}

/** Browsers have shared memory on isolated pages only; everybody else has it. */
export function canShare(): boolean {
  const isolated = (globalThis as { readonly crossOriginIsolated?: boolean }).crossOriginIsolated;
  return typeof SharedArrayBuffer === "function" && isolated !== false;
}

/** Asks for as much address space as there is: up to `most` bytes, less where the engine refuses. */
export function createMemory(most: number, shareable: boolean = canShare()): PlainMemory {
  const pages = Math.floor(most / pageBytes);
  const minimum = Math.min(32, pages);
  let cause: unknown;
  for (const shared of shareable ? [true, false] : [false]) {
    for (let maximum = pages; maximum >= minimum; maximum = Math.floor(maximum / 2)) {
      try {
        return { memory: new WebAssembly.Memory({ initial: minimum, maximum, shared }), shared, minimum, maximum };
      } catch (error) {
        cause = error;
      }
    }
  }
  throw new UnsupportedError("this environment gives no WebAssembly memory", { cause, hint: 'the reference backend needs none: traceFn(f, { device: "reference" })' });
}
