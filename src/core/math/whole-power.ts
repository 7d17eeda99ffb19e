/**
 * Powers with whole exponents, for engines whose own `**` multiplies them out and rounds at every step (JavaScriptCore, SpiderMonkey): by
 * repeated squaring of sums of two numbers, which loses nothing that counts. Exact where the power is a number of the format.
 */

const { abs, floor, log2, round } = Math;

/** (high + low)·2^exponent, with a high between √½ and √2. */
interface Pair {
  readonly high: number;
  readonly low: number;
  readonly exponent: number;
}

function pair(high: number, low: number, exponent: number): Pair {
  const shift = round(log2(high));
  return { high: high * 2 ** -shift, low: low * 2 ** -shift, exponent: exponent + shift };
}

/** What a·b loses by rounding (T. J. Dekker, 1971). */
function lostBy(a: number, b: number): number {
  const [ah, bh] = [head(a), head(b)];
  const [al, bl] = [a - ah, b - bh];
  return ah * bh - a * b + ah * bl + al * bh + al * bl;
}
function head(x: number): number {
  const scaled = (2 ** 27 + 1) * x;
  return scaled - (scaled - x);
}

function times(a: Pair, b: Pair): Pair {
  const product = a.high * b.high;
  const lost = lostBy(a.high, b.high) + (a.high * b.low + a.low * b.high);
  const high = product + lost;
  return pair(high, lost - (high - product), a.exponent + b.exponent);
}

function inverse({ high, low, exponent }: Pair): Pair {
  const guess = 1 / high;
  const rest = 1 - guess * high - lostBy(guess, high) - guess * low;
  return { high: guess, low: guess * rest, exponent: -exponent };
}

/** xⁿ for a whole n below 2³¹, within 1 ulp. */
export function wholePower(x: number, n: number): number {
  const size = abs(x);
  if (!(size > 0 && size < Infinity)) return x ** n;
  // from the ends of the range, where 2^-exponent would be out of it
  let square = size < 1 ? pair(size * 2 ** 100, 0, -100) : pair(size * 2 ** -100, 0, 100);
  let power: Pair = { high: 1, low: 0, exponent: 0 };
  for (let rest = abs(n); rest > 0; rest = floor(rest / 2)) {
    if (rest % 2 === 1) power = times(power, square);
    square = times(square, square);
  }
  const { high, low, exponent } = n < 0 ? inverse(power) : power;
  const half = floor(exponent / 2); // 2^exponent itself may be out of range where the power is not
  const result = (high + low) * 2 ** half * 2 ** (exponent - half);
  return x < 0 && n % 2 !== 0 ? -result : result;
}

/** Whether the engine's powers are wrong: 2 ulp are allowed. */
export function powersAreWrong(power: (x: number, n: number) => number): boolean {
  const right = 3.851676940243484e145;
  return abs(power(-4.138932529475923, 236) - right) > 2 ** -50 * right;
}
