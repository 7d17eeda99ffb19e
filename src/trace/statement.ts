/**
 * Statements of rewritten code whose condition is a tensor: their code runs where it stands while a trace of its own records it, and becomes a
 * branch or the body of a loop. Nothing here knows syntax; it is told what the variables hold.
 */
import { ArgumentError, ConcretizationError, DTypeError, ShapeError, TreeError } from "../errors.ts";
import { switchOf } from "../control/branch.ts";
import { whileOf } from "../control/while.ts";
import { build, toConcrete } from "../core/convert.ts";
import type { DType } from "../core/dtype.ts";
import { programHasEffects } from "../core/effects.ts";
import type { Assigned, Fork, Loop, LoopConstruct } from "../core/operators.ts";
import { type Program, Variable } from "../core/program.ts";
import { sameShape } from "../core/shape.ts";
import { at, currentTrace, enterTrace, isValue, refuseInTraces, refusing, scalar, Trace, type TracedArray, type Value, withTrace } from "../core/tensor.ts";
import { sameType, showType, type TensorType, tensorType } from "../core/type.ts";
import { convert } from "../ops/elementwise.ts";
import { asType, commonType, fill, type Form, formOf, isSmallInteger, isUntyped, leavesLike, leafType, type Mismatch, type Pair, pairUp, settled, shown } from "./assigned.ts";
import { shareCaptures } from "./shared-captures.ts";

/** A condition as a bool scalar that a program can branch on. */
export function decision(condition: unknown, construct: string): Value {
  const value = isValue(condition) ? condition : scalar(condition ? 1 : 0, "bool");
  if (value.type.dtype !== "bool") throw new DTypeError(`${construct}: a condition must be bool, got ${showType(value.type)}`, { hint: "compare it: x !== 0, x > 0" });
  if (value.type.shape.length > 0) {
    throw new ShapeError(`${construct}: a condition must be one bool[], got ${showType(value.type)}`, {
      hint: construct === "if" ? "choose elementwise with condition ? a : b or where(condition, a, b), or reduce it: any(condition), all(condition)" : "one answer for all: any(condition) or all(condition); for a loop per element use vmap",
    });
  }
  return value;
}

/** Recording is open between `enter` and `leave`. */
class Recording {
  readonly trace: Trace;
  #leave: (() => void) | undefined;
  constructor(name: string, float: DType) {
    this.trace = new Trace(name, float);
    this.#leave = enterTrace(this.trace);
  }
  leave(): void {
    this.#leave?.();
    this.#leave = undefined;
  }
  /** Ends it with what `outputs` computes, still in its trace. */
  finish(outputs: () => readonly Value[]): { readonly program: Program; readonly captured: readonly TracedArray[] } {
    this.leave();
    const values = withTrace(this.trace, outputs);
    return { program: this.trace.finish(values), captured: this.trace.captured };
  }
}

/** An error has left a statement while it was recorded: in JavaScript perhaps none would have been thrown, so nobody may catch it and go on. */
function left(construct: string): void {
  refuseInTraces(new ConcretizationError(`${construct}: an error was thrown in it while it was recorded, and caught outside of it: whether it is thrown depends on a tensor`, {
    hint: "catch it inside of the statement, or check before the call what cannot be computed; give NaN for what must not be: where(condition, NaN, x)",
  }));
}

function defaultFloat(): DType {
  return currentTrace()?.defaultFloat ?? "float32";
}

/** `if` on a tensor: a choice between what its two sides leave in the variables. */
export function forkStatement(condition: unknown, variables: readonly Assigned[], values: readonly unknown[]): Fork {
  return new TracedFork(decision(condition, "if"), variables, values);
}

class TracedFork implements Fork {
  side = true;
  open = true;
  readonly #condition: Value;
  readonly #variables: readonly Assigned[];
  readonly #before: readonly unknown[];
  readonly #float: DType = defaultFloat();
  #onTrue: readonly unknown[] = [];
  #first: Recording;
  #second: Recording | undefined;

  constructor(condition: Value, variables: readonly Assigned[], values: readonly unknown[]) {
    this.#condition = condition;
    this.#variables = variables;
    this.#before = values;
    this.#first = new Recording("an if", this.#float);
  }

  next(values: readonly unknown[]): readonly unknown[] {
    if (this.#second === undefined) {
      this.#first.leave();
      this.#onTrue = values;
      this.side = false;
      this.#second = new Recording("an else", this.#float);
      return this.#before;
    }
    this.#second.leave();
    this.open = false;
    const second = this.#second;
    return refusing(() => this.#choose(values, second));
  }

  close(): void {
    this.#second?.leave();
    this.#first.leave();
    if (this.open) left("if");
  }

  #choose(onFalse: readonly unknown[], second: Recording): readonly unknown[] {
    const pairs: Pair[] = [];
    const mismatch: Mismatch = (path, a, b, hint, type = TreeError) =>
      new type(`if: ${path} is ${a} where the condition holds, and ${b} where it does not`, { hint: hint ?? "a tensor chooses between arrays and trees of arrays of one form: give it a value on both sides, or before the statement; a class of yours becomes a tree with registerTree(Class, …)" });
    const forms = this.#variables.map(({ name, list }, i) => pairUp(this.#onTrue[i], onFalse[i], list, name, pairs, mismatch));
    const integers = new Set(this.#variables.filter((v) => v.integer).map((v) => v.name));
    const types = pairs.map((pair) => commonType(pair, integers.has(pair.path), this.#float, mismatch));
    const recorded = [
      second.finish(() => pairs.map(({ second: leaf, path }, i) => asType(leaf, at(types, i), path))),
      this.#first.finish(() => pairs.map(({ first, path }, i) => asType(first, at(types, i), path))),
    ];
    if (pairs.length === 0 && !recorded.some(({ program }) => programHasEffects(program))) return forms.map((form) => fill(form, [].values()));
    const { captured, programs } = shareCaptures(recorded);
    const chosen = switchOf(convert(this.#condition, "int32"), programs, captured).values();
    return forms.map((form) => fill(form, chosen));
  }
}

/** A loop on a tensor. The condition after a turn is part of its state, so test and body run exactly as often as the source says. */
export function loopStatement(construct: LoopConstruct, variables: readonly Assigned[]): Loop {
  return new TracedLoop(construct, variables);
}

/** What a loop knows of one variable. */
interface Carried {
  readonly variable: Assigned;
  readonly before: unknown;
  /** Undefined: it has kept its value so far. */
  form: Form | undefined;
  /** Its lists of numbers are lists, not arrays. */
  lists: boolean;
  leaves: { readonly path: string; readonly value: unknown; type: TensorType }[];
}

class TracedLoop implements Loop {
  open = true;
  readonly #construct: LoopConstruct;
  readonly #variables: readonly Assigned[];
  readonly #float: DType = defaultFloat();
  #begin: Value | undefined;
  #carried: readonly Carried[] = [];
  #recording: Recording | undefined;

  constructor(construct: LoopConstruct, variables: readonly Assigned[]) {
    this.#construct = construct;
    this.#variables = variables;
  }

  turn(condition: unknown, values: readonly unknown[]): readonly unknown[] {
    return refusing(() => this.#turn(condition, values));
  }

  #turn(condition: unknown, values: readonly unknown[]): readonly unknown[] {
    if (this.#recording === undefined) {
      this.#begin = decision(condition, this.#construct);
      this.#carried = this.#variables.map((variable, i) => this.#carry({ variable, before: values[i], form: undefined, lists: variable.list, leaves: [] }, variable.certain));
      return this.#record();
    }
    this.#recording.leave();
    const ends = this.#settle(values);
    return ends === undefined ? this.#record() : this.#finish(condition, ends, this.#recording);
  }

  close(): void {
    this.#recording?.leave();
    if (this.open) left(this.#construct);
  }

  /** Takes a variable's first value apart, where there are arrays or numbers in it. */
  #carry(carried: Carried, wanted: boolean): Carried {
    const leaves: { path: string; value: unknown }[] = [];
    const form = formOf(carried.before, carried.lists, carried.variable.name, leaves);
    if (!wanted || leaves.length === 0) return carried;
    return Object.assign(carried, { form, leaves: leaves.map(({ path, value }) => ({ path, value, type: this.#firstType(value, path) })) });
  }

  /** A number that is an integer begins as one; what it meets in the body decides. */
  #firstType(value: unknown, path: string): TensorType {
    return isSmallInteger(value) ? tensorType("int32", [], true) : leafType(value, this.#float, path);
  }

  /** Begins a turn: the variables that the loop carries become inputs of its body. */
  #record(): readonly unknown[] {
    const recording = new Recording(`the body of ${this.#construct}`, this.#float);
    this.#recording = recording;
    return this.#carried.map(({ form, before, leaves }) => {
      if (form === undefined) return before;
      return fill(form, leaves.map(({ type }) => recording.trace.input(type)).values());
    });
  }

  /** What the variables hold after the turn, by leaf, if that has the types in which the turn began; otherwise the types it has to begin with are known now. */
  #settle(values: readonly unknown[]): readonly unknown[] | undefined {
    const ends: unknown[] = [];
    let steady = true;
    const mismatch: Mismatch = (path, a, b, hint) => {
      const first = a === "undefined" || a === "null";
      return new TreeError(`${this.#construct}: ${path} is ${a} before a turn of the loop, and ${b} after it`, { hint: hint ?? (first ? `give it a value of the same type before the loop, or declare it inside: const ${path.replace(/[[.].*/, "")} = …` : "the variables that a loop assigns keep their form; a class of yours becomes a tree with registerTree(Class, …)") });
    };
    this.#carried.forEach((carried, i) => {
      const { variable: { name, integer }, before } = carried;
      if (carried.form === undefined) {
        if (Object.is(before, values[i])) return;
        this.#carry(carried, true);
        if (carried.form === undefined) throw mismatch(name, shown(before), shown(values[i]));
        steady = false;
        return;
      }
      const leaves: unknown[] = [];
      if (!leavesLike(carried.form, values[i], name, leaves, mismatch, before)) {
        carried.lists = true;
        this.#carry(carried, true);
        steady = false;
        return;
      }
      ends.push(...leaves);
      leaves.forEach((leaf, j) => {
        const known = at(carried.leaves, j);
        const type = settled(known.type, leaf, isUntyped(known.value), integer, this.#float, known.path);
        if (type === undefined) throw this.#changes(known.path, known.type, leafType(leaf, this.#float, known.path));
        if (!sameType(type, known.type) || type.weak !== known.type.weak) {
          known.type = type;
          steady = false;
        }
      });
    });
    return steady ? ends : undefined;
  }

  #changes(path: string, before: TensorType, after: TensorType): Error {
    const text = `${this.#construct}: ${path} changes its type: it is ${showType(before)} before a turn of the loop, ${showType(after)} after it`;
    if (!sameShape(before.shape, after.shape)) return new ShapeError(text, { hint: "begin with a value of the shape that the body gives it: zeros([…]), broadcastTo(x, shape)" });
    return new DTypeError(text, { hint: `keep one dtype: begin with x.astype("${after.dtype}"), or convert what the body assigns with .astype("${before.dtype}")` });
  }

  #finish(condition: unknown, ends: readonly unknown[], recording: Recording): readonly unknown[] {
    const leaves = this.#carried.flatMap((carried) => (carried.form === undefined ? [] : carried.leaves));
    const body = recording.finish(() => [...leaves.map(({ path, type }, i) => asType(ends[i], type, path)), decision(condition, this.#construct)]);
    if (!programHasEffects(body.program) && isEndless(body.program, leaves.length)) {
      throw new ArgumentError(`${this.#construct}: nothing that the loop assigns has an influence on its condition: it would never end`, { hint: "assign the variables that the condition reads" });
    }
    const { captured, programs } = shareCaptures([body]);
    const program = at(programs, 0);
    const inputs = program.inputs.map(({ type }) => new Variable(type));
    const answer = new Variable(tensorType("bool", []));
    const state: Value[] = leaves.map(({ value, type, path }) => begun(value, type, path));
    const test: Program = { inputs: [...inputs, answer], equations: [], outputs: [answer] };
    const turned: Program = { ...program, inputs: [...program.inputs, new Variable(answer.type)] };
    const results = whileOf(test, turned, captured, [...state, this.#begin as Value]).values();
    this.open = false;
    return this.#carried.map(({ form, before }) => (form === undefined ? before : fill(form, results)));
  }
}

/** Whether the condition, the last output, is the same after each turn: it depends on no variable of the loop, and each of these on what it was before. */
function isEndless({ inputs, equations, outputs }: Program, count: number): boolean {
  const reached = new Set<unknown>(inputs.slice(0, count));
  for (const equation of equations) {
    if (equation.inputs.some((atom) => reached.has(atom))) for (const output of equation.outputs) reached.add(output);
  }
  return outputs.every((output, i) => reached.has(output) === (i < count));
}

/** What a loop begins with, as a value of its type. */
function begun(value: unknown, type: TensorType, path: string): Value {
  if (!isUntyped(value)) {
    const made = isValue(value) ? value : toConcrete(value, type.dtype, path);
    return made.type.dtype === type.dtype ? made : convert(made, type.dtype, type.weak);
  }
  const made = build(value, type.dtype, path);
  return type.weak ? made.withType({ ...made.type, weak: true }) : made;
}
