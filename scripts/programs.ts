/** Other engines, kept in `.cache`: they cannot be in the lock file, because they are another Node or exist for this platform only. */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readdirSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cache, root } from "./stage.ts";

/** The file of a package, which is installed where it is missing; undefined where it cannot be. */
export function cached(name: string, version: string, path: string): string | undefined {
  const folder = join(cache, "programs", `${name.replaceAll("/", "-")}-${version}`);
  const file = join(folder, "node_modules", name, path);
  if (existsSync(file)) return file;
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, "package.json"), "{}");
  spawnSync("npm", ["install", "--no-save", "--no-audit", "--no-fund", "--ignore-scripts", `${name}@${version}`], { cwd: folder, shell: process.platform === "win32" });
  return existsSync(file) ? file : undefined;
}

/** The oldest Node that package.json promises. */
export function oldestNode(): string | undefined {
  const platform = `${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;
  return cached(`node-${platform}`, "24.21.0", "bin/node");
}

export function deno(): string | undefined {
  return process.platform === "linux" ? cached(`@deno/linux-${process.arch}-glibc`, "2.9.6", "deno") : undefined;
}

/** The package's install script, where it may run, moves the program out of the package of its platform, to where a short stub lies before. */
export function bun(): string | undefined {
  const moved = join(root, "node_modules/bun/bin/bun.exe");
  const packages = join(root, "node_modules/@oven");
  const kept = existsSync(packages) ? readdirSync(packages).map((name) => join(packages, name, "bin/bun")) : [];
  return [...kept, moved].find((path) => existsSync(path) && statSync(path).size > 1_000_000);
}

/** A Chromium or Chrome that the system has, or that CHROMIUM_PATH names. */
export function chromium(): string | undefined {
  const named = process.env["CHROMIUM_PATH"];
  if (named !== undefined && named !== "") return existsSync(named) ? named : undefined;
  const folders = (process.env["PATH"] ?? "").split(":");
  const names = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"];
  const places = names.flatMap((name) => folders.map((folder) => join(folder, name)));
  return [...places, "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome"].find((path) => existsSync(path));
}
