/** The package as users install it: built anew by run.ts. From its sources a process would also be busy with taking the types out of them. */
const built = (await import(new URL("../dist/index.js", import.meta.url).href)) as typeof import("../src/index.ts");
export default built;
