/** Contractions against JAX. */
import { einsum } from "../../src/api/einsum.ts";
import { dot, dotGeneral, inner, matmul, outer, tensordot, vdot } from "../../src/api/linear.ts";
import type { ContractionAxes, TensordotAxes } from "../../src/api/linear.ts";
import { testGolden } from "./golden-check.ts";

testGolden(["linear"], {
  dotGeneral: (params, x, y) => dotGeneral(x, y, params as ContractionAxes),
  matmul: (_params, x, y) => matmul(x, y),
  dot: (_params, x, y) => dot(x, y),
  vdot: (_params, x, y) => vdot(x, y),
  inner: (_params, x, y) => inner(x, y),
  outer: (_params, x, y) => outer(x, y),
  tensordot: ({ axes }, x, y) => tensordot(x, y, axes as unknown as TensordotAxes),
  einsum: ({ subscripts }, ...xs) => einsum(subscripts as unknown as string, ...xs),
});
