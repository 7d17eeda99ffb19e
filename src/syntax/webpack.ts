/** The plugin for webpack: `import trace from "chainrule/webpack"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.webpack = trace.webpack;
export default plugin;
