/** The plugin for Bun: `import trace from "chainrule/bun"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.bun = trace.bun;
export default plugin;
