/** Constants of a program in memory: small ones together in one block, large ones in slots that programs share. */
import type { ConcreteArray } from "../../core/concrete.ts";
import { dtypes } from "../../core/dtype.ts";
import { tensorType } from "../../core/type.ts";
import type { Block } from "../../kernel/allocator.ts";
import type { KernelProgram } from "../../kernel/ir.ts";
import { bytesOf } from "../../kernel/places.ts";
import type { MemoryPlan } from "../../kernel/plan.ts";
import type { Slot } from "./heap.ts";
import type { Runtime } from "./runtime.ts";
import { copyIn, HeapStorage } from "./storage.ts";

const small = 4096;

/**
 * Writes the addresses of all constants into the table; returns what frees them. `held` are those that the program reads by other ways too, or
 * returns: a call that they are donated to must copy them.
 */
export function placeConstants(runtime: Runtime, { buffers }: KernelProgram, plan: MemoryPlan, table: number, held: readonly ConcreteArray[]): () => void {
  const { heap } = runtime;
  const slots: Slot[] = [];
  let block: Block | undefined;
  const pin = (slot: Slot): Slot => {
    slot.pins++;
    slots.push(slot);
    return slot;
  };
  const release = (): void => {
    for (const slot of slots) slot.pins--;
    if (block !== undefined) heap.give(block);
  };
  try {
    for (const { storage } of held) if (storage instanceof HeapStorage) pin(storage.slot);
    const together: { readonly id: number; readonly offset: number }[] = [];
    let bytes = 0;
    for (const buffer of buffers) {
      if (buffer.role.kind !== "constant" || plan.homes[buffer.id]?.kind !== "constant") continue;
      if (bytesOf(buffer) <= small) {
        together.push({ id: buffer.id, offset: bytes });
        bytes += Math.ceil((bytesOf(buffer) + 64) / 64) * 64;
      } else {
        const { array } = buffer.role;
        const slot = pin(runtime.resident(tensorType(buffer.dtype, array.type.shape), array.storage, array.splat, "a constant of a program"));
        heap.words[table + buffer.id] = (slot.block as Block).address;
      }
    }
    if (bytes > 0) block = heap.take(bytes, "constants of a program");
    for (const { id, offset } of together) {
      const { role, dtype, length } = buffers[id] as KernelProgram["buffers"][number];
      if (role.kind !== "constant") continue;
      const address = (block as Block).address + offset;
      heap.words[table + id] = address;
      copyIn(role.array.storage, role.array.splat, heap.views[dtype], address / dtypes[dtype].bytes, length);
    }
    return release;
  } catch (error) {
    // no room for all of them, or one was donated
    release();
    throw error;
  }
}
