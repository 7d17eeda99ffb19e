/**
 * A damped pendulum, simulated in 10,000 steps, and found again from what was seen of it: the gradient of the misfit with respect to the damping, the
 * strength of gravity and the angle it started from, through all steps of the simulation.
 */
import { index, mean, scan, sin, slice, square, traceFn, valueAndGrad, type Concrete, type Tensor } from "chainrule";
import { adam, descend, type Adam } from "./adam.ts";
import { normal } from "./random.ts";

/** θ'' = -damping · θ' - gravity · sin θ, from rest at θ = start. */
export type Pendulum = { readonly damping: Tensor; readonly gravity: Tensor; readonly start: Tensor };
type State = { readonly angle: Tensor; readonly speed: Tensor };

const seconds = 20;
export const steps = 10_000;

/** The angle after each step of the classical method of Runge and Kutta. */
export function simulate({ damping, gravity, start }: Pendulum): Tensor {
  "use trace";
  const h = seconds / steps;
  const slope = ({ angle, speed }: State): State => ({ angle: speed, speed: -damping * speed - gravity * sin(angle) });
  const after = (from: State, by: State, h: number): State => ({ angle: from.angle + h * by.angle, speed: from.speed + h * by.speed });
  const step = (state: State): [State, Tensor] => {
    const k1 = slope(state);
    const k2 = slope(after(state, k1, h / 2));
    const k3 = slope(after(state, k2, h / 2));
    const k4 = slope(after(state, k3, h));
    const next = after(after(after(after(state, k1, h / 6), k2, h / 3), k3, h / 3), k4, h / 6);
    return [next, next.angle];
  };
  const [, angles] = scan(step, { angle: start, speed: 0 * start }, null, { length: steps });
  return angles;
}

/** What is seen: every hundredth angle. */
export function seen(pendulum: Pendulum): Tensor {
  return index(simulate(pendulum), slice(99, null, 100));
}

export function misfit(pendulum: Pendulum, angles: Tensor): Tensor {
  "use trace";
  return mean(square(seen(pendulum) - angles));
}

export const fitStep = traceFn((state: Adam<Pendulum>, angles: Tensor) => {
  const [before, gradient] = valueAndGrad(misfit)(state.parameters, angles);
  return [descend(state, gradient, 0.03), before] as const;
});

export const truth: Concrete<Pendulum> = { damping: 0.15, gravity: 9.81, start: 2 };
export const guess: Concrete<Pendulum> = { damping: 0.3, gravity: 9.3, start: 1.8 };

/** The angles of the true pendulum, with errors of measurement. */
export const observe = traceFn((noise: Tensor) => {
  "use trace";
  return seen(truth as Pendulum) + 0.02 * noise;
});

if (import.meta.main) {
  const angles = observe(normal(100, 5));
  let state: Concrete<Adam<Pendulum>> = adam(guess);
  const show = ({ damping, gravity, start }: Concrete<Pendulum>): string =>
    Object.entries({ damping, gravity, start }).map(([name, value]) => `${name} ${Number(value).toFixed(3)}`).join("  ");
  const rounds = Number(process.argv[2] ?? 200);
  const begin = performance.now();
  for (let round = 1; round <= rounds; round++) {
    let before;
    [state, before] = fitStep(state, angles);
    if (round % 40 === 0) console.log(`round ${round}: mean square misfit ${before.item().toExponential(2)}  ${show(state.parameters)}`);
  }
  console.log(`${rounds} simulations of ${steps.toLocaleString("en")} steps with their gradients in ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  console.log(`found:  ${show(state.parameters)}`);
  console.log(`truth:  ${show(truth)}`);
}
