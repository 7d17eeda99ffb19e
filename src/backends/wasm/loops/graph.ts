/**
 * The expressions of a stage in an order in which each comes after its operands, and for each the loop on which it depends: it is computed
 * there, outside of the loops within. Iterative: expressions may be hundreds of thousands deep.
 */
import { type Access, type Expression, type Stage, type Store, type Term } from "../../../kernel/ir.ts";

/** The expressions that one is computed from. */
export function operandsOf(e: Expression): readonly Expression[] {
  if (e.kind === "apply") return e.operands;
  return e.kind === "load" && e.terms.length > 0 ? e.terms.map((t) => t.index) : [];
}

/** What the stage computes at each innermost point. */
export function rootsOf(stage: Stage): Expression[] {
  const ofStore = (s: Store): Expression[] => [s.value, ...s.terms.map((t: Term) => t.index), ...(s.condition === undefined ? [] : [s.condition])];
  return [
    ...stage.reductions.map((r) => r.value),
    ...stage.carries.map((c) => c.next),
    ...stage.stores.flatMap(ofStore),
    ...stage.checks.flatMap((c) => [c.condition, c.value]),
  ];
}

/** All expressions that the roots need, operands first. */
export function postOrder(roots: readonly Expression[]): Expression[] {
  const order: Expression[] = [];
  const seen = new Set<Expression>();
  const stack: { readonly e: Expression; readonly operands: readonly Expression[]; next: number }[] = [];
  const enter = (e: Expression): void => {
    if (seen.has(e)) return;
    seen.add(e);
    stack.push({ e, operands: operandsOf(e), next: 0 });
  };
  for (const root of roots) {
    enter(root);
    for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
      const operand = top.operands[top.next++];
      if (operand !== undefined) enter(operand);
      else {
        order.push(top.e);
        stack.pop();
      }
    }
  }
  return order;
}

/** Every access of the stage. */
export function accessesOf(stage: Stage, order: readonly Expression[]): Access[] {
  return [...order.flatMap((e) => (e.kind === "load" ? [e.access] : [])), ...stage.stores.map((s) => s.access)];
}
