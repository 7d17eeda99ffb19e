/**
 * Traced arrays and the operations on them. `bind` is the one way an operation happens: recorded in the innermost open trace
 * when an operand is traced, done at once when all are concrete.
 */
import { InternalError, LeakedTensorError } from "../errors.ts";
import { axisNames, type AxisScope, noAxes } from "./axis-names.ts";
import { ConcreteArray } from "./concrete.ts";
import type { DType } from "./dtype.ts";
import { isEffectful } from "./effects.ts";
import type { Calls } from "./calls.ts";
import { currentPlace, inUserCode, type Place } from "./place.ts";
import type { Primitive } from "./primitive.ts";
import { type Atom, type Equation, type Params, type Program, Variable } from "./program.ts";
import { describe } from "./shape.ts";
import { showType, showTypes, type TensorType, tensorType } from "./type.ts";

/** A tensor while a program is being recorded. The public `Tensor` is this class with the methods src/api installs on it. */
export class TracedArray {
  /** Not `trace`: that is a method, the sum of a diagonal. */
  readonly owner: Trace;
  readonly variable: Variable;
  readonly type: TensorType;
  constructor(owner: Trace, variable: Variable) {
    this.owner = owner;
    this.variable = variable;
    this.type = variable.type;
    Object.freeze(this);
  }
  /** The name users know. */
  get [Symbol.toStringTag](): string {
    return "Tensor";
  }
}

/** What rules and library functions compute with. */
export type Value = TracedArray | ConcreteArray;

export function isValue(x: unknown): x is Value {
  return x instanceof TracedArray || x instanceof ConcreteArray;
}
export function areValues(list: readonly unknown[]): list is readonly Value[] {
  for (let i = 0; i < list.length; i++) if (!isValue(list[i])) return false;
  return true;
}

const typeOf = ({ type }: { readonly type: TensorType }): TensorType => type;
export const isTraced = (value: Value): boolean => value instanceof TracedArray;
function someTraced(values: readonly Value[]): boolean {
  for (let i = 0; i < values.length; i++) if (values[i] instanceof TracedArray) return true;
  return false;
}
const variableOf = (type: TensorType): Variable => new Variable(type);
const likeThis = ({ type }: Variable): Variable => new Variable(type);

/**
 * `list.map(f)` for operands and results, which every pass reads. V8 makes lists of the kind that may have holes of `map` once it has optimised its caller, and
 * then throws away what it compiled for lists of the other kind; so short ones are written out. Longer ones are few.
 */
export function packed<A, B>(list: readonly A[], f: (item: A) => B): B[] {
  if (list.length === 1) return [f(list[0] as A)];
  if (list.length === 2) return [f(list[0] as A), f(list[1] as A)];
  return list.map(f);
}

/** One recording. Operands of enclosing recordings become inputs of this one (closure conversion). */
export class Trace {
  readonly name: string;
  /** The dtype of JavaScript numbers that meet nothing stronger. */
  readonly defaultFloat: DType;
  /** The named axes that the recorded function is mapped over. */
  readonly axes: AxisScope;
  /** The calls of the user that recorded into it, where it can be recorded once more. */
  readonly calls: Calls | undefined;
  /** What it records goes to a backend as it is: neither a transform nor code of the user sees it. */
  readonly isCompiled: boolean;
  readonly captured: TracedArray[] = [];
  readonly #inputs: Variable[] = [];
  readonly #capturedInputs = new Map<Variable, Variable>();
  readonly #equations: Equation[] = [];
  readonly #atomOf = (value: Value): Atom => this.atom(value);
  readonly #arrayOf = (variable: Variable): TracedArray => new TracedArray(this, variable);
  #open = true;
  #refusal: Error | undefined;

  constructor(name: string, defaultFloat: DType, axes: AxisScope = axesHere(), calls?: Calls, isCompiled = false) {
    this.name = name;
    this.defaultFloat = defaultFloat;
    this.axes = axes;
    this.calls = calls;
    this.isCompiled = isCompiled;
  }

  get open(): boolean {
    return this.#open || recordingAgain;
  }

  input(type: TensorType): TracedArray {
    const variable = new Variable(type);
    this.#inputs.push(variable);
    return new TracedArray(this, variable);
  }

  atom(value: Value): Atom {
    if (value instanceof ConcreteArray) return value;
    if (value.owner === this) return value.variable;
    const stand = standIns.get(value.variable);
    if (stand !== undefined && stand.of.owner === value.owner && stand.value !== value) return this.atom(stand.value);
    if (!value.owner.open) throw leaked(value);
    let inner = this.#capturedInputs.get(value.variable);
    if (inner === undefined) {
      inner = new Variable(value.type);
      this.#capturedInputs.set(value.variable, inner);
      this.captured.push(value);
    }
    return inner;
  }

  record(primitive: Primitive, inputs: readonly Value[], params: Params, types: readonly TensorType[]): TracedArray[] {
    const outputs = types.length === 1 ? [new Variable(types[0] as TensorType)] : packed(types, variableOf);
    return this.#append(primitive, inputs, params, outputs, currentPlace(this.calls));
  }

  /** Records an equation of another program on other operands of the same types: nothing is checked again. */
  repeat({ primitive, params, outputs, place }: Equation, inputs: readonly Value[]): TracedArray[] {
    return this.#append(primitive, inputs, params, packed(outputs, likeThis), place ?? currentPlace(this.calls));
  }

  /**
   * Takes over an equation of a program that has come to its end, on operands of the same types: its variables are this trace's from now on, and
   * may be in no other program that is still used. Tensors of the ended trace are told from those of this one by their owner.
   */
  adopt(equation: Equation, inputs: readonly Value[]): TracedArray[] {
    let same = true;
    for (let i = 0; i < inputs.length; i++) same &&= this.atom(inputs[i] as Value) === equation.inputs[i];
    this.#equations.push(same ? equation : { ...equation, inputs: packed(inputs, this.#atomOf) });
    return packed(equation.outputs, this.#arrayOf);
  }

  #append(primitive: Primitive, inputs: readonly Value[], params: Params, outputs: readonly Variable[], place: Place): TracedArray[] {
    const atoms = inputs.length === 2 ? [this.atom(inputs[0] as Value), this.atom(inputs[1] as Value)] : packed(inputs, this.#atomOf);
    this.#equations.push({ primitive, inputs: atoms, params, outputs, place });
    this.calls?.record(primitive, place);
    return outputs.length === 1 ? [new TracedArray(this, outputs[0] as Variable)] : packed(outputs, this.#arrayOf);
  }

  /** Where a tensor of this trace was made: "argument 2 of f", or the operation and the user's line. For error messages. */
  origin(variable: Variable): string {
    const argument = this.#inputs.indexOf(variable);
    if (argument >= 0) return `leaf ${argument} of the arguments of ${this.name}`;
    const equation = this.#equations.find((e) => e.outputs.includes(variable));
    const place = equation?.place?.toString();
    return `the result of ${equation?.primitive.name ?? "an operation"}${place ? ` at ${place}` : ""} in the trace of ${this.name}`;
  }

  /** Ends the recording. Captured outer tensors are the last inputs of the program, in the order of `captured`. */
  finish(outputs: readonly Value[]): Program {
    if (this.#refusal !== undefined) {
      this.abandon();
      throw this.#refusal;
    }
    const atoms = outputs.map((v) => this.atom(v));
    this.abandon();
    return { inputs: [...this.#inputs, ...this.#capturedInputs.values()], equations: this.#equations, outputs: atoms };
  }

  abandon(): void {
    this.#open = false;
    this.calls?.end();
  }

  /** Something was refused that JavaScript would have done: whoever catches the error, this trace cannot end well any more. */
  refuse(error: Error): void {
    this.#refusal ??= error;
  }
}

function leaked(value: TracedArray): LeakedTensorError {
  return new LeakedTensorError(
    `a tensor (${showType(value.type)}) is used after its trace has ended; it is ${value.owner.origin(value.variable)}`,
    { hint: /^(?:an if|an else|the body of (?:while|do|for))$/.test(value.owner.name)
      ? "it was kept in an object, or by a function, inside of a statement on a tensor: only variables come out of an if or a loop. Assign it to a variable there, and put that into the object afterwards"
      : "it was kept in a variable outside the traced function: return it as a result instead" },
  );
}

const traces: Trace[] = [];

/** The innermost open recording, or undefined outside of any. */
export function currentTrace(): Trace | undefined {
  return traces[traces.length - 1];
}

/** The named axes that what is recorded now is mapped over. */
export const axesHere = (): AxisScope => currentTrace()?.axes ?? noAxes;

/** What was refused while they were open cannot be caught: each open recording ends with this error. */
export function refuseInTraces<T extends Error>(error: T): T {
  for (const trace of traces) trace.refuse(error);
  return error;
}

/** Runs `body`, whose errors are such. */
export function refusing<T>(body: () => T): T {
  try {
    return body();
  } catch (error) {
    throw error instanceof Error ? refuseInTraces(error) : error;
  }
}

/** Runs `body` with `trace` as the innermost recording. */
export function withTrace<T>(trace: Trace, body: () => T): T {
  traces.push(trace);
  try {
    return body();
  } catch (error) {
    trace.abandon();
    throw error;
  } finally {
    traces.pop();
  }
}

/** Makes `trace` the innermost recording until the returned function is called, for code that is no callback. Traces opened since, and left by an error, end too. */
export function enterTrace(trace: Trace): () => void {
  const depth = traces.push(trace) - 1;
  return () => {
    for (const left of traces.splice(depth)) if (left !== trace) left.abandon();
  };
}

/** What a tensor of another trace stands for now. */
export interface StandIn {
  readonly of: TracedArray;
  readonly value: Value;
}
const noStandIns: ReadonlyMap<Variable, StandIn> = new Map();
let standIns = noStandIns;

/**
 * Runs `body`, in which tensors of other traces stand for values of now: how a function of the user that closes over tensors is called while a
 * transform rewrites the program they belonged to.
 */
export function withStandIns<T>(list: readonly StandIn[], body: () => T): T {
  const before = standIns;
  if (list.length > 0) standIns = new Map([...before, ...list.map((stand) => [stand.of.variable, stand] as const)]);
  try {
    return body();
  } finally {
    standIns = before;
  }
}

/** The tensors that stand for `value` now, itself included. */
export function standingFor(value: TracedArray): TracedArray[] {
  return [value, ...[...standIns.values()].filter((stand) => stand.value === value).map((stand) => stand.of)];
}

/** Runs a function of the host in the midst of a computation: what it does with arrays is done at once, whatever is being recorded. */
export function outsideTraces<T>(body: () => T): T {
  const [open, stand] = [traces.splice(0), standIns];
  standIns = noStandIns;
  try {
    return body();
  } finally {
    traces.splice(0, traces.length, ...open);
    standIns = stand;
  }
}

let recordingAgain = false;

/** Records once more what was recorded before, to look at it: tensors of traces that have ended since are as good as they were then. */
export function lookAgain(body: () => void): void {
  const [before, check] = [recordingAgain, execution.check];
  recordingAgain = true;
  delete execution.check;
  try {
    outsideTraces(() => inUserCode(body));
  } finally {
    recordingAgain = before;
    if (check !== undefined) execution.check = check;
  }
}

/** Records a program: `body` gets one traced value per type and returns the outputs. Only `body` may open further traces inside. */
export function record(
  name: string,
  types: readonly TensorType[],
  body: (inputs: TracedArray[]) => readonly Value[],
): { readonly program: Program; readonly captured: readonly TracedArray[] } {
  const trace = new Trace(name, currentTrace()?.defaultFloat ?? "float32");
  const inputs = types.map((t) => trace.input(t));
  const outputs = withTrace(trace, () => body(inputs));
  return { program: trace.finish(outputs), captured: trace.captured };
}

/**
 * Applies a primitive. Everything is recorded while a trace is open, except operations without effects on concrete arrays alone, which are
 * done at once; those on repeated constants fold when the operation is elementwise.
 */
export function bind(primitive: Primitive, inputs: readonly Value[], params: Params): Value[] {
  const types = primitive.type(inputs.length === 2 ? [(inputs[0] as Value).type, (inputs[1] as Value).type] : packed(inputs, typeOf), params);
  const trace = currentTrace();
  if (!someTraced(inputs)) {
    const arrays = inputs as readonly ConcreteArray[];
    // an effect belongs to the runs of the program, not to its recording; a named axis to the batch
    if (trace !== undefined && (isEffectful(primitive, params) || axisNames(primitive, params).size > 0)) return trace.record(primitive, inputs, params, types);
    const folded = foldSplats(primitive, arrays, params, types);
    if (folded !== undefined) {
      execution.check?.(primitive, arrays, params, folded);
      return folded;
    }
    const numbersOnly = arrays.every((v) => v.type.weak || v.splat !== undefined);
    return trace !== undefined && numbersOnly ? trace.record(primitive, inputs, params, types) : runNow(primitive, arrays, params, types);
  }
  if (trace !== undefined) return trace.record(primitive, inputs, params, types);
  throw leaked(inputs.find(isTraced) as TracedArray);
}

function runNow(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, types: readonly TensorType[]): ConcreteArray[] {
  const outputs = execution.run(primitive, inputs, params, types);
  execution.check?.(primitive, inputs, params, outputs);
  return [...outputs];
}

/** How operations on concrete arrays are done at once. */
export const execution: {
  /** Sees the results; for debugging. */
  check?: (primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, outputs: readonly ConcreteArray[]) => void;
  run(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, types: readonly TensorType[]): readonly ConcreteArray[];
} = {
  run: (primitive, inputs, params, types) => {
    const outputs = primitive.evaluate(inputs, params, types);
    if (outputs.length !== types.length) throw new InternalError(`${primitive.name} evaluated to ${outputs.length} results instead of ${showTypes(types)}`);
    return outputs;
  },
};

/** An elementwise operation on repeated numbers is done on one element; a view of a repeated number is the number. */
export function foldSplats(primitive: Primitive, inputs: readonly ConcreteArray[], params: Params, types: readonly TensorType[]): ConcreteArray[] | undefined {
  const only = inputs.length === 1 ? inputs[0]?.splat : undefined;
  if ((primitive.lower.form === "view" || primitive.lower.form === "reshape") && only !== undefined) return types.map((t) => ConcreteArray.splat(t, only));
  if (primitive.lower.form !== "elementwise" || inputs.length === 0 || inputs.some((v) => v.splat === undefined)) return undefined;
  const single = inputs.map((v) => ConcreteArray.splat({ ...v.type, shape: [] }, v.splat as number));
  const results = primitive.evaluate(single, params, types.map((t) => ({ ...t, shape: [] })));
  return results.map((r, i) => ConcreteArray.splat(types[i] as TensorType, r.elements[0] as number));
}

/** The value at a position of a list that must have one. */
export function at<T>(list: readonly T[], index: number): T {
  if (index >= list.length) throw new InternalError(`no element ${index} in ${describe(list)}`);
  return list[index] as T;
}

/** A number repeated to the dtype and shape of `like`. */
export function splatLike(like: { readonly type: TensorType }, value: number): ConcreteArray {
  return ConcreteArray.splat(like.type, value);
}

export function scalar(value: number, dtype: DType, weak = false): ConcreteArray {
  return ConcreteArray.splat(tensorType(dtype, [], weak), value);
}
