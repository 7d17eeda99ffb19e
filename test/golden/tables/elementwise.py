"""Elementwise operations: unary, binary, comparison, logic, bits, select and conversion."""

import jax.numpy as jnp
import numpy as np
from jax import lax
from jax.scipy import special

from .common import BOOL, F32, F64, I32, INF, NAN, U32, Table, array, integers, pairs, sample

EDGES = [0.0, -0.0, INF, -INF, NAN, 1.0, -1.0, 0.5, -0.5, 1.5, 2.5, -2.5]
# Larger values: in float32 not so large that a result is denormal, which JAX makes 0 on a CPU.
LARGE = {F64: [100.0, -100.0], F32: [30.0, -30.0]}

unary = Table("unary")

# name: (function, low, high) of the domain where it is differentiated
SMOOTH = {
    "neg": (lax.neg, -3, 3),
    "abs": (lax.abs, -3, 3),
    "square": (jnp.square, -3, 3),
    "reciprocal": (jnp.reciprocal, 0.3, 3),
    "exp": (lax.exp, -4, 4),
    "exp2": (lax.exp2, -4, 4),
    "expm1": (lax.expm1, -3, 3),
    "log": (lax.log, 0.1, 5),
    "log2": (jnp.log2, 0.1, 5),
    "log10": (jnp.log10, 0.1, 5),
    "log1p": (lax.log1p, -0.8, 4),
    "sqrt": (lax.sqrt, 0.1, 9),
    "rsqrt": (lax.rsqrt, 0.1, 9),
    "cbrt": (lax.cbrt, 0.2, 9),
    "sin": (lax.sin, -4, 4),
    "cos": (lax.cos, -4, 4),
    "tan": (lax.tan, -1.2, 1.2),
    "asin": (lax.asin, -0.9, 0.9),
    "acos": (lax.acos, -0.9, 0.9),
    "atan": (lax.atan, -4, 4),
    "sinh": (lax.sinh, -3, 3),
    "cosh": (lax.cosh, -3, 3),
    "tanh": (lax.tanh, -3, 3),
    "asinh": (lax.asinh, -3, 3),
    "acosh": (lax.acosh, 1.2, 5),
    "atanh": (lax.atanh, -0.9, 0.9),
    "erf": (lax.erf, -2.5, 2.5),
    "erfc": (lax.erfc, -2.5, 4),
    "erfInv": (lax.erf_inv, -0.95, 0.95),
    "lgamma": (lax.lgamma, 0.3, 8),
    "digamma": (lax.digamma, 0.3, 8),
    "logistic": (lax.logistic, -6, 6),
    "sinc": (jnp.sinc, 0.2, 3),
}
PIECEWISE = {"sign": lax.sign, "floor": lax.floor, "ceil": lax.ceil, "round": jnp.round, "trunc": jnp.trunc}
PREDICATES = {"isFinite": lax.is_finite, "isNan": jnp.isnan, "isInf": jnp.isinf}
# What JAX gives at these points is an accident of its formula and not the limit, so they are left out.
LEFT_OUT = {"digamma": [0.0, -0.0]}

for op, (f, low, high) in SMOOTH.items():
    unary.add(op, f, sample(op, (7,), low, high))
    unary.add(op, f, sample(op, (5,), low, high, F32))
    unary.add(op, f, sample(op, (), low, high), label="scalar")
    unary.add(op, f, sample(op, (2, 0, 3), low, high), label="empty")
    for dtype in (F32, F64):
        edges = [x for x in EDGES + LARGE[dtype] if not any(x == y for y in LEFT_OUT.get(op, []))]
        unary.add(op, f, array(edges, dtype), label="edges", order=0)
for op in ("lgamma", "digamma"):
    f = SMOOTH[op][0]
    unary.add(op, f, array([-0.5, -1.25, -2.6, -3.3, -5.75, -20.3]), label="negative")
for op, f in PIECEWISE.items():
    unary.add(op, f, sample(op, (7,), -4, 4))
    for dtype in (F32, F64):
        unary.add(op, f, array([*EDGES, 0.49999997, -0.2, 1e10, -1e10, 3.5, 4.5], dtype), label="edges", order=0)
for op, f in PREDICATES.items():
    for dtype in (F32, F64):
        unary.add(op, f, array(EDGES, dtype), label="edges", order=0)
for op in ("neg", "abs", "sign", "square"):
    f = (SMOOTH.get(op) or [PIECEWISE.get(op)])[0]
    unary.add(op, f, array([0, 5, -5, 2**31 - 1, -(2**31), 70000], I32), order=0)
unary.add("neg", lax.neg, array([0, 5, 2**32 - 1, 2**31], U32), order=0)
for n in (-3, -2, -1, 0, 1, 2, 3, 5, 8):
    f = lambda x, n: lax.integer_pow(x, n)
    unary.add("integerPow", f, sample("integerPow", (5,), 0.4, 2.5), n=n)
    unary.add("integerPow", f, -sample("integerPow", (3,), 0.4, 2.5, F32), n=n)
    unary.add("integerPow", f, array(EDGES), n=n, label="edges", order=0)
    if n >= 0:
        unary.add("integerPow", f, array([0, 3, -3, 46341, 2**31 - 1], I32), n=n, order=0)
for n in (0, 1, 2, 3):
    unary.add("polygamma", lambda x, n: special.polygamma(n, x), sample("polygamma", (5,), 0.3, 8), n=n)

binary = Table("binary")

ARITHMETIC = {
    "add": (jnp.add, (-3, 3), (-3, 3)),
    "sub": (jnp.subtract, (-3, 3), (-3, 3)),
    "mul": (jnp.multiply, (-3, 3), (-3, 3)),
    "div": (jnp.divide, (-3, 3), (0.4, 3)),
    "maximum": (jnp.maximum, (-3, 3), (-3, 3)),
    "minimum": (jnp.minimum, (-3, 3), (-3, 3)),
    "pow": (jnp.power, (0.3, 3), (-2, 3)),
    "atan2": (jnp.arctan2, (-3, 3), (0.4, 3)),
    "rem": (lax.rem, (-7, 7), (0.6, 2)),
    "mod": (jnp.mod, (-7, 7), (0.6, 2)),
    "hypot": (jnp.hypot, (-3, 3), (0.3, 3)),
    "logaddexp": (jnp.logaddexp, (-5, 5), (-5, 5)),
}
FLOAT_EDGES = [0.0, -0.0, 1.0, -1.0, 2.0, -2.5, INF, -INF, NAN]
BROADCASTS = [((3, 1), (4,)), ((), (3,)), ((2, 3), ()), ((1, 2), (3, 1)), ((0, 2), (1, 2)), ((2, 1, 2), (3, 1))]


def lax_broadcast(f):
    return lambda x, y: f(*jnp.broadcast_arrays(x, y))


for op, (f, first, second) in ARITHMETIC.items():
    g = lax_broadcast(f)
    binary.add(op, g, sample(op, (6,), *first), sample(op, (6,), *second, salt=1))
    binary.add(op, g, sample(op, (5,), *first, F32), sample(op, (5,), *second, F32, salt=1))
    for a, b in BROADCASTS[: 6 if op in ("add", "mul") else 2]:
        binary.add(op, g, sample(op, a, *first), sample(op, b, *second, salt=1), label="broadcast")
    for dtype in (F32, F64):
        x, y = pairs(FLOAT_EDGES, FLOAT_EDGES, dtype)
        # A zero remainder takes the sign of the divisor in NumPy (and here), that of the dividend in JAX.
        with np.errstate(invalid="ignore"):
            kept = ~((np.mod(x, y) == 0) & (np.signbit(x) != np.signbit(y))) if op == "mod" else ...
        binary.add(op, g, x[kept].reshape(-1), y[kept].reshape(-1), label="edges", order=0)
binary.add("floorDivide", jnp.floor_divide, sample("floorDivide", (8,), -9, 9), sample("floorDivide", (8,), 0.5, 3, salt=1), order=0)
binary.add("nextAfter", lax.nextafter, *pairs(FLOAT_EDGES, FLOAT_EDGES, F64), order=0)
binary.add("nextAfter", lax.nextafter, *pairs(FLOAT_EDGES, FLOAT_EDGES, F32), order=0)

INT_EDGES = [0, 1, -1, 7, -7, 3, 2**31 - 1, -(2**31)]
UINT_EDGES = [0, 1, 7, 3, 2**31, 2**32 - 1]
INTEGER = {
    "add": jnp.add,
    "sub": jnp.subtract,
    "mul": jnp.multiply,
    "maximum": jnp.maximum,
    "minimum": jnp.minimum,
    "bitwiseAnd": jnp.bitwise_and,
    "bitwiseOr": jnp.bitwise_or,
    "bitwiseXor": jnp.bitwise_xor,
}
for op, f in INTEGER.items():
    binary.add(op, f, *pairs(INT_EDGES, INT_EDGES, I32))
    binary.add(op, f, *pairs(UINT_EDGES, UINT_EDGES, U32))
# Integer division by zero is stated for the truncating pair only (XLA's rule); the floored pair is compared elsewhere.
for op, f, zero in (
    ("divInteger", lax.div, True),
    ("rem", lax.rem, True),
    ("floorDivide", jnp.floor_divide, False),
    ("mod", jnp.mod, False),
):
    divisors = [y for y in INT_EDGES if y != 0 or zero]
    binary.add(op, f, *pairs(INT_EDGES, divisors, I32))
    binary.add(op, f, *pairs(UINT_EDGES, [y for y in UINT_EDGES if y != 0 or zero], U32))
# JAX in 64-bit mode gives float64 here, in 32-bit mode float32.
binary.add("div", lambda x, y: jnp.divide(x, y).astype(F32), *pairs([7, -7, 0, 5], [2, -2, 5], I32), label="true division")

logic = Table("logic")
COMPARE = {
    "equal": jnp.equal,
    "notEqual": jnp.not_equal,
    "less": jnp.less,
    "lessEqual": jnp.less_equal,
    "greater": jnp.greater,
    "greaterEqual": jnp.greater_equal,
}
for op, f in COMPARE.items():
    for dtype in (F32, F64):
        logic.add(op, f, *pairs(FLOAT_EDGES, FLOAT_EDGES, dtype), order=0)
    logic.add(op, f, *pairs(INT_EDGES, INT_EDGES, I32))
    logic.add(op, f, *pairs(UINT_EDGES, UINT_EDGES, U32))
    logic.add(op, f, *pairs([0, 1], [0, 1], BOOL))
    logic.add(op, f, sample(op, (2, 1)), sample(op, (3,), salt=1), label="broadcast")
for op, f in {"logicalAnd": jnp.logical_and, "logicalOr": jnp.logical_or, "logicalXor": jnp.logical_xor}.items():
    logic.add(op, f, *pairs([0, 1], [0, 1], BOOL))
logic.add("logicalNot", jnp.logical_not, array([0, 1], BOOL))
for op, f in {"bitwiseAnd": jnp.bitwise_and, "bitwiseOr": jnp.bitwise_or, "bitwiseXor": jnp.bitwise_xor}.items():
    logic.add(op, f, *pairs([0, 1], [0, 1], BOOL))
logic.add("bitwiseNot", jnp.bitwise_not, array(INT_EDGES, I32))
logic.add("bitwiseNot", jnp.bitwise_not, array(UINT_EDGES, U32))
logic.add("bitwiseNot", jnp.bitwise_not, array([0, 1], BOOL))
COUNTS = [0, 1, 4, 31, 32, 33]
for op, f in {
    "shiftLeft": lax.shift_left,
    "shiftRightArithmetic": lax.shift_right_arithmetic,
    "shiftRightLogical": lax.shift_right_logical,
}.items():
    logic.add(op, f, *pairs(INT_EDGES, [*COUNTS, -1], I32))
    logic.add(op, f, *pairs(UINT_EDGES, COUNTS, U32))
for op, f in {"populationCount": lax.population_count, "countLeadingZeros": lax.clz}.items():
    logic.add(op, f, array(INT_EDGES, I32))
    logic.add(op, f, array(UINT_EDGES, U32))

select = Table("select")
mask = array([1, 0, 1, 0, 0, 1], BOOL)
for dtype in (F32, F64):
    select.add("where", jnp.where, mask, sample("where", (6,), dtype=dtype), sample("where", (6,), dtype=dtype, salt=1))
select.add("where", jnp.where, mask[:2, None], sample("where", (3,)), sample("where", (2, 1), salt=1), label="broadcast")
select.add("where", jnp.where, array(True, BOOL), sample("where", (3,)), sample("where", (), salt=1), label="scalar condition")
select.add("where", jnp.where, mask, integers("where", (6,)), integers("where", (6,), salt=1))
select.add("where", jnp.where, mask, array([INF, NAN, -0.0, INF, NAN, 1.0]), array([NAN, 0.0, 2.0, -INF, 5.0, NAN]), label="edges", order=0)
clamp = lambda x, low, high: lax.clamp(*jnp.broadcast_arrays(low, x, high))
select.add("clamp", clamp, sample("clamp", (7,), -3, 3), array(-1.0), array(1.5))
select.add("clamp", clamp, sample("clamp", (4,), -3, 3), sample("clamp", (4,), -2, -1, salt=1), sample("clamp", (4,), 1, 2, salt=2))
select.add("clamp", clamp, sample("clamp", (5,), -3, 3, F32), array(-1.0, F32), array(1.5, F32))
select.add("clamp", clamp, array([-5, 0, 5, 9], I32), array(-1, I32), array(6, I32))
select.add("clamp", clamp, array(EDGES), array(-1.0), array(2.0), label="edges", order=0)
for low, high in ((-1.0, 1.5), (None, 0.5), (0.25, None)):
    select.add("clip", lambda x, low, high: jnp.clip(x, low, high), sample("clip", (7,), -3, 3), low=low, high=high)

convert = Table("convert")
SOURCES = {
    F64: [0.0, -0.0, 0.5, -0.5, 1.9, -1.9, 2.5, 123456789.123, -3e9, 5e9, 1e300, 1e-300, INF, -INF, NAN],
    F32: [0.0, -0.0, 0.5, -0.5, 1.9, -1.9, 2.5, 16777217.0, -3e9, 5e9, INF, -INF, NAN],
    I32: INT_EDGES + [16777217],
    U32: UINT_EDGES + [16777217],
    BOOL: [0, 1],
}
for source, values in SOURCES.items():
    for target in SOURCES:
        # A negative float to uint32 is undefined in XLA; it goes to 0 here, tested elsewhere.
        kept = [v for v in values if not (target == U32 and source in (F32, F64) and v <= -1)]
        convert.add("astype", lambda x, dtype: x.astype(dtype), array(kept, source), label="to " + target, order=0, dtype=target)
convert.add("astype", lambda x, dtype: x.astype(dtype), sample("astype", (5,)), dtype=F32)
convert.add("astype", lambda x, dtype: x.astype(dtype), sample("astype", (5,), dtype=F32), dtype=F64)

TABLES = [unary, binary, logic, select, convert]
