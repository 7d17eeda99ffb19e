/** Plain JavaScript values of every kind for property tests, and their outcomes made comparable. */
import fc from "fast-check";

/** What to build a value from; objects are built anew for each run, so that two runs do not see each other's effects. */
export type Spec =
  | { readonly kind: "value"; readonly value: unknown }
  | { readonly kind: "fresh"; readonly make: () => unknown }
  | { readonly kind: "convertible"; readonly id: string; readonly methods: readonly (readonly [PropertyKey, Conversion])[] };

type Conversion = { readonly returns: unknown } | { readonly returnsObject: true } | { readonly throws: string };

const primitives: readonly unknown[] = [
  // No number that would make a list of thousands of millions of holes.
  0, -0, 1, -1, 2, 0.5, 3, NaN, Infinity, -Infinity, -(2 ** 31), 2 ** 32 + 5, 2 ** 53, 1e300,
  "", "a", "b", "1", " 2 ", "0", 0n, 1n, 2n, -3n, null, undefined, true, false, Symbol.for("test"),
];

const objects: readonly (() => unknown)[] = [
  () => [], () => [1], () => ["a", 2], () => ({}), () => ({ p: 1, 0: "zero" }), () => new Date(0), () => () => 1, () => Object(1n), () => Object("boxed"),
  () => new Float32Array([1.5, 2]), () => Object.create(null), () => /x/, () => new Map(), () => Object.freeze({ p: 1 }), () => new Proxy({ p: 1 }, {}),
];

export const primitive: fc.Arbitrary<unknown> = fc.constantFrom(...primitives);

const conversion: fc.Arbitrary<Conversion> = fc.oneof(
  { weight: 4, arbitrary: primitive.map((returns) => ({ returns })) },
  fc.constant({ returnsObject: true as const }),
  fc.constantFrom("first", "second").map((throws) => ({ throws })),
);

export const spec: fc.Arbitrary<Spec> = fc.oneof(
  { weight: 5, arbitrary: primitive.map((value): Spec => ({ kind: "value", value })) },
  { weight: 2, arbitrary: fc.constantFrom(...objects).map((make): Spec => ({ kind: "fresh", make })) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant("convertible" as const),
      id: fc.constantFrom("A", "B", "C", "D"),
      methods: fc.uniqueArray(fc.tuple(fc.constantFrom("valueOf", "toString", Symbol.toPrimitive), conversion), { minLength: 1, maxLength: 3, selector: ([name]) => name }),
    }),
  },
);

export type Log = string[];

export function build(given: Spec, log: Log): unknown {
  if (given.kind === "value") return given.value;
  if (given.kind === "fresh") return given.make();
  const object: Record<PropertyKey, unknown> = { id: given.id };
  for (const [name, conversion] of given.methods) {
    object[name] = (hint: unknown) => {
      log.push(`${given.id}.${String(name)}(${String(hint)})`);
      if ("throws" in conversion) throw new RangeError(conversion.throws);
      return "returns" in conversion ? conversion.returns : {};
    };
  }
  return object;
}

/** A value as text that tells apart what JavaScript tells apart. */
export function describeValue(value: unknown, depth = 3): string {
  switch (typeof value) {
    case "number": return Object.is(value, -0) ? "-0" : String(value);
    case "bigint": return `${value}n`;
    case "string": return value.length > 99 ? `a string of ${value.length}: ${JSON.stringify(value.slice(0, 99))}` : JSON.stringify(value);
    case "function": return `function ${value.name}`;
    case "object": break;
    default: return String(value);
  }
  if (value === null || depth === 0) return value === null ? "null" : "…";
  // The engine words a missing object differently inside of a destructuring assignment, whatever it is that misses it.
  if (value instanceof Error) return `${value.name}: ${value.message.replace(/^Cannot (?:destructure|read|set) propert.*$/, "no object has that property")}`;
  const entries = Reflect.ownKeys(value).map((key) => {
    const property = Reflect.getOwnPropertyDescriptor(value, key);
    return `${String(key)}: ${property !== undefined && "value" in property ? describeValue(property.value, depth - 1) : "accessor"}`;
  });
  return `${Object.prototype.toString.call(value)} {${entries.join(", ")}}`;
}
