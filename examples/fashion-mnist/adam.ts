/**
 * One training step as one program: the loss, its gradient, and Adam's update of every parameter (Kingma and Ba, 2015, in the
 * form that corrects the bias of both means in the step size).
 */
import { sqrt, traceFn, treeMap, valueAndGrad, zerosLike, type Concrete, type Tensor } from "chainrule";
import { lossAndAccuracy, type Network } from "./model.ts";
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
  const mean = treeMap((m, g) => m + (1 - BETA1) * (g - m), state.mean, gradient);
  const square = treeMap((s, g) => s + (1 - BETA2) * (g * g - s), state.square, gradient);
  const direction = treeMap((m, s) => m / (sqrt(s) + EPSILON), mean, square);
  const size = rate * sqrt(1 - BETA2 ** steps) / (1 - BETA1 ** steps);
  const network = treeMap((p, d) => p - size * d, state.network, direction);
  return { state: { network, mean, square, steps }, loss, accuracy };
}, { donate: [0] }); // the old state's memory becomes the new one's

/** The parameters and nothing to remember yet. */
export function firstState(parameters: Parameters): Concrete<State> {
  const zeros = parameters.map(({ weights, bias }) => ({ weights: zerosLike(weights), bias: zerosLike(bias) }));
  return { network: parameters, mean: zeros, square: zeros, steps: 0 };
}
