/**
 * A Kalman filter in parallel (Särkkä and García-Fernández, 2021). To follow something that moves, from noisy measurements of where it is, looks like a
 * chain: each estimate needs the one before. But what a stretch of measurements says can be summed up, and neighbouring stretches combine to
 * one, in any grouping: `associativeScan` has all estimates after about 2 log₂ n rounds, and differentiates.
 */
import { abs, associativeScan, concatenate, ellipsis, exp, eye, index, log, matmul, max, mean, outer, reshape, scan, slice, square, stack, sub, traceFn, transpose, treeMap, valueAndGrad, vmap, zeros, type Concrete, type Tensor } from "chainrule";
import { adam, descend, type Adam } from "./adam.ts";
import { normal } from "./random.ts";

/** How restless the speed is, and the variance of a measurement, both as logarithms, so that any number will do. */
export type Noise = { readonly restless: Tensor; readonly error: Tensor };
/** The state (place, speed): what is expected, and its covariance. */
export type Estimate = { readonly mean: Tensor; readonly covariance: Tensor };
/** What a stretch says of the state at its end, given the state before it (A, b, C), and of the state before it (η, J). */
type Stretch = { readonly A: Tensor; readonly b: Tensor; readonly C: Tensor; readonly eta: Tensor; readonly J: Tensor };

const dt = 0.1;
const F = [[1, dt], [0, 1]];

/** Covariance of what restlessness adds to (place, speed) in one step. */
function added({ restless }: Noise): Tensor {
  return exp(restless).mul([[dt ** 3 / 3, dt ** 2 / 2], [dt ** 2 / 2, dt]]);
}

/** Of a 2×2 matrix. */
function inverse(m: Tensor): Tensor {
  "use trace";
  const [a, b, c, d] = [m.get(0, 0), m.get(0, 1), m.get(1, 0), m.get(1, 1)];
  return stack([stack([d, -b]), stack([-c, a])]) / (a * d - b * c);
}

const times = (...factors: Tensor[]): Tensor => factors.reduce((x, y) => matmul(x, y));

/** What one measurement says. */
function stretchOf(noise: Noise, y: Tensor): Stretch {
  "use trace";
  const Q = added(noise);
  const variance = Q.get(0, 0) + exp(noise.error);
  const gain = Q.get(ellipsis, 0) / variance;
  const rest = eye(2) - outer(gain, [1, 0]);
  const seen = [1, dt]; // the first row of F: what a measurement would show of the state one step before
  return { A: matmul(rest, F), b: gain * y, C: matmul(rest, Q), eta: (y / variance).mul(seen), J: outer(seen, seen) / variance };
}

/** Two neighbouring stretches as one. */
function combine(i: Stretch, j: Stretch): Stretch {
  "use trace";
  const forward = matmul(j.A, inverse(eye(2) + matmul(i.C, j.J)));
  const backward = matmul(transpose(i.A), inverse(eye(2) + matmul(j.J, i.C)));
  return {
    A: matmul(forward, i.A),
    b: matmul(forward, i.b + matmul(i.C, j.eta)) + j.b,
    C: times(forward, i.C, transpose(j.A)) + j.C,
    eta: matmul(backward, j.eta - matmul(j.J, i.b)) + i.eta,
    J: times(backward, j.J, i.A) + i.J,
  };
}

/** The estimates after each measurement, all at once. */
export function filter(noise: Noise, measured: Tensor): Estimate {
  const each = vmap(stretchOf, { inAxes: [null, 0] })(noise, measured);
  const before: Stretch = { A: zeros([1, 2, 2]), b: zeros([1, 2]), C: zeros([1, 2, 2]).add(eye(2)), eta: zeros([1, 2]), J: zeros([1, 2, 2]) };
  const { b, C } = associativeScan(vmap(combine), treeMap((first, rest) => concatenate([first, rest]), before, each));
  return { mean: index(b, slice(1, null)), covariance: index(C, slice(1, null)) };
}

/** What is expected of the next state. */
function predict(noise: Noise, { mean, covariance }: Estimate): Estimate {
  "use trace";
  return { mean: matmul(F, mean), covariance: matmul(matmul(F, covariance), transpose(F)) + added(noise) };
}

/** The same estimates, one after the other. */
export function filterInTurn(noise: Noise, measured: Tensor): Estimate {
  const turn = (before: Estimate, y: Tensor): [Estimate, Estimate] => {
    "use trace";
    const { mean, covariance } = predict(noise, before);
    const column = covariance.get(ellipsis, 0);
    const gain = column / (column.get(0) + exp(noise.error));
    const after = { mean: mean + gain * (y - mean.get(0)), covariance: covariance - outer(gain, column) };
    return [after, after];
  };
  return scan(turn, { mean: zeros([2]), covariance: eye(2) }, measured)[1];
}

/** How surprising the measurements are, given the noise: the mean of -log p(measurement | those before it). */
export function surprise(noise: Noise, measured: Tensor): Tensor {
  "use trace";
  const estimates = filter(noise, measured);
  const earlier = (first: Tensor, all: Tensor): Tensor => concatenate([first, index(all, slice(null, -1))]);
  const before = { mean: earlier(zeros([1, 2]), estimates.mean), covariance: earlier(reshape(eye(2), [1, 2, 2]), estimates.covariance) };
  const { mean: expected, covariance } = vmap(predict, { inAxes: [null, 0] })(noise, before);
  const variance = index(covariance, ellipsis, 0, 0) + exp(noise.error);
  return mean(log(2 * Math.PI * variance) + square(measured - index(expected, ellipsis, 0)) / variance) / 2;
}

export const fitStep = traceFn((state: Adam<Noise>, measured: Tensor) => {
  const [before, gradient] = valueAndGrad(surprise)(state.parameters, measured);
  return [descend(state, gradient, 0.1), before] as const;
});

export const truth = { restless: Math.log(0.5), error: Math.log(0.09) };
export const guess = { restless: Math.log(5), error: Math.log(1) };

/** A walk of `count` steps, and measurements of its place. */
export function walk(count: number): { places: Float64Array; measured: Float64Array } {
  const [restless, error] = [Math.exp(truth.restless), Math.exp(truth.error)];
  const [pushes, errors] = [normal(2 * count, 21), normal(count, 22)];
  let [place, speed] = [0, 0];
  const places = Float64Array.from({ length: count }, (_, i) => {
    // two normal numbers with the covariance of `added`
    const [p, q] = [pushes[2 * i] as number, pushes[2 * i + 1] as number];
    const push = Math.sqrt(restless * dt) * p;
    place += dt * speed + (dt / 2) * push + Math.sqrt((restless * dt ** 3) / 12) * q;
    speed += push;
    return place;
  });
  return { places, measured: places.map((at, i) => at + Math.sqrt(error) * (errors[i] as number)) };
}

if (import.meta.main) {
  const { places, measured } = walk(1000);
  let state: Concrete<Adam<Noise>> = adam(guess as Concrete<Noise>);
  const show = ({ restless, error }: Concrete<Noise>): string => `restlessness ${Math.exp(Number(restless)).toFixed(3)}  error of a measurement ±${Math.exp(Number(error) / 2).toFixed(3)}`;
  const rounds = Number(process.argv[2] ?? 150);
  for (let round = 1; round <= rounds; round++) {
    let before;
    [state, before] = fitStep(state, measured);
    if (round % 30 === 0) console.log(`round ${round}: surprise ${before.item().toFixed(4)}  ${show(state.parameters)}`);
  }
  console.log(`truth:                     ${show(truth as Concrete<Noise>)}\n`);
  const [atOnce, inTurn] = [traceFn(filter)(state.parameters, measured), traceFn(filterInTurn)(state.parameters, measured)];
  const rms = (of: (i: number) => number): string => Math.sqrt(places.reduce((sum, at, i) => sum + (of(i) - at) ** 2, 0) / places.length).toFixed(3);
  console.log(`off by ${rms((i) => measured[i] as number)} as measured, by ${rms((i) => atOnce.mean.get(i, 0).item())} as filtered (root mean square)`);
  console.log(`all at once and one after the other differ by at most ${max(abs(sub(atOnce.mean, inTurn.mean))).item().toExponential(0)}`);
}
