/** Adam (Kingma and Ba, 2015) on a tree of parameters: its memory is a pair of trees of the same form, so a step is a function of trees. */
import { sqrt, treeMap, zerosLike, type Tensor } from "chainrule";

export type Adam<P> = { readonly parameters: P; readonly mean: P; readonly square: P; readonly steps: Tensor };

export function adam<P>(parameters: P): Adam<P> {
  const zeros = treeMap((p) => zerosLike(p), parameters);
  return { parameters, mean: zeros, square: zeros, steps: 0 as Tensor };
}

/** One step down the gradient. */
export function descend<P>(state: Adam<P>, gradient: P, rate: number): Adam<P> {
  "use trace";
  const steps = state.steps + 1;
  const mean = treeMap((m, g) => 0.9 * m + 0.1 * g, state.mean, gradient);
  const square = treeMap((s, g) => 0.999 * s + 0.001 * g * g, state.square, gradient);
  const size = rate * sqrt(1 - 0.999 ** steps) / (1 - 0.9 ** steps);
  const parameters = treeMap((p, m, s) => p - size * m / (sqrt(s) + 1e-8), state.parameters, mean, square);
  return { parameters, mean, square, steps };
}
