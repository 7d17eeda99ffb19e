/** What runs this: the engine, the machine, the version of chainrule, and what the environment sets. */
import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";

export function version(): string {
  // two folders up from here, in src/ as in dist/
  return (JSON.parse(readFileSync(new URL("../../package.json", import.meta.url), "utf8")) as { readonly version: string }).version;
}

export interface Engine {
  readonly name: string;
  readonly isNode: boolean;
  readonly platform: string;
  readonly cpus: number;
}

export function engine(): Engine {
  const { deno, bun, node, v8 } = process.versions as Readonly<Record<string, string | undefined>>;
  const isNode = deno === undefined && bun === undefined;
  const name = deno !== undefined ? `Deno ${deno}` : bun !== undefined ? `Bun ${bun}` : `Node ${node}`;
  return { name: bun === undefined ? `${name} (V8 ${v8})` : name, isNode, platform: `${process.platform} ${process.arch}`, cpus: availableParallelism() };
}

/** A variable of the environment that chainrule reads; empty counts as absent. */
export function variable(name: "CHAINRULE_WASM" | "CHAINRULE_THREADS"): string | undefined {
  const text = process.env[name];
  return text === "" ? undefined : text;
}
