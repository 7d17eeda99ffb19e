"""Writes math.json: values of scalar functions, correctly rounded to float64, at fixed points.

Run by hand: python generate-math.py. Needs mpmath (written with 1.4.1; the version used goes into the file). Rows are
[argument, ..., value]; NaN and infinities are strings, -0 is the string "-0".
"""

import json
import math
import random
from pathlib import Path

import mpmath
from mpmath import mp, mpf

mp.dps = 80
random.seed(20)

EXTREMES = [0.0, -0.0, 5e-324, -5e-324, 2.2e-308, -1e-300, 1e-20, -1e-20, 1e-10, 1e300, -1e300, math.inf, -math.inf, math.nan]


def spread(low, high, count):
    return [random.uniform(low, high) for _ in range(count)]


def powers_of_ten(low, high, count):
    return [10 ** random.uniform(low, high) for _ in range(count)]


def signed(values):
    return [v for x in values for v in (x, -x)]


def near(centre, count=8):
    return [centre + s * 10 ** random.uniform(-14, -1) for s in (1, -1) for _ in range(count // 2)]


def around(*points):
    return [f(p) for p in points for f in (float, lambda p: math.nextafter(p, 99), lambda p: math.nextafter(p, -99))]


def encode(x):
    if math.isnan(x):
        return "NaN"
    if math.isinf(x):
        return "Infinity" if x > 0 else "-Infinity"
    if x == 0 and math.copysign(1, x) < 0:
        return "-0"
    return int(x) if x == int(x) and abs(x) < 2**53 else x


def to_double(y):
    """Round to nearest, the denormals and the overflow included (a plain float() of mpmath does both)."""
    return float(y)


def table(f, rows, special):
    """special maps argument tuples (by repr) to values that are conventions, or the limits at singular points."""
    result = []
    for row in rows:
        args = row if isinstance(row, tuple) else (row,)
        key = repr(args[0] if len(args) == 1 else args)
        if key in special:
            value = special[key]
        elif any(math.isnan(a) for a in args):
            value = math.nan
        else:
            value = to_double(f(*[a if isinstance(a, int) else mpf(a) for a in args]))
        result.append([*map(encode, args), encode(value)])
    return result


def lgamma_exact(x):
    if x <= 0 and x == mpmath.floor(x):
        return mpf("inf")
    return mpmath.re(mpmath.loggamma(x))


def logistic(x):
    return 1 / (1 + mpmath.exp(-x))


big = [20.5, 30.0, 100.0, 1e5]
tables = {
    "erf": table(
        mpmath.erf,
        EXTREMES + signed(powers_of_ten(-10, 0.8, 40) + spread(0, 6, 40) + around(0.5, 4.0) + big),
        {"-0.0": -0.0, "5e-324": 5e-324, "-5e-324": -5e-324, "1e+300": 1.0, "-1e+300": -1.0, "inf": 1.0, "-inf": -1.0},
    ),
    "erfc": table(
        mpmath.erfc,
        EXTREMES
        + signed(powers_of_ten(-10, 0.8, 30) + around(0.5, 4.0))
        + spread(-6, 0, 30)
        + spread(0, 27.3, 80)
        + spread(26, 27.3, 20)
        + around(0.25)
        + [27.4, 27.6, 30.0],
        {"1e+300": 0.0, "-1e+300": 2.0, "inf": 0.0, "-inf": 2.0},
    ),
    "erfInv": table(
        mpmath.erfinv,
        [0.0, -0.0, 1e-300, 2.3e-308, math.nan]
        + signed(
            powers_of_ten(-12, 0, 30)
            + spread(0, 1, 40)
            + [1 - 10**-e for e in spread(1, 15.5, 30)]
            + around(0.85)
            + [1 - 2**-53, 1 - 2**-52]
        )
        + [1.0, -1.0, 1.5, -1.5, math.inf, -math.inf],
        {"-0.0": -0.0, "1.0": math.inf, "-1.0": -math.inf, "1.5": math.nan, "-1.5": math.nan, "inf": math.nan, "-inf": math.nan},
    ),
    "lgamma": table(
        lgamma_exact,
        EXTREMES
        + powers_of_ten(-300, 305, 40)
        + spread(0, 4, 60)
        + spread(4, 30, 40)
        + near(1)
        + near(2)
        + around(0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 8.0)
        + spread(-2, 0, 40)
        + [-1.0, -2.0, 3e305],
        {"inf": math.inf, "-inf": math.inf, "1e+300": to_double(mpmath.loggamma(mpf(1e300))), "-1e+300": math.inf},
    ),
    "lgammaNegative": table(lgamma_exact, spread(-10, -2, 40) + spread(-170, -10, 30) + spread(-1e6, -1e3, 10), {}),
    "digamma": table(
        mpmath.digamma,
        EXTREMES
        + powers_of_ten(-300, 300, 40)
        + spread(0, 3, 40)
        + spread(3, 30, 40)
        + near(1.4616321449683622)
        + around(1.0, 2.0, 10.0, 1.4616321449683622)
        + [-1.0, -2.0],
        {
            "0.0": -math.inf,
            "-0.0": math.inf,
            "-1.0": math.nan,
            "-2.0": math.nan,
            "inf": math.inf,
            "-inf": math.nan,
            "-1e+300": math.nan,
            "5e-324": -math.inf,
            "-5e-324": math.inf,
        },
    ),
    "digammaNegative": table(mpmath.digamma, spread(-10, 0, 40) + spread(-1000, -10, 20), {}),
    "polygamma": table(
        mpmath.psi,
        [(n, x) for n in (1, 2, 3, 4, 5, 10, 20) for x in powers_of_ten(-8, 4, 10) + spread(0, 20, 12) + [1.0, 2.0, 1e8]]
        + [(1, 1e-160), (1, 1e200), (2, 1e200), (1, 5e-324)],
        {"(1, 1e-160)": math.inf, "(2, 1e+200)": -0.0, "(1, 5e-324)": math.inf},
    ),
    "polygammaLarge": table(mpmath.psi, [(n, x) for n in (30, 60, 100, 150) for x in spread(0.1, 20, 6) + [100.0, 1000.0, 1e4]], {}),
    "polygammaNegative": table(mpmath.psi, [(n, x) for n in (1, 2, 3, 4, 5) for x in spread(-6, 0, 10) + spread(-100, -6, 4)], {}),
    "logistic": table(
        logistic,
        EXTREMES[:-5]
        + [math.nan]
        + signed(powers_of_ten(-10, 2.8, 40) + spread(0, 40, 20))
        + [-745.0, -744.5, -746.0, -708.5, -800.0, 800.0, math.inf, -math.inf],
        {"inf": 1.0, "-inf": 0.0},
    ),
    "exp2": table(
        lambda x: mpf(2) ** x,
        EXTREMES[:-5]
        + spread(-1075, 1024, 60)
        + signed(powers_of_ten(-10, 0, 20))
        + [1023.0, 1024.0, -1074.0, -1075.0, -1076.0, 3.0, 0.5, math.inf, -math.inf, math.nan],
        {"inf": math.inf, "-inf": 0.0},
    ),
    "rsqrt": table(
        lambda x: 1 / mpmath.sqrt(x),
        powers_of_ten(-307, 308, 60) + [5e-324, 4.0, 0.0, -0.0, -1.0, math.inf, -math.inf, math.nan],
        {"0.0": math.inf, "-0.0": -math.inf, "-1.0": math.nan, "inf": 0.0, "-inf": math.nan},
    ),
    "logaddexp": table(
        lambda x, y: mpmath.log(mpmath.exp(x) + mpmath.exp(y)),
        [(x, y) for x, y in zip(spread(-50, 50, 60), spread(-50, 50, 60))] + [(1000.0, 1000.5), (-1000.0, -1001.0), (3.0, 3.0), (1e5, 0.0)],
        {},
    ),
    "integerPow": table(
        lambda x, n: x**n, [(random.choice((1, -1)) * 10 ** random.uniform(-3, 3), random.randint(-30, 30)) for _ in range(80)], {}
    ),
}

out = {"comment": "Written by generate-math.py; do not edit.", "versions": {"mpmath": mpmath.__version__}, "functions": tables}
body = json.dumps(out, separators=(",", ":")).replace("]],", "]],\n").replace("},", "},\n")
Path(__file__).with_name("math.json").write_text(body + "\n")
print({k: len(v) for k, v in tables.items()}, len(body))
