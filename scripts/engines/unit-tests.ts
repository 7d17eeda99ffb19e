/**
 * The unit tests on this Node and the oldest, with each part of the backend on and off; those that do not depend on it run once on each
 * (on this Node by `npm test`). Half an hour and more.
 */
import { join } from "node:path";
import { oldestNode } from "../programs.ts";
import { root, run, type Report } from "../stage.ts";

const levels = ["wide", "relaxed", "simd", "scalar"];

/** Sources in, sources out; the backend's own tests, which choose what is on by themselves; commands. */
const whateverIsOn = ["test/syntax/**", "test/backends/wasm/**", "test/cli/**", "test/scripts/**"];

export async function unitTests(report: Report): Promise<void> {
  const all = { what: "all", env: {}, without: [] };
  const ways = levels.flatMap((level) => [1, 2].map((threads) => ({
    what: `${level}, ${threads} thread${threads === 1 ? "" : "s"}`,
    env: { CHAINRULE_WASM: level, CHAINRULE_THREADS: String(threads) },
    without: whateverIsOn,
  })));
  const nodes = [
    { name: `Node ${process.versions.node}`, path: process.execPath, runs: ways },
    { name: "Node 24", path: oldestNode(), runs: [all, ...ways] },
  ];
  for (const { name, path, runs } of nodes) {
    for (const { what, env, without } of runs) {
      if (path === undefined) {
        report.skip(`unit tests, ${name}, ${what}`, "it cannot be installed here");
        continue;
      }
      const exclude = without.flatMap((pattern) => ["--exclude", pattern]);
      const args = [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--reporter=dot", "--silent", ...exclude];
      const { code, output } = await run(path, args, { env });
      report.check(`unit tests, ${name}, ${what}`, code === 0 ? null : output.slice(-6000));
    }
  }
}
