/**
 * Blocks that were given up a moment ago. The next one of the same size is the one used last, which is nearest to the processor: a loop whose dead results
 * come back many at a time would else write to the one that was used longest ago, which has just left the cache.
 */
import type { Block } from "../../kernel/allocator.ts";

export class NearBlocks {
  readonly #bySize: Map<number, Block[]> = new Map<number, Block[]>();
  /** Of all of them. */
  bytes = 0;

  /** Those used longest ago come first. */
  add(block: Block): void {
    this.bytes += block.size;
    const list = this.#bySize.get(block.size);
    if (list === undefined) this.#bySize.set(block.size, [block]);
    else list.push(block);
  }

  /** One of exactly this size. */
  take(size: number): Block | undefined {
    const block = this.#bySize.get(size)?.pop();
    if (block !== undefined) this.bytes -= block.size;
    return block;
  }

  /** None is left: all of them. */
  empty(): Block[] {
    const all = [...this.#bySize.values()].flat();
    this.#bySize.clear();
    this.bytes = 0;
    return all;
  }
}
