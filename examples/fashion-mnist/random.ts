/**
 * A seeded generator for first weights and shuffling, so that a run can be repeated: "sfc32" (small fast counting, by
 * Chris Doty-Humphrey, of the PractRand suite), 128 bits of state, started from one 32-bit seed.
 */
export type Random = {
  /** A number from 0 up to, not including, 1. */
  next(): number;
  /** A new order of 0 … n - 1. */
  permutation(n: number): Uint32Array;
};

export function seeded(seed: number): Random {
  let a = 0, b = seed >>> 0, c = 0x9e3779b9, counter = 1;
  const step = (): number => {
    const sum = (a + b + counter) >>> 0;
    counter = (counter + 1) >>> 0;
    a = (b ^ (b >>> 9)) >>> 0;
    b = (c + (c << 3)) >>> 0;
    c = (((c << 21) | (c >>> 11)) + sum) >>> 0;
    return sum;
  };
  for (let i = 0; i < 16; i++) step();

  const next = (): number => step() / 2 ** 32;
  return { next, permutation: (n) => shuffled(n, next) };
}

/** Fisher and Yates's shuffle. */
function shuffled(n: number, next: () => number): Uint32Array {
  const order = Uint32Array.from({ length: n }, (_, i) => i);
  for (let i = n - 1; i > 0; i--) {
    const j = Math.floor(next() * (i + 1));
    const kept = order[i] ?? 0;
    order[i] = order[j] ?? 0;
    order[j] = kept;
  }
  return order;
}
