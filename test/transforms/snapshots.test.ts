/** What each transform makes of small functions, as printed. The place to see whether a change of a rule or a pass makes programs longer. */
import { expect, test } from "vitest";
import { cumsum, exp, grad, hessian, jacfwd, jacrev, log, matmul, max, maximum, mul, pow, relu, sin, softmax, sub, sum, take, tanh, traceFn, vmap } from "chainrule";
import type { Tensor } from "chainrule";
import { checkProgram } from "../../src/core/check.ts";
import { printProgram } from "../../src/core/print.ts";
import type { Program } from "../../src/core/program.ts";
import { at, record, type Value } from "../../src/core/tensor.ts";
import { add } from "../../src/ops/elementwise.ts";
import { eliminateDeadCode } from "../../src/transform/dce.ts";
import { jvpProgram } from "../../src/transform/jvp.ts";
import { linearizeProgram } from "../../src/transform/linearize.ts";
import { pullBack } from "../../src/transform/transpose.ts";
import { vjpProgram } from "../../src/transform/vjp.ts";

const scalarLoss = (x: Tensor): Tensor => sum(mul(sin(x), x));
const layer = (x: Tensor, w: Tensor): Tensor => tanh(matmul(x, w));
const [x3, x23, w32] = [[1, 2, 3], [[1, 2, 3], [4, 5, 6]], [[1, 2], [3, 4], [5, 6]]];

const programOf = (f: unknown, ...args: unknown[]): Program => (traceFn(f as never) as unknown as { program(...a: unknown[]): { program: Program } }).program(...args).program;
const show = (program: Program): string => `\n${printProgram(checkProgram(eliminateDeadCode(program), "the test"))}\n`;
const printed = (f: unknown, ...args: unknown[]): string => show(programOf(f, ...args));

test("the functions themselves", () => {
  expect(printed(scalarLoss, x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = sin a
        c: f32[3] = mul b a
        d: f32[] = sum[axes=(0)] c
      in (d) }
    "
  `);
  expect(printed(layer, x23, w32)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2]) =>
        c: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a b
        d: f32[2,2] = tanh c
      in (d) }
    "
  `);
});

test("jvp with respect to all, and to one argument", () => {
  expect(show(jvpProgram(programOf(layer, x23, w32), [true, true]).program)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2], c: f32[2,3], d: f32[3,2]) =>
        e: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] c b
        f: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a d
        g: f32[2,2] = add e f
        h: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a b
        i: f32[2,2] = tanh h
        j: f32[2,2] = sub 1.0 i
        k: f32[2,2] = add i 1.0
        l: f32[2,2] = mul j k
        m: f32[2,2] = scaleSafe g l
      in (i, m) }
    "
  `);
  expect(show(jvpProgram(programOf(layer, x23, w32), [false, true]).program)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2], c: f32[3,2]) =>
        d: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a c
        e: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a b
        f: f32[2,2] = tanh e
        g: f32[2,2] = sub 1.0 f
        h: f32[2,2] = add f 1.0
        i: f32[2,2] = mul g h
        j: f32[2,2] = scaleSafe d i
      in (f, j) }
    "
  `);
});

test("linearize: what runs once, and what is linear", () => {
  const { forward, linear, residualCount } = linearizeProgram(programOf(layer, x23, w32), [false, true]);
  expect(show(forward)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2]) =>
        c: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a b
        d: f32[2,2] = tanh c
        e: f32[2,2] = sub 1.0 d
        f: f32[2,2] = add d 1.0
        g: f32[2,2] = mul e f
      in (d, a, g) }
    "
  `);
  expect(show(linear)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[2,2], c: f32[3,2]) =>
        d: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a c
        e: f32[2,2] = scaleSafe d b
      in (e) }
    "
  `);
  expect(residualCount).toBe(2);
});

test("transpose of the linear part", () => {
  const { linear, residualCount } = linearizeProgram(programOf(layer, x23, w32), [true, true]);
  const types = [...linear.inputs.slice(0, residualCount).map((v) => v.type), ...linear.outputs.map((a) => a.type)];
  const { program } = record("transpose", types, (inputs) =>
    pullBack(linear, [...inputs.slice(0, residualCount), null, null], [at(inputs, residualCount)], (x, y) => add(x, y)).map((ct) => ct as Value),
  );
  expect(show(program)).toMatchInlineSnapshot(`
    "
    { (a: f32[3,2], b: f32[2,3], c: f32[2,2], d: f32[2,2]) =>
        e: f32[2,2] = scaleSafe d c
        f: f32[3,2] = dotGeneral[contract=((0),(0)) batch=((),())] b e
        g: f32[2,3] = dotGeneral[contract=((1),(1)) batch=((),())] e a
      in (g, f) }
    "
  `);
});

test("vjp: value and gradients in one program", () => {
  expect(show(vjpProgram(programOf(layer, x23, w32), [true, true], (x, y) => add(x, y)).program)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2], c: f32[2,2]) =>
        d: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] a b
        e: f32[2,2] = tanh d
        f: f32[2,2] = sub 1.0 e
        g: f32[2,2] = add e 1.0
        h: f32[2,2] = mul f g
        i: f32[2,2] = scaleSafe c h
        j: f32[3,2] = dotGeneral[contract=((0),(0)) batch=((),())] a i
        k: f32[2,3] = dotGeneral[contract=((1),(1)) batch=((),())] i b
      in (e, k, j) }
    "
  `);
});

test("grad", () => {
  expect(printed(grad(scalarLoss), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = sin a
        c: f32[3] = cos a
        d: f32[3] = scaleSafe a c
        e: f32[3] = add b d
      in (e) }
    "
  `);
  expect(printed(grad((x: Tensor) => sum(relu(x))), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: bool[3] = lessEqual a 0.0
        c: f32[3] = select b 0.0 1.0
      in (c) }
    "
  `);
  expect(printed(grad((x: Tensor) => max(x)), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[] = reduceMax[axes=(0)] a
        c: f32[3] = broadcast[shape=(3) axes=()] b
        d: bool[3] = equal a c
        e: bool[3] = notEqual a a
        f: bool[3] = notEqual c c
        g: bool[3] = and e f
        h: bool[3] = or d g
        i: f32[3] = convert[dtype=float32] h
        j: f32[] = sum[axes=(0)] i
        k: f32[] = divSafe 1.0 j
        l: f32[3] = broadcast[shape=(3) axes=()] k
        m: f32[3] = select h l 0.0
      in (m) }
    "
  `);
  expect(printed(grad((x: Tensor) => sum(take(x, [0, 2, 0]))), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
      in ([2.0 0.0 1.0]:f32[3]) }
    "
  `);
  expect(printed(grad((x: Tensor) => sum(mul(cumsum(x), x))), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = cumulativeSum[axis=0 reverse=false] a
        c: f32[3] = cumulativeSum[axis=0 reverse=true] a
        d: f32[3] = add b c
      in (d) }
    "
  `);
  expect(printed(grad((x: Tensor) => log(sum(exp(x)))), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = exp a
        c: f32[] = sum[axes=(0)] b
        d: f32[] = divSafe 1.0 c
        e: f32[3] = broadcast[shape=(3) axes=()] d
        f: f32[3] = scaleSafe e b
      in (f) }
    "
  `);
});

test("grad of a softmax classifier", () => {
  const loss = (w: Tensor, x: Tensor): Tensor => sum(log(softmax(matmul(x, w))));
  expect(printed(grad(loss), w32, x23)).toMatchInlineSnapshot(`
    "
    { (a: f32[3,2], b: f32[2,3]) =>
        c: f32[2,2] = dotGeneral[contract=((1),(0)) batch=((),())] b a
        d: f32[2,2] = softmax[axes=(1)] c
        e: f32[2,2] = divSafe 1.0 d
        f: f32[2,2] = scaleSafe e d
        g: f32[2,2] = neg f
        h: f32[2] = sum[axes=(1)] g
        i: f32[2,2] = broadcast[shape=(2,2) axes=(0)] h
        j: f32[2,2] = scaleSafe i d
        k: f32[2,2] = add f j
        l: f32[3,2] = dotGeneral[contract=((0),(0)) batch=((),())] b k
      in (l) }
    "
  `);
});

test("grad of grad", () => {
  const cube = (x: Tensor): Tensor => pow(x, 3);
  expect(printed(grad(cube), 2)).toMatchInlineSnapshot(`
    "
    { (a: f32[]) =>
        b: f32[] = integerPow a 2.0
        c: f32[] = mul 3.0 b
      in (c) }
    "
  `);
  expect(printed(grad(grad(cube)), 2)).toMatchInlineSnapshot(`
    "
    { (a: f32[]) =>
        b: f32[] = mul 2.0 a
        c: f32[] = scaleSafe 3.0 b
      in (c) }
    "
  `);
  expect(printed(grad(grad(grad(cube))), 2)).toMatchInlineSnapshot(`
    "
    { (a: f32[]) =>
      in (6.0) }
    "
  `);
});

test("vmap along several axes", () => {
  expect(printed(vmap(layer, { inAxes: [0, null] }), [x23, x23, x23], w32)).toMatchInlineSnapshot(`
    "
    { (a: f32[3,2,3], b: f32[3,2]) =>
        c: f32[3,2,2] = dotGeneral[contract=((2),(0)) batch=((),())] a b
        d: f32[3,2,2] = tanh c
      in (d) }
    "
  `);
  expect(printed(vmap(layer, { inAxes: [null, 2], outAxes: 1 }), x23, [[[1], [2]], [[3], [4]], [[5], [6]]])).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2,1]) =>
        c: f32[2,2,1] = dotGeneral[contract=((1),(0)) batch=((),())] a b
        d: f32[2,2,1] = tanh c
        e: f32[2,1,2] = transpose[permutation=(0,2,1)] d
      in (e) }
    "
  `);
  expect(printed(vmap((x: Tensor, y: Tensor) => maximum(x, y), { inAxes: [0, 1] }), x23, w32)).toMatchInlineSnapshot(`
    "
    { (a: f32[2,3], b: f32[3,2]) =>
        c: f32[2,3] = transpose[permutation=(1,0)] b
        d: f32[2,3] = max a c
      in (d) }
    "
  `);
  expect(printed(vmap(vmap((x: Tensor, y: Tensor) => mul(x, y), { inAxes: [null, 0] }), { inAxes: [0, null] }), x3, x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3], b: f32[3]) =>
        c: f32[3,3] = broadcast[shape=(3,3) axes=(0)] a
        d: f32[3,3] = broadcast[shape=(3,3) axes=(1)] b
        e: f32[3,3] = mul c d
      in (e) }
    "
  `);
});

test("Jacobians and the Hessian", () => {
  const f = (x: Tensor): Tensor => sub(sin(x), cumsum(x));
  expect(printed(jacfwd(f), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = cos a
        c: f32[3,3] = broadcast[shape=(3,3) axes=(1)] b
        d: f32[3,3] = scaleSafe const:f32[3,3] c
        e: f32[3,3] = add d const:f32[3,3]
        f: f32[3,3] = transpose[permutation=(1,0)] e
      in (f) }
    "
  `);
  expect(printed(jacrev(f), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = cos a
        c: f32[3,3] = broadcast[shape=(3,3) axes=(1)] b
        d: f32[3,3] = scaleSafe const:f32[3,3] c
        e: f32[3,3] = add const:f32[3,3] d
      in (e) }
    "
  `);
  expect(printed(hessian((x: Tensor) => sum(sin(x))), x3)).toMatchInlineSnapshot(`
    "
    { (a: f32[3]) =>
        b: f32[3] = sin a
        c: f32[3] = neg b
        d: f32[3,3] = broadcast[shape=(3,3) axes=(1)] c
        e: f32[3,3] = scaleSafe const:f32[3,3] d
        f: f32[3,1,3] = broadcast[shape=(3,1,3) axes=(0,2)] e
        g: f32[3,1,3] = scaleSafe const:f32[3,1,3] f
        h: f32[3,3] = reshape[shape=(3,3)] g
        i: f32[3,3] = transpose[permutation=(1,0)] h
      in (i) }
    "
  `);
});

test("vmap of grad of vmap", () => {
  const rows = (w: Tensor, x: Tensor): Tensor => sum(vmap((row: Tensor) => sin(sum(mul(row, w))))(x));
  expect(printed(vmap(grad(rows), { inAxes: [0, null] }), w32, [[1, 2], [3, 4]])).toMatchInlineSnapshot(`
    "
    { (a: f32[3,2], b: f32[2,2]) =>
        c: f32[3,2,2] = broadcast[shape=(3,2,2) axes=(0,2)] a
        d: f32[3,2,2] = broadcast[shape=(3,2,2) axes=(1,2)] b
        e: f32[3,2,2] = mul d c
        f: f32[3,2] = sum[axes=(2)] e
        g: f32[3,2] = cos f
        h: f32[3,2,2] = broadcast[shape=(3,2,2) axes=(0,1)] g
        i: f32[3,2,2] = broadcast[shape=(3,2,2) axes=(1,2)] b
        j: f32[3,2,2] = scaleSafe h i
        k: f32[3,2] = sum[axes=(1)] j
      in (k) }
    "
  `);
});
