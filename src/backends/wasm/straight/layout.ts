/** Where in memory inputs, outputs and values that pass between functions lie. */
import { type DType, dtypes } from "../../../core/dtype.ts";
import type { Node } from "./graph.ts";

export class Layout {
  #end = 0;
  readonly #crossing = new Map<Node, number>();

  /** Room for `length` elements; its address. */
  place(dtype: DType, length: number): number {
    const address = this.#end;
    this.#end = Math.ceil((address + length * dtypes[dtype].bytes) / 8) * 8;
    return address;
  }
  /** The address of a value that passes between functions. */
  crossing(node: Node, dtype: DType): number {
    let address = this.#crossing.get(node);
    if (address === undefined) this.#crossing.set(node, (address = this.place(dtype === "bool" ? "int32" : dtype, 1)));
    return address;
  }
  /** How many bytes it takes. */
  get size(): number {
    return this.#end;
  }
}
