/**
 * Newton's method, written as the loop that it is: `while` goes on until the step is small, however many turns that takes. The loop is part of the program, so
 * it can be differentiated, in forward and in reverse mode, and batched: then it ends when the last element has converged.
 */
import { abs, cos, grad, hessian, jvp, sin, traceFn, vmap, type Tensor } from "chainrule";

/**
 * Kepler's equation E - e sin E = M: where a planet on an ellipse of eccentricity e is, when the time (as an angle M) is known. There is no formula for E.
 */
export function kepler(M: Tensor, e: Tensor): Tensor {
  "use trace";
  let E = M + e * sin(M);
  let step = E - M + 1;
  while (abs(step) > 1e-13) {
    step = (E - e * sin(E) - M) / (1 - e * cos(E));
    E = E - step;
  }
  return E;
}

/** What calculus says of the same: dE/dM and dE/de by differentiating the equation instead of the loop. */
export function implicit(E: number, e: number): [number, number] {
  const slope = 1 / (1 - e * Math.cos(E));
  return [slope, Math.sin(E) * slope];
}

if (import.meta.main) {
  const f64 = { dtype: "float64" } as const;
  const solve = traceFn(kepler, f64);
  const [M, e] = [0.6, 0.8];
  const E = solve(M, e).item();
  console.log(`E = ${E}, and E - e sin E = ${E - e * Math.sin(E)}`);

  const [dM, de] = grad(kepler, { argnums: [0, 1], ...f64 })(M, e);
  console.log(`reverse mode through the loop:  dE/dM = ${dM.item().toFixed(12)}  dE/de = ${de.item().toFixed(12)}`);
  const forward = (tangents: [number, number]): string => jvp(kepler, [M, e], tangents, f64)[1].item().toFixed(12);
  console.log(`forward mode through the loop:  dE/dM = ${forward([1, 0])}  dE/de = ${forward([0, 1])}`);
  const [byM, bye] = implicit(E, e);
  console.log(`by the implicit function:       dE/dM = ${byM.toFixed(12)}  dE/de = ${bye.toFixed(12)}`);
  console.log(`second derivative in M: ${hessian(kepler, f64)(M, e).item().toFixed(12)}, by the formula ${(-e * Math.sin(E) * byM ** 3).toFixed(12)}\n`);

  const times = Array.from({ length: 9 }, (_, i) => (Math.PI * i) / 8);
  const [places, speeds] = [vmap(solve, { inAxes: [0, null] }), vmap(grad(kepler, f64), { inAxes: [0, null] })].map((f) => f(times, e).toArray() as number[]) as [number[], number[]];
  console.log("along the orbit, all at once:");
  times.forEach((at, i) => console.log(`  M = ${at.toFixed(3)}   E = ${places[i]?.toFixed(6)}   dE/dM = ${speeds[i]?.toFixed(6)}`));
}
