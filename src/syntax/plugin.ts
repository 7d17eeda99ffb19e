/** The rewrite as a plugin of every bundler that unplugin knows; each door is a file beside this one. */
import { createUnplugin, type UnpluginInstance } from "unplugin";
import { isScript } from "./parse.ts";
import { mayNeedRewrite, rewrite, type RewriteOptions } from "./rewrite.ts";
import { belongsToPackage } from "./packages.ts";

export interface TraceOptions {
  /** "traced" (the default) rewrites traced functions, "all" every file the bundler passes on. */
  readonly include?: "traced" | "all";
  /** Module specifiers that count as chainrule besides "chainrule" and "chainrule/…": a file of yours that re-exports it. */
  readonly imports?: readonly string[];
}

export const trace: UnpluginInstance<TraceOptions | undefined, false> = createUnplugin((options: TraceOptions | undefined = {}) => ({
  name: "chainrule",
  enforce: "pre" as const,
  transform: {
    filter: { id: /\.(?:m|c)?[jt]sx?(?:$|\?)|[?&]lang\./ },
    handler(code, id) {
      const result = transform(code, id, options);
      for (const { message, line, column } of result?.warnings ?? []) this.warn({ message, id, loc: { file: id, line, column: column - 1 } });
      return result?.map ? { code: result.code, map: result.map } : null;
    },
  },
  esbuild: { onLoadFilter: /\.(?:m|c)?[jt]sx?$/ },
}));

/** The rewrite of a bundler's module, or null where it is to stay as it is. */
export function transform(code: string, id: string, options: RewriteOptions): ReturnType<typeof rewrite> {
  if (!isScript(id) || belongsToPackage(id, code) || !mayNeedRewrite(code, options)) return null;
  return rewrite(code, id, options);
}
