/** Where a value's operators come from. */
import { hasOperators, operators, type HasOperators, type OperatorTable } from "../core/operators.ts";

export function tableOf(value: unknown): OperatorTable | undefined {
  if (typeof value !== "object" || value === null || Array.isArray(value) || ArrayBuffer.isView(value)) return undefined;
  try {
    // Reading is several times as fast as `in`, which then tells an array from a proxy that answers everything.
    const table = (value as Partial<HasOperators>)[operators];
    return table !== undefined && hasOperators(value) ? table : undefined;
  } catch {
    return undefined; // a revoked proxy, or one whose traps throw
  }
}
