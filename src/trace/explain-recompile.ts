/** Why a function was traced again: which part of the key of each of its programs differs from those before. */
import { ArgumentError } from "../errors.ts";
import { describe } from "../core/shape.ts";
import { showStructure, type Structure } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { argumentName } from "./arguments.ts";
import type { Signature } from "./trace.ts";
import { specOfTraceable } from "./traceable-fn.ts";

/**
 * What made a traceable function trace and compile again, one line per program: what is different from the most similar earlier one.
 *
 * @throws ArgumentError where `fn` was not made by `traceFn` or a method of what it makes.
 * @example
 * const f = traceFn((x: Tensor) => x.mul(2));
 * f([1, 2, 3]); f([1, 2, 3, 4]);
 * explainRecompile(f);
 * // f has 2 programs
 * // 1. f32[3]
 * // 2. argument 0: f32[3] → f32[4]
 */
export function explainRecompile(fn: unknown): string {
  const spec = specOfTraceable(fn);
  if (spec === undefined) throw new ArgumentError(`explainRecompile: expected a function made by traceFn, got ${describe(fn)}`, { hint: "functions made by the doors grad, vmap, … are made anew by each call: keep the one that you call" });
  const signatures = [...spec.programs.values()].map((entry) => entry.signature);
  const lines = signatures.map((signature, i) => {
    const differences = signatures.slice(0, i).map((earlier) => differencesOf(earlier, signature));
    const least = differences.reduce<readonly string[] | undefined>((best, d) => (best === undefined || d.length <= best.length ? d : best), undefined);
    return `${i + 1}. ${least === undefined ? signature.types.map(showType).join(", ") || "no arguments" : least.join("; ")}`;
  });
  return [`${spec.name} has ${lines.length} program${lines.length === 1 ? "" : "s"}`, ...lines].join("\n");
}

function shown(value: unknown): string {
  return Object.is(value, -0) ? "-0" : describe(value);
}

function itemsOf({ structure }: Signature): readonly Structure[] {
  return structure.kind === "tuple" ? structure.items : [];
}

/** At least one: two programs of a function have different keys. */
function differencesOf(before: Signature, now: Signature): string[] {
  const [old, items] = [itemsOf(before), itemsOf(now)];
  const found: string[] = [];
  if (old.length !== items.length) found.push(`${old.length} argument${old.length === 1 ? "" : "s"} → ${items.length}`);
  const sameStructure = showStructure(before.structure) === showStructure(now.structure);
  for (let i = 0; !sameStructure && i < Math.min(old.length, items.length); i++) {
    const [a, b] = [showStructure(old[i] as Structure), showStructure(items[i] as Structure)];
    if (a !== b) found.push(`argument ${i}: tree ${a} → ${b}`);
  }
  if (sameStructure) {
    now.types.forEach((type, leaf) => {
      const [a, b] = [showType(before.types[leaf] as typeof type), showType(type)];
      if (a !== b) found.push(`${argumentName(now.structure, leaf)}: ${a} → ${b}`);
    });
  } else if (found.length === 0 || old.length !== items.length) {
    found.push(`types ${before.types.map(showType).join(", ") || "none"} → ${now.types.map(showType).join(", ") || "none"}`);
  }
  for (const [position, value] of now.statics) {
    if (before.statics.has(position) && Object.is(before.statics.get(position), value)) continue;
    const [a, b] = [shown(before.statics.get(position)), shown(value)];
    found.push(`static argument ${position}: ${a} → ${a === b ? `another ${b}` : b}`);
  }
  if (before.defaultFloat !== now.defaultFloat) found.push(`dtype of plain numbers: ${before.defaultFloat} → ${now.defaultFloat}`);
  if (found.length === 0) found.push("the named axes around the call");
  return found;
}
