/** Which lines of the user's source the memory of a program goes back to, for messages about memory. */
import type { Place } from "../../core/place.ts";
import { showType, tensorType } from "../../core/type.ts";
import type { Buffer, KernelProgram } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import { described } from "./heap.ts";

/** Where what a buffer holds in the end is made. */
export function placesOf({ kernels }: KernelProgram, { traffic }: MemoryPlan): Map<Buffer, Place> {
  const places = new Map<Buffer, Place>();
  kernels.forEach(({ place }, k) => {
    if (place !== undefined) for (const buffer of traffic[k]?.writes ?? []) places.set(buffer, place);
  });
  return places;
}

/** The largest buffers of the arena. */
export function largestTemporaries({ buffers }: KernelProgram, { homes }: MemoryPlan, places: ReadonlyMap<Buffer, Place>): string {
  const largest = buffers.filter((b) => homes[b.id]?.kind === "arena").sort((a, b) => bytesOf(b) - bytesOf(a)).slice(0, 3);
  const list = largest.map((b) => described({ role: showType(tensorType(b.dtype, [b.length])), place: places.get(b) }, bytesOf(b)));
  return `the largest temporaries: ${list.join("; ")}`;
}
