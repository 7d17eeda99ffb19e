/**
 * Trains a small network on Fashion-MNIST: reads the command line and the images, trains, saves the weights and writes the
 * report. `--help` lists the options.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { load } from "./data/sources.ts";
import { InputError, reason } from "./errors.ts";
import { confusionMatrix, samples } from "./evaluate.ts";
import { HELP, parseOptions, type Options } from "./options.ts";
import { percent, progress } from "./progress.ts";
import { programs } from "./programs.ts";
import { seeded } from "./random.ts";
import { renderReport } from "./report/report.ts";
import { train } from "./train.ts";
import { countParameters, describeLayers, firstParameters, loadParameters, saveParameters } from "./weights.ts";

const say = (line: string): void => console.log(line);

async function run(options: Options, signal: AbortSignal): Promise<void> {
  const { epochs, batch, lr, hidden, seed, out } = options;
  const random = seeded(seed);
  const first = options.weights === undefined ? firstParameters(hidden, random) : loadParameters(options.weights);
  makeDirectory(out);
  const data = await load({ full: options.full, directory: options.data }, say);
  say(`Data: ${data.description}`);
  const network = `${describeLayers(first)}, ${countParameters(first).toLocaleString("en")} parameters`;
  say(`Network: ${network}${options.weights === undefined ? "" : `, from ${options.weights}`}`);

  const bar = progress(epochs, data.train.count);
  const trained = await train(first, data, { epochs, batch, lr }, random, bar, signal).finally(() => bar.stop());
  const { loss, accuracy, predictions } = trained.evaluation;
  say(`Test: accuracy ${percent(accuracy)}, loss ${loss.toFixed(3)}`);

  const weightsFile = join(out, "weights.safetensors");
  saveParameters(weightsFile, trained.parameters);
  const speed = Math.round((epochs * data.train.count) / Math.max(trained.seconds, 1e-3));
  const reportFile = join(out, "report.html");
  const html = renderReport({
    settings: [
      ["Data", data.description],
      ["Network", network],
      ["First weights", options.weights ?? `random, seed ${seed}`],
      ["Shuffling", `seed ${seed}`],
      ["Epochs", String(epochs)],
      ["Batch", `${batch} images`],
      ["Optimiser", `Adam, learning rate ${lr} falling to 0 along half a cosine`],
      ["Time", `${trained.seconds.toFixed(1)} s in training steps, ${speed.toLocaleString("en")} images/s`],
      ["Node", `${process.version}, ${process.platform} ${process.arch}`],
    ],
    steps: trained.steps,
    tests: trained.tests,
    confusion: confusionMatrix(data.test, predictions),
    ...samples(data.test, predictions, 20),
    programs: programs(trained.parameters, data.train, batch),
  });
  writeText(reportFile, html);
  say(`Report:  ${reportFile}\nWeights: ${weightsFile}`);
}

function makeDirectory(directory: string): void {
  try {
    mkdirSync(directory, { recursive: true });
  } catch (error) {
    throw new InputError(`cannot make the directory ${directory} (--out): ${reason(error)}`);
  }
}

function writeText(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new InputError(`cannot write ${path}: ${reason(error)}`);
  }
}

const interrupt = new AbortController();
process.once("SIGINT", () => interrupt.abort());
try {
  const options = parseOptions(process.argv.slice(2));
  if (options === "help") say(HELP);
  else await run(options, interrupt.signal);
} catch (error) {
  if (interrupt.signal.aborted) {
    console.error("Interrupted: nothing was saved.");
    process.exitCode = 130;
  } else if (error instanceof InputError) {
    console.error(`fashion-mnist: ${error.message}`);
    process.exitCode = 2;
  } else throw error;
}
