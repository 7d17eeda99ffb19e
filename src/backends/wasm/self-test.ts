/**
 * Kernels of the kinds that we emit, compiled with and without the engine's joining of vector pairs: the results must agree bit for bit, and
 * the joined one must be faster. Only then is it used.
 */
import { type FunctionBuilder, ModuleBuilder } from "./assembler.ts";
import { compileModule } from "./v8-flags.ts";

const [a, b, d, n] = [0, 1, 2, 3];
const pages = 2;
const groups = 60;
const sourceBytes = 4096;
const targetStart = 65536;
const targetBytes = 2048;

type Run = (a: number, b: number, d: number, n: number) => void;

/** What is wrong with joined vectors here, or undefined. */
export function faultOfWide(force: boolean): string | undefined {
  const module = new ModuleBuilder();
  module.importMemory({ minimum: pages, maximum: pages, shared: false });
  for (const [name, emit] of Object.entries(kernels)) emit(module.function(name, ["i32", "i32", "i32", "i32"], [], true));
  const sources = { singles: singles(), doubles: doubles() };
  const plain = new Instance(compileModule(module.encode(), "eager"), sources);
  // other bytes than the same module compiled the other way: the engine keeps what it has compiled
  module.function("joined", [], [], true);
  const joined = new Instance(compileModule(module.encode(), "wide"), sources);
  for (const name of Object.keys(kernels)) {
    const want = plain.outcome(name);
    const have = joined.outcome(name);
    if (want.some((word, i) => word !== have[i] && !(isNaNOf(word) && isNaNOf(have[i] as number)))) return `joined vectors give another result in the self-test "${name}"`;
  }
  const speed = joined.speed() / plain.speed();
  return speed > 1.35 || force ? undefined : `no faster than 128 bits here (${speed.toFixed(2)} times)`;
}

/** Whether these are the bits of a NaN, whose payload is free. */
const isNaNOf = (word: number): boolean => (word & 0x7fffffff) > 0x7f800000;

/** Numbers of both signs, with infinities, zeros and denormals among them. */
function singles(): Uint8Array {
  const numbers = new Float32Array(sourceBytes / 4);
  const bits = new Uint32Array(numbers.buffer);
  let state = 99;
  for (let i = 0; i < numbers.length; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    if (state % 61 === 0) bits[i] = [0x7f800000, 0xff800000, 0x80000000, 0, 1, 0x80000003][(state >>> 12) % 6] as number;
    else numbers[i] = ((state >>> 8) / 2 ** 24 - 0.5) * 100;
  }
  return new Uint8Array(numbers.buffer);
}

function doubles(): Uint8Array {
  return new Uint8Array(Float64Array.from({ length: sourceBytes / 8 }, (_, i) => Math.sin(i) * 2 ** (i % 40)).buffer);
}

interface Sources {
  readonly singles: Uint8Array;
  readonly doubles: Uint8Array;
}

class Instance {
  readonly #memory: WebAssembly.Memory = new WebAssembly.Memory({ initial: pages, maximum: pages });
  readonly #run: Readonly<Record<string, Run>>;
  readonly #sources: Sources;

  constructor(module: WebAssembly.Module, sources: Sources) {
    this.#sources = sources;
    this.#run = new WebAssembly.Instance(module, { env: { memory: this.#memory } }).exports as unknown as Record<string, Run>;
  }

  /** What a kernel leaves in memory. */
  outcome(name: string): Uint32Array {
    const { buffer } = this.#memory;
    new Uint8Array(buffer).set(name === "doubles" ? this.#sources.doubles : this.#sources.singles);
    const target = new Uint32Array(buffer, targetStart, targetBytes / 4).fill(0);
    this.#run[name]?.(0, sourceBytes / 2, targetStart, groups);
    return target.slice();
  }

  /** Products per microsecond, at its best. */
  speed(): number {
    let best = 0;
    for (let i = 0; i < 6; i++) {
      const start = performance.now();
      for (let r = 0; r < 12; r++) this.#run["tile"]?.(0, sourceBytes / 2, targetStart, 240);
      best = Math.max(best, 1 / (performance.now() - start));
    }
    return best;
  }
}

const load = (f: FunctionBuilder, pointer: number, offset: number): FunctionBuilder => f.op("local.get", pointer).op("v128.load", { offset });
const zero: readonly number[] = new Array<number>(16).fill(0);
const splat = (value: number): number[] => [0, 1, 2, 3].flatMap(() => [...new Uint8Array(new Float32Array([value]).buffer)]);

/** A loop over groups of 8 elements: `body` sets the locals of both halves, which are stored and forgotten. */
function overGroups(temporaries: number, body: (f: FunctionBuilder, half: number, t: readonly number[]) => void): (f: FunctionBuilder) => void {
  return (f) => {
    const halves = [0, 1].map(() => Array.from({ length: temporaries }, () => f.local("v128")));
    f.nest("loop", () => {
      halves.forEach((t, half) => body(f, half, t));
      halves.forEach((t, half) => f.op("local.get", d).op("local.get", t[temporaries - 1] as number).op("v128.store", { offset: 16 * half }));
      for (const t of halves.flat()) f.op("v128.const", zero).op("local.set", t);
      for (const pointer of [a, b, d]) f.op("local.get", pointer).op("i32.const", 32).op("i32.add").op("local.set", pointer);
      f.op("local.get", n).op("i32.const", 1).op("i32.sub").op("local.tee", n).op("br_if", 0);
    });
  };
}

const kernels: Readonly<Record<string, (f: FunctionBuilder) => void>> = {
  /** Six rows by sixteen columns of a product of matrices. */
  tile: (f) => {
    const sums = Array.from({ length: 24 }, () => f.local("v128"));
    const panel = Array.from({ length: 4 }, () => f.local("v128"));
    const row = f.local("v128");
    f.nest("loop", () => {
      panel.forEach((v, c) => load(f, b, 16 * c).op("local.set", v));
      for (let r = 0; r < 6; r++) {
        f.op("local.get", a).op("v128.load32_splat", { offset: 64 * r }).op("local.set", row);
        panel.forEach((v, c) => f.op("local.get", row).op("local.get", v).op("local.get", sums[4 * r + c] as number).op("f32x4.relaxed_madd").op("local.set", sums[4 * r + c] as number));
      }
      for (const v of [...panel, row]) f.op("v128.const", zero).op("local.set", v);
      f.op("local.get", a).op("i32.const", 4).op("i32.add").op("local.set", a);
      f.op("local.get", b).op("i32.const", 32).op("i32.add").op("local.set", b);
      f.op("local.get", n).op("i32.const", 1).op("i32.sub").op("local.tee", n).op("br_if", 0);
    });
    sums.forEach((v, i) => f.op("local.get", d).op("local.get", v).op("v128.store", { offset: 16 * i }));
  },
  /** As elementary functions are made: scale, split into integer and rest, polynomial, put together, select. */
  elementary: overGroups(6, (f, half, t) => {
    const [x, k, r, p, e, y] = t as [number, number, number, number, number, number];
    load(f, a, 16 * half).op("v128.const", splat(-87)).op("f32x4.pmax").op("v128.const", splat(88)).op("f32x4.pmin").op("local.set", x);
    f.op("local.get", x).op("v128.const", splat(1.4426950408889634)).op("v128.const", splat(12582912)).op("f32x4.relaxed_madd").op("local.set", k);
    f.op("local.get", k).op("v128.const", splat(12582912)).op("f32x4.sub").op("v128.const", splat(-0.6931471805599453)).op("local.get", x).op("f32x4.relaxed_madd").op("local.set", r);
    f.op("local.get", r).op("v128.const", splat(0.0417)).op("v128.const", splat(0.1667)).op("f32x4.relaxed_madd").op("local.get", r).op("v128.const", splat(0.5)).op("f32x4.relaxed_madd").op("local.set", p);
    f.op("local.get", k).op("i32.const", 23).op("i32x4.shl").op("local.get", p).op("i32x4.add").op("local.set", e);
    f.op("local.get", e).op("local.get", x).op("f32x4.neg").op("local.get", x).op("v128.const", splat(3)).op("f32x4.lt").op("v128.bitselect").op("local.set", y);
  }),
  arithmetic: overGroups(3, (f, half, t) => {
    const [x, y, z] = t as [number, number, number];
    load(f, a, 16 * half).op("local.set", x);
    load(f, b, 16 * half).op("local.get", x).op("f32x4.mul").op("f32x4.abs").op("f32x4.sqrt").op("local.set", y);
    f.op("local.get", y).op("v128.const", splat(7)).op("f32x4.div").op("local.get", x).op("f32x4.max").op("v128.const", splat(40)).op("f32x4.min").op("local.get", x).op("f32x4.sub").op("local.set", z);
  }),
  integers: overGroups(3, (f, half, t) => {
    const [x, y, z] = t as [number, number, number];
    load(f, a, 16 * half).op("i32x4.trunc_sat_f32x4_s").op("local.set", x);
    load(f, b, 16 * half).op("local.get", x).op("i32x4.mul").op("local.get", x).op("i32x4.max_s").op("local.set", y);
    f.op("local.get", y).op("i32.const", 3).op("i32x4.shr_u").op("local.get", x).op("v128.xor").op("local.get", y).op("local.get", x).op("i32x4.gt_s").op("v128.and").op("f32x4.convert_i32x4_s").op("local.set", z);
  }),
  doubles: overGroups(3, (f, half, t) => {
    const [x, y, z] = t as [number, number, number];
    load(f, a, 16 * half).op("local.set", x);
    load(f, b, 16 * half).op("local.get", x).op("f64x2.mul").op("local.get", x).op("f64x2.abs").op("f64x2.sqrt").op("f64x2.add").op("local.set", y);
    f.op("local.get", y).op("local.get", x).op("local.get", y).op("local.get", x).op("f64x2.lt").op("v128.bitselect").op("local.get", x).op("f64x2.div").op("local.set", z);
  }),
  /** Sums of many elements, side by side, stored as a pair after the loop. */
  reduction: (f) => {
    const sums = [f.local("v128"), f.local("v128")];
    f.nest("loop", () => {
      sums.forEach((s, half) => load(f, a, 16 * half).op("v128.const", splat(30)).op("f32x4.pmin").op("v128.const", splat(-30)).op("f32x4.pmax").op("local.get", s).op("f32x4.add").op("local.set", s));
      f.op("local.get", a).op("i32.const", 32).op("i32.add").op("local.set", a);
      f.op("local.get", n).op("i32.const", 1).op("i32.sub").op("local.tee", n).op("br_if", 0);
    });
    sums.forEach((s, half) => f.op("local.get", d).op("local.get", s).op("v128.store", { offset: 16 * half }));
  },
};
