import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { readDirectory, sha256 } from "../../examples/fashion-mnist/data/dataset.ts";
import { firstOfEachClass, writeSet } from "../../examples/fashion-mnist/data/make-subset.ts";
import { SUBSET_DIRECTORY } from "../../examples/fashion-mnist/data/sources.ts";
import { loadArrays } from "../../examples/fashion-mnist/safetensors.ts";
import { checkPage } from "./check-page.ts";
import { runExample, temporaryDirectory, type Outcome } from "./run-example.ts";

const temporary = temporaryDirectory();
const data = join(temporary.path, "data");
const common = ["--data", data, "--epochs", "1", "--batch", "32", "--lr", "0.003", "--hidden", "24,16"];

async function train(name: string, ...args: string[]): Promise<Outcome & { readonly directory: string; readonly weights: string }> {
  const directory = join(temporary.path, name);
  const outcome = await runExample([...common, "--out", directory, ...args]);
  expect(outcome).toMatchObject({ code: 0, err: "" });
  return { ...outcome, directory, weights: sha256(readFileSync(join(directory, "weights.safetensors"))) };
}

function accuracy(out: string): number {
  return Number(/^Test: accuracy ([\d.]+)%/m.exec(out)?.[1]) / 100;
}

beforeAll(() => {
  const { train, test } = readDirectory(SUBSET_DIRECTORY);
  writeSet(data, "train", firstOfEachClass(train, 100));
  writeSet(data, "t10k", firstOfEachClass(test, 30));
});
afterAll(() => temporary.remove());

describe("one epoch on a thousand images", { timeout: 120_000 }, () => {
  it("beats chance clearly, the same way every time, and reports it", async () => {
    const [first, again, other] = await Promise.all([train("first"), train("again"), train("other", "--seed", "2")]);
    expect(first.out).toContain(`Data: 1,000 training and 300 test images from ${data} (--data)\n`);
    expect(first.out).toContain("Network: 784 → 24 → 16 → 10, 19,410 parameters\n");
    expect(first.out).toMatch(/^epoch 1\/1 {2}loss \d\.\d{3} {2}accuracy [\d.]+% {2}[\d,]+ images\/s {2}test accuracy [\d.]+%$/m);
    expect(accuracy(first.out)).toBeGreaterThan(0.4);
    expect(accuracy(other.out)).toBeGreaterThan(0.4);
    expect(again.weights).toBe(first.weights);
    expect(other.weights).not.toBe(first.weights);

    const html = readFileSync(join(first.directory, "report.html"), "utf8");
    checkPage(html);
    expect(html).toContain(`<h1>${(100 * accuracy(first.out)).toFixed(1)}% of 300 test images right</h1>`);
    expect(html.match(/<svg /g)).toHaveLength(2);
    expect(html.match(/<pre /g)).toHaveLength(2);
    const diagonal = [...html.matchAll(/<td class="hit[^>]*>(\d+)</g)].map((match) => Number(match[1]));
    expect(diagonal.reduce((a, b) => a + b) / 300).toBeCloseTo(accuracy(first.out), 2);

    const arrays = loadArrays(join(first.directory, "weights.safetensors"));
    expect(Object.entries(arrays).map(([name, { shape }]) => [name, ...shape])).toEqual([
      ["layers.0.weights", 784, 24], ["layers.0.bias", 24], ["layers.1.weights", 24, 16], ["layers.1.bias", 16], ["layers.2.weights", 16, 10], ["layers.2.bias", 10],
    ]);

    const tested = await runExample(["--data", data, "--weights", join(first.directory, "weights.safetensors"), "--epochs", "0", "--out", join(temporary.path, "tested")]);
    expect(tested).toMatchObject({ code: 0, err: "" });
    expect(accuracy(tested.out)).toBe(accuracy(first.out));
    expect(readFileSync(join(temporary.path, "tested", "report.html"), "utf8")).toContain("Nothing was trained");
  });
});
