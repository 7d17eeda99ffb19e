/** The suite and a network in training as a program for Node, Deno and Bun: options as JSON in the argument, the report as JSON in the last line. */
import { checkEngine, type EngineOptions, type EngineReport } from "./check.ts";
import { trainAndJudge } from "./training.ts";

export interface ProcessReport extends EngineReport {
  /** What is wrong with the training, or null. */
  readonly training: string | null;
}

const { argv } = (globalThis as unknown as { readonly process: { readonly argv: readonly string[] } }).process;
const suite = await checkEngine(JSON.parse(argv[2] as string) as EngineOptions);
const { fault } = await trainAndJudge({});
const report: ProcessReport = { ...suite, training: fault };
console.log(JSON.stringify(report));
