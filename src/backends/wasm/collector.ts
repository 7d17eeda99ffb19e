/**
 * Finding out, in the middle of a synchronous loop, which results nobody holds any more. A weak reference keeps its target alive until the job
 * that made or read it ends; but a script run in a context with a microtask queue of its own ends with a checkpoint of that queue, and there V8
 * lets such targets go. Together with a collection of young objects a loop gets its memory back while it runs. Where an engine has no
 * such doors nothing is freed early, and the heap spills as it would.
 */

interface NodeProcess {
  readonly versions?: Readonly<Record<string, string | undefined>>;
  getBuiltinModule?(name: string): unknown;
}
interface V8Module {
  setFlagsFromString(flag: string): void;
}
interface VmModule {
  createContext(object: object, options: { readonly microtaskMode: "afterEvaluate" }): object;
  runInNewContext(code: string): unknown;
  readonly Script: new (code: string) => { runInContext(context: object): unknown };
}

export interface Collector {
  /** From here on weak references made before no longer keep anything alive. */
  letGo(): void;
  /** Collects what died young, or (`whole`) everything that is dead. */
  collect(whole: boolean): void;
}

let known: Collector | null | undefined;

/** Undefined where there is none. */
export function collector(): Collector | undefined {
  if (known === undefined) known = makeCollector() ?? null;
  return known ?? undefined;
}

const { process } = globalThis as { readonly process?: NodeProcess };
const versions = process?.versions;
/** Whether there may be one: to make it takes milliseconds. */
export const mayCollect: boolean = versions?.["node"] !== undefined && versions["bun"] === undefined && versions["deno"] === undefined;

function makeCollector(): Collector | undefined {
  if (!mayCollect) return undefined;
  try {
    const v8 = process?.getBuiltinModule?.("node:v8") as V8Module | undefined;
    const vm = process?.getBuiltinModule?.("node:vm") as VmModule | undefined;
    if (v8 === undefined || vm === undefined) return undefined;
    v8.setFlagsFromString("--expose-gc");
    const gc = vm.runInNewContext("gc");
    v8.setFlagsFromString("--no-expose-gc");
    if (typeof gc !== "function") return undefined;
    const context = vm.createContext({}, { microtaskMode: "afterEvaluate" });
    const nothing = new vm.Script("0");
    return {
      letGo: () => void nothing.runInContext(context),
      collect: (whole) => void (gc as (options: { readonly type: string }) => void)({ type: whole ? "major" : "minor" }),
    };
  } catch {
    return undefined;
  }
}

/**
 * Frees what JavaScript's memory has of spilled results that nobody holds any more, where the engine lets it pile up: Bun's counts on
 * memory without end. Others do so by themselves.
 */
export function collectSpilled(): void {
  (globalThis as { readonly Bun?: { gc?(now: boolean): unknown } }).Bun?.gc?.(true);
}
