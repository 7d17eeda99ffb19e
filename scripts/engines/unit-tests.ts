/** All unit tests with each part of the backend on and off, on this Node and the oldest: most of an hour. */
import { join } from "node:path";
import { oldestNode } from "../programs.ts";
import { root, run, type Report } from "../stage.ts";

const levels = ["wide", "relaxed", "simd", "scalar"];

export async function unitTests(report: Report): Promise<void> {
  const nodes = [{ name: `Node ${process.versions.node}`, path: process.execPath }, { name: "Node 24", path: oldestNode() }];
  for (const { name, path } of nodes) {
    for (const level of levels) {
      for (const threads of [1, 2]) {
        const what = `unit tests, ${name}, ${level}, ${threads} thread${threads === 1 ? "" : "s"}`;
        if (path === undefined) {
          report.skip(what, "it cannot be installed here");
          continue;
        }
        const args = [join(root, "node_modules", "vitest", "vitest.mjs"), "run", "--reporter=dot", "--silent"];
        const { code, output } = await run(path, args, { env: { CHAINRULE_WASM: level, CHAINRULE_THREADS: String(threads) } });
        report.check(what, code === 0 ? null : output.slice(-6000));
      }
    }
  }
}
