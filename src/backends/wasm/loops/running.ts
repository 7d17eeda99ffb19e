/** The running value of a reduction while its loops go on. */
import { type DType, isFloat } from "../../../core/dtype.ts";
import type { ScalarInstruction } from "../../../core/scalar.ts";
import { shapeOf, type Vector, type VectorCode } from "../registers.ts";
import type { Engine } from "./engine.ts";

export interface Running<V> {
  add(value: V): void;
  /** Sums that go in two levels: what was added since the last time goes to the second. */
  flush?(): void;
  /** What it came to; nothing is added afterwards. */
  result(): V;
}

/** Combined by the instruction, each value with what came before. */
export function plainRunning<V>(engine: Engine<V>, combine: ScalarInstruction, dtype: DType, identity: number): Running<V> {
  const total = engine.variable(engine.constant(dtype, identity));
  return {
    add: (value) => {
      const next = engine.apply(combine, dtype, [total, value]);
      engine.assign(total, next);
      engine.release(next);
    },
    result: () => total,
  };
}

/**
 * A sum in two levels: recent values, and the sum of such sums, which grow in number with the square root of the values. So does the error.
 * The loop flushes every `levelPeriod` rounds, and at its end.
 */
export function twoLevelRunning<V>(engine: Engine<V>, combine: ScalarInstruction, dtype: DType, identity: number): Running<V> {
  const total = engine.variable(engine.constant(dtype, identity));
  const recent = plainRunning(engine, combine, dtype, identity);
  return {
    add: (value) => recent.add(value),
    flush: () => {
      const next = engine.apply(combine, dtype, [total, recent.result()]);
      engine.assign(total, next);
      engine.release(next);
      const nothing = engine.constant(dtype, identity);
      engine.assign(recent.result(), nothing);
      engine.release(nothing);
    },
    result: () => total,
  };
}

/** After how many rounds of a loop of so many a sum goes to the second level; undefined: never, they are few. A power of two about the square root. */
export function levelPeriod(rounds: number): number | undefined {
  return rounds < 32 ? undefined : 2 ** Math.max(4, Math.round(Math.log2(rounds) / 2));
}

/** Whether a reduction is a sum that is rounded. */
export const isRoundedSum = (combine: ScalarInstruction, dtype: DType): boolean => combine === "add" && isFloat(dtype);

/**
 * Extrema of floats: processors compare without regard to NaN and to the sign of zero, so these are followed on their own, which is half the
 * work of getting each step right. The largest is NaN if any is, and -0 only if no element is without a sign; the smallest is -0 if any has one.
 */
export function extremumRunning(code: VectorCode, combine: "max" | "min", dtype: DType, identity: number): Running<Vector> {
  const variable = (initial: Vector): Vector => code.variable(initial);
  const best = variable(code.constant(dtype, identity));
  const signs = variable(code.bits(dtype, combine === "max" ? -1 : 0));
  const nan = variable({ ...code.bits(dtype, 0), dtype: "bool" });
  const shape = shapeOf(best);
  return {
    add: (value) => {
      code.scope(() => {
        const x = spread(code, value);
        code.assign(best, code.op(`${shape}.p${combine}`, dtype, best, x));
        code.assign(signs, code.op(combine === "max" ? "v128.and" : "v128.or", dtype, signs, x));
        code.assign(nan, code.op("v128.or", "bool", nan, code.op(`${shape}.ne`, "bool", x, x)));
        return undefined;
      });
    },
    result: () => {
      const zero = code.op("v128.and", dtype, signs, code.constant(dtype, -0));
      const signed = code.select(code.op(`${shape}.eq`, "bool", best, code.constant(dtype, 0)), zero, best);
      return code.select(nan, code.constant(dtype, Number.NaN), signed);
    },
  };
}

export const isExtremum = (combine: ScalarInstruction, dtype: DType): combine is "max" | "min" => (combine === "max" || combine === "min") && isFloat(dtype);

/** The registers of a vector that is the same in all lanes, as many as the code works with. */
export function spread(code: VectorCode, x: Vector): Vector {
  const count = code.count(x.wide);
  const [first] = x.registers;
  return x.registers.length === count || first === undefined ? x : { ...x, registers: Array.from({ length: count }, () => first) };
}
