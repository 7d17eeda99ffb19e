/**
 * One training step as one program: the loss, its gradient, and Adam's update of every parameter (Kingma and Ba, 2015, in the
 * form that corrects the bias of both means in the step size).
 */
import { sqrt, traceFn, valueAndGrad, zerosLike, type Concrete, type Tensor } from "chainrule";
import { lossAndAccuracy, type Layer, type Network } from "./model.ts";
import type { Parameters } from "./weights.ts";

const BETA1 = 0.9;
const BETA2 = 0.999;
const EPSILON = 1e-8;

/** The parameters, and what Adam remembers: running means of the gradient and of its square, and how many steps were made. */
export type State = { readonly network: Network; readonly mean: Network; readonly square: Network; readonly steps: Tensor };

export const trainStep = traceFn(function trainStep(state: State, images: Tensor, labels: Tensor, rate: Tensor) {
  "use trace";
  const [[loss, accuracy], gradient] = valueAndGrad(lossAndAccuracy, { hasAux: true })(state.network, images, labels);
  const steps = state.steps + 1;
  const mean = combine(state.mean, gradient, (m, g) => m + (1 - BETA1) * (g - m));
  const square = combine(state.square, gradient, (s, g) => s + (1 - BETA2) * (g * g - s));
  const direction = combine(mean, square, (m, s) => m / (sqrt(s) + EPSILON));
  const size = rate * sqrt(1 - BETA2 ** steps) / (1 - BETA1 ** steps);
  const network = combine(state.network, direction, (p, d) => p - size * d);
  return { state: { network, mean, square, steps }, loss, accuracy };
});

/** The parameters and nothing to remember yet. */
export function firstState(parameters: Parameters): Concrete<State> {
  const zeros = parameters.map(({ weights, bias }) => ({ weights: zerosLike(weights), bias: zerosLike(bias) }));
  return { network: parameters, mean: zeros, square: zeros, steps: 0 };
}

/** The network whose every parameter is `f` of the same parameter of two others. */
function combine(a: Network, b: Network, f: (x: Tensor, y: Tensor) => Tensor): Network {
  return a.map((x, i) => {
    const y = b[i] as Layer;
    return { weights: f(x.weights, y.weights), bias: f(x.bias, y.bias) };
  });
}
