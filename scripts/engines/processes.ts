/** The conformance suite and a network in training as a child process: on Node with everything on and off, on the oldest Node, on Deno and on Bun. */
import type { Level } from "../../src/backends/wasm/features.ts";
import type { ProcessReport } from "../../test/engines/process.ts";
import { bun, deno, oldestNode } from "../programs.ts";
import { eachItem, run, type Report } from "../stage.ts";
import { faultOfReport, type Expected } from "./expected.ts";
import { wholeBundle } from "./bundle.ts";

interface Engine {
  readonly name: string;
  /** Undefined: cannot be had here. */
  readonly command: string | undefined;
  readonly args: readonly string[];
}

const current: Engine = { name: `Node ${process.versions.node}`, command: process.execPath, args: [] };

/** Joined vectors are there for Node on x64 processors alone. */
const onNode = process.arch === "x64" ? "wide" : "relaxed";

/** Of its JavaScript, which the reference uses, not of ours. */
const faultsOfDeno = { "atan2 of float64": "its Math.atan2(-1e-320, 1e308) is 0, not -0" };

export async function inProcesses(report: Report, full: boolean): Promise<void> {
  const suite = await wholeBundle("test/engines/process.ts", "process.js");
  const node24: Engine = { name: "Node 24", command: oldestNode(), args: [] };
  const onDeno: Engine = { name: "Deno without permissions", command: deno(), args: ["run", "--no-prompt", "--quiet"] };
  const onBun: Engine = { name: "Bun", command: bun(), args: ["run"] };
  // on this Node the unit tests have the suite at every level, on one thread
  const levels: readonly Level[] = onNode === "wide" ? ["scalar", "simd", "relaxed", "wide"] : ["scalar", "simd", "relaxed"];
  const everything = [1, 2].flatMap((threads) => levels.map((level): Expected => ({ level, threads })));
  const runs: readonly (readonly [Engine, Expected])[] = [
    ...(full ? everything : [{ level: onNode, threads: 2 }, { level: "scalar", threads: 2 }] as const).map((e) => [current, e] as const),
    ...(full ? everything : [{ level: onNode, threads: 1 }, { level: "relaxed", threads: 1 }, { level: onNode, threads: 2 }] as const).map((e) => [node24, e] as const),
    [onDeno, { level: "relaxed", threads: 2, skips: faultsOfDeno }],
    [onDeno, { level: "scalar", threads: 1 }],
    [onBun, { level: "relaxed", threads: 2 }],
    [onBun, { level: "scalar", threads: 1 }],
  ];
  await eachItem(runs, async ([{ name, command, args }, expected]) => {
    const what = `${name}, ${expected.level}, ${expected.threads} thread${expected.threads === 1 ? "" : "s"}`;
    if (command === undefined) {
      report.skip(what, "it cannot be installed here");
      return;
    }
    const finished = await run(command, [...args, suite, JSON.stringify(expected)]);
    const last = finished.stdout.trim().split("\n").at(-1) ?? "";
    if (finished.code !== 0 || !last.startsWith("{")) report.check(what, `exit code ${finished.code}\n${finished.output}`);
    else {
      const said = JSON.parse(last) as ProcessReport;
      const faults = [faultOfReport(said, expected), said.training].filter((f) => f !== null);
      report.check(what, faults.length === 0 ? null : faults.join("\n"));
    }
  });
}
