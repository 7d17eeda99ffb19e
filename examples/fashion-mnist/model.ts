/**
 * The network and its loss, in ordinary arithmetic. `"use trace"` makes the plain operators work on tensors; the loop over
 * the layers is plain JavaScript and runs once, while the program is captured.
 */
import { argmax, equal, logSoftmax, matmul, mean, oneHot, relu, sum, type Tensor } from "chainrule";
import { CLASSES } from "./data/dataset.ts";

export type Layer = { readonly weights: Tensor; readonly bias: Tensor };
export type Network = readonly Layer[];

/** One row of scores per image: layers with relu between them. */
export function scores(network: Network, images: Tensor): Tensor {
  "use trace";
  let values = images;
  for (const [i, { weights, bias }] of network.entries()) {
    if (i > 0) values = relu(values);
    values = matmul(values, weights) + bias;
  }
  return values;
}

/** The mean cross-entropy of scores with the labels. */
function crossEntropy(scores: Tensor, labels: Tensor): Tensor {
  "use trace";
  return -mean(sum(logSoftmax(scores) * oneHot(labels, CLASSES), 1));
}

/** What training makes small. */
export function loss(network: Network, images: Tensor, labels: Tensor): Tensor {
  return crossEntropy(scores(network, images), labels);
}

/** The loss, and beside it the share of images whose highest score is at their label. */
export function lossAndAccuracy(network: Network, images: Tensor, labels: Tensor): [loss: Tensor, accuracy: Tensor] {
  const given = scores(network, images);
  return [crossEntropy(given, labels), mean(equal(argmax(given, 1), labels))];
}
