/** The unit tests: test/**\/*.test.ts, run on the sources, with `"use trace"` rewritten as in a user's project. */
import { existsSync } from "node:fs";
import { defaultServerConditions } from "vite";
import type { PluginOption } from "vite";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";

const conditions = ["chainrule-source", ...defaultServerConditions];
const door = new URL("./src/syntax/vite.ts", import.meta.url);
const rewrite = existsSync(door) ? ((await import(door.href)) as { default: () => PluginOption }).default() : [];

const config: ViteUserConfig = defineConfig({
  plugins: [rewrite],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    execArgv: ["--conditions=chainrule-source"],
  },
});

export default config;
