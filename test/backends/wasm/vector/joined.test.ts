/**
 * Where V8 joins pairs of vectors, its register allocator may lose half of a pair that is both operands of one instruction while many other vectors
 * are alive: what is taken twice stands here beside heavy functions and sums of the same numbers, in pieces of arrays that only the compiler finds equal.
 */
import { describe, expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";

type Unary = (x: Tensor) => Tensor;
type Binary = (x: Tensor, y: Tensor) => Tensor;
const heavy = { erf: cr.erf, tanh: cr.tanh, sin: cr.sin } as unknown as Readonly<Record<string, Unary>>;
const choices = { maximum: cr.maximum, minimum: cr.minimum } as unknown as Readonly<Record<string, Binary>>;
const comparisons = { greater: cr.greater, greaterEqual: cr.greaterEqual, less: cr.less, lessEqual: cr.lessEqual, notEqual: cr.notEqual } as unknown as Readonly<Record<string, Binary>>;

const length = 480;
const counted = (step: number): number[] => Array.from({ length }, (_, i) => ((i * step) % 13) - 5);
const waves = Float32Array.from({ length: 2 * length }, (_, i) => Math.sin(i) * 3);

describe.each(["float32", "int32", "uint32"] as const)("%s", (dtype) => {
  const array = (step: number): cr.NDArray => cr.astype(cr.array(counted(step)), dtype);
  const [x, y, z, w] = [array(3), array(5), array(7), cr.array(waves)];
  describe.each(Object.entries(heavy))("beside %s", (_heavy, h) => {
    test.each(Object.entries(choices))("%s", (_choice, choose) => {
      for (const [name, compare] of Object.entries(comparisons)) {
        const f = (a: Tensor, b: Tensor, c: Tensor, d: Tensor): unknown => {
          const [one, other] = [cr.concatenate([a, b]), cr.concatenate([a, c])] as [Tensor, Tensor];
          return [h(d), compare(choose(one, other), other), cr.sum(one)];
        };
        const results = (device?: "reference"): number[][] => (cr.traceFn(f as never, { device } as never)(x as never, y as never, z as never, w as never) as unknown as cr.NDArray[]).slice(1).map((r) => Array.from(r.data as ArrayLike<number>));
        expect(results(), name).toEqual(results("reference"));
      }
    });
  });
});
