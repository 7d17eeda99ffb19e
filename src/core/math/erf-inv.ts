/**
 * The inverse of the error function. The ranges are those of M. J. Wichura, Algorithm AS 241 (Applied Statistics 37,
 * 1988) for the normal quantile; the coefficients are our own, fitted by test/golden/fit-coefficients.py.
 */
import { rational, type Rational } from "./polynomial.ts";

const { abs, log, sqrt } = Math;

// erfInv(x) = x r(0.7225 - x²) for |x| <= 0.85.
export const erfInvCentral: Rational = {
  p: [
    1.1975323115670913, 13.148344840595835, 56.308346143329764, 119.47608272318107, 132.15816834242034,
    73.73182032040803, 18.493136644257557, 1.598172126525549, 0.021077511563883843,
  ],
  q: [
    1, 11.730846723805138, 54.455243379012416, 127.7637240724386, 160.82024089026783, 106.68428276815251,
    34.27168633694469, 4.415447845022331, 0.14340918757944626,
  ],
};
// erfInv(x) = r(s - 1.6) with s = √(-log((1-x)/2)), for s <= 5.
export const erfInvTail: Rational = {
  p: [
    1.0065220336036882, 3.26949904394839, 4.082992827785088, 2.6170847327177493, 0.9491505522670717,
    0.19898557262926725, 0.023146717490088113, 0.001307535735398262, 2.523512572733676e-5,
  ],
  q: [
    1, 2.0485774740424447, 1.6852411566179453, 0.716165530262213, 0.16785155245121902, 0.021194465109129118,
    0.0012673088484278935, 2.523438346136211e-5,
  ],
};
// erfInv(x) = r(s - 5) beyond; the largest double below 1 has s = 6.06.
export const erfInvFar: Rational = {
  p: [
    4.707849521913033, 3.394638811053071, 0.9248890946475993, 0.11746745318897046, 0.006800127437721395,
    0.00013762532263037874,
  ],
  q: [
    1, 0.5002452192502049, 0.08730058718373118, 0.006113025719640216, 0.00013761874534699587,
  ],
};

/** The y with erf(y) = x, within 4 ulp. Odd; ±Infinity at ±1, NaN outside [-1, 1]. */
export function erfInv(x: number): number {
  const size = abs(x);
  if (size <= 0.85) return x * rational(erfInvCentral, 0.7225 - x * x);
  if (size === 1) return x * Infinity;
  if (!(size < 1)) return NaN;
  const s = sqrt(-log((1 - size) / 2));
  const y = s <= 5 ? rational(erfInvTail, s - 1.6) : rational(erfInvFar, s - 5);
  return x < 0 ? -y : y;
}
