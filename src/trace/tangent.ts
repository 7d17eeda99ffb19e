/** Forward mode as functions of trees: jvp, linearize, the transpose of linear functions, Hessian-vector products. */
import { ArgumentError, DifferentiationError } from "../errors.ts";
import type { ConcreteArray } from "../core/concrete.ts";
import { isFloat } from "../core/dtype.ts";
import type { MaybeZero } from "../core/primitive.ts";
import { inputTypes, type Program } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, record, splatLike, type Value } from "../core/tensor.ts";
import { leafCount, type Structure, unflatten } from "../core/tree.ts";
import { showType } from "../core/type.ts";
import { add } from "../ops/elementwise.ts";
import { jvpProgram, tangentType } from "../transform/jvp.ts";
import { splitProgram } from "../transform/split.ts";
import { withoutEffects } from "../transform/silent.ts";
import { pullBack } from "../transform/transpose.ts";
import { argumentName, readCall, type SpecOptions } from "./arguments.ts";
import { linearizeCall, matchTypes, pushTangents } from "./differentiate.ts";
import { runProgram } from "./execute.ts";
import { argumentList, gradientFunction } from "./gradient.ts";
import { refuseAffine } from "./rule-linearity.ts";
import { type PlainFunction, refuseSurplus, traceFunction } from "./trace.ts";

/** [result, tangent of the result]. A tangent `null` says that its argument does not move. */
export function jvpOf(fn: PlainFunction, primals: unknown, tangents: unknown, options: SpecOptions, name: string): [unknown, unknown] {
  const args = argumentList(primals, name, "primals");
  const moves = argumentList(tangents, name, "tangents");
  if (args.length !== moves.length) throw new ArgumentError(`${name}: ${args.length} primals but ${moves.length} tangents`, { hint: "one tangent per argument; null for one that does not move" });
  const { signature, leaves } = readCall(args, options, name);
  const structure = signature.structure as Extract<Structure, { kind: "tuple" }>;
  const active: boolean[] = [];
  const given: Value[] = [];
  let start = 0;
  structure.items.forEach((s, i) => {
    const types = signature.types.slice(start, (start += leafCount(s)));
    const moving = moves[i] !== null && moves[i] !== undefined;
    for (const [k, type] of types.entries()) {
      if (moving && !isFloat(type.dtype)) {
        throw new DifferentiationError(`${name}: ${argumentName(structure, start - types.length + k)} is ${showType(type)} and has no tangent`, { hint: "pass null as the tangent of an argument that is not floating" });
      }
      active.push(moving);
    }
    if (moving) given.push(...matchTypes(s, moves[i], types.map(tangentType), `${name}: tangent ${i}`));
  });
  const traced = traceFunction(fn, name, signature);
  refuseSurplus(fn, name, structure, traced.program, active);
  const inputs = [...leaves, ...traced.captured];
  const { program, activeOutputs } = jvpProgram(traced.program, inputs.map((_, i) => active[i] === true));
  const values = runProgram(program, [...inputs, ...given], options, { name });
  const outputs = values.slice(0, traced.program.outputs.length);
  let next = outputs.length;
  const outTangents = outputs.map((y, i) => (activeOutputs[i] ? at(values, next++) : splatLike({ type: tangentType(y.type) }, 0)));
  return [unflatten(traced.structure, outputs), unflatten(traced.structure, outTangents)];
}

/** [result, linear]: `linear` maps one tangent per argument to the tangent of the result, without computing the result again. */
export function linearizeOf(fn: PlainFunction, args: readonly unknown[], options: SpecOptions, name: string): [unknown, (...tangents: readonly unknown[]) => unknown] {
  const call = linearizeCall(fn, args, undefined, options, name);
  const linear = (...tangents: readonly unknown[]): unknown => {
    const structures = call.argumentStructures;
    if (tangents.length !== structures.length) throw new ArgumentError(`${name}: the linear function takes ${structures.length} tangents, got ${tangents.length}`);
    const leaves = matchTypes({ kind: "tuple", items: structures }, tangents, call.inputTypes, `${name}: tangent`);
    return unflatten(call.outputStructure, pushTangents(call, leaves, options, name));
  };
  return [unflatten(call.outputStructure, call.outputs), linear];
}

/** (primals, tangents) → tangent of the result. */
export function linearizeFunction(fn: PlainFunction, options: SpecOptions, name: string): (primals: readonly unknown[], tangents: readonly unknown[]) => unknown {
  return (primals, tangents) => linearizeOf(fn, argumentList(primals, name, "primals"), options, name)[1](...argumentList(tangents, name, "tangents"));
}

/** A linear function is 0 at 0. One that is not is refused: its constant part would be dropped without a word. What closes over tensors is asked without values. */
function refuseConstant(program: Program, linear: number, name: string): void {
  const hint = "drop its constant part, or use vjp, which transposes the derivative";
  if (linear < program.inputs.length) return refuseAffine(program, program.inputs.map((_, i) => i < linear), { what: `${name}: a result`, of: "the arguments", hint });
  const atZero = runProgram(withoutEffects(program, name), inputTypes(program).map((t) => splatLike({ type: t }, 0)), { debugNaNs: false, debugInfs: false }) as readonly ConcreteArray[];
  if (atZero.some((y) => y.elements.some((e) => e !== 0))) {
    throw new DifferentiationError(`${name}: the function is not 0 at 0, so it is not linear`, { hint });
  }
}

/** For a function linear in its arguments: cotangent → one cotangent per argument. The examples give shapes and dtypes only. */
export function linearTransposeOf(fn: PlainFunction, examples: readonly unknown[], options: SpecOptions, name: string): (cotangent: unknown) => unknown[] {
  const { signature } = readCall(examples, options, name);
  const { program, captured, structure } = traceFunction(fn, name, signature);
  const types = signature.types.map(tangentType);
  const outTypes = program.outputs.map((a) => tangentType(a.type));
  const capturedTypes = captured.map((v) => v.type);
  // operations with programs inside may have results that are linear and others that are known
  const { known: fixed, rest } = splitProgram(program, program.inputs.map((_, i) => i < types.length));
  const separated: Program = { ...program, equations: [...fixed.equations, ...rest.equations] };
  const transposed = record("linearTranspose", [...capturedTypes, ...outTypes], (inputs) => {
    const known: (Value | null)[] = [...types.map(() => null), ...inputs.slice(0, captured.length)];
    const cts: MaybeZero[] = inputs.slice(captured.length);
    return pullBack(separated, known, cts, (x, y) => add(x, y)).map((ct, i) => instantiate(ct, { type: at(types, i) }));
  }).program;
  refuseConstant(program, types.length, name);
  return (cotangent) => {
    const cts = matchTypes(structure, cotangent, outTypes, `${name}: cotangent`);
    return unflatten(signature.structure, runProgram(transposed, [...captured, ...cts], options, { name })) as unknown[];
  };
}

/** (primals, tangents) → the Hessian of a scalar function times the tangents, forward over reverse: never forms the Hessian. */
export function hvpFunction(fn: PlainFunction, options: SpecOptions, name: string): (primals: readonly unknown[], tangents: readonly unknown[]) => unknown {
  const gradient = gradientFunction(fn, { name, argnums: undefined, hasAux: false, withValue: false, nonScalar: "refuse", options });
  return (primals, tangents) => jvpOf(gradient as PlainFunction, primals, tangents, options, name)[1];
}
