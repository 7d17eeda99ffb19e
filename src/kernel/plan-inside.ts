/**
 * The memory of the kernels inside a control kernel, from the inside out: what they need lies together in one stretch of the outer plan, while
 * the control kernel runs. Branches share it. The new state of a loop goes over the old one where that is safe; otherwise two places alternate.
 */
import { mayReplace, listMayReplace, type Decided } from "./in-place.ts";
import { type Buffer, type ControlKernel, isControl, type Kernel, listsOf, movesOf, type State } from "./ir.ts";
import { bytesOf, type Home, type Lifetime, placeStretches, type Stretch } from "./places.ts";
import { type Traffic, trafficOf } from "./traffic.ts";

export interface InsidePlan extends Decided {
  readonly inPlace: ReadonlySet<State>;
  readonly lists: readonly ListPlan[];
  /** Where the stretch begins: in that of the control kernel around, and in the end in the arena. */
  offset: number;
  readonly bytes: number;
}

export interface ListPlan {
  readonly kernels: readonly Kernel[];
  readonly traffic: readonly Traffic[];
  readonly lifetimes: ReadonlyMap<Buffer, Lifetime>;
  /** Offsets in the stretch. */
  readonly places: Map<Buffer, number>;
}

/** Plans a control kernel, and before it those inside of it. */
export function planInside(kernel: ControlKernel, plans: Map<ControlKernel, InsidePlan>): void {
  const lists = listsOf(kernel);
  for (const inner of lists.flat()) if (isControl(inner)) planInside(inner, plans);
  const state = kernel.kind === "repeat" ? kernel.state : [];
  const condition = kernel.kind === "repeat" ? kernel.condition : undefined;
  const traffic = lists.map((list) => list.map(trafficOf));
  const moved = new Set(movesOf(state).flatMap((m) => m.leaves));
  const inPlace = new Set(state.filter((s) => !moved.has(s)).filter(({ before, after }) => listMayReplace(lists[0] as readonly Kernel[], before, after, plans)));
  const over = new Set([...inPlace].map((s) => s.after));
  // what lives on from one turn to the next, or is read by threads that are late, has its place to itself
  const kept = new Set([...state.map((s) => s.after), ...(condition === undefined ? [] : [condition])]);
  let bytes = 0;
  const plannedLists = lists.map((kernels, l): ListPlan => {
    const own = new Set<Buffer>(kernel.own);
    const places = new Map<Buffer, number>();
    const lifetimes = lifetimesIn(kernel, l, kernels, traffic[l] as readonly Traffic[], own, kept);
    const stretches = stretchesOf(kernels, traffic[l] as readonly Traffic[], lifetimes, kept, over, places, plans);
    bytes = Math.max(bytes, placeStretches(stretches, kernels.length));
    return { kernels, traffic: traffic[l] as readonly Traffic[], lifetimes, places };
  });
  plans.set(kernel, { inPlace, lists: plannedLists, offset: 0, bytes });
}

function lifetimesIn(kernel: ControlKernel, list: number, kernels: readonly Kernel[], traffic: readonly Traffic[], own: ReadonlySet<Buffer>, kept: ReadonlySet<Buffer>): Map<Buffer, Lifetime> {
  const lifetimes = new Map<Buffer, Lifetime>();
  const within = { kernel, list };
  traffic.forEach(({ reads, writes }, k) => {
    for (const b of [...writes, ...reads]) {
      if (!own.has(b)) continue;
      lifetimes.set(b, kept.has(b) ? { first: 0, last: kernels.length, within } : { first: lifetimes.get(b)?.first ?? k, last: k, within });
    }
  });
  if (list === 0) for (const b of kept) if (own.has(b)) lifetimes.set(b, { first: 0, last: kernels.length, within });
  return lifetimes;
}

function stretchesOf(
  kernels: readonly Kernel[], traffic: readonly Traffic[], lifetimes: ReadonlyMap<Buffer, Lifetime>, kept: ReadonlySet<Buffer>, over: ReadonlySet<Buffer>, places: Map<Buffer, number>, plans: ReadonlyMap<ControlKernel, InsidePlan>,
): Stretch[] {
  const heir = new Map<Buffer, Buffer>();
  const root = new Map<Buffer, Buffer>();
  kernels.forEach((kernel, k) => {
    const t = traffic[k] as Traffic;
    for (const fresh of t.writes) {
      if (kept.has(fresh) || lifetimes.get(fresh)?.first !== k || root.has(fresh)) continue;
      const old = [...t.reads].find((b) => b !== fresh && !kept.has(b) && !heir.has(b) && lifetimes.get(b)?.last === k && mayReplace(kernel, t, b, fresh, plans));
      if (old === undefined) continue;
      heir.set(old, fresh);
      root.set(fresh, root.get(old) ?? old);
    }
  });
  const chains = new Map<Buffer, Buffer[]>();
  for (const b of lifetimes.keys()) {
    if (over.has(b)) continue;
    const base = root.get(b) ?? b;
    const chain = chains.get(base);
    if (chain === undefined) chains.set(base, [b]);
    else chain.push(b);
  }
  const stretches = [...chains].map(([base, chain]): Stretch => {
    const lives = chain.map((b) => lifetimes.get(b) as Lifetime);
    const put = (offset: number): void => chain.forEach((b) => places.set(b, offset));
    return { first: Math.min(...lives.map((l) => l.first)), last: Math.max(...lives.map((l) => l.last)), bytes: bytesOf(base), put };
  });
  const frames = kernels.flatMap((inner, k): Stretch[] => {
    const plan = isControl(inner) ? plans.get(inner) : undefined;
    return plan === undefined || plan.bytes === 0 ? [] : [{ first: k, last: k, bytes: plan.bytes, put: (offset) => void (plan.offset = offset) }];
  });
  return [...stretches, ...frames];
}

/** Turns offsets in stretches into places in the arena, from the outside in. */
export function settle(kernel: ControlKernel, offset: number, plans: ReadonlyMap<ControlKernel, InsidePlan>, homes: Home[], lifetimes: (Lifetime | undefined)[]): void {
  const plan = plans.get(kernel) as InsidePlan;
  plan.offset = offset;
  for (const list of plan.lists) {
    for (const [b, at] of list.places) homes[b.id] = { kind: "arena", offset: offset + at };
    for (const [b, life] of list.lifetimes) lifetimes[b.id] = life;
    for (const inner of list.kernels) if (isControl(inner)) settle(inner, offset + (plans.get(inner) as InsidePlan).offset, plans, homes, lifetimes);
  }
  for (const { before, after } of plan.inPlace) homes[after.id] = { kind: "shared", with: before };
  for (const window of kernel.windows) if (window.role.kind === "window") homes[window.id] = { kind: "shared", with: window.role.of };
}
