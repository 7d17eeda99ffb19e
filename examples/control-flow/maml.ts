/**
 * Learning to learn (MAML; Finn, Abbeel and Levine, 2017): starting values of a network from which a few steps of gradient descent on ten
 * points of a new sine wave already fit it. What is minimised is the loss after those steps, so its gradient goes through gradients.
 */
import { grad, matmul, mean, reshape, square, tanh, traceFn, treeMap, valueAndGrad, vmap, type Concrete, type Tensor } from "chainrule";
import { adam, descend, type Adam } from "./adam.ts";
import { normal, uniform } from "./random.ts";

export type Network = { readonly in: Tensor; readonly shift: Tensor; readonly out: Tensor; readonly offset: Tensor };
/** Points of one sine wave: those to learn from, and those to be judged by. */
export type Task = { readonly x: Tensor; readonly y: Tensor; readonly testX: Tensor; readonly testY: Tensor };

function predict(network: Network, x: Tensor): Tensor {
  "use trace";
  return matmul(tanh(reshape(x, [-1, 1]) * network.in + network.shift), network.out) + network.offset;
}

function loss(network: Network, x: Tensor, y: Tensor): Tensor {
  "use trace";
  return mean(square(predict(network, x) - y));
}

/** A few steps of gradient descent on the points of one task. */
export function adapt(network: Network, x: Tensor, y: Tensor, steps: number): Network {
  "use trace";
  let adapted = network;
  for (let step = 0; step < steps; step++) {
    const gradient = grad(loss)(adapted, x, y);
    adapted = treeMap((p, g) => p - 0.03 * g, adapted, gradient);
  }
  return adapted;
}

/** How well the network does on each task after it has adapted to it, on average. */
export function metaLoss(network: Network, tasks: Task, steps: number): Tensor {
  const afterSteps = vmap((task: Task) => loss(adapt(network, task.x, task.y, steps), task.testX, task.testY));
  return mean(afterSteps(tasks));
}

/** One step of meta-learning, with three steps of learning inside: [the new state, the loss of the old one]. */
export const metaStep = traceFn((state: Adam<Network>, tasks: Task) => {
  const [before, gradient] = valueAndGrad((network: Network) => metaLoss(network, tasks, 3))(state.parameters);
  return [descend(state, gradient, 0.01), before] as const;
});

export const firstNetwork = (hidden: number): Concrete<Network> => ({
  in: normal(hidden, 1),
  shift: normal(hidden, 2),
  out: normal(hidden, 3).map((w) => w / Math.sqrt(hidden)),
  offset: new Float64Array(1),
});

/** Sine waves of random height and phase; ten points to learn from, ten to be judged by. */
export function sineTasks(count: number, seed: number): Concrete<Task> {
  const height = uniform(count, seed).map((u) => 0.5 + 2 * u);
  const phase = uniform(count, seed + 1).map((u) => Math.PI * u);
  const points = (each: number, seedOfPoints: number): { x: number[][]; y: number[][] } => {
    const u = uniform(count * each, seedOfPoints);
    const x = Array.from({ length: count }, (_, task) => Array.from({ length: each }, (__, i) => 10 * (u[task * each + i] as number) - 5));
    return { x, y: x.map((row, task) => row.map((v) => (height[task] as number) * Math.sin(v + (phase[task] as number)))) };
  };
  const [learned, judged] = [points(10, seed + 2), points(10, seed + 3)];
  return { x: learned.x, y: learned.y, testX: judged.x, testY: judged.y };
}

if (import.meta.main) {
  const steps = Number(process.argv[2] ?? 2000);
  let state: Concrete<Adam<Network>> = adam(firstNetwork(20));
  const unseen = sineTasks(200, 9000);
  const judge = traceFn(metaLoss, { staticArgnums: 2 });
  const report = (when: string, network: Concrete<Network>): void => {
    const after = [0, 1, 3, 10].map((steps) => `${judge(network, unseen, steps).item().toFixed(3)} after ${steps}`);
    console.log(`${when.padEnd(26)} loss on 200 unseen waves by steps of learning: ${after.join(", ")}`);
  };
  report("before meta-learning", state.parameters);
  for (let step = 1; step <= steps; step++) {
    let before;
    [state, before] = metaStep(state, sineTasks(25, 10 * step));
    if (step % 500 === 0) console.log(`step ${step}: loss after three steps of learning ${before.item().toFixed(3)}`);
  }
  report("after meta-learning", state.parameters);
}
