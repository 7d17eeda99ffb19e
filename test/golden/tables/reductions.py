"""Reductions, cumulative operations, and the NumPy functions made of them."""

import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .common import BOOL, F32, I32, INF, NAN, U32, Table, array, integers, sample, tuples

reduce = Table("reduce")


def as_its_operand(f):
    """The sum of int32 stays int32 here; JAX's functions widen it, its primitives don't."""
    return lambda x, **params: f(x, **params).astype(x.dtype)


def position(f):
    return lambda x, axis=None, keepDims=False: f(x, axis=axis, keepdims=keepDims).astype("int32")


def spread(f):
    def call(x, axis=None, keepDims=False, correction=0):
        return f(x, axis=tuples(axis), keepdims=keepDims, correction=correction)

    return call


def running(f):
    return lambda x, axis=0, reverse=False: f(x, axis=axis, reverse=reverse)


def reducer(f):
    return lambda x, axis=None, keepDims=False: f(x, axis=tuples(axis), keepdims=keepDims)


FLOAT = {"sum": jnp.sum, "prod": jnp.prod, "max": jnp.max, "min": jnp.min, "mean": jnp.mean, "logsumexp": special.logsumexp}
AXES = [{}, {"axis": 0}, {"axis": -1, "keepDims": True}, {"axis": [0, 2]}, {"axis": [], "keepDims": True}]
for op, f in FLOAT.items():
    for params in AXES:
        reduce.add(op, reducer(f), sample(op, (2, 3, 2)), **params)
    reduce.add(op, reducer(f), sample(op, (3, 4), dtype=F32), axis=1)
    reduce.add(op, reducer(f), sample(op, ()), label="scalar")
    reduce.add(op, reducer(f), sample(op, (2, 1, 3)), axis=1)
    reduce.add(
        op, reducer(f), array([[1.0, NAN, 2.0], [INF, -1.0, 3.0], [-INF, INF, 0.0], [0.0, -0.0, 0.0]]), label="edges", order=0, axis=1
    )
for op in ("sum", "prod"):
    reduce.add(op, reducer(FLOAT[op]), sample(op, (2, 0)), label="empty", axis=1)
    reduce.add(op, reducer(FLOAT[op]), sample(op, (0,)), label="empty")
for op in ("sum", "prod", "max", "min"):
    f = reducer(FLOAT[op])
    narrow = as_its_operand(f)
    reduce.add(op, narrow, array([[2**31 - 1, 7, -3], [2, 5, 9]], I32), axis=1)
    reduce.add(op, narrow, array([[2**32 - 1, 7, 3], [2, 5, 9]], U32), axis=1)
    reduce.add(op, f, sample(op, (0, 2)), label="nothing to reduce", axis=1)
for op, f in {"all": jnp.all, "any": jnp.any}.items():
    for params in AXES[:4]:
        reduce.add(op, reducer(f), integers(op, (2, 3, 2), 0, 2, BOOL), **params)
    reduce.add(op, reducer(f), array([], BOOL), label="empty")
for op, f in {"argmax": jnp.argmax, "argmin": jnp.argmin}.items():
    g = position(f)
    for params in AXES[:3]:
        reduce.add(op, g, sample(op, (2, 3, 2)), **params)
    reduce.add(
        op, g, array([[1.0, 3.0, 3.0], [2.0, 2.0, 2.0], [NAN, 1.0, NAN], [1.0, NAN, INF], [-0.0, 0.0, 0.0]]), label="ties and NaN", axis=1
    )
    reduce.add(op, g, array([[1, 3, 3], [-2, -2, 5]], I32), label="ties", axis=1)
for op, f in {"variance": jnp.var, "std": jnp.std}.items():
    g = spread(f)
    for params in AXES[:4]:
        reduce.add(op, g, sample(op, (2, 3, 2)), **params)
    reduce.add(op, g, sample(op, (5,)), correction=1)
    reduce.add(op, g, sample(op, (3, 4), dtype=F32), axis=0)
NORMS = [
    {},
    {"axis": 1},
    {"axis": 0, "keepDims": True},
    {"ord": 1, "axis": 1},
    {"ord": 3, "axis": 1},
    {"ord": "inf", "axis": 1},
    {"ord": "-inf", "axis": 0},
    {"ord": "fro"},
]


def norm(x, ord=None, axis=None, keepDims=False):
    named = {"inf": INF, "-inf": -INF}
    return jnp.linalg.norm(x, ord=named.get(ord, ord), axis=axis, keepdims=keepDims)


for params in NORMS:
    reduce.add("norm", norm, sample("norm", (3, 4)), **params)
reduce.add("norm", norm, sample("norm", (5,), dtype=F32))
reduce.add("norm", norm, array([3.0, 0.0, 4.0, 0.0]), label="number of nonzeros", order=0, ord=0)
reduce.add("logsumexp", reducer(special.logsumexp), array([[1000.0, 1000.5, -1000.0], [-1e4, -INF, -1e4 - 1]]), label="large", axis=1)

cumulative = Table("cumulative")
CUMULATIVE = {"cumsum": lax.cumsum, "cumprod": lax.cumprod, "cummax": lax.cummax, "cummin": lax.cummin, "cumlogsumexp": lax.cumlogsumexp}
for op, f in CUMULATIVE.items():
    g = running(f)
    for params in ({"axis": 0}, {"axis": 1}, {"axis": 1, "reverse": True}):
        cumulative.add(op, g, sample(op, (3, 4)), **params)
    cumulative.add(op, g, sample(op, (5,), dtype=F32), axis=0)
    cumulative.add(op, g, sample(op, (1,)), label="one element", axis=0)
    cumulative.add(op, g, sample(op, (0,)), label="empty", order=0, axis=0)
    cumulative.add(op, g, array([1.0, 3.0, -INF, 2.0, INF, 3.0]), label="infinities", order=0, axis=0)
    if op != "cumlogsumexp":
        cumulative.add(op, g, array([3, -1, 70000, 70000, 2], I32), axis=0)
for op in ("cumsum", "cumprod"):
    g = running(CUMULATIVE[op])
    cumulative.add(op, g, array([1.0, NAN, 2.0]), label="NaN", order=0, axis=0)

TABLES = [reduce, cumulative]
