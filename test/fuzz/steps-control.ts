/** Steps of a random program with programs inside: loops that count, loops with a test, and choices, whose bodies are random programs again. */
import { switchPrimitive } from "../../src/control/branch.ts";
import { scanPrimitive } from "../../src/control/scan.ts";
import { whilePrimitive } from "../../src/control/while.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import { dtypes } from "../../src/core/dtype.ts";
import type { Atom, Program, Variable } from "../../src/core/program.ts";
import { sizeOf } from "../../src/core/shape.ts";
import { type TensorType, tensorType } from "../../src/core/type.ts";
import { less } from "../../src/ops/compare.ts";
import { add } from "../../src/ops/elementwise.ts";
import { Builder } from "./builder.ts";
import type { Step } from "./steps-elementwise.ts";

const integer = tensorType("int32", []);
const smallest = 300;

/** A few random steps on these values; undefined where an index was out of bounds in it. */
function inside(b: Builder, steps: readonly Step[], values: readonly ConcreteArray[]): { readonly builder: Builder; readonly given: readonly Variable[] } | undefined {
  const builder = new Builder(b.random, { equations: b.random.int(1, 7), elements: Math.min(smallest, b.limits.elements), total: b.limits.total });
  const given = values.map((x) => builder.given(x));
  for (let tries = 0; given.length > 0 && !builder.done && tries < 12; tries++) b.random.pick(steps)(builder);
  return builder.thrown ? undefined : { builder, given };
}

/** A body, and constants for the inputs that its steps added; those come first among its inputs. */
function closed({ builder, given }: { readonly builder: Builder; readonly given: readonly Variable[] }, outputs: readonly Atom[]): { readonly program: Program; readonly more: readonly ConcreteArray[] } {
  const added = builder.inputs.filter((v) => !given.includes(v));
  return { program: { inputs: [...added, ...given], equations: builder.equations, outputs }, more: added.map((v) => builder.valueOf(v)) };
}

const few = (b: Builder, least: number, most: number, fits: (t: TensorType) => boolean = () => true): Atom[] =>
  Array.from({ length: b.random.int(least, most) }, () => b.find((t) => sizeOf(t.shape) <= smallest && fits(t))).filter((a) => a !== undefined);

function elementOf(x: ConcreteArray): ConcreteArray {
  const type = tensorType(x.type.dtype, x.type.shape.slice(1));
  const size = sizeOf(type.shape);
  return ConcreteArray.of(type, x.elements.length === 0 ? dtypes[type.dtype].allocate(size) : x.elements.slice(0, size));
}

export function controlSteps(steps: readonly Step[]): readonly Step[] {
  const all: Step[] = [...steps];
  const scan: Step = (b) => {
    const { random } = b;
    const [first] = few(b, 0, 1, (t) => t.shape.length > 0 && (t.shape[0] as number) < 7);
    const length = first?.type.shape[0] ?? random.int(0, 5);
    const sequences = first === undefined ? [] : [first, ...few(b, 0, 1, (t) => t.shape[0] === length)];
    const constants = few(b, 0, 2);
    const state = few(b, sequences.length > 0 ? 0 : 1, 3);
    const made = inside(b, all, [...[...constants, ...state].map((a) => b.valueOf(a)), ...sequences.map((a) => elementOf(b.valueOf(a)))]);
    if (made === undefined) return;
    const next = state.map((a) => made.builder.ofType(a.type) as Atom);
    const results = random.some(made.builder.computed(), 0.3).slice(0, 3);
    const { program, more } = closed(made, [...next, ...(random.chance(0.2) ? next.slice(0, 1) : []), ...results]);
    b.apply(scanPrimitive, [...more, ...constants, ...state, ...sequences], { body: program, constants: more.length + constants.length, state: state.length, length, reverse: random.chance(0.4) });
  };
  /** Counts to a number that no rounding changes. */
  const loop: Step = (b) => {
    const constants = few(b, 0, 2);
    const state = few(b, 1, 3);
    const zero = ConcreteArray.splat(integer, 0);
    const limit = ConcreteArray.splat(integer, b.random.int(0, 6));
    const made = inside(b, all, [...constants.map((a) => b.valueOf(a)), limit, ...state.map((a) => b.valueOf(a)), zero]);
    if (made === undefined) return;
    const next = state.map((a) => made.builder.ofType(a.type) as Atom);
    const counter = made.given[made.given.length - 1] as Variable;
    const counted = made.builder.equationOf(add.primitive, [counter, ConcreteArray.splat(integer, 1)]);
    const { program, more } = closed(made, [...next, counted]);
    const test = new Builder(b.random, b.limits);
    const inputs = program.inputs.map((v) => test.input(v.type.dtype, v.type.shape));
    const holds = test.equationOf(less.primitive, [inputs[inputs.length - 1] as Atom, inputs[more.length + constants.length] as Atom]);
    const asked: Program = { inputs, equations: test.equations, outputs: [holds] };
    b.apply(whilePrimitive, [...more, ...constants, limit, ...state, zero], { test: asked, body: program, constants: more.length + constants.length + 1 });
  };
  const choice: Step = (b) => {
    const { random } = b;
    const operands = few(b, 1, 3);
    if (operands.length === 0) return;
    const made = Array.from({ length: random.int(1, 3) }, () => inside(b, all, operands.map((a) => b.valueOf(a))));
    if (made.some((m) => m === undefined)) return;
    const builders = made as NonNullable<(typeof made)[number]>[];
    const wanted = [...random.some((builders[0] as (typeof builders)[number]).builder.computed(), 0.4), ...random.some(operands, 0.5)].map((a) => a.type);
    const types = wanted.filter((t) => builders.every((m) => m.builder.ofType(t) !== undefined));
    if (types.length === 0) return;
    const branches = builders.map((m) => closed(m, types.map((t) => m.builder.ofType(t) as Atom)));
    // every branch takes what any of them added
    const more = branches.flatMap((p) => p.more);
    const programs = branches.map(({ program, more: own }, k): Program => {
      const before = branches.slice(0, k).flatMap((p) => p.more);
      const after = branches.slice(k + 1).flatMap((p) => p.more);
      const unused = new Builder(random, b.limits);
      const take = (list: readonly ConcreteArray[]): Variable[] => list.map((x) => unused.given(x));
      return { ...program, inputs: [...take(before), ...program.inputs.slice(0, own.length), ...take(after), ...program.inputs.slice(own.length)] };
    });
    const index = random.chance(0.5) ? b.given(ConcreteArray.splat(integer, random.int(-1, 3))) : ConcreteArray.splat(integer, random.int(-1, 3));
    b.apply(switchPrimitive, [index, ...more, ...operands], { branches: programs });
  };
  all.push(scan, loop, choice);
  return [scan, loop, choice];
}

