/** The plugin for Rspack: `import trace from "chainrule/rspack"`. */
import { trace } from "./plugin.ts";

export type { TraceOptions } from "./plugin.ts";

const plugin: typeof trace.rspack = trace.rspack;
export default plugin;
