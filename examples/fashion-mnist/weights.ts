/**
 * The parameters of the network as concrete arrays: their first values, and their way into a file and back.
 */
import type { NDArray, Result } from "chainrule";
import { CLASSES, PIXELS } from "./data/dataset.ts";
import { InputError } from "./errors.ts";
import type { Network } from "./model.ts";
import type { Random } from "./random.ts";
import { loadArrays, saveArrays, type FloatArray, type NamedArrays } from "./safetensors.ts";

export type Parameters = readonly { readonly weights: FloatArray; readonly bias: FloatArray }[];

/** Weights uniform in ±√(6 / inputs), after He and others (2015), and biases of zero. */
export function firstParameters(hidden: readonly number[], random: Random): Parameters {
  const sizes = [PIXELS, ...hidden, CLASSES];
  return sizes.slice(1).map((outputs, i) => {
    const inputs = sizes[i] ?? 0;
    const bound = Math.sqrt(6 / inputs);
    const weights = Float32Array.from({ length: inputs * outputs }, () => bound * (2 * random.next() - 1));
    return { weights: { shape: [inputs, outputs], data: weights }, bias: { shape: [outputs], data: new Float32Array(outputs) } };
  });
}

/** The parameters that a traced function returned. */
export function toParameters(network: Result<Network>): Parameters {
  const copy = ({ shape, data }: NDArray): FloatArray => ({ shape, data: Float32Array.from(data) });
  return network.map(({ weights, bias }) => ({ weights: copy(weights), bias: copy(bias) }));
}

/** "784 → 128 → 64 → 10" */
export function describeLayers(parameters: Parameters): string {
  return [PIXELS, ...parameters.map(({ bias }) => bias.shape[0])].join(" → ");
}

export function countParameters(parameters: Parameters): number {
  return parameters.reduce((sum, { weights, bias }) => sum + weights.data.length + bias.data.length, 0);
}

/** Writes the arrays `layers.0.weights`, `layers.0.bias` and so on; weights have one row per input. */
export function saveParameters(path: string, parameters: Parameters): void {
  const arrays: Record<string, FloatArray> = {};
  parameters.forEach(({ weights, bias }, i) => {
    arrays[`layers.${i}.weights`] = weights;
    arrays[`layers.${i}.bias`] = bias;
  });
  saveArrays(path, arrays, { layers: describeLayers(parameters), pixels: "0 to 1, row by row" });
}

export function loadParameters(path: string): Parameters {
  const arrays = loadArrays(path);
  const layers = Object.keys(arrays).length / 2;
  const parameters: Parameters = Array.from({ length: Math.max(1, Math.ceil(layers)) }, (_, i) => ({
    weights: find(arrays, `layers.${i}.weights`, path),
    bias: find(arrays, `layers.${i}.bias`, path),
  }));
  checkSizes(parameters, path);
  return parameters;
}

function find(arrays: NamedArrays, name: string, path: string): FloatArray {
  const array = arrays[name];
  if (array === undefined) throw new InputError(`${path}: not weights of this network: it has no array "${name}"`);
  return array;
}

function checkSizes(parameters: Parameters, path: string): void {
  let inputs = PIXELS;
  parameters.forEach(({ weights, bias }, i) => {
    const outputs = i === parameters.length - 1 ? CLASSES : (bias.shape[0] ?? 0);
    const fits = String(weights.shape) === String([inputs, outputs]) && String(bias.shape) === String([outputs]);
    if (!fits) {
      const got = `weights [${weights.shape.join(", ")}] and bias [${bias.shape.join(", ")}]`;
      throw new InputError(`${path}: not weights of this network: layer ${i} has ${got}, wanted [${inputs}, ${outputs}] and [${outputs}]`);
    }
    inputs = outputs;
  });
}
