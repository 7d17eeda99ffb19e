/** The memory plan: nothing that is needed is overwritten, memory is shared where it can be, and the text says so. */
import * as cr from "chainrule";
import { describe, expect, it } from "vitest";
import type { ConcreteArray } from "../../../src/core/concrete.ts";
import { mayReplace } from "../../../src/kernel/in-place.ts";
import { type Buffer, isControl, type Kernel, type KernelProgram, type LoopKernel, type Store } from "../../../src/kernel/ir.ts";
import { lowerProgram } from "../../../src/kernel/lower.ts";
import { updatesLast } from "../../../src/kernel/order.ts";
import { bytesOf, type Lifetime } from "../../../src/kernel/places.ts";
import { type MemoryPlan, planMemory } from "../../../src/kernel/plan.ts";
import { printPlan } from "../../../src/kernel/print-plan.ts";
import { trafficOf } from "../../../src/kernel/traffic.ts";
import { runtime } from "../../../src/backends/wasm/runtime.ts";
import { optimize } from "../../../src/transform/optimize.ts";
import { general } from "../arrays.ts";
import { workloads } from "../programs.ts";
import { programOf } from "./programs.ts";

const options = { stagedInput: 2 ** 20, stagedOutput: 64, donated: [] };
const lowered = (fn: (...args: cr.Tensor[]) => unknown, ...examples: ConcreteArray[]): KernelProgram => lowerProgram(programOf(fn as never, ...examples));
const matrix = (m: number, n: number): ConcreteArray => general("float32", [m, n], `${m}×${n}`);

/** Two buffers of one list of kernels that are alive together lie apart, except where a kernel may write one over the other. */
function expectSound({ buffers, kernels }: KernelProgram, { homes, lifetimes, traffic, inside }: MemoryPlan): void {
  const outside = buffers.filter((b) => lifetimes[b.id] !== undefined && lifetimes[b.id]?.within === undefined);
  expectApart(outside, kernels, traffic, homes, lifetimes, inside);
  for (const [kernel, { lists, offset, bytes }] of inside) {
    // what is inside lies in the stretch that is taken while the control kernel runs
    for (const [list, { kernels: inner, traffic: of }] of lists.entries()) {
      const own = buffers.filter((b) => lifetimes[b.id]?.within?.kernel === kernel && lifetimes[b.id]?.within?.list === list);
      for (const b of own) {
        const home = homes[b.id];
        if (home?.kind !== "arena") continue;
        expect(home.offset).toBeGreaterThanOrEqual(offset);
        expect(home.offset + bytesOf(b)).toBeLessThanOrEqual(offset + bytes);
      }
      expectApart(own, inner, of, homes, lifetimes, inside);
    }
  }
}

function expectApart(buffers: readonly Buffer[], kernels: readonly Kernel[], traffic: MemoryPlan["traffic"], homes: MemoryPlan["homes"], lifetimes: MemoryPlan["lifetimes"], inside: MemoryPlan["inside"]): void {
  for (const a of buffers) {
    const [la, ha] = [lifetimes[a.id] as Lifetime, homes[a.id]];
    for (const [k, kernel] of kernels.entries()) {
      const plan = isControl(kernel) ? inside.get(kernel) : undefined;
      if (plan === undefined || ha?.kind !== "arena" || la.first > k || la.last < k) continue;
      expect(ha.offset + bytesOf(a) <= plan.offset || plan.offset + plan.bytes <= ha.offset || plan.bytes === 0 || a.length === 0, `buffer ${a.id} and what is inside ${kernel.name} share memory`).toBe(true);
    }
    for (const b of buffers) {
      const [lb, hb] = [lifetimes[b.id] as Lifetime, homes[b.id]];
      if (a === b || la.first > lb.first || lb.first > la.last || ha?.kind !== hb?.kind) continue;
      const together = ha?.kind === "arena" && hb?.kind === "arena" ? ha.offset < hb.offset + bytesOf(b) && hb.offset < ha.offset + bytesOf(a) : (ha?.kind === "result" || ha?.kind === "input") && ha === hb;
      if (!together) continue;
      expect(la.last, `buffers ${a.id} and ${b.id} share memory`).toBe(lb.first);
      expect(mayReplace(kernels[lb.first] as Kernel, traffic[lb.first] as ReturnType<typeof trafficOf>, a, b, inside)).toBe(true);
    }
  }
}

describe("plans", () => {
  it.each(workloads("float32").map((w) => [w.name, w] as const))("of %s never overwrite what is needed", (_, { trace }) => {
    const program = optimize(trace().program);
    const kernels = lowerProgram(program);
    for (const donated of [[], program.inputs.map((_v, i) => i)]) {
      const ordered = updatesLast(kernels, donated);
      expectSound(ordered, planMemory(ordered, { ...options, stagedOutput: 0, donated }));
    }
  });
  it("use memory again when what was in it is not needed any more", () => {
    const kernels = lowered((x) => Array.from({ length: 20 }).reduce((y: cr.Tensor) => cr.sin(cr.matmul(y, x)), x), matrix(64, 64));
    const { arena } = planMemory(kernels, options);
    expect(kernels.buffers.filter((b) => b.role.kind === "temporary").length).toBeGreaterThan(15);
    expect(arena).toBeLessThanOrEqual(3 * (64 * 64 * 4 + 64));
  });
  it("let an epilogue write over what it adds", () => {
    const kernels = lowered((x, y) => cr.matmul(cr.add(cr.matmul(x, y), cr.matmul(y, x)), y), matrix(64, 64), matrix(64, 64));
    const plan = planMemory(kernels, options);
    const temporaries = kernels.buffers.filter((b) => b.role.kind === "temporary");
    expect(temporaries.length).toBe(2);
    expect(new Set(temporaries.map((b) => JSON.stringify(plan.homes[b.id]))).size).toBe(1);
  });
  it("donated inputs become results of their type", () => {
    const kernels = lowered((w, g, n) => [cr.sub(w, g), cr.add(n, 1)], matrix(64, 64), matrix(64, 64), cr.array(Int32Array.from({ length: 4096 })) as never);
    const { homes } = planMemory(kernels, { ...options, donated: [0, 2] });
    const homesOf = (kind: string): (number | undefined)[] => kernels.buffers.filter((b) => b.role.kind === kind).map((b) => {
      const home = homes[b.id];
      return home?.kind === "input" && home.buffer.role.kind === "input" ? home.buffer.role.index : undefined;
    });
    expect(homesOf("output")).toEqual([0, 2]);
    expect(homesOf("input")).toEqual([0, undefined, 2]);
  });
  it("leave a donated input alone that is itself a result", () => {
    const kernels = lowered((w, g) => [cr.sub(w, g), w], matrix(64, 64), matrix(64, 64));
    expect(planMemory(kernels, { ...options, donated: [0] }).homes.some((h) => h.kind === "input")).toBe(false);
  });
  it("are those that run, as text, with donated arguments too", () => {
    const step = (w: cr.Tensor, x: cr.Tensor): unknown => [cr.sub(w, x), cr.cumsum(cr.matmul(x, w))];
    const text = (donate: readonly number[], form: "memory" | "kernels"): string => (cr.traceFn(step, { donate }).lower(form) as unknown as (...args: ConcreteArray[]) => string)(matrix(64, 64), matrix(64, 64));
    expect(text([], "memory")).toMatch(/output 0 .*memory of the result/);
    expect(text([0], "memory")).toMatch(/output 0 .*takes over b0/);
    expect(text([], "kernels")).toMatch(/kernel 0 sub[^]*kernel 1 dotGeneral/);
    expect(text([0], "kernels")).toMatch(/kernel 0 dotGeneral[^]*kernel 1 sub/);
  });
  it("are shown without memory for them", () => {
    // 6 GiB of temporaries, where there are never more than 4
    const many = cr.traceFn((x: cr.Tensor): cr.Tensor => {
      const all = Array.from({ length: 6 }, (_, i) => cr.cumsum(cr.broadcastTo(cr.mul(x, i + 1), [2 ** 14, 2 ** 14]), 1));
      return cr.sum(all.reduce((a, b) => cr.matmul(a, b)));
    });
    const before = runtime().heap.sizes;
    for (const form of ["kernels", "memory", "wat"] as const) expect(many.lower(form)(1)).toMatch(form === "memory" ? /arena: (\d{4,}\.\d) MiB$/ : /./);
    expect(Number(/arena: ([\d.]+) MiB$/.exec(many.lower("memory")(1))?.[1])).toBeGreaterThan(4096);
    expect(runtime().heap.sizes).toEqual(before);
    expect(() => many(1)).toThrow(/no WebAssembly memory for temporaries of a program/);
  });
  it("are printed", () => {
    const kernels = lowered((x, y) => cr.sum(cr.mul(cr.softmax(cr.matmul(x, y)), cr.matmul(y, x))), matrix(64, 64), matrix(64, 64));
    expect(printPlan(kernels, planMemory(kernels, options))).toMatchSnapshot();
  });
});

describe("a kernel that reads and writes", () => {
  const buffer = (id: number, role: Buffer["role"]["kind"], length = 12, dtype: Buffer["dtype"] = "float32"): Buffer => ({ id, dtype, length, role: { kind: role, index: 0 } as Buffer["role"] });
  const [old, fresh] = [buffer(0, "temporary"), buffer(1, "temporary")];
  const load = (offset: number, strides: readonly number[], from = old): Store["value"] => ({ kind: "load", dtype: from.dtype, access: { buffer: from, offset, strides }, terms: [] });
  const store = (value: Store["value"], strides: readonly number[] = [4, 1], to = fresh): Store => ({ access: { buffer: to, offset: 0, strides }, value, terms: [], condition: undefined, combine: undefined });
  const kernel = (stores: readonly Store[], rest: Partial<LoopKernel> = {}): LoopKernel => ({
    kind: "loops", name: "k", place: undefined, outer: [3, 4], sequential: false, stages: [{ inner: [], reductions: [], carries: [], checks: [], stores }], ...rest,
  });
  const allowed = (k: LoopKernel, a = old, b = fresh): boolean => mayReplace(k, trafficOf(k), a, b);

  it("the same places may write over what it reads", () => {
    expect(allowed(kernel([store(load(0, [4, 1]))]))).toBe(true);
    expect(allowed(kernel([store(load(0, [1, 3]), [1, 3])]))).toBe(true);
  });
  it.each([
    ["other places", kernel([store(load(0, [1, 3]))])],
    ["places further on", kernel([store(load(1, [4, 1]))])],
    ["one place often", kernel([store(load(0, [4, 0]))])],
    ["in order", kernel([store(load(0, [4, 1]))], { sequential: true })],
    ["to places that are computed", kernel([{ ...store(load(0, [4, 1])), terms: [{ index: load(0, [4, 1]), stride: 1 }] }])],
    ["in part", kernel([{ ...store(load(0, [4, 1])), condition: load(0, [4, 1]) }])],
    ["again later", kernel([], { stages: [0, 1].map((s) => ({ inner: [], reductions: [], carries: [], checks: [], stores: [store(load(0, [4, 1]), [4, 1], s === 0 ? fresh : buffer(2, "output"))] })) })],
  ])("%s may not", (_, k) => expect(allowed(k)).toBe(false));
  it("another size may not", () => {
    const [short, narrow] = [buffer(0, "temporary", 11), buffer(0, "temporary", 12, "bool")];
    expect(allowed(kernel([store(load(0, [4, 1], short))]), short)).toBe(false);
    expect(allowed(kernel([store(load(0, [4, 1], narrow))]), narrow)).toBe(false);
  });
});
