/** Runs the example as a user does, in a process of its own, from a directory of its own. */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
const flags: readonly string[] = ["--conditions=chainrule-source", "--import", join(root, "src/syntax/register.ts")];

export type Outcome = { readonly code: number | null; readonly out: string; readonly err: string };
export type RunOptions = {
  /** Below examples/. */
  readonly file?: string;
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Sent SIGINT when this text has appeared. */
  readonly interruptAt?: string;
};

export function runExample(args: readonly string[], { file = "fashion-mnist/main.ts", cwd = root, env = {}, interruptAt }: RunOptions = {}): Promise<Outcome> {
  const child = spawn(process.execPath, [...flags, join(root, "examples", file), ...args], { cwd, env: { ...process.env, NO_COLOR: "1", CHAINRULE_FASHION_MNIST: "", ...env } });
  let out = "";
  let err = "";
  child.stdout.on("data", (chunk: Buffer) => {
    out += chunk.toString();
    if (interruptAt !== undefined && out.includes(interruptAt)) child.kill("SIGINT");
  });
  child.stderr.on("data", (chunk: Buffer) => (err += chunk.toString()));
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (code) => resolve({ code, out, err }));
  });
}

/** A new directory, and how to remove it. */
export function temporaryDirectory(): { readonly path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "chainrule-example-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}
