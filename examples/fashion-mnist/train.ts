/**
 * The training loop: shuffled batches through the traced step, epoch by epoch, with a test after each.
 */
import { setImmediate } from "node:timers/promises";
import type { Concrete, Result } from "chainrule";
import { firstState, trainStep, type State } from "./adam.ts";
import { batches } from "./data/batches.ts";
import type { TrainAndTest } from "./data/dataset.ts";
import { evaluate, type Evaluation } from "./evaluate.ts";
import type { Network } from "./model.ts";
import type { Progress, Running } from "./progress.ts";
import type { Random } from "./random.ts";
import type { Moment } from "./report/report.ts";
import { toParameters, type Parameters } from "./weights.ts";

export type Plan = { readonly epochs: number; readonly batch: number; readonly lr: number };
export type Trained = {
  readonly parameters: Parameters;
  readonly steps: readonly Moment[];
  readonly tests: readonly Moment[];
  readonly evaluation: Evaluation;
  /** Spent in training steps alone. */
  readonly seconds: number;
};

/** Trains from `parameters` on. Stops with the signal's reason between two steps when `signal` is aborted. */
export async function train(
  parameters: Parameters, data: TrainAndTest, plan: Plan, random: Random, progress: Progress, signal: AbortSignal,
): Promise<Trained> {
  let state: Concrete<State> = firstState(parameters);
  let network: Result<Network> | undefined;
  let evaluation = evaluate(parameters, data.test);
  const tests: Moment[] = [{ x: 0, loss: evaluation.loss, accuracy: evaluation.accuracy }];
  const steps: Moment[] = [];
  const total = plan.epochs * data.train.count;
  let seconds = 0;

  for (let epoch = 1; epoch <= plan.epochs; epoch++) {
    progress.start(epoch);
    let running: Running = { images: 0, loss: 0, accuracy: 0, seconds: 0 };
    for (const { size, images, labels } of batches(data.train, plan.batch, random.permutation(data.train.count))) {
      const start = performance.now();
      const seen = (epoch - 1) * data.train.count + running.images;
      const result = trainStep(state, images, labels, rate(plan.lr, seen / total));
      state = result.state;
      network = result.state.network;
      const [loss, accuracy] = [result.loss.item(), result.accuracy.item()];
      const spent = (performance.now() - start) / 1000;
      seconds += spent;
      steps.push({ x: (seen + size) / data.train.count, loss, accuracy });
      running = add(running, { images: size, loss, accuracy, seconds: spent });
      progress.update(running);
      await setImmediate(); // lets a Ctrl-C through
      signal.throwIfAborted();
    }
    evaluation = evaluate(state.network, data.test);
    tests.push({ x: epoch, loss: evaluation.loss, accuracy: evaluation.accuracy });
    progress.done(running, evaluation);
  }
  return { parameters: network === undefined ? parameters : toParameters(network), steps, tests, evaluation, seconds };
}

/** Half a cosine, from `lr` at the start to 0 at the end. */
function rate(lr: number, done: number): number {
  return (lr / 2) * (1 + Math.cos(Math.PI * done));
}

/** Means weighted by the number of images. */
function add(a: Running, b: Running): Running {
  const images = a.images + b.images;
  const mean = (x: number, y: number): number => (x * a.images + y * b.images) / images;
  return { images, loss: mean(a.loss, b.loss), accuracy: mean(a.accuracy, b.accuracy), seconds: a.seconds + b.seconds };
}
