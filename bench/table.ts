/** Results as a Markdown table: a cell is the median (the best tenth), and how many times the package is faster than that side. */
import { arch, cpus, platform } from "node:os";
import { readFileSync } from "node:fs";
import type { Part, Row } from "./cases.ts";
import type { Result } from "./measure.ts";
import type { Side } from "./side.ts";

export type Line = { readonly row: Row; readonly results: ReadonlyMap<string, Result> };

export function table(part: Part, lines: readonly Line[], sides: readonly Side[]): string {
  const names = part.sides.filter((name) => sides.some((side) => side.name === name));
  const notes = new Map<string, number>();
  const body = lines.map(({ row, results }) => {
    const ours = results.get("chainrule");
    const cells = names.map((name) => {
      const result = results.get(name);
      if (result === undefined) return "–";
      if ("skip" in result) {
        if (!notes.has(result.skip)) notes.set(result.skip, notes.size + 1);
        return `– [${notes.get(result.skip)}]`;
      }
      const median = three(row.show(result.median));
      const text = part.firstCall ? median : `${median} (${three(row.show(result.best))})`;
      const threads = result.threads === null ? "" : ` ${result.threads} t`;
      const wrong = result.wrong === null ? "" : ` **WRONG: ${result.wrong}**`;
      if (name === "chainrule") return `${text}${wrong}`;
      const ratio = ours !== undefined && !("skip" in ours) ? ` **${three(result.median / ours.median)}×**` : "";
      return `${text}${threads}${ratio}${wrong}`;
    });
    return `| ${row.title} | ${cells.join(" | ")} |`;
  });
  return [
    `| | ${names.join(" | ")} |`, `| --- |${" --- |".repeat(names.length)}`, ...body,
    ...(notes.size === 0 ? [] : ["", ...[...notes].map(([text, i]) => `[${i}] ${text}  `)]),
  ].join("\n");
}

function three(x: number): string {
  if (!Number.isFinite(x)) return "–";
  return x >= 100 ? Math.round(x).toLocaleString("en") : x.toPrecision(3);
}

/** The class of machine, without its name. */
export function machine(): string {
  const info = readCpuInfo();
  const field = (name: string): string => new RegExp(`^${name}\\s*: (.*)$`, "m").exec(info)?.[1] ?? "";
  const family = info === "" ? "" : `, family ${field("cpu family")} model ${field("model")}`;
  const wide = ["avx512f", "avx2", "avx"].find((flag) => field("flags").split(" ").includes(flag));
  return `${cpus()[0]?.model.trim() ?? "unknown processor"}${family}${wide === undefined ? "" : `, ${wide}`}, ${cpus().length} cores, ${platform()} ${arch()}`;
}

function readCpuInfo(): string {
  try {
    return readFileSync("/proc/cpuinfo", "utf8");
  } catch {
    return "";
  }
}
