/** All that can be seen of a run of a function: what it logs, what it returns or throws, and what it leaves changed. */
import { compile } from "./evaluate.ts";
import { build, describeValue, type Log, type Spec } from "./plain-values.ts";

/** Runs a CommonJS text whose export is a function, or a generator function driven to its end, and tells all that can be seen of it. */
export async function outcome(code: string, values: readonly Spec[]): Promise<readonly string[]> {
  const log: Log = [];
  const seen = (id: unknown, value?: unknown): unknown => (log.push(`${String(id)}: ${describeValue(value)}`), value);
  const list: unknown[] = [1, "two"];
  const o = {
    p: 1, id: "o", method(this: { id: unknown }, v: unknown) { return seen(`method of ${String(this.id)}`, [v]); },
    get getter() { return seen("getter", 3); }, set setter(v: unknown) { seen("setter", v); },
  };
  const receiver = { tag: "receiver" };
  try {
    const names = { seen, list, o, k: 1, tag: (_: unknown, v: unknown) => seen("tag", v), named: (f: unknown) => seen("named", f) };
    const started = compile(code, names).apply(receiver, values.map((value) => build(value, log)));
    log.push(`returns ${describeValue(await finished(started, seen))}`);
  } catch (error) {
    log.push(`throws ${describeValue(error)}`);
  }
  return [...log, describeValue(list), describeValue(o), describeValue(receiver)];
}

export function isValid(code: string): boolean {
  try {
    return typeof new Function("module", code) === "function";
  } catch {
    return false;
  }
}

async function finished(started: unknown, seen: (id: string, value: unknown) => unknown): Promise<unknown> {
  if (typeof started !== "object" || started === null || !("next" in started) || typeof started.next !== "function") return started;
  for (let step = 0; step < 50; step++) {
    const { value, done } = (await started.next(step)) as { value: unknown; done: boolean };
    if (done) return value;
    seen("yielded", value);
  }
  return "endless";
}
