/**
 * Calling a function that has rules of its user's: recorded with them inside a trace, simply run outside of any. What the function closes
 * over becomes operands of the call, and so does what its rules close over, where they could: rules defined while something is traced, or
 * given functions and objects as static arguments.
 */
import { ArgumentError } from "../errors.ts";
import { placeNow } from "../core/place.ts";
import { HostValue, Variable } from "../core/program.ts";
import { describe } from "../core/shape.ts";
import { currentTrace, isValue, type Value } from "../core/tensor.ts";
import { unflatten } from "../core/tree.ts";
import { applyCustom } from "../control/custom.ts";
import { readCall } from "./arguments.ts";
import { CallRules, type Rule, type RuleSet } from "./custom-rules.ts";
import { refuseAffine } from "./rule-linearity.ts";
import { callOnValues, checkFunction, type PlainFunction, traceFunction } from "./trace.ts";

/** A function and what its user says of it. */
export interface CustomSpec {
  readonly fn: PlainFunction;
  readonly name: string;
  /** Positions of arguments that are passed to the function and its rules as they are. */
  readonly statics: readonly number[];
  readonly rules: RuleSet;
  /** A trace was open where the rules were defined, so they may close over its tensors. */
  readonly inTrace: boolean;
  readonly place: string | undefined;
  /** The same object for every call of the same function. */
  readonly key: object;
}

/** A rule as its user defines it here and now. */
export function ruleOf(fn: unknown, kind: string, name: string): Rule {
  checkFunction(fn, `the ${kind} rule`, name);
  // of "function (file:line:column)" the line is enough
  const line = placeNow()?.replace(/^.* \((.*)\)$/, "$1");
  return { fn, title: `the ${kind} rule of ${name}${line === undefined ? "" : ` (${line})`}` };
}

export function callCustom(spec: CustomSpec, args: readonly unknown[]): unknown {
  const { fn, name, statics, rules } = spec;
  for (const i of statics) {
    if (isValue(args[i])) throw new ArgumentError(`${name}: argument ${i} is an array, and nondiffArgnums says it is not`, { hint: "pass arrays as ordinary arguments: integers have no derivative, and stopGradient(x) makes a float a constant" });
  }
  args.forEach((arg, i) => {
    if ((typeof arg === "function" || typeof arg === "string") && !statics.includes(i)) throw new ArgumentError(`${name}: argument ${i} is ${describe(arg)}, which is no array and no tree`, { hint: `say so where its rule is defined: { nondiffArgnums: ${i} }` });
  });
  const { signature, leaves } = readCall(args, { staticArgnums: statics.filter((i) => i < args.length) }, name);
  const trace = currentTrace();
  if (trace === undefined) {
    const result = callOnValues(fn, name, signature, leaves);
    return unflatten(result.structure, result.leaves);
  }
  const { program, captured, structure } = traceFunction(fn, name, signature);
  const called = new CallRules({ name, rules, signature, axes: trace.axes, outStructure: structure, outTypes: program.outputs.map((a) => a.type), captured });
  if (called.transpose !== undefined) {
    const linear = program.inputs.map((_, i) => called.transpose?.linear[i] === true);
    refuseAffine(program, linear, { what: `${name}: a result`, of: "the arguments that its transpose rule transposes", hint: "such a function is its own derivative there: add and return outside of it what is not made of them, or give it a jvp rule" });
  }
  if (spec.inTrace || [...signature.statics.values()].some((v) => (typeof v === "object" && v !== null) || typeof v === "function")) search(called, spec);
  const further = called.closedOver.slice(captured.length).map((v) => new Variable(v.type));
  const whole = further.length === 0 ? program : { ...program, inputs: [...program.inputs, ...further] };
  const operands: Value[] = [...leaves, ...called.closedOver];
  return unflatten(structure, applyCustom(whole, new HostValue(name, called, spec.place), operands));
}

/** The functions whose rules are being searched for what they close over. Rules that call them again add nothing: a function given to them is recorded by the call itself. */
let searched: Set<object> | undefined;

function search(rules: CallRules, { key }: CustomSpec): void {
  if (searched?.has(key) === true) return;
  const outermost = searched === undefined;
  (searched ??= new Set()).add(key);
  try {
    rules.findClosedOver();
  } finally {
    if (outermost) searched = undefined;
  }
}
