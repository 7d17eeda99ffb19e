/** Runs the operations that have no kernel: the reference evaluates them on copies of their operands. */
import { ConcreteArray } from "../../core/concrete.ts";
import { dtypes } from "../../core/dtype.ts";
import { atPlace } from "../../core/place.ts";
import type { Buffer, HostKernel } from "../../kernel/ir.ts";
import type { Heap } from "./heap.ts";

export function runHostKernel({ equation, inputs, outputs, place }: HostKernel, heap: Heap, addressOf: (buffer: Buffer) => number): void {
  const operands = equation.inputs.map((atom, i) => {
    if (atom instanceof ConcreteArray) return atom;
    const buffer = inputs[i] as Buffer;
    const copy = dtypes[buffer.dtype].allocate(buffer.length);
    const start = addressOf(buffer) / copy.BYTES_PER_ELEMENT;
    copy.set(heap.views[buffer.dtype].subarray(start, start + buffer.length));
    return ConcreteArray.of(atom.type, copy);
  });
  const results = atPlace(place, () => equation.primitive.evaluate(operands, equation.params, equation.outputs.map((v) => v.type)));
  outputs.forEach((buffer, i) => {
    const { elements } = results[i] as ConcreteArray;
    heap.views[buffer.dtype].set(elements, addressOf(buffer) / elements.BYTES_PER_ELEMENT);
  });
}
