/**
 * The derivative of a function that knows its batching and nothing else: that of its program, and over a batch that of what its rule gives.
 * So `vmap` of a gradient uses the rule as `vmap` of the function does.
 */
import { isFloat } from "../core/dtype.ts";
import type { MaybeZero } from "../core/primitive.ts";
import { HostValue, inputTypes, type Program } from "../core/program.ts";
import { instantiate } from "../core/rules.ts";
import { at, record, type Value } from "../core/tensor.ts";
import type { TensorType } from "../core/type.ts";
import { add } from "../ops/elementwise.ts";
import { align } from "../ops/structure.ts";
import { tangentType } from "../transform/jvp.ts";
import { type Linearized, linearizeProgram } from "../transform/linearize.ts";
import { replay } from "../transform/replay.ts";
import { withoutEffects } from "../transform/silent.ts";
import { pullBack } from "../transform/transpose.ts";
import { type LinearMap, linearMap, type LinearPrograms } from "./custom-linear.ts";
import type { CustomRules } from "./custom-rules.ts";

type VmapRule = NonNullable<CustomRules["vmap"]>;
/** Applies a program known by rules: the operation that asks. */
type Apply = (program: Program, rules: HostValue<CustomRules>, operands: readonly Value[]) => Value[];

/** A function that knows its batching. */
export interface Batchable {
  readonly host: HostValue<CustomRules>;
  readonly program: Program;
  readonly vmap: VmapRule;
  readonly apply: Apply;
}

/** The linear map from tangents of the operands that are `moving` to those of the floating results, at values of all operands. */
export function derivativeMap({ host, program, vmap, apply }: Batchable, moving: readonly boolean[]): LinearMap {
  const programs = derivativePrograms(host.name, program, moving);
  const map = linearMap(programs);
  return {
    ...map,
    backward: (values, cotangents) => {
      const present = cotangents.map((ct) => ct !== null);
      const { program: pulled, given } = programs.backward(present);
      const rule: VmapRule = (size, batched) => {
        const wanted = moving.map((on, i) => on || batched[i] === true);
        const over = derivativePrograms(host.name, overBatch(vmap, size, wanted), moving).backward(present).program;
        const types = pulled.inputs.map((v, i) => inFront(v.type, size, batched[i] === true));
        const whole = record("vmap", types, (inputs) => replay(over, inputs.map((x, i) => (batched[i] === true || wanted[i] === false ? x : align(x, null, 0, size)))));
        return { program: whole.program, results: whole.program.outputs.map(() => true) };
      };
      const operands = [...values, ...cotangents.filter((ct) => ct !== null)];
      const rules: CustomRules = { name: host.name, leaves: operands.length, jvp: undefined, vjp: undefined, transpose: undefined, vmap: rule };
      const cts = apply(pulled, new HostValue(host.name, rules, host.place), operands);
      let next = 0;
      return given.map((on): MaybeZero => (on ? at(cts, next++) : null));
    },
    batch: (size, batched) => {
      const wanted = moving.map((on, i) => on || batched[i] === true);
      const over = derivativePrograms(host.name, overBatch(vmap, size, wanted), moving);
      return linearMap(withOperands(over, (known) => known.map((x, i) => (batched[i] === true || wanted[i] === false ? x : align(x, null, 0, size))), over.knownTypes.map((t, i) => (wanted[i] === true && batched[i] !== true ? { ...t, shape: t.shape.slice(1) } : t))));
    },
  };
}

const inFront = (type: TensorType, size: number, batched: boolean): TensorType => (batched ? { ...type, shape: [size, ...type.shape] } : type);

/** What the rule makes of a batch, with a batch axis in front of every result. */
function overBatch(vmap: VmapRule, size: number, batched: readonly boolean[]): Program {
  const { program: own, results } = vmap(size, batched);
  const program = withoutEffects(own, "the derivative over a batch");
  return results.every(Boolean) ? program : record("vmap", inputTypes(program), (inputs) => replay(program, inputs).map((y, i) => (results[i] === true ? y : align(y, null, 0, size)))).program;
}

/** The same map, of values that are first made what it wants. */
function withOperands(programs: LinearPrograms, prepare: (known: readonly Value[]) => readonly Value[], knownTypes: readonly TensorType[]): LinearPrograms {
  const count = knownTypes.length;
  const prepared = (program: Program): Program =>
    record("vmap", [...knownTypes, ...program.inputs.slice(count).map((v) => v.type)], (inputs) => replay(program, [...prepare(inputs.slice(0, count)), ...inputs.slice(count)])).program;
  const { forward, backward } = programs;
  return {
    ...programs,
    knownTypes,
    forward: forward && ((): Program => prepared(forward())),
    backward: (present) => {
      const { program, given } = backward(present);
      return { program: prepared(program), given };
    },
  };
}

/** Both directions of the derivative of a program, from values of its inputs. */
function derivativePrograms(name: string, program: Program, moving: readonly boolean[]): LinearPrograms {
  const knownTypes = inputTypes(program);
  const tangentTypes = knownTypes.filter((_, i) => moving[i]).map(tangentType);
  const floats = program.outputs.map((a) => isFloat(a.type.dtype));
  const types = program.outputs.filter((_, i) => floats[i]).map((a) => tangentType(a.type));
  let known: Linearized | undefined;
  const linearized = (): Linearized => (known ??= linearizeProgram(program, moving));
  const residuals = (values: readonly Value[]): Value[] => replay(linearized().forward, values).slice(program.outputs.length);
  return {
    name,
    types,
    knownTypes,
    tangentTypes,
    forward: () =>
      record("jvp", [...knownTypes, ...tangentTypes], (inputs) => {
        const { linear, activeOutputs } = linearized();
        const out = replay(linear, [...residuals(inputs.slice(0, knownTypes.length)), ...inputs.slice(knownTypes.length)]);
        let next = 0;
        const tangents = activeOutputs.map((on, i) => instantiate(on ? at(out, next++) : null, { type: at(program.outputs, i).type }));
        return tangents.filter((_, i) => floats[i]);
      }).program,
    backward: (present) => {
      let given: boolean[] = [];
      const cotangentTypes = types.filter((_, i) => present[i]);
      const { program: pulled } = record("vjp", [...knownTypes, ...cotangentTypes], (inputs) => {
        const { linear, activeOutputs } = linearized();
        const passed = inputs.slice(knownTypes.length);
        let next = 0, float = 0;
        const cotangents = activeOutputs.map((_, i) => (floats[i] === true && present[float++] === true ? at(passed, next++) : null));
        const cts = pullBack(linear, [...residuals(inputs.slice(0, knownTypes.length)), ...tangentTypes.map(() => null)], cotangents.filter((_, i) => activeOutputs[i]), (x, y) => add(x, y));
        given = cts.map((ct) => ct !== null);
        return cts.filter((ct) => ct !== null);
      });
      return { program: pulled, given };
    },
  };
}
