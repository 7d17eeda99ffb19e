/** The plugin for Rolldown: `import trace from "chainrule/rolldown"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.rolldown = trace.rolldown;
export default plugin;
