/** Trees of results, built again and again from leaves: as `unflatten`, prepared once. */
import { range } from "../core/shape.ts";
import { leafCount, type Structure, unflatten } from "../core/tree.ts";

/** Builds the tree; `leaf(i)` is asked once for each leaf, in order, before any code of the user runs. */
export function wrapper(structure: Structure, leaf: (index: number) => unknown): () => unknown {
  let next = 0;
  let runsCode = false;
  const build = (s: Structure): (() => unknown) => {
    switch (s.kind) {
      case "leaf": {
        const index = next++;
        return () => leaf(index);
      }
      case "none": {
        const { value } = s;
        return () => value;
      }
      case "tuple": {
        const items = s.items.map(build);
        return () => {
          const out: unknown[] = [];
          for (let i = 0; i < items.length; i++) out.push((items[i] as () => unknown)());
          return out;
        };
      }
      case "object": {
        const { keys } = s;
        const items = s.items.map(build);
        if (keys.includes("__proto__")) return () => Object.fromEntries(keys.map((k, i) => [k, (items[i] as () => unknown)()]));
        return () => {
          const out: Record<string, unknown> = {};
          for (let i = 0; i < items.length; i++) out[keys[i] as string] = (items[i] as () => unknown)();
          return out;
        };
      }
      case "class":
        runsCode = true;
        return () => undefined;
    }
  };
  const built = build(structure);
  if (!runsCode) return built;
  // instances are made by the user's code, which may itself call traced functions
  const leaves = range(leafCount(structure));
  return () => unflatten(structure, leaves.map(leaf));
}
