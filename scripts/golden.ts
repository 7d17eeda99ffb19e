/**
 * Makes the golden values anew: runs test/golden/generate*.py and examples/*.py, most of which run JAX, in a Python environment of its own.
 * Needs Python 3.11 or newer on the machine. The values are committed; nothing else needs Python.
 */
import { existsSync, globSync } from "node:fs";
import { join } from "node:path";
import { cache, root, run } from "./stage.ts";

const folder = join(root, "test", "golden");
const environment = join(cache, "golden-python");
const python = join(environment, process.platform === "win32" ? "Scripts/python.exe" : "bin/python");

await step("python3", ["-m", "venv", environment], existsSync(python));
await step(python, ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", join(folder, "requirements.txt")]);
for (const script of globSync(["generate*.py", "examples/*.py"], { cwd: folder }).filter((file) => !file.endsWith("common.py")).sort()) {
  console.log(script);
  await step(python, [join(folder, script)]);
}

async function step(command: string, args: readonly string[], done = false): Promise<void> {
  if (done) return;
  const { code } = await run(command, args, { show: true });
  if (code !== 0) process.exit(code);
}
