/** Choices that depend on a seed alone. */
import { randomNumbers } from "../ops/support/arrays.ts";

export class Random {
  readonly #next: () => number;
  constructor(seed: string) {
    this.#next = randomNumbers(seed);
  }
  /** In [0, 1). */
  real(): number {
    return this.#next();
  }
  /** A whole number from low up to and with high. */
  int(low: number, high: number): number {
    return low + Math.floor(this.#next() * (high - low + 1));
  }
  chance(probability: number): boolean {
    return this.#next() < probability;
  }
  pick<T>(list: readonly T[]): T {
    return list[this.int(0, list.length - 1)] as T;
  }
  /** An index, each as likely as its weight says. */
  weighted(weights: readonly number[]): number {
    let left = this.#next() * weights.reduce((a, b) => a + b, 0);
    const found = weights.findIndex((w) => (left -= w) < 0);
    return found < 0 ? weights.length - 1 : found;
  }
  shuffle<T>(list: readonly T[]): T[] {
    const out = [...list];
    for (let i = out.length - 1; i > 0; i--) {
      const j = this.int(0, i);
      [out[i], out[j]] = [out[j] as T, out[i] as T];
    }
    return out;
  }
  /** Some of a list, in its order. */
  some<T>(list: readonly T[], probability = 0.5): T[] {
    return list.filter(() => this.chance(probability));
  }
}
