/**
 * Arithmetic on int32 and uint32 values held in JavaScript numbers, where JavaScript's own operators differ from
 * the integer semantics of XLA (and so of `jax.lax`). Inputs must already be in range; results are in range, wrapped.
 */

// --- multiplication and powers ------------------------------------------------------------------------------------

export function mulInt32(x: number, y: number): number {
  return Math.imul(x, y);
}

export function mulUint32(x: number, y: number): number {
  return Math.imul(x, y) >>> 0;
}

/** x to the power n (an integer), modulo 2^32, by repeated squaring; for n < 0 rounded toward zero, with 0 for x = 0. */
export function integerPowInt32(x: number, n: number): number {
  if (n < 0) return x === 1 || (x === -1 && n % 2 === 0) ? 1 : x === -1 ? -1 : 0;
  let result = 1;
  let square = x;
  for (let rest = n; rest > 0; rest = Math.floor(rest / 2)) {
    if (rest % 2 === 1) result = Math.imul(result, square);
    square = Math.imul(square, square);
  }
  return result;
}

export function integerPowUint32(x: number, n: number): number {
  return integerPowInt32(x, n) >>> 0;
}

// --- division: truncated as `lax.div` and `lax.rem`, floored as NumPy's // and % ------------------------------------

/** Truncated quotient. x/0 is -1 (all bits set) as in XLA; the smallest int32 over -1 wraps to itself. */
export function divInt32(x: number, y: number): number {
  return y === 0 ? -1 : (x / y) | 0;
}

/** Truncated quotient. x/0 is 2^32-1 (all bits set) as in XLA. */
export function divUint32(x: number, y: number): number {
  return y === 0 ? 0xffffffff : Math.floor(x / y);
}

/** Truncated remainder, sign of x. x%0 is x as in XLA. Serves int32 and uint32. */
export function remInteger(x: number, y: number): number {
  return y === 0 ? x : (x % y) + 0;
}

/** Floored quotient. x/0 is -1, as `divInt32`. */
export function floorDivInt32(x: number, y: number): number {
  return y === 0 ? -1 : Math.floor(x / y) | 0;
}

/** Floored remainder, sign of y. x%0 is x, as `remInteger`. Serves int32 and uint32. */
export function modInteger(x: number, y: number): number {
  const rest = remInteger(x, y);
  return rest !== 0 && y !== 0 && rest < 0 !== y < 0 ? rest + y : rest;
}

// --- shifts: a count outside 0..31 shifts every bit out -------------------------------------------------------------

function countInRange(count: number): boolean {
  return count >= 0 && count < 32;
}

export function shiftLeftInt32(x: number, count: number): number {
  return countInRange(count) ? x << count : 0;
}

export function shiftLeftUint32(x: number, count: number): number {
  return countInRange(count) ? (x << count) >>> 0 : 0;
}

/** Fills with the sign bit, also when every bit is shifted out. */
export function shiftRightArithmeticInt32(x: number, count: number): number {
  return x >> (countInRange(count) ? count : 31);
}

/** As XLA: the top bit counts as a sign bit even though the type has none. */
export function shiftRightArithmeticUint32(x: number, count: number): number {
  return shiftRightArithmeticInt32(x | 0, count) >>> 0;
}

export function shiftRightLogicalInt32(x: number, count: number): number {
  return countInRange(count) ? (x >>> count) | 0 : 0;
}

export function shiftRightLogicalUint32(x: number, count: number): number {
  return countInRange(count) ? x >>> count : 0;
}

// --- counting bits --------------------------------------------------------------------------------------------------

/** The number of set bits, counted in parallel in fields of 2, 4 and 8 bits. Serves int32 and uint32. */
export function populationCount(x: number): number {
  let bits = x | 0;
  bits -= (bits >>> 1) & 0x55555555;
  bits = (bits & 0x33333333) + ((bits >>> 2) & 0x33333333);
  bits = (bits + (bits >>> 4)) & 0x0f0f0f0f;
  return Math.imul(bits, 0x01010101) >>> 24;
}

/** The number of leading zero bits; 32 for 0. Serves int32 and uint32. */
export function countLeadingZeros(x: number): number {
  return Math.clz32(x);
}
