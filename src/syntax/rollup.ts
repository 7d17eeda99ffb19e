/** The plugin for Rollup: `import trace from "chainrule/rollup"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.rollup = trace.rollup;
export default plugin;
