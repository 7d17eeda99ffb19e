/** The examples of control flow against their twins in JAX (test/golden/examples/*.py), and as a user runs them. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { type Concrete, grad, hessian, jacfwd, jacrev, type NDArray, type Tensor, traceFn, treeLeaves, vmap } from "chainrule";
import { adam, type Adam } from "../../examples/control-flow/adam.ts";
import * as hmc from "../../examples/control-flow/hmc.ts";
import * as kalman from "../../examples/control-flow/kalman.ts";
import * as maml from "../../examples/control-flow/maml.ts";
import * as newton from "../../examples/control-flow/newton.ts";
import * as pendulum from "../../examples/control-flow/pendulum.ts";
import * as pinn from "../../examples/control-flow/pinn.ts";
import { normal } from "../../examples/control-flow/random.ts";
import * as rnn from "../../examples/control-flow/rnn.ts";
import { runExample } from "./run-example.ts";

const twin = (name: string): Record<string, unknown> => (JSON.parse(readFileSync(join(import.meta.dirname, `../golden/examples/${name}.json`), "utf8")) as { values: Record<string, unknown> }).values;
const numbers = (tree: unknown): number[] => (typeof tree === "number" ? [tree] : Array.isArray(tree) ? tree.flatMap(numbers) : treeLeaves(tree).flatMap((leaf) => [...(leaf as unknown as { data: Float64Array }).data]));

/** Every number of the tree is that of the twin, to `tolerance` of the largest of them. */
function expectValues(got: unknown, want: unknown, tolerance = 1e-11): void {
  const [a, b] = [numbers(got), numbers(want)];
  expect(a.length).toBe(b.length);
  const scale = Math.max(...b.map(Math.abs));
  const worst = Math.max(...a.map((v, i) => Math.abs(v - (b[i] as number)) / scale));
  expect(worst).toBeLessThanOrEqual(tolerance);
}

/** The losses of the first steps of training. */
function losses<P>(parameters: Concrete<P>, steps: number, step: (state: Concrete<Adam<P>>, index: number) => readonly [unknown, unknown]): unknown[] {
  let state = adam(parameters as P) as Concrete<Adam<P>>;
  return Array.from({ length: steps }, (_, i) => {
    const [next, loss] = step(state, i + 1);
    state = next as Concrete<Adam<P>>;
    return loss;
  });
}

/** As a process of its own: it succeeds, says nothing on the error channel, and what it prints ends as it should. */
async function ran(file: string, end: RegExp, ...args: string[]): Promise<void> {
  const outcome = await runExample(args, { file: `control-flow/${file}` });
  expect(outcome).toMatchObject({ code: 0, err: "" });
  expect(outcome.out).toMatch(end);
}

describe.each(["newton", "pendulum", "rnn", "kalman", "maml", "pinn", "hmc"])("the page of %s", (name) => {
  const read = (file: string): string => readFileSync(join(import.meta.dirname, "../../examples/control-flow", file), "utf8");
  it("shows lines of the program as they are", () => {
    const shown = [...read(`${name}.md`).matchAll(/```ts\n([^]*?)```/g)].map((match) => match[1] as string);
    expect(shown.length).toBeGreaterThan(0);
    for (const lines of shown) expect(read(`${name}.ts`)).toContain(lines);
  });
});

describe("maml", () => {
  const want = twin("maml");
  const network = maml.firstNetwork(20);
  const tasks = maml.sineTasks(25, 10);
  it("loses as much after any number of steps", () => {
    const judge = traceFn(maml.metaLoss, { staticArgnums: 2 });
    expectValues([0, 1, 3, 10].map((steps) => judge(network, tasks, steps)), want["metaLoss"]);
  });
  it("has the same gradient through gradients, and adapts to the same network", () => {
    expectValues(Object.values(grad((n: maml.Network, t: maml.Task) => maml.metaLoss(n, t, 3))(network, tasks)), want["gradient"]);
    const adapted = traceFn(maml.adapt, { staticArgnums: 3 })(network, first(tasks.x), first(tasks.y), 3);
    expectValues(adapted.out, want["adapted"]);
  });
  const first = (rows: unknown): number[] => (rows as number[][])[0] as number[];
  it("learns step by step", () => {
    expectValues(losses(network, 5, (state, i) => maml.metaStep(state, maml.sineTasks(25, 10 * i))), want["losses"]);
  });
  it("runs", () => ran("maml.ts", /after meta-learning .* 0\.\d+ after 10\n$/, "500"));
});

describe("pinn", () => {
  const want = twin("pinn");
  const network = pinn.firstNetwork([2, 16, 16, 1]);
  const interior = pinn.interiorPoints(160);
  const { wave, ...known } = pinn.knownPoints(41, 10);
  const over = { inAxes: [null, 0, 0] } as const;
  it("has the same height, third derivative and residual", () => {
    expectValues(vmap(pinn.height, over)(network, interior.t, interior.x), want["height"]);
    const third = [0, 1, 2].reduce<typeof pinn.height>((f) => grad(f, { argnums: 2 }) as never, pinn.height);
    expectValues(vmap(third, over)(network, interior.t, interior.x), want["thirdDerivative"]);
    expectValues(vmap(pinn.residual, over)(network, interior.t, interior.x), want["residual"]);
  });
  it("has the same gradient", () => {
    expectValues(grad(pinn.loss)(network, interior, known, wave), want["gradient"]);
  });
  it("learns step by step", () => {
    expectValues(losses(network, 5, (state, i) => pinn.trainStep(state, interior, known, wave, 0.005 * (1 - i / 3001))), want["losses"]);
  });
  it("runs", () => ran("pinn.ts", /the network .*\nexactly .*\n$/, "500"));
});

describe("rnn", () => {
  const want = twin("rnn");
  const network = rnn.firstNetwork(8);
  const { bits, sums } = rnn.additions(64, 8, 1);
  it("has the same scores of longer sequences, and the same gradient", () => {
    expectValues(vmap(rnn.scores, { inAxes: [null, 0] })(network, rnn.additions(4, 30, 7).bits), want["scores"]);
    expectValues(Object.values(grad(rnn.loss)(network, bits, sums)), want["gradient"]);
  });
  it("learns step by step", () => {
    expectValues(losses(network, 10, (state, i) => {
      const batch = rnn.additions(64, 8, i);
      return rnn.trainStep(state, batch.bits, batch.sums);
    }), want["losses"]);
  });
  it("runs, and adds", () => ran("rnn.ts", /Numbers of 30 bits: 1000 of 1000 sums right\. For example\n(  \d+ \+ \d+ = \d+\n){3}$/));
});

describe("pendulum", () => {
  const want = twin("pendulum");
  const angles = pendulum.observe(normal(100, 5));
  const f64 = { dtype: "float64" } as const;
  const one = (of: object): number[] => Object.values(of).flatMap((v) => numbers(Object.values(v as object).length > 0 && !("data" in (v as object)) ? Object.values(v as object) : v));
  it("swings in the same way, through 10,000 steps", () => {
    expectValues(traceFn(pendulum.seen, f64)(pendulum.truth), want["seen"]);
    const sensitivity = jacfwd(pendulum.seen, f64)(pendulum.guess);
    const columns = Object.values(sensitivity).map(numbers);
    expectValues((want["seen"] as number[]).flatMap((_, i) => (i % 10 === 0 ? columns.map((c) => c[i] as number) : [])), want["sensitivity"], 1e-9);
  });
  it("has the same gradient and the same second derivatives", () => {
    expectValues(Object.values(grad(pendulum.misfit, f64)(pendulum.guess, angles)), want["gradient"], 1e-9);
    expectValues(Object.values(hessian(pendulum.misfit, f64)(pendulum.guess, angles)).map(one), want["hessian"], 1e-9);
  });
  it("is found by the same way", () => {
    const all = losses(pendulum.guess, 200, (state) => pendulum.fitStep(state, angles));
    expectValues(all.filter((_, i) => i % 20 === 0), want["losses"], 1e-7);
  });
  it("runs, and finds it", () => ran("pendulum.ts", /found: {2}damping 0\.150 {2}gravity 9\.8\d\d {2}start (1\.99|2\.00)\d\ntruth: .*\n$/));
});

describe("kalman", () => {
  const want = twin("kalman");
  const { measured } = kalman.walk(300);
  const every = (list: unknown): unknown[] => ((list as NDArray).toArray() as unknown[]).filter((_, i) => i % 20 === 0);
  it.each([kalman.filter, kalman.filterInTurn])("has the same estimates: $name", (filter) => {
    const { mean, covariance } = traceFn(filter)(kalman.guess, measured);
    expectValues(every(mean), want["means"]);
    expectValues(every(covariance), want["covariances"]);
  });
  it("is as surprised, with the same derivatives", () => {
    expectValues(traceFn(kalman.surprise)(kalman.guess, measured), want["surprise"]);
    const [byNoise, byMeasurement] = grad(kalman.surprise, { argnums: [0, 1] })(kalman.guess, measured);
    expectValues(Object.values(byNoise), want["gradient"]);
    expectValues(every(byMeasurement), want["byMeasurement"]);
    const second = hessian(kalman.surprise)(kalman.guess, measured) as unknown as Record<string, Record<string, unknown>>;
    expectValues(Object.values(second).map((row) => Object.values(row)), want["hessian"], 1e-10);
  });
  it("runs", () => ran("kalman.ts", /differ by at most \de-1\d\n$/));
});

describe("newton", () => {
  const want = twin("newton");
  const f64 = { dtype: "float64" } as const;
  const [M, e] = [0.6, 0.8];
  const both = { argnums: [0, 1], ...f64 } as const;
  it("has the same solution and first derivatives, in both modes", () => {
    expectValues(traceFn(newton.kepler, f64)(M, e), want["value"], 1e-14);
    for (const mode of [grad, jacfwd, jacrev]) expectValues(mode(newton.kepler, both)(M, e), want["gradient"]);
    expectValues(newton.implicit(traceFn(newton.kepler, f64)(M, e).item(), e), want["gradient"]);
  });
  it("has the same second and third derivatives", () => {
    expectValues(hessian(newton.kepler, both)(M, e), want["hessian"], 1e-9);
    expectValues(jacfwd(jacfwd(jacfwd(newton.kepler, f64)))(M, e), want["third"], 1e-8);
    expectValues(jacfwd(jacfwd(grad(newton.kepler, f64)))(M, e), want["third"], 1e-8);
  });
  it("ends for each element of a batch", () => {
    const times = Array.from({ length: 9 }, (_, i) => (Math.PI * i) / 8);
    expectValues(vmap(traceFn(newton.kepler, f64), { inAxes: [0, null] })(times, e), want["places"], 1e-13);
    expectValues(vmap(grad(newton.kepler, f64), { inAxes: [0, null] })(times, e), want["speeds"]);
  });
  it("runs", () => ran("newton.ts", /along the orbit, all at once:\n(  M = .*\n){9}$/));
});

describe("hmc", () => {
  const want = twin("hmc");
  const particles = 50;
  it("moves every particle to the same place", () => {
    let positions: Concrete<Tensor> = { data: new Float64Array(2 * particles), shape: [particles, 2] };
    for (let turn = 1; turn <= 20; turn++) {
      const { momenta, dice } = hmc.chance(particles, turn);
      if (turn === 5) {
        const end = (q: Tensor, p: Tensor): Tensor => hmc.follow(q, p)[0];
        expectValues(vmap(jacrev(end, { argnums: [0, 1] }))(positions, momenta), want["sensitivity"], 1e-9);
        expectValues(vmap(jacfwd(end, { argnums: [0, 1] }))(positions, momenta), want["sensitivity"], 1e-9);
      }
      const [next, probability] = hmc.stepAll(positions, momenta, dice);
      positions = next;
      if (turn === 1) expectValues(probability, want["probabilities"]);
      if (turn === 20) expectValues(probability, want["last"], 1e-9);
    }
    expectValues(positions, want["positions"], 1e-9);
  });
  it("runs", () => ran("hmc.ts", /mean of y² {2}\d\.\d{3} {3}\(exactly 3\.25\)\n$/, "50"));
});
