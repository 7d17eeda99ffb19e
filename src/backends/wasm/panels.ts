/**
 * Operands of matrix products that stay packed from call to call: constants, and arguments that come again, such as the weights of a model that
 * is only asked. What is packed is known by the number of the slot that it was packed from, which no other elements ever have.
 */
import type { Buffer } from "../../kernel/ir.ts";
import type { Block } from "../../kernel/allocator.ts";
import type { Heap, Slot } from "./heap.ts";

/** One such operand of one kernel: two words of the table (`KernelTable.keepPanels`). */
export interface PanelSpec {
  readonly buffer: Buffer;
  readonly bytes: number;
  readonly word: number;
  /** They stay during a loop alone, which says itself whether they are filled. */
  readonly inLoop: boolean;
}

interface Panel extends PanelSpec {
  block: Block | undefined;
  /** What the block holds, what the call under way fills it with, and what came last. */
  holds: number;
  fills: number;
  last: number;
}

/** Stand for the elements of a constant, and of an operand that a loop leaves as it is. */
const constant = -1;
const turn = -2;

export class Panels {
  readonly #heap: Heap;
  readonly #table: number;
  #specs: readonly PanelSpec[] = [];
  #panels: readonly Panel[] = [];

  /** `table`: the place of the table among words. */
  constructor(heap: Heap, table: number) {
    this.#heap = heap;
    this.#table = table;
  }

  /** Before a call, when it has all other memory. `slots`: those of arguments. */
  place(specs: readonly PanelSpec[], slots: (buffer: Buffer) => Slot | undefined): void {
    if (specs !== this.#specs) this.#begin(specs);
    for (const panel of this.#panels) {
      const { buffer, word, last, inLoop } = panel;
      const id = inLoop ? turn : buffer.role.kind === "constant" ? constant : (slots(buffer)?.id ?? 0);
      // what comes for the first time may not come again
      const keep = id < 0 || (id !== 0 && id === last);
      panel.last = id;
      if (keep) panel.block ??= this.#room(panel);
      const { block } = panel;
      const filled = !inLoop && block !== undefined && panel.holds === id;
      panel.fills = keep && block !== undefined && !filled ? id : 0;
      if (panel.fills !== 0) panel.holds = 0;
      // asked for here: the memory may have grown for the block
      const { words } = this.#heap;
      words[this.#table + word] = block !== undefined && (keep || filled) ? block.address : 0;
      words[this.#table + word + 1] = Number(filled);
    }
  }

  /** After a call that did all its work. */
  filled(): void {
    for (const panel of this.#panels) if (panel.fills !== 0) panel.holds = panel.fills;
  }

  /** Gives the memory back. */
  release(): void {
    this.#begin([]);
  }

  /** Another module lays out its panels in another way. */
  #begin(specs: readonly PanelSpec[]): void {
    for (const { block } of this.#panels) if (block !== undefined) this.#heap.giveSpare(block);
    this.#specs = specs;
    this.#panels = specs.map((spec) => ({ ...spec, block: undefined, holds: 0, fills: 0, last: 0 }));
  }

  #room(panel: Panel): Block | undefined {
    return this.#heap.takeSpare(panel.bytes, () => {
      panel.block = undefined;
      panel.holds = 0;
    });
  }
}
