/**
 * Installs the peers beside this file, never into the package: npm's from package-lock.json, Python's into `.venv`. What
 * cannot be installed is left out of the tables, and said.
 */
import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const here = import.meta.dirname;
export const python: string = join(here, ".venv", process.platform === "win32" ? "Scripts/python.exe" : "bin/python");
const TORCH = "2.13.0";

export function install(): void {
  const locked = readFileSync(join(here, "package-lock.json"), "utf8");
  step("npm", join(here, "node_modules", ".installed"), locked, () => {
    run("npm", ["ci", "--ignore-scripts", "--no-audit", "--no-fund"]); // onnxruntime's script would fetch CUDA
  });
  const wanted = readFileSync(join(here, "requirements.txt"), "utf8");
  step("JAX and NumPy", join(here, ".venv", ".installed"), wanted, () => {
    run("python3", ["-m", "venv", ".venv"]);
    pip("-r", "requirements.txt");
  });
  step("PyTorch", join(here, ".venv", ".torch"), TORCH, () => {
    const wheel = `torch==${TORCH}`;
    try {
      pip("--index-url", "https://download.pytorch.org/whl/cpu", "--timeout", "10", "--retries", "0", wheel);
    } catch {
      pip(wheel); // the same library for processors, and 5 GB of CUDA that nobody uses
    }
  });
}

/** Does `work` unless `stamp` says that it was done for `wanted`. */
function step(name: string, stamp: string, wanted: string, work: () => void): void {
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  console.error(`bench: installing ${name} …`);
  try {
    work();
    writeFileSync(stamp, wanted);
  } catch (error) {
    console.error(`bench: ${name} is left out: ${String(error).split("\n")[0]}`);
  }
}

function pip(...args: string[]): void {
  run(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", ...args]);
}

function run(command: string, args: readonly string[]): void {
  execFileSync(command, args, { cwd: here, stdio: ["ignore", 2, 2] });
}
