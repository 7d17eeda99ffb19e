/** What running a compiled program promises, whatever the operations: order and identity of results, repetition, memory, size, errors. */
import { IndexError, InternalError } from "../../src/errors.ts";
import type { Backend } from "../../src/backends/backend.ts";
import { ConcreteArray } from "../../src/core/concrete.ts";
import type { DType, TypedArray } from "../../src/core/dtype.ts";
import { printProgram } from "../../src/core/print.ts";
import type { Program } from "../../src/core/program.ts";
import { record, type Value } from "../../src/core/tensor.ts";
import { tensorType } from "../../src/core/type.ts";
import { mul, neg, sub } from "../../src/ops/arithmetic.ts";
import { add } from "../../src/ops/elementwise.ts";
import { gather } from "../../src/ops/gather.ts";
import { iota } from "../../src/ops/iota.ts";
import { broadcastInDim, reduceSum } from "../../src/ops/structure.ts";
import { general, repeated, snapshot, vector } from "./arrays.ts";
import { exactly, expectUnchanged, roughly, runAndCompare, runGuarded } from "./run.ts";

export interface Check {
  readonly name: string;
  /** Throws when the promise is broken. */
  run(): void;
}

type Shape = readonly number[];

/** A program over inputs of one dtype. */
function build(dtype: DType, shapes: readonly Shape[], body: (inputs: readonly Value[]) => readonly Value[]): Program {
  return record("conformance", shapes.map((shape) => tensorType(dtype, shape)), body).program;
}

export function contractChecks(backend: Backend, dtype: DType): Check[] {
  const values = (...shapes: Shape[]): ConcreteArray[] => shapes.map((shape, i) => general(dtype, shape, `contract ${i}`));
  const checks: Check[] = [];
  const check = (name: string, run: () => void): void => void checks.push({ name, run });
  /** Compiles, runs on general values, compares exactly. */
  const expectRight = (name: string, shapes: readonly Shape[], body: (inputs: readonly Value[]) => readonly Value[]): void =>
    check(name, () => {
      const program = build(dtype, shapes, body);
      runAndCompare(backend.compile(program), program, values(...shapes), exactly, name);
    });

  expectRight("results that are inputs, in another order and repeated", [[3], [2]], ([x, y]) => [y as Value, x as Value, y as Value, x as Value]);
  expectRight("results that are constants", [[3]], ([x]) => [repeated(dtype, [2, 2], 7), x as Value, vector(dtype, [1, 2, 3]), repeated(dtype, [], -1), repeated(dtype, [0], 4)]);
  expectRight("several results that share a value", [[3]], ([x]) => {
    const y = neg(x as Value);
    return [y, add(y, y), y];
  });
  expectRight("a value used many times, and as both operands", [[5]], ([x]) => {
    const square = mul(x as Value, x as Value);
    return [add(square, square), sub(square, x as Value), mul(square, add(x as Value, x as Value))];
  });
  expectRight("inputs and values that nothing needs", [[3], [0], [2]], ([x, , z]) => {
    mul(z as Value, z as Value);
    return [neg(x as Value)];
  });
  expectRight("constants as operands", [[3]], ([x]) => [add(x as Value, vector(dtype, [1, 2, 3])), mul(repeated(dtype, [3], 2), x as Value)]);
  expectRight("no inputs", [], () => [iota(dtype, [4], 0)]);
  expectRight("no results", [[3]], ([x]) => {
    neg(x as Value);
    return [];
  });
  expectRight("nothing at all", [], () => []);
  expectRight("arrays without elements between others", [[0, 3], [3]], ([x, y]) => [add(reduceSum(x as Value, [0]), y as Value), mul(x as Value, broadcastInDim(y as Value, [0, 3], [1]))]);
  expectRight("2,000 equations in a row", [[3]], ([x]) => {
    let y = x as Value;
    for (let i = 0; i < 1000; i++) y = sub(add(y, x as Value), repeated(dtype, [3], 1));
    return [y];
  });
  expectRight("300 values alive at once", [[4]], ([x]) => {
    const alive = Array.from({ length: 300 }, (_, i) => add(x as Value, repeated(dtype, [4], i)));
    return [alive.reduceRight((sum, y) => sub(y, sum))];
  });

  check("100,003 elements", () => {
    const program = build(dtype, [[100_003], [100_003]], ([x, y]) => [mul(x as Value, y as Value), reduceSum(add(x as Value, y as Value), [0])]);
    runAndCompare(backend.compile(program), program, values([100_003], [100_003]), { ulps: 2 ** 17, ofLargest: true }, "100,003 elements");
  });

  check("compiling leaves the program as it is", () => {
    const program = build(dtype, [[3]], ([x]) => [mul(add(x as Value, x as Value), repeated(dtype, [3], 3))]);
    const before = printProgram(program);
    backend.compile(program);
    if (printProgram(program) !== before) throw new Error("the program was changed by compiling it");
  });

  check("runs do not disturb each other", () => {
    const program = build(dtype, [[4], [4]], ([x, y]) => [mul(x as Value, y as Value), x as Value, sub(x as Value, y as Value)]);
    const executable = backend.compile(program);
    const [a, b] = [values([4], [4]), [general(dtype, [4], "other 0"), general(dtype, [4], "other 1")]];
    const first = runAndCompare(executable, program, a, exactly, "the first run");
    const kept = snapshot(first);
    const unchanged = (): void => first.forEach((x, i) => expectUnchanged(x.elements, kept[i] as TypedArray, `result ${i} of the first run`));
    runAndCompare(executable, program, b, exactly, "a second run on other inputs");
    unchanged();
    runAndCompare(executable, program, a, exactly, "a third run on the first inputs");
    unchanged();
  });

  check("executables do not disturb each other", () => {
    const programs = [neg, (x: Value) => mul(x, x)].map((f) => build(dtype, [[5]], ([x]) => [f(x as Value)]));
    const executables = [...programs, ...programs].map((p) => backend.compile(p));
    const input = values([5]);
    const results = executables.map((e, i) => runAndCompare(e, programs[i % 2] as Program, input, exactly, `program ${i % 2}`));
    results.forEach((r, i) => runAndCompare(executables[(i + 1) % 4] as never, programs[(i + 1) % 2] as Program, r, exactly, `a program on the results of another`));
  });

  check("a result may be the next run's input, and stays as it was", () => {
    const program = build(dtype, [[3]], ([x]) => [sub(x as Value, repeated(dtype, [3], 1))]);
    const executable = backend.compile(program);
    const all = [general(dtype, [3], "start")];
    for (let i = 0; i < 40; i++) all.push(runGuarded(executable, program, [all[i] as ConcreteArray], `run ${i}`)[0] as ConcreteArray);
    all.slice(1).forEach((x, i) => runAndCompare({ run: () => [x] }, program, [all[i] as ConcreteArray], exactly, `the result of run ${i}, read at the end`));
  });

  check("one array for two inputs, and a repeated number", () => {
    const program = build(dtype, [[3], [3]], ([x, y]) => [add(x as Value, y as Value), mul(x as Value, y as Value)]);
    const [x] = values([3]);
    const executable = backend.compile(program);
    runAndCompare(executable, program, [x as ConcreteArray, x as ConcreteArray], exactly, "one array twice");
    runAndCompare(executable, program, [x as ConcreteArray, repeated(dtype, [3], 2)], exactly, "a repeated number");
  });

  check("a wrong number of inputs is refused", () => {
    const program = build(dtype, [[3], [3]], ([x, y]) => [add(x as Value, y as Value)]);
    const executable = backend.compile(program);
    expectThrown(() => executable.run(values([3])), InternalError, "1 input for a program of 2");
  });

  return checks;
}

/** An index that only the run can know, out of bounds in mode "throw". */
export function boundsCheck(backend: Backend, dtype: DType): Check {
  return {
    name: 'an index out of bounds in mode "throw" is an IndexError, and the next run works',
    run: () => {
      const types = [tensorType(dtype, [3]), tensorType("int32", [2, 1])];
      const { program } = record("gather", types, ([x, i]) => [gather(x as Value, i as Value, { axes: [0], batch: 0, mode: "throw" })]);
      const executable = backend.compile(program);
      const x = general(dtype, [3], "x");
      const at = (...indices: number[]): ConcreteArray => ConcreteArray.of(tensorType("int32", [2, 1]), Int32Array.from(indices));
      for (const outside of [3, -4, 2 ** 31 - 1, -(2 ** 31)]) expectThrown(() => executable.run([x, at(0, outside)]), IndexError, `index ${outside} of 3 elements`);
      runAndCompare(executable, program, [x, at(2, -3)], roughly, "indices in bounds after an error");
    },
  };
}

export function expectThrown(run: () => unknown, kind: abstract new (...args: never) => Error, what: string): Error {
  try {
    run();
  } catch (error) {
    if (error instanceof kind) return error;
    throw new Error(`${what} threw ${String(error)} instead of ${kind.name}`, { cause: error });
  }
  throw new Error(`${what} was not refused with ${kind.name}`);
}
