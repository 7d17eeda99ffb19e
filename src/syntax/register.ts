/**
 * The rewrite in Node: `node --import chainrule/register app.ts`. The hook edits the source, TypeScript included; Node strips the types
 * afterwards. Source maps are switched on, so that stack traces show the lines and columns of the user's files.
 */
import { readFileSync } from "node:fs";
import { registerHooks, type LoadFnOutput } from "node:module";
import { fileURLToPath } from "node:url";
import { belongsToPackage } from "./packages.ts";
import { isScript, type ModuleKind } from "./parse.ts";
import { mayNeedRewrite, rewrite } from "./rewrite.ts";
import { inlineMap } from "./source-map.ts";

process.setSourceMapsEnabled(true);
registerHooks({
  load(url, context, nextLoad) {
    const loaded = nextLoad(url, context);
    return url.startsWith("file:") && isScript(url) ? edit(url, loaded) : loaded;
  },
});

function edit(url: string, loaded: LoadFnOutput): LoadFnOutput {
  const code = sourceText(url, loaded);
  if (!mayNeedRewrite(code) || belongsToPackage(url, code)) return loaded;
  const result = rewrite(code, url, { sourceType: kindOf(loaded.format) });
  for (const { message, line, column } of result?.warnings ?? []) {
    process.emitWarning(`${fileURLToPath(url)}:${line}:${column} ${message}`, "ChainruleWarning");
  }
  return result?.map ? { ...loaded, source: result.code + inlineMap(result.map) } : loaded;
}

function sourceText(url: string, loaded: LoadFnOutput): string {
  if (typeof loaded.source === "string") return loaded.source;
  return loaded.source == null ? readFileSync(fileURLToPath(url), "utf8") : new TextDecoder().decode(loaded.source);
}

function kindOf(format: string | null | undefined): ModuleKind | undefined {
  if (format?.startsWith("module")) return "module";
  return format?.startsWith("commonjs") ? "commonjs" : undefined;
}
