"""Writes accuracy.json: values of elementary functions, correctly rounded to float64, at random points of their whole domain.

Run by hand: python generate-accuracy.py. Needs mpmath. Rows are [argument, ..., value]; arguments have few digits, so that the file is small.
python generate-accuracy.py 8000 FILE writes as many rows of other arguments, with all their digits and where functions are hard: of random bits,
next to 0, to 1 and to the multiples of pi/2. `npm run accuracy -- --search FILE` keeps the worst of them in accuracy-hard.json.
"""

import json
import math
import random
import struct
import sys
from pathlib import Path

import mpmath
from mpmath import mp, mpf

mp.dps = 60
random.seed(7)
ROWS = 240


def short(x):
    """x with six significant digits: the same double in every language."""
    return float(f"{x:.5e}")


def uniform(low, high):
    return lambda: random.uniform(low, high)


def magnitudes(low, high, signs=(1,)):
    return lambda: random.choice(signs) * 10 ** random.uniform(low, high)


def exponent():
    return random.randint(-20, 20)


BOTH = (1, -1)
POSITIVE = [magnitudes(-307, 308), uniform(0.5, 2)]
UNARY = {
    "exp": (mp.exp, [uniform(-745, 709), uniform(-2, 2), magnitudes(-20, 2, BOTH)]),
    "exp2": (lambda x: mpf(2) ** x, [uniform(-1074, 1023), uniform(-2, 2), magnitudes(-20, 2, BOTH)]),
    "expm1": (mp.expm1, [uniform(-40, 709), uniform(-2, 2), magnitudes(-20, 0, BOTH)]),
    "log": (mp.log, POSITIVE),
    "log2": (lambda x: mp.log(x, 2), POSITIVE),
    "log10": (mp.log10, POSITIVE),
    "log1p": (mp.log1p, [magnitudes(-20, 300), uniform(-0.999, 2), magnitudes(-20, -0.01, (-1,))]),
    "logistic": (lambda x: 1 / (1 + mp.exp(-x)), [uniform(-745, 40), uniform(-4, 4)]),
    "rsqrt": (lambda x: 1 / mp.sqrt(x), POSITIVE),
    "cbrt": (lambda x: mp.sign(x) * mp.cbrt(abs(x)), [magnitudes(-307, 308, BOTH)]),
    "sin": (mp.sin, [uniform(-10, 10), magnitudes(-10, 6, BOTH), magnitudes(6, 300, BOTH)]),
    "cos": (mp.cos, [uniform(-10, 10), magnitudes(-10, 6, BOTH), magnitudes(6, 300, BOTH)]),
    "tan": (mp.tan, [uniform(-10, 10), magnitudes(-10, 6, BOTH), magnitudes(6, 300, BOTH)]),
    "asin": (mp.asin, [uniform(-1, 1), magnitudes(-10, 0, BOTH)]),
    "acos": (mp.acos, [uniform(-1, 1), magnitudes(-10, 0, BOTH)]),
    "atan": (mp.atan, [uniform(-3, 3), magnitudes(-10, 20, BOTH)]),
    "sinh": (mp.sinh, [uniform(-710, 710), uniform(-3, 3), magnitudes(-10, 0, BOTH)]),
    "cosh": (mp.cosh, [uniform(-710, 710), uniform(-3, 3)]),
    "tanh": (mp.tanh, [uniform(-20, 20), uniform(-1, 1), magnitudes(-10, 0, BOTH)]),
    "asinh": (mp.asinh, [uniform(-3, 3), magnitudes(-10, 300, BOTH)]),
    "acosh": (mp.acosh, [uniform(1, 3), magnitudes(0.001, 300)]),
    "atanh": (mp.atanh, [uniform(-1, 1), magnitudes(-10, -0.01, BOTH)]),
    "erf": (mp.erf, [uniform(-6, 6), uniform(-1, 1), magnitudes(-10, 0, BOTH)]),
    "erfc": (mp.erfc, [uniform(-6, 27), uniform(-1, 1)]),
    "erfInv": (mp.erfinv, [uniform(-1, 1), magnitudes(-10, -0.01, BOTH)]),
}
BINARY = {
    "pow": (lambda x, y: x**y, [(magnitudes(-300, 300), uniform(-1, 1)), (uniform(0.9, 1.1), uniform(-5000, 5000)), (uniform(0, 10), uniform(-300, 300))]),
    "atan2": (lambda y, x: mp.atan2(y, x), [(uniform(-1, 1), uniform(-1, 1)), (magnitudes(-20, 20, BOTH), magnitudes(-20, 20, BOTH))]),
}
# on top of the others, so that these keep their arguments; logAddExp is measured in units of the larger operand: it may cancel
LATER = {
    "integerPow": (lambda x, n: x ** int(n), [(magnitudes(-8, 8, BOTH), exponent), (uniform(0.9, 1.1), exponent), (uniform(-10, 10), exponent)]),
    "logAddExp": (lambda x, y: max(x, y) + mp.log1p(mp.exp(-abs(x - y))), [(uniform(-1, 1), uniform(-1, 1)), (uniform(-40, 40), uniform(-40, 40)), (magnitudes(-20, 300, BOTH), magnitudes(-20, 300, BOTH))]),
}


def patterns():
    while True:
        x = struct.unpack("<d", random.randbytes(8))[0]
        if math.isfinite(x):
            return x


def near_one():
    return random.choice(BOTH) * (1 + random.uniform(-1, 1) * 2.0 ** -random.randint(0, 45))


def near_quarter_turns():
    return random.randint(-(2 ** random.randint(1, 20)), 2 ** random.randint(1, 20)) * math.pi / 2 * (1 + random.uniform(-1, 1) * 2.0 ** -random.randint(3, 52))


ANY = [magnitudes(-12, 2.8, BOTH), near_one, uniform(-4, 4)]
HARD = {
    **{name: [*ANY, patterns] for name in ["log", "log2", "log10", "rsqrt", "cbrt", "atan", "asinh", "acosh"]},
    **{name: [*ANY, near_quarter_turns] for name in ["sin", "cos", "tan"]},
    "pow": [(near_one, magnitudes(-3, 15, BOTH)), (patterns, magnitudes(-3, 1, BOTH)), (magnitudes(-3, 3), uniform(-100, 100))],
    "atan2": [(uniform(-1, 1), uniform(-1, 1)), (near_one, near_one), (magnitudes(-5, 5, BOTH), magnitudes(-5, 5, BOTH))],
    "integerPow": [(near_one, exponent), (magnitudes(-8, 8, BOTH), exponent)],
    "knownPower": [(near_one, lambda: random.randint(-6, 6)), (magnitudes(-40, 40, BOTH), lambda: random.randint(-6, 6))],
    "logAddExp": [(uniform(-1, 1), uniform(-1, 1)), (uniform(-40, 40), uniform(-40, 40)), (near_one, near_one)],
}


def rows(f, sources, count=ROWS, written=short):
    result = []
    tries = 0
    while len(result) < count:
        source = sources[tries % len(sources)]
        tries += 1
        arguments = [written(s()) for s in (source if isinstance(source, tuple) else (source,))]
        try:
            value = f(*map(mpf, arguments))
        except (ValueError, ZeroDivisionError):  # outside the domain
            continue
        if isinstance(value, mpmath.mpf) and 5e-324 <= abs(value) < 1.7e308:
            result.append([*arguments, float(value)])
    return result


def write(path, functions):
    text = json.dumps({"comment": "Written by generate-accuracy.py; do not edit.", "versions": {"mpmath": mpmath.__version__}, "functions": functions}, separators=(",", ":"))
    path.write_text(text.replace("]],", "]],\n") + "\n")


ALL = {**UNARY, **BINARY, **LATER}
if len(sys.argv) > 1:
    ALL["knownPower"] = ALL["integerPow"]
    write(Path(sys.argv[2]), {name: rows(f, [*sources, *HARD.get(name, ANY)] if name != "knownPower" else HARD[name], int(sys.argv[1]), float) for name, (f, sources) in ALL.items()})
else:
    write(Path(__file__).parent / "accuracy.json", {name: rows(f, sources) for name, (f, sources) in ALL.items()})
