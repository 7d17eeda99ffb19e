/** Programs compile while V8's threads compile somebody else's WebAssembly, full of indirect calls: run by beside-others.test.ts. */
import { add, mul, tanh, traceFn, type Tensor } from "chainrule";

const unsigned = (n: number): number[] => (n < 128 ? [n] : [(n & 127) | 128, ...unsigned(n >>> 7)]);
const list = (items: readonly number[][]): number[] => [...unsigned(items.length), ...items.flat()];
const section = (id: number, body: number[]): number[] => [id, ...unsigned(body.length), ...body];
const sized = (body: number[]): number[] => [...unsigned(body.length), ...body];

const count = 400;
const [i32, nothing] = [0x7f, 0x40];
const indices = Array.from({ length: count }, (_, k) => k);
/** n → n times the sum of f(0) of sixty functions of the table, plus 1. */
function code(k: number): number[] {
  const calls = Array.from({ length: 60 }, (_, c) => [0x20, 1, 0x41, 0, 0x41, ...unsigned((k * 7 + c) & 63), 0x11, 0, 0, 0x6a, 0x21, 1]).flat();
  return [1, 1, i32, 0x03, nothing, 0x20, 0, 0x04, nothing, ...calls, 0x20, 0, 0x41, 1, 0x6b, 0x21, 0, 0x0c, 1, 0x0b, 0x0b, 0x20, 1, 0x41, 1, 0x6a, 0x0b];
}
const bytes = Uint8Array.from([
  0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0,
  ...section(1, list([[0x60, 1, i32, 1, i32]])),
  ...section(3, list(indices.map(() => [0]))),
  ...section(4, list([[0x70, 0, ...unsigned(count)]])),
  ...section(7, list(indices.map((k) => [...sized([...`f${k}`].map((c) => c.charCodeAt(0))), 0, ...unsigned(k)]))),
  ...section(9, list([[0, 0x41, 0, 0x0b, ...list(indices.map((k) => unsigned(k)))]])),
  ...section(10, list(indices.map((k) => sized(code(k))))),
]);
const others = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as Readonly<Record<string, (n: number) => number>>;

let sum = 0;
for (let k = 0; k < 40; k++) {
  for (let j = 0; j < 10; j++) sum += others[`f${10 * k + j}`]?.(200) ?? 0;
  const f = traceFn((x: Tensor) => tanh(add(mul(x, x), k * 0.5)));
  f(Float32Array.from({ length: 300 + k }, (_, i) => i));
}
console.log(`alive ${sum}`);
