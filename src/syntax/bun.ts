/**
 * The plugin for Bun: `import trace from "chainrule/bun"`, for `Bun.build` and, through `bun --preload`, for running files. It is
 * written by hand because unplugin's does not run files. Bun reads no source map from a plugin: lines are right, columns are those of the rewritten text.
 */
import { readFile } from "node:fs/promises";
import { transform, type TraceOptions } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

type Loader = "js" | "jsx" | "ts" | "tsx";

/** The part of Bun's plugin interface that is used here. */
export interface BunPlugin {
  readonly name: string;
  setup(build: {
    onLoad(filter: { filter: RegExp }, load: (file: { path: string }) => Promise<{ contents: string; loader: Loader }>): unknown;
  }): void;
}

/** Bun takes every file that a plugin answers for as an ES module: installed packages and CommonJS files are kept out. */
const modules = /^(?!.*[\\/]node_modules[\\/]).*\.m?[jt]sx?$/;

export default function trace(options: TraceOptions = {}): BunPlugin {
  return {
    name: "chainrule",
    setup(build) {
      build.onLoad({ filter: modules }, async ({ path }) => {
        const code = await readFile(path, "utf8");
        const result = transform(code, path, options);
        for (const { message, line, column } of result?.warnings ?? []) console.warn(`${path}:${line}:${column} ${message}`);
        return { contents: result?.code ?? code, loader: loaderOf(path) };
      });
    },
  };
}

function loaderOf(path: string): Loader {
  if (path.endsWith("x")) return path.endsWith(".tsx") ? "tsx" : "jsx";
  return path.endsWith("ts") ? "ts" : "js";
}
