/** Assertions for the type tests: they cost nothing and mean nothing at run time. */

/** True where A and B are the same type, not merely assignable to each other. */
export type Equal<A, B> =
  (<T>() => T extends A ? 1 : 2) extends (<T>() => T extends B ? 1 : 2) ? true : false;

/** `expectType<Expected>()(value)` compiles where the value's type is exactly `Expected`. */
export declare function expectType<Expected>(): <Actual>(value: Equal<Actual, Expected> extends true ? Actual : never) => void;

/** `expectTrue<Equal<A, B>>()` compiles where A and B are the same type. */
export declare function expectTrue<_ extends true>(): void;
