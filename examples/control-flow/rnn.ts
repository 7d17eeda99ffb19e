/**
 * A recurrent network that learns to add: it reads two binary numbers bit by bit, the lowest first, and writes their sum, so it must find out about
 * carrying. It learns on numbers of eight bits, and then adds numbers of any length: `scan` is one loop whatever the length of the sequence.
 */
import { greater, matmul, mean, scan, softplus, tanh, traceFn, valueAndGrad, vmap, zeros, type Concrete, type Tensor } from "chainrule";
import { adam, descend, type Adam } from "./adam.ts";
import { normal, uniform } from "./random.ts";

export type Network = { readonly read: Tensor; readonly keep: Tensor; readonly bias: Tensor; readonly write: Tensor; readonly offset: Tensor };

/** For each pair of bits the score of a 1 in the sum. bits: [length, 2] → [length]. */
export function scores(network: Network, bits: Tensor): Tensor {
  const turn = (memory: Tensor, pair: Tensor): [Tensor, Tensor] => {
    "use trace";
    const next = tanh(matmul(pair, network.read) + matmul(memory, network.keep) + network.bias);
    return [next, matmul(next, network.write) + network.offset];
  };
  const [, written] = scan(turn, zeros([network.bias.shape[0] as number]), bits);
  return written;
}

/** The cross-entropy of the scores with the true sums, of a batch of sequences. */
export function loss(network: Network, bits: Tensor, sums: Tensor): Tensor {
  "use trace";
  const given = vmap(scores, { inAxes: [null, 0] })(network, bits);
  return mean(softplus(given) - given * sums);
}

export const trainStep = traceFn((state: Adam<Network>, bits: Tensor, sums: Tensor) => {
  const [before, gradient] = valueAndGrad(loss)(state.parameters, bits, sums);
  return [descend(state, gradient, 0.02), before] as const;
}, { donate: [0] });

/** The bits of the sums, as the network has them. */
export const add = traceFn((network: Network, bits: Tensor) => greater(vmap(scores, { inAxes: [null, 0] })(network, bits), 0));

export function firstNetwork(size: number): Concrete<Network> {
  const matrix = (rows: number, columns: number, seed: number): Concrete<Tensor> => ({ data: normal(rows * columns, seed).map((w) => w / Math.sqrt(rows)), shape: [rows, columns] });
  return { read: matrix(2, size, 1), keep: matrix(size, size, 2), bias: new Float64Array(size), write: normal(size, 3), offset: 0 };
}

/** `count` sums of two random numbers of `length` bits (at most 30; the last bit of both is 0, so that the sum has room). */
export function additions(count: number, length: number, seed: number): { numbers: [number, number][]; bits: number[][][]; sums: number[][] } {
  const u = uniform(2 * count, seed);
  const numbers = Array.from({ length: count }, (_, i): [number, number] => [Math.floor((u[2 * i] as number) * 2 ** (length - 1)), Math.floor((u[2 * i + 1] as number) * 2 ** (length - 1))]);
  const bit = (n: number, k: number): number => (n >> k) & 1;
  const places = Array.from({ length }, (_, k) => k);
  return { numbers, bits: numbers.map(([a, b]) => places.map((k) => [bit(a, k), bit(b, k)])), sums: numbers.map(([a, b]) => places.map((k) => bit(a + b, k))) };
}

if (import.meta.main) {
  const steps = Number(process.argv[2] ?? 600);
  let state: Concrete<Adam<Network>> = adam(firstNetwork(8));
  for (let step = 1; step <= steps; step++) {
    let before;
    const { bits, sums } = additions(64, 8, step);
    [state, before] = trainStep(state, bits, sums);
    if (step % 100 === 0) console.log(`step ${step}: loss ${before.item().toExponential(2)}`);
  }
  const { numbers, bits, sums } = additions(1000, 30, 12345);
  const answers = add(state.parameters, bits).toArray() as boolean[][];
  const right = answers.filter((answer, i) => answer.every((one, k) => Number(one) === sums[i]?.[k])).length;
  console.log(`\nNumbers of 30 bits: ${right} of ${sums.length} sums right. For example`);
  for (const [i, [a, b]] of numbers.slice(0, 3).entries()) {
    const sum = (answers[i] as boolean[]).reduce((total, one, k) => total + (one ? 2 ** k : 0), 0);
    console.log(`  ${a} + ${b} = ${sum}${sum === a + b ? "" : ` (no: ${a + b})`}`);
  }
}
