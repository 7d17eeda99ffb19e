/**
 * A physics-informed network (Raissi, Perdikaris and Karniadakis, 2019) for the Korteweg–de Vries equation u_t + 6 u u_x + u_xxx = 0 of waves in
 * shallow water: a network of time and place whose derivatives, the third in x among them, satisfy the equation.
 */
import { grad, matmul, mean, square, stack, tanh, traceFn, valueAndGrad, vmap, type Concrete, type Tensor } from "chainrule";
import { adam, descend, type Adam } from "./adam.ts";
import { normal, uniform } from "./random.ts";

export type Layer = { readonly weights: Tensor; readonly bias: Tensor };
export type Network = readonly Layer[];
export type Points = { readonly t: Tensor; readonly x: Tensor };

/** The network at one point: (t, x) → u. */
export function height(network: Network, t: Tensor, x: Tensor): Tensor {
  "use trace";
  let values = stack([t, x / 4]);
  for (const [i, { weights, bias }] of network.entries()) {
    values = matmul(values, weights) + bias;
    if (i < network.length - 1) values = tanh(values);
  }
  return values.get(0);
}

/** How far the network is from satisfying the equation at one point. */
export function residual(network: Network, t: Tensor, x: Tensor): Tensor {
  "use trace";
  const u = (t: Tensor, x: Tensor): Tensor => height(network, t, x);
  const u_t = grad(u, { argnums: 0 });
  const u_x = grad(u, { argnums: 1 });
  const u_xxx = grad(grad(u_x, { argnums: 1 }), { argnums: 1 });
  return u_t(t, x) + 6 * u(t, x) * u_x(t, x) + u_xxx(t, x);
}

/** A solitary wave of height 1/2 that moves with speed 1: the exact solution. */
export const soliton = (t: number, x: number): number => 0.5 / Math.cosh((x - t + 1) / 2) ** 2;

/** The equation in the interior, and the known wave at the start and at both ends. */
export function loss(network: Network, interior: Points, known: Points, wave: Tensor): Tensor {
  "use trace";
  const equation = vmap(residual, { inAxes: [null, 0, 0] })(network, interior.t, interior.x);
  const misfit = vmap(height, { inAxes: [null, 0, 0] })(network, known.t, known.x) - wave;
  return mean(square(equation)) + 10 * mean(square(misfit));
}

export const trainStep = traceFn((state: Adam<Network>, interior: Points, known: Points, wave: Tensor, rate: Tensor) => {
  const [before, gradient] = valueAndGrad(loss)(state.parameters, interior, known, wave);
  return [descend(state, gradient, rate), before] as const;
}, { donate: [0] });

export function firstNetwork(sizes: readonly number[]): Concrete<Network> {
  return sizes.slice(1).map((columns, i) => {
    const rows = sizes[i] as number;
    const data = normal(rows * columns, i + 1).map((w) => w / Math.sqrt(rows));
    return { weights: { data, shape: [rows, columns] }, bias: new Float64Array(columns) };
  });
}

/** `count` points within 0 ≤ t ≤ 1, -5 ≤ x ≤ 5. */
export function interiorPoints(count: number): { t: Float64Array; x: Float64Array } {
  return { t: uniform(count, 11), x: uniform(count, 12).map((u) => 10 * u - 5) };
}

/** Points where the wave is given: at the start, and at both ends. */
export function knownPoints(atStart: number, atEnds: number): { t: Float64Array; x: Float64Array; wave: Float64Array } {
  const t = Float64Array.from([...new Float64Array(atStart), ...uniform(2 * atEnds, 13)]);
  const x = Float64Array.from(t, (_, i) => (i < atStart ? -5 + (10 * i) / (atStart - 1) : i % 2 === 0 ? -5 : 5));
  return { t, x, wave: t.map((time, i) => soliton(time, x[i] as number)) };
}

if (import.meta.main) {
  const interior = interiorPoints(160);
  const { wave, ...known } = knownPoints(41, 10);
  let state: Concrete<Adam<Network>> = adam(firstNetwork([2, 16, 16, 1]));
  const steps = Number(process.argv[2] ?? 3000);
  for (let step = 1; step <= steps; step++) {
    let before;
    [state, before] = trainStep(state, interior, known, wave, 0.005 * (1 - step / (steps + 1)));
    if (step % 500 === 0) console.log(`step ${step}: loss ${before.item().toExponential(2)}`);
  }
  const heights = vmap(height, { inAxes: [null, 0, 0] });
  const x = [-4, -2, -1, 0, 1, 2, 4];
  const row = (name: string, values: ArrayLike<number>): void => console.log(name.padEnd(14) + Array.from(values, (v) => v.toFixed(3).padStart(8)).join(""));
  console.log("\nThe wave at t = 1, of which the network was told nothing but the equation:");
  row("x", x);
  row("the network", heights(state.parameters, x.map(() => 1), x).data);
  row("exactly", x.map((at) => soliton(1, at)));
}
