/**
 * What a stage of `npm test` is, and how stages run other programs.
 * The stages themselves are the files named in test.ts.
 */
import { spawn } from "node:child_process";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root: string = join(dirname(fileURLToPath(import.meta.url)), "..");
/** Scratch space inside the repository, so that what lies there may import "chainrule". */
export const cache: string = join(root, ".cache");

export interface Report {
  check(name: string, failure: string | null): void;
  /** What cannot be checked on this machine, and why. */
  skip(name: string, reason: string): void;
  /** The results of a runner that has printed them itself: how many passed, the names of those that did not. */
  add(passed: number, failed: readonly string[]): void;
}

export interface Stage {
  readonly name: string;
  /** `full`: with what takes too long for every change. */
  readonly run: (report: Report, full: boolean) => Promise<void>;
}

export interface Finished {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
  /** Both streams as they came. */
  readonly output: string;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Show the output while it comes. */
  readonly show?: boolean;
}

export function run(command: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, {
      cwd: options.cwd ?? root,
      env: { ...process.env, ...options.env },
      stdio: ["ignore", "pipe", "pipe"],
      shell: process.platform === "win32" && command === "npm",
    });
    let stdout = "", stderr = "", output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      stdout += text;
      output += text;
      if (options.show) process.stdout.write(text);
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      output += text;
      if (options.show) process.stderr.write(text);
    });
    child.on("error", reject);
    child.on("close", (code, signal) => {
      const ended = signal === null ? "" : `ended by ${signal}\n`;
      resolve({ code: code ?? 1, stdout, stderr: stderr + ended, output: output + ended });
    });
  });
}

/** Runs a program of node_modules on this Node. */
export function tool(script: string, args: readonly string[], options: RunOptions = {}): Promise<Finished> {
  return run(process.execPath, [join(root, "node_modules", script), ...args], options);
}

/** null where the program succeeded, else what it said: the failure of a check. */
export function failureOf(finished: Finished): string | null {
  return finished.code === 0 ? null : finished.output.trim() || `exit code ${finished.code}, without a word`;
}

/** `Promise.all` over items, as many at a time as there are cores. */
export async function eachItem<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = items.values();
  const worker = async (): Promise<void> => {
    for (const item of queue) await work(item);
  };
  await Promise.all(Array.from({ length: availableParallelism() }, worker));
}
