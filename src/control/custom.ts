/**
 * A function with rules of its user's: an operation with the function's program inside, which transforms replace by what the rules say.
 * Where no rule is asked for it is the function written out. What the rules do not speak of, the tensors that the function closes over,
 * is differentiated by its program.
 */
import { isFloat } from "../core/dtype.ts";
import { definePrimitive, type MaybeZero, type Primitive, Unknown } from "../core/primitive.ts";
import { HostValue, outputTypes, type Program } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, bind, record, type Value } from "../core/tensor.ts";
import { add } from "../ops/elementwise.ts";
import { align } from "../ops/structure.ts";
import { type Jvp, pushForward, tangentType } from "../transform/jvp.ts";
import { replay } from "../transform/replay.ts";
import { withoutEffects } from "../transform/silent.ts";
import { pullBack } from "../transform/transpose.ts";
import { applyLinear, linearMap } from "./custom-linear.ts";
import { derivativeMap } from "./custom-vmap.ts";
import { transposeRuled } from "./custom-transpose.ts";
import { batchRules, batchWhole, type CustomRules, type ReverseRule, type TransposeRuleOfUser } from "./custom-rules.ts";
import { run } from "./run.ts";

type Custom = { readonly program: Program; readonly rules: HostValue<CustomRules> };

interface Pushed {
  readonly outputs: readonly Value[];
  readonly tangents: readonly MaybeZero[];
}

const customPrimitive: Primitive = definePrimitive<Custom>({
  name: "custom",
  type: (_inputs, { program }) => outputTypes(program),
  evaluate: (inputs, { program }) => run(program, inputs),
  jvp: (primals, tangents, params) => {
    const { leaves } = params.rules.value;
    const moves = tangents.map((t, i) => (i < leaves ? t : null));
    const ruled = moves.some((t) => t !== null) ? pushByRule(primals, moves, params) : { outputs: bind(customPrimitive, primals, params), tangents: params.program.outputs.map(() => null) };
    const rest = tangents.map((t, i) => (i < leaves ? null : t));
    return { outputs: ruled.outputs, tangents: rest.every((t) => t === null) ? ruled.tangents : sums(ruled.tangents, pushForward(derived(params), primals, rest).tangents) };
  },
  transpose: (cotangents, inputs, { program, rules }) => {
    const { transpose, vjp, leaves } = rules.value;
    const own = (): readonly MaybeZero[] => {
      let next = 0;
      const cts = pullBack(program, inputs.map((x) => (x instanceof Unknown ? null : x)), cotangents, (x, y) => add(x, y));
      return inputs.map((x) => (x instanceof Unknown ? at(cts, next++) : null));
    };
    if (inputs.slice(0, leaves).every((x) => !(x instanceof Unknown))) return own();
    if (transpose === undefined) return vjp === undefined ? own() : transposeRuled(own, { vjp, program, leaves }, inputs, cotangents);
    const ruled = pullByRule(transpose, inputs, cotangents);
    const closedOver = inputs.slice(leaves).some((x) => x instanceof Unknown) ? own().slice(leaves) : [];
    return inputs.map((_, i) => (i < leaves ? at(ruled, i) : (closedOver[i - leaves] ?? null)));
  },
  batch: (size, inputs, axes, { program, rules }, _primitive, axisName) => {
    const { jvp, vjp, transpose, vmap } = rules.value;
    const batched = axes.map((a) => a !== null);
    const moved = inputs.map((x, i) => (axes[i] === null ? x : align(x, at(axes, i), 0, size)));
    const over = vmap?.(size, batched);
    if (over !== undefined && jvp === undefined && vjp === undefined && transpose === undefined) {
      return { outputs: replay(over.program, moved), axes: over.results.map((on) => (on ? 0 : null)) };
    }
    const whole = over === undefined ? batchWhole(program, size, batched, axisName) : inFront(over.program, over.results, size);
    const outputs = bind(customPrimitive, moved, { program: whole, rules: new HostValue(rules.name, batchRules(rules.value, size, batched, axisName), rules.place) });
    return { outputs, axes: outputs.map(() => 0) };
  },
  lower: { form: "call", program: ({ program }) => program, when: "early" },
  commutative: false,
  effect: "none",
  inner: {
    programs: ({ program }) => [program],
    withPrograms: ({ rules }, [program]) => ({ program: program as Program, rules }),
    prune: (equation) => equation,
    partition: (equation) => ({ known: [], linear: [equation] }),
  },
});

/** The function's program applied to operands, known by its rules. */
export function applyCustom(program: Program, rules: HostValue<CustomRules>, operands: readonly Value[]): Value[] {
  return bind(customPrimitive, operands, { program, rules });
}

/** What the function's own derivative is made of: its results are there already, and with them its effects. */
function derived({ program, rules }: Custom): Program {
  return withoutEffects(program, `the derivative of ${rules.name}`);
}

/** All results with a batch axis in front. */
function inFront(program: Program, results: readonly boolean[], size: number): Program {
  if (!results.includes(false)) return program;
  return record("vmap", program.inputs.map((v) => v.type), (inputs) => replay(program, inputs).map((y, i) => (results[i] === true ? y : align(y, null, 0, size)))).program;
}

function sums(a: readonly MaybeZero[], b: readonly MaybeZero[]): MaybeZero[] {
  return a.map((x, i) => {
    const y = at(b, i);
    return x === null ? y : y === null ? x : add(x, y);
  });
}

/** Forward mode with tangents of the leaves of arguments alone. */
function pushByRule(primals: readonly Value[], tangents: readonly MaybeZero[], params: Custom): Pushed {
  const { jvp, vjp, transpose, vmap, leaves } = params.rules.value;
  if (vjp !== undefined) return pushByBackward(vjp, primals, tangents, params);
  if (jvp !== undefined) return pushForwardBy(jvp(tangents.slice(0, leaves).map((t) => t !== null)), primals, tangents);
  if (transpose !== undefined) return pushByLinearity(transpose, primals, tangents, params);
  if (vmap !== undefined) return pushBatchable(vmap, primals, tangents, params);
  return pushForward(params.program, primals, tangents);
}

/** The function stays, and its derivative knows what its rule makes of a batch. */
function pushBatchable(vmap: NonNullable<CustomRules["vmap"]>, primals: readonly Value[], tangents: readonly MaybeZero[], params: Custom): Pushed {
  const { program, rules } = params;
  const map = derivativeMap({ host: rules, program: derived(params), vmap, apply: applyCustom }, tangents.map((t) => t !== null));
  const out = applyLinear(new HostValue(rules.name, map, rules.place), primals, tangents.filter((t) => t !== null));
  let next = 0;
  return { outputs: bind(customPrimitive, primals, params), tangents: program.outputs.map((a) => (isFloat(a.type.dtype) ? at(out, next++) : null)) };
}

function pushForwardBy({ program, activeOutputs }: Jvp, primals: readonly Value[], tangents: readonly MaybeZero[]): Pushed {
  const values = replay(program, [...primals, ...tangents.filter((t) => t !== null)]);
  let next = activeOutputs.length;
  return { outputs: values.slice(0, next), tangents: activeOutputs.map((on) => (on ? at(values, next++) : null)) };
}

/** The results and residuals of the forward rule now; the tangents by a linear map that reverse mode transposes by the backward rule. */
function pushByBackward(vjp: ReverseRule, primals: readonly Value[], tangents: readonly MaybeZero[], { program, rules }: Custom): Pushed {
  const { jvp, leaves, name } = rules.value;
  const values = replay(vjp.forward(), primals);
  const count = program.outputs.length;
  const residuals = values.slice(count);
  const mask = tangents.slice(0, leaves).map((t) => t !== null);
  const floats = program.outputs.map((a) => isFloat(a.type.dtype));
  const types = program.outputs.filter((_, i) => floats[i]).map((a) => tangentType(a.type));
  // the backward rule sees residuals and what is closed over; arguments that it does not keep need not be kept for it
  const skipped = jvp === undefined ? leaves : 0;
  const known = [...residuals, ...primals.slice(skipped)];
  const moves = tangents.filter((t) => t !== null);
  const map = linearMap({
    name,
    types,
    knownTypes: known.map((v) => v.type),
    tangentTypes: moves.map((v) => v.type),
    forward: jvp && ((): Program => tangentsOf(jvp(mask), floats, primals, residuals, moves)),
    backward: (present) => {
      let next = 0;
      const { program: pulled, given } = vjp.backward(floats.map((on) => on && present[next++] === true));
      const wanted = given.flatMap((on, i) => (on ? [mask[i] === true] : []));
      const inputs = pulled.inputs.filter((_, i) => i < residuals.length || i >= residuals.length + skipped);
      return { program: { ...pulled, inputs, outputs: pulled.outputs.filter((_, i) => wanted[i]) }, given: given.filter((_, i) => mask[i]) };
    },
  });
  const out = applyLinear(new HostValue(rules.name, map, rules.place), known, moves);
  let next = 0;
  return { outputs: values.slice(0, count), tangents: floats.map((on) => (on ? at(out, next++) : null)) };
}

/** (residuals…, operands…, tangents…) → tangents of the floating results. */
function tangentsOf({ program, activeOutputs }: Jvp, floats: readonly boolean[], operands: readonly Value[], residuals: readonly Value[], moves: readonly Value[]): Program {
  return record("jvp", [...residuals, ...operands, ...moves].map((v) => v.type), (inputs) => {
    const values = replay(program, inputs.slice(residuals.length));
    let next = activeOutputs.length;
    const tangents = activeOutputs.map((on, i) => instantiate(on ? at(values, next++) : null, at(values, i)));
    return tangents.filter((_, i) => floats[i]);
  }).program;
}

/** In the arguments that it is linear in, the function is its own derivative; in the others its program is differentiated. */
function pushByLinearity({ linear }: TransposeRuleOfUser, primals: readonly Value[], tangents: readonly MaybeZero[], params: Custom): Pushed {
  const along = tangents.map((t, i) => (linear[i] === true ? t : null));
  const across = tangents.map((t, i) => (linear[i] === true ? null : t));
  const outputs = bind(customPrimitive, primals, params);
  const none = outputs.map(() => null);
  const moves = primals.map((x, i) => (linear[i] === true ? instantiate(at(along, i), x) : x));
  const first = along.every((t) => t === null) ? none : bind(customPrimitive, moves, params);
  const second = across.every((t) => t === null) ? none : pushForward(derived(params), primals, across).tangents;
  return { outputs, tangents: sums(first, second) };
}

function pullByRule(transpose: TransposeRuleOfUser, inputs: readonly (Value | Unknown)[], cotangents: readonly MaybeZero[]): MaybeZero[] {
  const values = inputs.filter((x): x is Value => !(x instanceof Unknown));
  const { program, given } = transpose.pull(inputs.map((x) => !(x instanceof Unknown)), cotangents.map((ct) => ct !== null));
  const cts = replay(program, [...values, ...cotangents.filter((ct) => ct !== null)]);
  let next = 0;
  return given.map((on, i) => {
    const ct = on ? at(cts, next++) : null;
    return inputs[i] instanceof Unknown ? ct : null;
  });
}
