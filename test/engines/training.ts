/** A network that learns to tell ten clusters apart: the public API alone, large enough that threads are worth it. */
import { array, logSoftmax, matmul, mean, mul, oneHot, relu, sum, traceFn, treeMap, valueAndGrad, type NDArray, type Tensor } from "chainrule";

interface Layers {
  readonly hidden: { readonly w: Tensor; readonly b: Tensor };
  readonly out: { readonly w: Tensor; readonly b: Tensor };
}

const [examples, features, width, classes] = [256, 128, 256, 10];

export interface Learned {
  /** Before the first step, and after the last. */
  readonly first: number;
  readonly last: number;
  /** The same first steps on the backend that needs no WebAssembly, as far as they go. */
  readonly reference: number;
  readonly afterAsMany: number;
}

export async function train(steps: number): Promise<Learned> {
  const next = numbers();
  const draw = (shape: readonly number[], scale: number): NDArray => {
    const size = shape.reduce((a, b) => a * b, 1);
    return array(Float32Array.from({ length: size }, () => scale * next())).reshape(shape as number[]) as NDArray;
  };
  const centres = Array.from({ length: classes * features }, () => next());
  const labels = Array.from({ length: examples }, (_, i) => i % classes);
  const x = array(Float32Array.from({ length: examples * features }, (_, i) => (centres[(labels[Math.floor(i / features)] as number) * features + (i % features)] as number) + 0.5 * next())).reshape([examples, features]);
  const y = oneHot(labels, classes);
  const start = { hidden: { w: draw([features, width], 0.15), b: draw([width], 0) }, out: { w: draw([width, classes], 0.1), b: draw([classes], 0) } };

  const loss = (p: Layers, x: Tensor, y: Tensor): Tensor => {
    const h = relu(matmul(x, p.hidden.w).add(p.hidden.b));
    return mean(sum(mul(logSoftmax(matmul(h, p.out.w).add(p.out.b)), y), -1)).neg();
  };
  const step = (p: Layers, x: Tensor, y: Tensor): { value: Tensor; p: Layers } => {
    const [value, gradient] = valueAndGrad(loss as never)(p as never, x as never, y as never) as unknown as [Tensor, Layers];
    return { value, p: treeMap((w: Tensor, g: Tensor) => w.sub(g.mul(0.2)), p as never, gradient as never) as Layers };
  };
  const run = async (count: number, device: string | undefined): Promise<number[]> => {
    const compiled = traceFn(step as never, (device === undefined ? {} : { device }) as never) as unknown as (p: unknown, x: unknown, y: unknown) => { value: NDArray; p: unknown };
    const values: number[] = [];
    let p: unknown = start;
    for (let i = 0; i < count; i++) {
      const result = compiled(p, x, y);
      p = result.p;
      values.push(result.value.item() as number);
      // as a page does between frames; workers that start answer meanwhile
      await new Promise((resolve) => setTimeout(resolve, i < 20 ? 20 : 0));
    }
    return values;
  };
  const values = await run(steps, undefined);
  const check = await run(3, "reference");
  return { first: values[0] as number, last: values.at(-1) as number, reference: check.at(-1) as number, afterAsMany: values[2] as number };
}

/** Numbers between −1 and 1 that are the same everywhere. */
function numbers(): () => number {
  let state = 7;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 31 - 1;
  };
}

/** A job of a page. */
export async function trainAndJudge({ steps }: { readonly steps?: number }): Promise<{ readonly fault: string | null; readonly learned: Learned }> {
  const learned = await train(steps ?? 60);
  return { fault: faultOf(learned), learned };
}

/** What is wrong with it, or null. */
function faultOf({ first, last, reference, afterAsMany }: Learned): string | null {
  if (!(first > 1.5 && last < 0.05)) return `the loss went from ${first} to ${last}`;
  if (!(Math.abs(reference - afterAsMany) < 1e-3 * reference)) return `after three steps the loss is ${afterAsMany}, on the reference backend ${reference}`;
  return null;
}
