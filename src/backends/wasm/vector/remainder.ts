/**
 * The exact remainder of floats, with the sign of the dividend: x less the truncated quotient times y, both products and differences exact.
 * Where the quotient is too large for that the imported function does it.
 */
import { type Spelling } from "./arithmetic.ts";
import { toFloat } from "./convert.ts";
import { product } from "./double-double.ts";
import { Lanes } from "./lanes.ts";

export const remainder: Spelling = (code, dtype, a, b) => {
  const on = new Lanes(code, "float64");
  const single = dtype === "float32";
  const x = on.abs(toFloat(code, "float64", a));
  const y = on.abs(toFloat(code, "float64", b));
  const ratio = on.div(x, y);
  const quotient = on.rounded("trunc", ratio);
  const rest = single
    ? on.sub(x, on.mul(quotient, y))
    : code.scope(() => {
        const { high, low } = product(on, quotient, y);
        return on.sub(on.sub(x, high), low);
      });
  // The quotient may have been rounded up to a whole number.
  const fixed = on.select(on.compare("lt", rest, 0), on.add(rest, y), rest);
  const small = on.select(on.compare("lt", x, y), x, fixed);
  // A remainder by 0, and one of an infinity, is NaN.
  const invalid = on.either(on.compare("eq", y, 0), on.not(on.both(on.compare("lt", x, Infinity), on.compare("eq", y, y))));
  const result = toFloat(code, dtype, on.or(on.invalid(invalid, small), on.signOf(toFloat(code, "float64", a))));
  const large = on.both(on.not(invalid), on.either(on.compare("ge", ratio, single ? 2 ** 29 : 2 ** 53), on.compare("ge", single ? ratio : on.max(x, y), single ? 2 ** 29 : 2 ** 990)));
  return code.patch(large, result, "remainder", [a, b]);
};
