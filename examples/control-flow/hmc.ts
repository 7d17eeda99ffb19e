/**
 * Hamiltonian Monte Carlo (Neal, 2011): samples from a density of which only the logarithm is known, up to a constant. A step pushes a particle off in a
 * random direction and follows its motion, which takes the gradient of the density at every turn. Written for one particle, run for many by `vmap`.
 */
import { exp, foriLoop, grad, square, sum, traceFn, vmap, where, type Tensor } from "chainrule";
import { normal, uniform } from "./random.ts";

/** A banana: x is normal with deviation 1, and y is normal around x² with deviation 1/2. */
export function logDensity(at: Tensor): Tensor {
  "use trace";
  const [x, y] = [at.get(0), at.get(1)];
  return -square(x) / 2 - 2 * square(y - square(x));
}

/** Twenty turns of the leapfrog method along the motion: [where the particle ends, and its momentum there]. */
export function follow(position: Tensor, momentum: Tensor): readonly [Tensor, Tensor] {
  const h = 0.06;
  return foriLoop(0, 20, (_i: Tensor, [q, p]: readonly [Tensor, Tensor]) => {
    "use trace";
    const half = p + h / 2 * grad(logDensity)(q);
    const next = q + h * half;
    return [next, half + h / 2 * grad(logDensity)(next)] as const;
  }, [position, momentum] as const);
}

/** One step of one particle, from a random momentum (normal) and the throw of a die (uniform): [its new position, the probability with which it moves]. */
export function step(position: Tensor, momentum: Tensor, die: Tensor): [Tensor, Tensor] {
  "use trace";
  const [end, pushed] = follow(position, momentum);
  const energy = (q: Tensor, p: Tensor): Tensor => sum(square(p)) / 2 - logDensity(q);
  const chance = exp(energy(position, momentum) - energy(end, pushed));
  return [where(die < chance, end, position), where(chance < 1, chance, 1)];
}

/** One step of all particles. */
export const stepAll = traceFn(vmap(step));

/** The momenta of so many particles, and their dice, for step number `turn`. */
export function chance(particles: number, turn: number): { momenta: number[][]; dice: Float64Array } {
  const p = normal(2 * particles, 1000 + turn);
  return { momenta: Array.from({ length: particles }, (_, i) => [p[2 * i] as number, p[2 * i + 1] as number]), dice: uniform(particles, 500_000 + turn) };
}

if (import.meta.main) {
  const particles = 200;
  const turns = Number(process.argv[2] ?? 500);
  let positions: Parameters<typeof stepAll>[0] = Array.from({ length: particles }, () => [0, 0]);
  const seen: [number, number][] = [];
  let moved = 0;
  for (let turn = 1; turn <= turns; turn++) {
    const { momenta, dice } = chance(particles, turn);
    const [next, probability] = stepAll(positions, momenta, dice);
    positions = next;
    moved += (probability.toArray() as number[]).reduce((total, p) => total + p, 0) / particles / turns;
    if (turn > turns / 10) seen.push(...(next.toArray() as [number, number][]));
  }
  const mean = (of: (x: number, y: number) => number): string => (seen.reduce((total, [x, y]) => total + of(x, y), 0) / seen.length).toFixed(3);
  console.log(`${particles} particles, ${turns} steps; a step is taken with probability ${moved.toFixed(3)}`);
  console.log(`mean of x   ${mean((x) => x)}   (exactly 0)`);
  console.log(`mean of x²  ${mean((x) => x * x)}   (exactly 1)`);
  console.log(`mean of y   ${mean((_, y) => y)}   (exactly 1)`);
  console.log(`mean of y²  ${mean((_, y) => y * y)}   (exactly 3.25)`);
}
