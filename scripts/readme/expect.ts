/**
 * What an instrumented example calls; loaded into its process before it. A broken promise is reported with its line, and at
 * the end so is a promise that was never reached.
 */
import { format, inspect } from "node:util";
import { difference } from "./compare.ts";

const reached = new Set<number>();
let broken = 0;

function judge(line: number, promised: string, actual: readonly string[]): void {
  reached.add(line);
  const problem = difference(promised, actual);
  if (problem === null) return;
  broken++;
  console.error(`line ${line}: ${problem}`);
}

/** The ways a document may write a value. */
function writings(value: unknown): string[] {
  const shown = (item: unknown): string => inspect(item, { depth: null, maxArrayLength: null });
  if (typeof value === "string") return [shown(value), value];
  const own = typeof value === "object" && value !== null && !Array.isArray(value) && value.toString !== Object.prototype.toString;
  return [shown(asPlain(value)), shown(value), ...(own ? [value.toString()] : [])];
}

/** The value with the arrays of this library, and typed arrays, as nested lists of numbers. */
function asPlain(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if ("toArray" in value && typeof value.toArray === "function") return (value.toArray as () => unknown)();
  if (ArrayBuffer.isView(value) && !(value instanceof DataView)) return Array.from(value as Float32Array);
  if (Array.isArray(value)) return value.map(asPlain);
  if (Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, asPlain(item)]));
}

const example = {
  value<T>(line: number, promised: string, value: T): T {
    judge(line, promised, writings(value));
    return value;
  },
  log(line: number, promised: string): (...args: unknown[]) => void {
    return (...args) => {
      console.log(...args);
      judge(line, promised, [format(...args), ...(args.length === 1 ? writings(args[0]) : [])]);
    };
  },
  async throws(line: number, promised: string, work: () => unknown): Promise<void> {
    try {
      await work();
    } catch (error) {
      const said = String(error);
      judge(line, promised, [said, said.slice(0, promised.length)]);
      return;
    }
    judge(line, promised, ["nothing was thrown"]);
  },
};
Object.assign(globalThis, { __example: example });

process.on("exit", () => {
  const missing = Number(process.env["EXAMPLE_PROMISES"] ?? 0) - reached.size;
  if (missing > 0) console.error(`${missing} of the promised values were never reached`);
  if ((broken > 0 || missing > 0) && process.exitCode === undefined) process.exitCode = 1;
});
