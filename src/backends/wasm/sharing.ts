/**
 * How the units of a kernel are shared out among threads. Equal: each thread takes its part. Dynamic: each takes its part piece by piece, by a
 * counter, and then what others have left of theirs, so that a thread that comes late costs one piece. A counter is back at 0 when all have found
 * the part empty, which is before the threads meet next. Any split gives the same bits.
 */
import type { FunctionBuilder } from "./assembler.ts";
import type { EmittedKernel } from "./kernel.ts";
import { control } from "./layout.ts";
import { stepParameters } from "./step.ts";

/** What leaves a number of units on the stack. */
type Push = () => void;
type Shareable = Pick<EmittedKernel, "units" | "grain" | "cost">;
type Call = (begin: Push, end: Push) => void;

const { thread, threads } = stepParameters;
/** Pieces that a kernel is cut into at most, and nanoseconds that one should take at least. */
const mostPieces = 64;
const pieceNanoseconds = 3000;

/** Bytes from one thread's counters to those of the next. */
export const counterStride = (counters: number): number => Math.ceil((4 * counters) / 64) * 64;

/** Each thread an equal part. */
export function shareEqually(f: FunctionBuilder, units: number, call: Call): void {
  call(() => partOf(f, units, () => f.op("local.get", thread)), () => partOf(f, units, () => f.op("local.get", thread).op("i32.const", 1).op("i32.add")));
}

/** Units that are taken at once. */
function pieceOf({ units, cost, grain }: Shareable): number {
  return Math.min(units, Math.max(grain, Math.ceil(units / mostPieces), Math.ceil(pieceNanoseconds / (cost / units))));
}

/** Piece by piece; `counter` is the number of the kernel's counters. */
export function shareDynamically(f: FunctionBuilder, kernel: Shareable, counter: number, call: Call): void {
  const { units } = kernel;
  const piece = pieceOf(kernel);
  const pieces = Math.ceil(units / piece);
  if (pieces < 4) return shareEqually(f, units, call);
  const [whose, left, at, first, last, next] = [0, 1, 2, 3, 4, 5].map(() => f.local("i32")) as [number, number, number, number, number, number];
  const get = (local: number): FunctionBuilder => f.op("local.get", local);
  get(threads).op("i32.const", 1).op("i32.eq").nest("if", () => {
    call(() => f.op("i32.const", 0), () => f.op("i32.const", units));
    f.op("else");
    get(thread).op("local.set", whose);
    get(threads).op("local.set", left);
    f.nest("loop", () => {
      f.op("i32.const", control.counters).op("i32.load", { offset: 0 });
      get(whose).op("i32.const", control.counterStride).op("i32.load", { offset: 0 }).op("i32.mul").op("i32.add").op("i32.const", 4 * counter).op("i32.add").op("local.set", at);
      partOf(f, pieces, () => get(whose));
      f.op("local.set", first);
      partOf(f, pieces, () => get(whose).op("i32.const", 1).op("i32.add"));
      f.op("local.set", last);
      f.nest("loop", () => {
        get(at).op("i32.const", 1).op("i32.atomic.rmw.add", { offset: 0 });
        get(first).op("i32.add").op("local.tee", next);
        get(last).op("i32.lt_u").nest("if", () => {
          call(
            () => get(next).op("i32.const", piece).op("i32.mul"),
            // the last piece may be shorter
            () => {
              get(next).op("i32.const", 1).op("i32.add").op("i32.const", piece).op("i32.mul");
              if (pieces * piece > units) f.op("i32.const", units).op("local.get", next).op("i32.const", pieces - 1).op("i32.lt_u").op("select");
            },
          );
          f.op("br", 1);
        });
      });
      // the last of all to find it empty
      get(next).op("i32.const", 1).op("i32.add").op("local.get", last).op("local.get", threads).op("i32.add").op("i32.eq");
      f.nest("if", () => get(at).op("i32.const", 0).op("i32.atomic.store", { offset: 0 }));
      get(whose).op("i32.const", 1).op("i32.add").op("local.tee", whose);
      get(threads).op("i32.eq").nest("if", () => f.op("i32.const", 0).op("local.set", whose));
      get(left).op("i32.const", 1).op("i32.sub").op("local.tee", left).op("br_if", 0);
    });
  });
}

/** `⌊units · part / threads⌋` of a part at most `threads`, in 64 bits. */
function partOf(f: FunctionBuilder, units: number, part: () => void): void {
  part();
  f.op("i64.extend_i32_u").op("i64.const", units).op("i64.mul").op("local.get", threads).op("i64.extend_i32_u").op("i64.div_u").op("i32.wrap_i64");
}
