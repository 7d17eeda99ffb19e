/** The package as users install it: built anew by run.ts. From its sources a process would also be busy with taking the types out of them. */
import type * as chainrule from "../src/index.ts";

const built = (await import(new URL("../dist/chainrule.js", import.meta.url).href)) as typeof chainrule;
export default built;
