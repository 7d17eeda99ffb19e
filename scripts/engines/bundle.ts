/** The files that the engine tests run: their own code, with the built library either inside or left where the server has it. */
import { join } from "node:path";
import { build, type Plugin } from "esbuild";
import { cache, root } from "../stage.ts";

export const folder: string = join(cache, "engines");

/** Test code names sources; what it gets is the build, one copy of each module. */
function built(place: (path: string) => { readonly path: string; readonly external?: boolean }): Plugin {
  return {
    name: "the built library",
    setup({ onResolve }) {
      onResolve({ filter: /^chainrule$/ }, () => place("index.js"));
      onResolve({ filter: /\/src\/.*\.ts$/ }, ({ path }) => place(path.replace(/^.*\/src\//, "").replace(/\.ts$/, ".js")));
    },
  };
}

/** One file that needs nothing else. */
export async function wholeBundle(entry: string, name: string): Promise<string> {
  return bundle(entry, name, built((path) => ({ path: join(root, "dist", path) })));
}

/** A file that imports the library from `/dist/` of the server, module by module. */
export async function thinBundle(entry: string, name: string): Promise<string> {
  return bundle(entry, name, built((path) => ({ path: `/dist/${path}`, external: true })));
}

async function bundle(entry: string, name: string, plugin: Plugin): Promise<string> {
  const outfile = join(folder, name);
  await build({
    entryPoints: [join(root, entry)], outfile, bundle: true, format: "esm", platform: "browser", target: "es2024", sourcemap: "inline", logLevel: "silent", plugins: [plugin],
  });
  return outfile;
}
