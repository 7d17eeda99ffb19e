/**
 * The derivative of a function whose user says how cotangents are pulled back: a linear map from tangents to tangents, which reverse mode
 * transposes by the rule. Only forward mode, which does not transpose it, needs it written out: then it is the transpose of that rule, or the jvp
 * rule where there is one.
 */
import { DifferentiationError } from "../errors.ts";
import { definePrimitive, type MaybeZero, type Primitive, Unknown } from "../core/primitive.ts";
import { HostValue, type Program } from "../core/program.ts";
import { instantiate, known } from "../core/rules.ts";
import { at, bind, record, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { add } from "../ops/elementwise.ts";
import { align } from "../ops/structure.ts";
import { constantPart, partsOf } from "../transform/constant-part.ts";
import { pushForward } from "../transform/jvp.ts";
import { replay } from "../transform/replay.ts";
import { pullBack } from "../transform/transpose.ts";
import { batchWhole } from "./custom-rules.ts";
import { run } from "./run.ts";

/** Operands: values that are known, then tangents. */
export interface LinearMap {
  /** Of the results. */
  readonly types: readonly TensorType[];
  /** (known…, tangents…) → tangents of the results */
  forward(): Program;
  /** The cotangents of the tangents, null for a zero. */
  backward(known: readonly Value[], cotangents: readonly MaybeZero[]): readonly MaybeZero[];
  /** Programs that name what the map names, as far as there are any. */
  rules(): readonly Program[];
  /** The same map over a batch: known values in front where `batched`, tangents and results everywhere. */
  batch(size: number, batched: readonly boolean[], axisName: string | undefined): LinearMap;
}

type Params = { readonly map: HostValue<LinearMap>; readonly known: number };

const moving = (tangents: readonly MaybeZero[]): boolean => tangents.some((t) => t !== null);

const linearPrimitive: Primitive = definePrimitive<Params>({
  name: "customLinear",
  type: (_inputs, { map }) => map.value.types,
  evaluate: (inputs, { map }) => run(map.value.forward(), inputs),
  jvp: (primals, tangents, params) => {
    const { map, known: count } = params;
    if (moving(tangents.slice(0, count))) return pushForward(map.value.forward(), primals, tangents);
    const moves = tangents.slice(count).map((t, i) => instantiate(t, at(primals, count + i)));
    return { outputs: bind(linearPrimitive, primals, params), tangents: bind(linearPrimitive, [...primals.slice(0, count), ...moves], params) };
  },
  transpose: (cotangents, inputs, { map, known: count }) => {
    const values = inputs.slice(0, count).map((x) => known(x, map.name));
    const cts = map.value.backward(values, cotangents);
    return inputs.map((x, i) => (x instanceof Unknown ? at(cts, i - count) : null));
  },
  batch: (size, inputs, axes, { map, known: count }, _primitive, axisName) => {
    const batched = axes.slice(0, count).map((a) => a !== null);
    const aligned = inputs.map((x, i) => (i < count && axes[i] === null ? x : align(x, at(axes, i), 0, size)));
    const over = new HostValue(map.name, map.value.batch(size, batched, axisName), map.place);
    const outputs = bind(linearPrimitive, aligned, { map: over, known: count });
    return { outputs, axes: outputs.map(() => 0) };
  },
  lower: { form: "call", program: ({ map }) => map.value.forward(), when: "early" },
  commutative: false,
  effect: "none",
  inner: {
    // none until somebody asks for the map written out
    programs: () => [],
    unwritten: ({ map }) => map.value.rules(),
    withPrograms: (params) => params,
    prune: (equation) => equation,
    partition: (equation) => ({ known: [], linear: [equation] }),
  },
});

export function applyLinear(map: HostValue<LinearMap>, values: readonly Value[], tangents: readonly Value[]): Value[] {
  return bind(linearPrimitive, [...values, ...tangents], { map, known: values.length });
}

/** What a linear map is made of: programs. */
export interface LinearPrograms {
  readonly name: string;
  readonly types: readonly TensorType[];
  readonly knownTypes: readonly TensorType[];
  readonly tangentTypes: readonly TensorType[];
  /** (known…, tangents…) → tangents of the results; undefined where it is found by transposing `backward`. */
  readonly forward: (() => Program) | undefined;
  /** (known…, cotangents of the results that are `present`…) → cotangents of the tangents; `given[i]`: that of tangent i is no zero. */
  backward(present: readonly boolean[]): { readonly program: Program; readonly given: readonly boolean[] };
}

export function linearMap(programs: LinearPrograms): LinearMap {
  let forward: Program | undefined;
  let rules: readonly Program[] | undefined;
  return {
    types: programs.types,
    rules: () => (rules ??= recorded(programs)),
    forward: () => (forward ??= programs.forward?.() ?? transposeOfBackward(programs)),
    backward: (values, cotangents) => {
      const { program, given } = programs.backward(cotangents.map((ct) => ct !== null));
      const cts = replay(program, [...values, ...cotangents.filter((ct) => ct !== null)]);
      let next = 0;
      return given.map((on) => (on ? at(cts, next++) : null));
    },
    batch: (size, batched, axisName) => linearMap(batchPrograms(programs, size, batched, axisName)),
  };
}

/** The rule, if it can be recorded: where it cannot, it says so when the map is asked for. */
function recorded({ types, backward }: LinearPrograms): readonly Program[] {
  try {
    return [backward(types.map(() => true)).program];
  } catch {
    return [];
  }
}

function batchPrograms(programs: LinearPrograms, size: number, batched: readonly boolean[], axisName: string | undefined): LinearPrograms {
  const { forward, backward } = programs;
  const over = (types: readonly TensorType[], mask?: readonly boolean[]): TensorType[] => types.map((t, i) => (mask?.[i] === false ? t : { ...t, shape: [size, ...t.shape] }));
  const whole = (program: Program): Program => batchWhole(program, size, program.inputs.map((_, i) => batched[i] ?? true), axisName);
  return {
    ...programs,
    types: over(programs.types),
    knownTypes: over(programs.knownTypes, batched),
    tangentTypes: over(programs.tangentTypes),
    forward: forward && ((): Program => whole(forward())),
    backward: (present) => {
      const { program, given } = backward(present);
      return { program: whole(program), given };
    },
  };
}

function transposeOfBackward({ name, types, knownTypes, tangentTypes, backward }: LinearPrograms): Program {
  const { program, given } = backward(types.map(() => true));
  attempt(name, () => refuseAffine(program, knownTypes.length));
  return record("transpose", [...knownTypes, ...tangentTypes], (inputs) => {
    const values = inputs.slice(0, knownTypes.length);
    const tangents = inputs.slice(knownTypes.length).filter((_, i) => given[i]);
    const cts = attempt(name, () => pullBack(program, [...values, ...types.map(() => null)], tangents, (x, y) => add(x, y)));
    return cts.map((ct, i) => instantiate(ct, { type: at(types, i) }));
  }).program;
}

/** Transposition would drop what the rule adds to what is made of the cotangent. */
function refuseAffine(program: Program, known: number): void {
  const parts = partsOf(program, program.inputs.map((_, i) => (i < known ? "known" : "linear")));
  for (const part of parts) if (typeof part === "object") throw constantPart(part, "its cotangent", "the cotangent of the result");
}

/** A rule that is no linear function of the cotangent has no transpose. */
function attempt<T>(name: string, body: () => T): T {
  try {
    return body();
  } catch (error) {
    if (!(error instanceof DifferentiationError)) throw error;
    throw new DifferentiationError(`forward mode of ${name} transposes its vjp rule, which has to be a linear function of the cotangent: ${error.message.split("\n")[0]}`, {
      hint: `give ${name} a jvp rule too, defineRule(f, { jvp, vjp }), or take its derivatives in reverse mode`,
      cause: error,
    });
  }
}

