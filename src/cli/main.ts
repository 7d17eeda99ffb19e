#!/usr/bin/env node
/** The command `chainrule`: finds the command that is asked for, prints help, and says what is wrong with anything else. */
import { parseArgs } from "node:util";
import { ChainruleError } from "../errors.ts";
import { version } from "./engine.ts";

const help = `usage: chainrule COMMAND

commands
  doctor    what of this machine is used and why, with a measurement of a second

options
  --help, -h       this text
  --version, -v    the version of chainrule
`;

/** Runs a command line; returns the exit code. */
async function main(args: readonly string[]): Promise<number> {
  let parsed;
  try {
    parsed = parseArgs({ args: [...args], allowPositionals: true, options: { help: { type: "boolean", short: "h" }, version: { type: "boolean", short: "v" } } });
  } catch (error) {
    return misused((error as Error).message);
  }
  const { values, positionals: [command, ...surplus] } = parsed;
  if (values.help === true || command === "help") return say(help);
  if (values.version === true) return say(`${version()}\n`);
  if (command === undefined) return misused("no command");
  if (command !== "doctor") return misused(`unknown command ${JSON.stringify(command)}`);
  if (surplus.length > 0) return misused(`doctor takes no arguments, got ${surplus.join(" ")}`);
  try {
    // the library is loaded when a command needs it
    const { doctor } = await import("./doctor.ts");
    return say(await doctor());
  } catch (error) {
    if (!(error instanceof ChainruleError)) throw error;
    console.error(`chainrule: ${error.message}`);
    return 1;
  }
}

function say(text: string): number {
  process.stdout.write(text);
  return 0;
}

function misused(what: string): number {
  console.error(`chainrule: ${what}\n\n${help}`);
  return 2;
}

process.exitCode = await main(process.argv.slice(2));
