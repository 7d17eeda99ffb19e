/** The next representable float64 or float32 from x towards y, by stepping the bit pattern. Exact. */

const float64 = new Float64Array(1);
const bits64 = new BigInt64Array(float64.buffer);
const float32 = new Float32Array(1);
const bits32 = new Int32Array(float32.buffer);

/** NaN if either is NaN; y if they are equal (so a zero takes the sign of y). Passes through the denormals. */
export function nextAfter64(x: number, y: number): number {
  if (Number.isNaN(x) || Number.isNaN(y)) return NaN;
  if (x === y) return y;
  if (x === 0) return y > 0 ? Number.MIN_VALUE : -Number.MIN_VALUE;
  float64[0] = x;
  bits64[0] = bits64[0]! + (x < y === x > 0 ? 1n : -1n);
  return float64[0]!;
}

/** As `nextAfter64` on the float32 grid; x and y are rounded to float32 first. */
export function nextAfter32(x: number, y: number): number {
  const from = Math.fround(x);
  const to = Math.fround(y);
  if (Number.isNaN(from) || Number.isNaN(to)) return NaN;
  if (from === to) return to;
  if (from === 0) return to > 0 ? 2 ** -149 : -(2 ** -149);
  float32[0] = from;
  bits32[0] = bits32[0]! + (from < to === from > 0 ? 1 : -1);
  return float32[0]!;
}
