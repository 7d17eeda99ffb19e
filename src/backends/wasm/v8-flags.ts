/**
 * Switches of V8 that Node lets a program set: on only while our own modules compile, synchronously, and back as they were. They hold for the
 * whole process: in that time threads of V8 may compile a user's own WebAssembly with them. Browsers, Deno and Bun have no such door.
 */

interface NodeProcess {
  readonly arch?: string;
  readonly execArgv?: readonly string[];
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly versions?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: string): unknown;
}
interface V8Module {
  setFlagsFromString(flag: string): void;
}

const node = (globalThis as { readonly process?: NodeProcess }).process;

type Switches = readonly (readonly [on: string, off: string])[];
/**
 * On by default from V8 14 on, and a part of the next one: a thread of V8 that compiles somebody's indirect call with this one on and the next
 * one off ends the process. Before, it is off, and must not be switched on by putting it back.
 */
const indirectCalls: Switches = Number.parseInt(node?.versions?.["v8"] ?? "0") >= 14 ? [["--no-wasm-inlining-call-indirect", "--wasm-inlining-call-indirect"]] : [];
/** Whole compilation at the highest tier before the first call. Put back in reverse: each is only safe within those before it. */
const eager: Switches = [
  ...indirectCalls,
  ["--no-wasm-inlining", "--wasm-inlining"],
  ["--no-wasm-lazy-compilation", "--wasm-lazy-compilation"],
  ["--no-liftoff", "--liftoff"],
];
const wide: Switches = [...eager, ["--experimental-wasm-revectorize", "--no-experimental-wasm-revectorize"]];

/** As the engine does by itself; everything at full speed at once; that with pairs of vectors joined. */
export type CompileMode = "tiered" | "eager" | "wide";

/** What is in the way of setting switches, or undefined. */
export const noSwitches: string | undefined = reasonAgainst();
/** Asked for when it is first needed: Node takes milliseconds to load it. */
let v8: V8Module | undefined;

function reasonAgainst(): string | undefined {
  const versions = node?.versions;
  if (versions?.["node"] === undefined || versions["bun"] !== undefined || versions["deno"] !== undefined || node?.getBuiltinModule === undefined) return "only Node has the switch";
  const given = [...(node.execArgv ?? []), node.env?.["NODE_OPTIONS"] ?? ""].join(" ");
  if (/wasm|liftoff|jitless/.test(given)) return "Node was started with switches of its own for WebAssembly, which are left alone";
  return undefined;
}

export const isX64: boolean = node?.arch === "x64";

/** Compiles now. */
export function compileModule(bytes: Uint8Array<ArrayBuffer>, mode: CompileMode): WebAssembly.Module {
  if (mode !== "tiered" && noSwitches === undefined) v8 ??= node?.getBuiltinModule?.("node:v8") as V8Module | undefined;
  if (mode === "tiered" || v8 === undefined) return new WebAssembly.Module(bytes);
  const flags = mode === "wide" ? wide : eager;
  try {
    for (const [on] of flags) v8.setFlagsFromString(on);
    return new WebAssembly.Module(bytes);
  } finally {
    for (const [, off] of flags.toReversed()) v8.setFlagsFromString(off);
  }
}
