/** The same numbers on every machine: counts, scrambled (SplitMix32), and normal numbers from them by Box and Muller's formula. */

/** `count` numbers in (0, 1). */
export function uniform(count: number, seed: number): Float64Array {
  return Float64Array.from({ length: count }, (_, i) => {
    let z = (seed + Math.imul(i + 1, 0x9e3779b9)) | 0;
    z = Math.imul(z ^ (z >>> 16), 0x21f0aaad);
    z = Math.imul(z ^ (z >>> 15), 0x735a2d97);
    return (((z ^ (z >>> 15)) >>> 0) + 0.5) / 2 ** 32;
  });
}

/** `count` numbers of mean 0 and variance 1. */
export function normal(count: number, seed: number): Float64Array {
  const u = uniform(2 * count, seed);
  return Float64Array.from({ length: count }, (_, i) => Math.sqrt(-2 * Math.log(u[2 * i] as number)) * Math.cos(2 * Math.PI * (u[2 * i + 1] as number)));
}
