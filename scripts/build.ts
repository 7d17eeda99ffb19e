/**
 * The build: plain `tsc` emit of src/ to dist/, the library as one file for engines that link without a bundler, what first calls run marked in it,
 * then a look at whether every file that package.json names is there.
 */
import { existsSync, readFileSync, rmSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { build as bundle } from "esbuild";
import { compileFirstCallsEagerly } from "./eager.ts";
import { failureOf, root, tool } from "./stage.ts";

type Target = string | Readonly<Record<string, string>>;

const whole = join(root, "dist", "chainrule.js");

let built: Promise<string | null> | undefined;

/** Builds dist/ anew, once in a process; the returned text says what went wrong, null when nothing did. */
export function build(): Promise<string | null> {
  built ??= emit();
  return built;
}

async function emit(): Promise<string | null> {
  rmSync(join(root, "dist"), { recursive: true, force: true });
  const failure = failureOf(await tool("typescript/bin/tsc", ["-p", "tsconfig.build.json"]));
  if (failure !== null) return failure;
  try {
    await bundle({ entryPoints: [join(root, "dist", "index.js")], outfile: whole, bundle: true, format: "esm", platform: "node", target: "es2024", sourcemap: true, sourcesContent: false, logLevel: "silent" });
  } catch (error) {
    return (error as Error).message;
  }
  const unmarked = await compileFirstCallsEagerly(whole);
  if (unmarked !== null) return unmarked;
  const missing = targets().filter((file) => !existsSync(join(root, file)));
  return missing.length === 0 ? null : `package.json names files that do not exist: ${missing.join(", ")}`;
}

/** The entries of the package as users import them, `"chainrule"` first. */
export function entries(): string[] {
  return Object.keys(manifest().exports).filter((path) => path !== "./package.json").map((path) => `chainrule${path.slice(1)}`);
}

function targets(): string[] {
  const { exports, bin } = manifest();
  return [...Object.values(exports), bin].flatMap((target) => typeof target === "string" ? [target] : Object.values(target));
}

interface Manifest {
  readonly exports: Readonly<Record<string, Target>>;
  readonly bin: Readonly<Record<string, string>>;
}

function manifest(): Manifest {
  return JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as Manifest;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? "").href) {
  const failure = await build();
  if (failure !== null) {
    console.error(failure);
    process.exitCode = 1;
  }
}
