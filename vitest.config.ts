/** The unit tests: test/**\/*.test.ts, run on the sources, with `"use trace"` rewritten as in a user's project. */
import { availableParallelism } from "node:os";
import { defaultServerConditions } from "vite";
import { defineConfig } from "vitest/config";
import type { ViteUserConfig } from "vitest/config";
import trace from "./src/syntax/vite.ts";

const conditions = ["chainrule-source", ...defaultServerConditions];

const config: ViteUserConfig = defineConfig({
  plugins: [trace()],
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ["test/**/*.test.ts"],
    maxWorkers: availableParallelism(), // vitest leaves one core to itself, which has little to do
    testTimeout: 60_000, // a shared, busy machine is no fault of the code
    execArgv: ["--conditions=chainrule-source"],
  },
});

export default config;
