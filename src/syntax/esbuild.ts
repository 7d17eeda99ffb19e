/** The plugin for esbuild: `import trace from "chainrule/esbuild"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.esbuild = trace.esbuild;
export default plugin;
