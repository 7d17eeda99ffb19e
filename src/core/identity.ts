/** Texts that are equal exactly for values that count as the same: what keys of kept programs are made of. */

const identities = new WeakMap<WeakKey, number>();
const registered = new Map<symbol, number>();
let next = 0;

/** A text that no other object, function or symbol has. */
export function identityKey(value: object | symbol): string {
  const known: { get(key: object | symbol): number | undefined; set(key: object | symbol, n: number): unknown } =
    typeof value === "symbol" && Symbol.keyFor(value) !== undefined ? (registered as Map<object | symbol, number>) : identities;
  let n = known.get(value);
  if (n === undefined) known.set(value, (n = next++));
  return `#${n}`;
}

/** Equal for values that are the same: primitive ones as `Object.is` has it, all others by identity. */
export function valueKey(value: unknown): string {
  if ((typeof value === "object" && value !== null) || typeof value === "function" || typeof value === "symbol") return identityKey(value);
  if (typeof value === "string") return JSON.stringify(value);
  return `${typeof value}:${Object.is(value, -0) ? "-0" : String(value)}`;
}

/** Equal for lists and plain objects with equal entries, and for anything else as `valueKey`. */
export function dataKey(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(dataKey).join()}]`;
  if (typeof value !== "object" || value === null) return valueKey(value);
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return valueKey(value);
  return `{${Object.entries(value).map(([k, v]) => `${JSON.stringify(k)}:${dataKey(v)}`).join()}}`;
}

/** A copy of lists and plain objects that later changes do not reach; anything else, which `dataKey` knows by identity, is itself. */
export function copyData<T>(value: T): T {
  if (Array.isArray(value)) return value.map(copyData) as T;
  if (typeof value !== "object" || value === null) return value;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== Object.prototype && prototype !== null) return value;
  return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, copyData(v as unknown)])) as T;
}
