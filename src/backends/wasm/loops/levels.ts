/**
 * On which loop each expression of a stage depends, and whether it is the same in all lanes. Level -1 is the beginning of the function, then
 * come the outer loops, then the beginning of the stage (`entry`), then the inner loops. An expression is computed at its level.
 */
import type { Buffer, Expression } from "../../../kernel/ir.ts";
import { operandsOf } from "./graph.ts";
import type { Loop } from "./nest.ts";
import type { Plan, StagePlan } from "./plan.ts";

export interface Levels {
  readonly level: ReadonlyMap<Expression, number>;
  /** The same in all lanes of a group. */
  readonly uniform: ReadonlySet<Expression>;
  /** Expressions by level, from -1 on, in order. */
  readonly buckets: readonly (readonly Expression[])[];
  /** Whose value nobody needs after this one is computed: all who use them are on their own level, this one last. */
  readonly lastUsed: ReadonlyMap<Expression, readonly Expression[]>;
  readonly entry: number;
  readonly innermost: number;
}

/** The loop whose points are the lanes of a stage. */
export function vectorLoop(plan: Plan, stage: StagePlan): Loop | undefined {
  if (plan.mode === "horizontal") return stage.inner.at(-1);
  return plan.mode === "vertical" ? plan.outer[plan.vector] : undefined;
}

export function levelsOf(plan: Plan, stage: StagePlan, written: ReadonlySet<Buffer>): Levels {
  const entry = plan.outer.length;
  const innermost = entry + stage.inner.length;
  const lanes = vectorLoop(plan, stage);
  const loops: readonly (Loop | undefined)[] = [...plan.outer, undefined, ...stage.inner];
  const level = new Map<Expression, number>();
  const uniform = new Set<Expression>();
  const buckets: Expression[][] = Array.from({ length: innermost + 2 }, () => []);
  const deepest = (strides: readonly number[]): number => loops.findLastIndex((l) => l !== undefined && strides[l.dimension] !== 0);

  for (const e of stage.order) {
    const operands = operandsOf(e);
    let at = -1;
    let same = operands.every((o) => uniform.has(o));
    for (const o of operands) at = Math.max(at, level.get(o) as number);
    if (e.kind === "load" || e.kind === "index") {
      const strides = e.kind === "load" ? e.access.strides : e.strides;
      at = Math.max(at, deepest(strides));
      // What this kernel writes is read where it stands: an earlier stage may have just written it.
      if (e.kind === "load" && written.has(e.access.buffer)) at = innermost;
      same &&= lanes === undefined || strides[lanes.dimension] === 0;
    } else if (e.kind === "carry" || e.kind === "accumulator") {
      at = innermost;
      same = lanes === undefined;
    } else if (e.kind === "result") {
      at = entry;
      same = plan.mode !== "vertical" || plan.vector < 0;
    }
    level.set(e, at);
    if (same) uniform.add(e);
    (buckets[at + 1] as Expression[]).push(e);
  }
  return { level, uniform, buckets, lastUsed: lastUses(stage, level), entry, innermost };
}

function lastUses(stage: StagePlan, level: ReadonlyMap<Expression, number>): Map<Expression, Expression[]> {
  const last = new Map<Expression, Expression>();
  const kept = new Set<Expression>(stage.roots);
  for (const e of stage.order) {
    for (const operand of operandsOf(e)) {
      if (level.get(operand) === level.get(e)) last.set(operand, e);
      else kept.add(operand);
    }
  }
  const users = new Map<Expression, Expression[]>();
  for (const [e, user] of last) {
    if (kept.has(e) || e.kind === "constant") continue;
    const list = users.get(user);
    if (list === undefined) users.set(user, [e]);
    else list.push(e);
  }
  return users;
}
