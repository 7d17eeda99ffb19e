/**
 * The network at work on a labelled set: how well it does, and what it takes for what.
 */
import { logSoftmax, traceFn, type Concrete, type Tensor } from "chainrule";
import { batches } from "./data/batches.ts";
import { CLASSES, PIXELS, type Dataset } from "./data/dataset.ts";
import { scores, type Network } from "./model.ts";
import type { Sample } from "./report/report.ts";

export type Prediction = { readonly predicted: number; readonly probability: number };
export type Evaluation = { readonly loss: number; readonly accuracy: number; readonly predictions: readonly Prediction[] };

const BATCH = 1000;

const logProbabilities = traceFn(function logProbabilities(network: Network, images: Tensor): Tensor {
  return logSoftmax(scores(network, images));
});

export function evaluate(network: Concrete<Network>, set: Dataset): Evaluation {
  let loss = 0;
  let right = 0;
  const predictions: Prediction[] = [];
  for (const { images, labels } of batches(set, BATCH)) {
    const { data } = logProbabilities(network, images);
    labels.forEach((label, i) => {
      const row = data.subarray(i * CLASSES, (i + 1) * CLASSES);
      const best = Math.max(...row);
      const predicted = row.indexOf(best);
      loss -= row[label] ?? 0;
      if (predicted === label) right++;
      predictions.push({ predicted, probability: Math.exp(best) });
    });
  }
  return { loss: loss / set.count, accuracy: right / set.count, predictions };
}

/** `confusion[label][predicted]` counts images. */
export function confusionMatrix(set: Dataset, predictions: readonly Prediction[]): number[][] {
  const counts = Array.from({ length: CLASSES }, () => new Array<number>(CLASSES).fill(0));
  predictions.forEach(({ predicted }, i) => {
    const row = counts[set.labels[i] ?? 0];
    if (row !== undefined) row[predicted] = (row[predicted] ?? 0) + 1;
  });
  return counts;
}

/** The first image of each class that was recognised, and the `count` mistakes made with the most confidence. */
export function samples(set: Dataset, predictions: readonly Prediction[], count: number): { right: Sample[]; wrong: Sample[] } {
  const all = predictions.map((prediction, i) => ({
    ...prediction, label: set.labels[i] ?? 0, pixels: set.images.subarray(i * PIXELS, (i + 1) * PIXELS),
  }));
  const recognised = Array.from({ length: CLASSES }, (_, label) => all.find((one) => one.label === label && one.predicted === label));
  const wrong = all.filter((one) => one.predicted !== one.label).sort((a, b) => b.probability - a.probability);
  return { right: recognised.filter((one) => one !== undefined), wrong: wrong.slice(0, count) };
}
