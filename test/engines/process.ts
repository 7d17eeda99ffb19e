/** The suite as a program for Node, Deno and Bun: options as JSON in the argument, the report as JSON in the last line. */
import { checkEngine, type EngineOptions } from "./check.ts";

const { argv } = (globalThis as unknown as { readonly process: { readonly argv: readonly string[] } }).process;
console.log(JSON.stringify(await checkEngine(JSON.parse(argv[2] as string) as EngineOptions)));
