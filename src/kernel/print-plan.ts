/** The memory plan as text: each buffer with its place, size and lifetime, and how much of the arena is in use while each kernel runs. */
import { dtypes } from "../core/dtype.ts";
import { type Buffer, isControl, type KernelProgram } from "./ir.ts";
import { bytesOf, type Home, type Lifetime } from "./places.ts";
import type { MemoryPlan } from "./plan.ts";

export function printPlan({ buffers, kernels }: KernelProgram, { homes, lifetimes, inside, arena }: MemoryPlan): string {
  const rows = buffers.map((b): string[] => {
    const life = lifetimes[b.id];
    const when = life === undefined ? (homes[b.id]?.kind === "shared" ? "inside" : "never used") : lifeText(life, kernels.length);
    return [`b${b.id}`, roleText(b), `${dtypes[b.dtype].short}[${b.length}]`, sizeText(bytesOf(b)), when, homeText(b, homes[b.id] ?? { kind: "unused" })];
  });
  const table = align([["buffer", "what", "type", "size", "kernels", "place"], ...rows]);
  const inArena = buffers.filter((b) => homes[b.id]?.kind === "arena");
  const use = kernels.map((kernel, k): string[] => {
    // buffers that share a place count once
    const offsets = new Map<number, number>();
    for (const b of inArena) {
      const life = lifetimes[b.id];
      const home = homes[b.id];
      if (home?.kind === "arena" && life !== undefined && life.within === undefined && life.first <= k && life.last >= k) offsets.set(home.offset, bytesOf(b));
    }
    const within = isControl(kernel) ? (inside.get(kernel)?.bytes ?? 0) : 0;
    return [`${k}`, kernel.name, sizeText([...offsets.values()].reduce((sum, n) => sum + n, within))];
  });
  return [...table, "", ...align([["kernel", "name", "arena in use"], ...use]), "", `arena: ${sizeText(arena)}`].join("\n");
}

function lifeText({ first, last, within }: Lifetime, count: number): string {
  if (within !== undefined) return `inside ${within.kernel.name}`;
  return `${first < 0 ? "before" : first} to ${last >= count ? "the end" : last}`;
}

function roleText({ role }: Buffer): string {
  return role.kind === "input" || role.kind === "output" ? `${role.kind} ${role.index}` : role.kind;
}

function homeText(b: Buffer, home: Home): string {
  switch (home.kind) {
    case "arena":
      return `arena at ${home.offset}`;
    case "result":
      return home.buffer === b ? "memory of the result" : `in place of b${home.buffer.id}`;
    case "input":
      return home.buffer === b ? "memory of the argument" : `takes over b${home.buffer.id}`;
    case "shared":
      return `${b.role.kind === "window" ? "window on" : "in place of"} b${home.with.id}`;
    case "constant":
      return "kept with the program";
    case "unused":
      return "none";
  }
}

function sizeText(bytes: number): string {
  return bytes >= 2 ** 20 ? `${(bytes / 2 ** 20).toFixed(1)} MiB` : bytes >= 2 ** 10 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${bytes} B`;
}

function align(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] as readonly string[]).map((_, c) => Math.max(...rows.map((r) => (r[c] as string).length)));
  return rows.map((r) => r.map((cell, c) => cell.padEnd(widths[c] as number)).join("  ").trimEnd());
}
