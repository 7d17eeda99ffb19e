/** The plugin for Vite: `import trace from "chainrule/vite"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.vite = trace.vite;
export default plugin;
