/** Random programs of every dtype over numbers at the edges (zeros, infinities, NaN, denormals, ends of the ranges): optimised, the same bits. */
import fc from "fast-check";
import { expect, test } from "vitest";
import * as cr from "chainrule";
import type { Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import type { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType } from "../../src/core/dtype.ts";
import { printProgram } from "../../src/core/print.ts";
import type { Program } from "../../src/core/program.ts";
import { isValue, type Value } from "../../src/core/tensor.ts";
import { runPasses } from "../../src/transform/optimize.ts";
import { evaluateProgram } from "../backends/programs.ts";
import { law } from "../properties/recipes.ts";

const numbers = [0, -0, 1, -1, 2, 0.5, -4, 3, 1e-45, -1e-40, 1e38, 2 ** 127, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, Number.NaN, 1e-310];
const wholes = [0, 1, -1, 2, 3, -4, 7, 2 ** 31 - 1, -(2 ** 31), 5];
const dtypes = ["float32", "float64", "int32", "uint32", "bool"] as const satisfies readonly DType[];
const shape = [2, 3] as const;

const typeOf = (x: Tensor): Value["type"] => (x as unknown as Value).type;
const dtypeOf = (x: Tensor): DType => typeOf(x).dtype;
const isFloating = (x: Tensor): boolean => dtypeOf(x).startsWith("float");
const constant = (n: number, dtype: DType): number => (dtype.startsWith("float") ? (numbers[n % numbers.length] as number) : Math.abs(wholes[n % wholes.length] as number) % 2 ** 30);

/** Any tensor with the shape that all values have. */
function fit(x: Tensor): Tensor {
  const have = typeOf(x).shape;
  if (have.length === 2 && have[0] === 2 && have[1] === 3) return x;
  const size = have.reduce((a, b) => a * b, 1);
  if (size === 6) return cr.reshape(x, shape);
  return cr.broadcastTo(have.length === 1 && have[0] === 2 ? cr.expandDims(x, 1) : x, shape);
}
const number = (x: Tensor): Tensor => (dtypeOf(x) === "bool" ? cr.astype(x, "int32") : x);
const like = (x: Tensor, y: Tensor): Tensor => (dtypeOf(x) === dtypeOf(y) ? y : cr.astype(y, dtypeOf(x) as never));

/** One row where it stands, and zeros. */
const rowAlone = (x: Tensor, i: number): Tensor => cr.pad(cr.index(x, cr.slice(i, i + 1)), [[i, 1 - i], [0, 0]]);

type Step = (x: Tensor, y: Tensor, z: Tensor, n: number) => Tensor;
const arithmetic = (f: (x: Tensor, y: Tensor) => Tensor): Step => (x, y) => f(number(x), like(number(x), y));
const withNumber = (f: (x: Tensor, c: number) => Tensor): Step => (x, _y, _z, n) => f(number(x), constant(n, dtypeOf(number(x))));
const steps: readonly Step[] = [
  arithmetic((x, y) => cr.add(x, y)),
  arithmetic((x, y) => cr.sub(x, y)),
  arithmetic((x, y) => cr.mul(x, y)),
  arithmetic((x, y) => (isFloating(x) ? cr.div(x, y) : cr.floorDivide(x, cr.maximum(y, 1)))),
  arithmetic((x, y) => cr.maximum(x, y)),
  arithmetic((x, y) => cr.minimum(x, y)),
  withNumber((x, c) => cr.add(x, c)),
  withNumber((x, c) => cr.sub(x, c)),
  withNumber((x, c) => cr.sub(c, x)),
  withNumber((x, c) => cr.mul(x, c)),
  withNumber((x, c) => (isFloating(x) ? cr.div(x, c) : x)),
  (x) => cr.neg(number(x)),
  (x) => cr.neg(number(x)),
  (x) => cr.abs(number(x)),
  (x) => cr.square(number(x)),
  (x) => (isFloating(x) ? cr.floor(x) : x),
  (x) => (isFloating(x) ? cr.exp(x) : x),
  (x, _y, _z, n) => cr.astype(x, dtypes[n % dtypes.length] as never),
  (x, _y, _z, n) => cr.astype(x, dtypes[n % dtypes.length] as never),
  (x, y) => cr.equal(x, like(x, y)),
  (x, y) => cr.less(number(x), like(number(x), y)),
  (x) => cr.logicalNot(dtypeOf(x) === "bool" ? x : cr.notEqual(x, 1)),
  (x, y) => (isFloating(x) ? x : cr.bitwiseAnd(x, like(x, y))),
  (x, _y, _z, n) => (isFloating(x) || dtypeOf(x) === "bool" ? x : cr.bitwiseOr(x, constant(n, "int32"))),
  (x, y, z) => cr.where(dtypeOf(x) === "bool" ? x : cr.notEqual(x, 0), y, like(y, z)),
  (x, y, z) => cr.where(cr.logicalNot(dtypeOf(x) === "bool" ? x : cr.equal(x, 1)), like(z, y), z),
  (x, _y, _z, n) => cr.sum(number(x), n % 2),
  (x) => cr.sum(cr.expandDims(number(x), 0), 0),
  (x, _y, _z, n) => cr.max(x, n % 2),
  (x) => cr.transpose(x),
  (x, _y, _z, n) => cr.flip(x, n % 2),
  (x, _y, _z, n) => cr.index(x, n % 2),
  (x, _y, _z, n) => cr.concatenate([cr.index(x, cr.slice(n % 2, null)), cr.index(x, cr.slice(0, n % 2))]),
  (x, _y, _z, n) => cr.pad(cr.index(x, cr.slice(n % 2, (n % 2) + 1)), [[1 - (n % 2), n % 2], [0, 0]]),
  (x, y, z, n) => [x, y, z, x].map((v, i) => rowAlone(like(number(x), v), (n >> i) % 2)).reduce((sum, v) => cr.add(sum, v)),
  (x, y) => cr.matmul(cr.transpose(cr.transpose(number(x))), cr.transpose(like(number(x), y))),
];

const step = fc.record({ op: fc.nat({ max: steps.length - 1 }), a: fc.nat({ max: 3 }), b: fc.nat({ max: 4 }), c: fc.nat({ max: 4 }), n: fc.nat({ max: 31 }) });
const program = fc.tuple(fc.array(step, { minLength: 2, maxLength: 12 }), fc.constantFrom("float32", "float64", "int32", "uint32", "bool"), fc.array(fc.nat({ max: 31 }), { minLength: 12, maxLength: 12 }));

function argument(dtype: string, picks: readonly number[]): unknown {
  const pick = (n: number): number => (dtype.startsWith("float") ? (numbers[n % numbers.length] as number) : (wholes[n % wholes.length] as number));
  const data = picks.map((n) => (dtype === "bool" ? n % 2 === 1 : dtype === "uint32" ? pick(n) >>> 0 : pick(n)));
  return cr.reshape(cr.array(data as never, { dtype: dtype as never }) as never, shape);
}

test("the optimiser changes no bit", () => {
  const met = new Set<string>();
  law(program, ([list, dtype, picks]) => {
    const args = [argument(dtype, picks.slice(0, 6)), argument(dtype, picks.slice(6))];
    const f = (...xs: Tensor[]): Tensor[] => {
      const values = [...xs];
      for (const { op, a, b, c, n } of list) {
        const pick = (i: number): Tensor => values[values.length - 1 - (i % values.length)] as Tensor;
        const made = (steps[op] as Step)(pick(a), pick(b), pick(c), n);
        values.push(fit(typeOf(made).shape.length === 2 && typeOf(made).shape[0] === 2 && typeOf(made).shape[1] === 2 ? cr.sum(made, 1) : made));
      }
      return values.slice(-3);
    };
    const traced = (cr.traceFn(f as never) as unknown as { program(...xs: readonly unknown[]): { program: Program } }).program(...args).program;
    const inputs = args.filter((x) => isValue(x)) as unknown as ConcreteArray[];
    const expected = evaluateProgram(traced, inputs);
    const result = runPasses(traced, (pass, after) => (met.add(pass.name), checkProgram(after, pass.name)));
    evaluateProgram(result, inputs).forEach((array, k) => {
      const want = expected[k] as ConcreteArray;
      array.elements.forEach((v, i) => {
        if (!Object.is(v, want.elements[i])) throw new Error(`result ${k}, element ${i}: ${Object.is(v, -0) ? "-0" : v} instead of ${want.elements[i]}\n${printProgram(traced)}\n${printProgram(result)}`);
      });
    });
  }, 400);
  expect([...met].sort()).toEqual(["common subexpressions", "dead code", "simplification", "sums of parts"]);
}, 600_000);
