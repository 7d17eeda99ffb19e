/**
 * `first-calls.ts module`: loads the library from there, does what users do first, and prints which of its functions ran as JSON, each by
 * its first and last offset in the file.
 */
import { Session } from "node:inspector/promises";
import type * as chainrule from "../src/index.ts";

type Tensor = chainrule.Tensor;
const [url] = process.argv.slice(2);
if (url === undefined) throw new Error("which module?");

// what this machine's user has set would show in the file
for (const name of Object.keys(process.env)) if (name.startsWith("CHAINRULE_")) delete process.env[name];
const session = new Session();
session.connect();
await session.post("Profiler.enable");
await session.post("Profiler.startPreciseCoverage", { callCount: true, detailed: false });
const library = (await import(url)) as typeof chainrule;
fewNumbers(library);
trainingStep(library);
const { result } = await session.post("Profiler.takePreciseCoverage");
const functions = result.find((script) => script.url === url)?.functions ?? [];
const ranges = functions.flatMap(({ ranges: [whole] }) => whole !== undefined && whole.count > 0 ? [[whole.startOffset, whole.endOffset]] : []);
console.log(JSON.stringify(ranges));

/** The gradient of a function of single numbers. */
function fewNumbers({ add, exp, mul, neg, sin, traceFn }: typeof chainrule): void {
  const f = (x: Tensor): Tensor => add(mul(sin(x.get(0)), x.get(1)), exp(neg(x.get(2))));
  for (const dtype of ["float32", "float64"] as const) traceFn(f, { dtype }).grad()([1, 2, 3]);
}

/** A step of training on arrays that take part in the next one. */
function trainingStep({ configure, grad, logSoftmax, matmul, mean, mul, neg, oneHot, ones, relu, sub, sum, traceFn, treeMap }: typeof chainrule): void {
  configure({ threads: 2 });
  const loss = ([first, second]: [Tensor, Tensor], x: Tensor, labels: Tensor): Tensor =>
    neg(mean(sum(mul(logSoftmax(matmul(relu(matmul(x, first)), second)), oneHot(labels, 10)), 1)));
  const step = traceFn((layers: [Tensor, Tensor], x: Tensor, labels: Tensor) => {
    const [value, gradient] = [loss(layers, x, labels), grad(loss)(layers, x, labels)];
    return [value, treeMap((p: Tensor, g: Tensor) => sub(p, mul(0.1, g)), layers, gradient)] as const;
  }, { donate: [0] });
  const labels = Int32Array.from({ length: 128 }, (_, i) => i % 10);
  step([ones([784, 256]), ones([256, 10])], ones([128, 784]), labels)[0].item();
}
