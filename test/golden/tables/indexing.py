"""Reading and updating by index. An index is a list of items: a number, {"slice": [start, stop, step]}, {"input": k} for the integer
or boolean array that is input k, null for a new axis, "..." for the rest. Boolean inputs are constants of the index."""

import jax.numpy as jnp
import numpy as np

from .common import BOOL, F32, I32, Table, array, integers, sample

indexing = Table("indexing")


def decode(index, inputs):
    def item(x):
        if x == "...":
            return ...
        if isinstance(x, dict) and "slice" in x:
            return slice(*x["slice"])
        if isinstance(x, dict):
            found = inputs[x["input"]]
            return np.asarray(found) if found.dtype == bool else found
        return x

    return tuple(item(x) for x in index)


def part(*bounds):
    return {"slice": list(bounds)}


def read(*inputs, index):
    return inputs[0][decode(index, inputs)]


ONE, TWO = {"input": 1}, {"input": 2}
BASIC = [
    [0],
    [-1],
    [1, 2],
    [part(None, None, None), 1],
    [part(1, None, 2)],
    [part(None, None, -1)],
    [part(3, 0, -2), part(-2, None, None)],
    [None, 1],
    ["...", 0],
    [1, None, part(0, 2, None)],
    [part(2, 2, None)],
    [part(None, 100, None)],
    [],
]
for index in BASIC:
    indexing.add("index", read, sample("index", (4, 3)), index=index)
indexing.add("index", read, sample("index", (2, 3, 4)), index=[0, "...", part(None, None, 2)])
indexing.add("index", read, sample("index", (2, 3, 4)), index=["...", None, -1])
indexing.add("index", read, sample("index", (4, 3), dtype=F32), index=[part(None, None, 2), 1])
indexing.add("index", read, integers("index", (4, 3)), index=[part(None, None, -1)])
where1 = array([2, 0, 0, -1], I32)
indexing.add("index", read, sample("index", (4, 3)), where1, index=[ONE])
indexing.add("index", read, sample("index", (4, 3)), array([0, 2, 2, -1], I32), label="second axis", index=[part(1, None, None), ONE])
indexing.add("index", read, sample("index", (4, 3)), array([[0, 1], [3, 3]], I32), index=[ONE])
indexing.add("index", read, sample("index", (4, 3)), array([0, 1, 3], I32), array([2, 2, 0], I32), index=[ONE, TWO])
indexing.add("index", read, sample("index", (4, 3)), array([[0], [3]], I32), array([2, 0], I32), index=[ONE, TWO])
indexing.add(
    "index",
    read,
    sample("index", (2, 3, 4)),
    array([0, 1, 1], I32),
    array([2, 0, 3], I32),
    label="apart",
    index=[ONE, part(None, None, None), TWO],
)
indexing.add(
    "index",
    read,
    sample("index", (2, 3, 4)),
    array([0, 2], I32),
    array([2, 0], I32),
    label="together",
    index=[part(None, None, None), ONE, TWO],
)
indexing.add("index", read, sample("index", (4, 3)), array([1, 0, 0, 1], BOOL), label="boolean", index=[ONE])
indexing.add("index", read, sample("index", (2, 3)), array([[1, 0, 1], [0, 0, 1]], BOOL), label="boolean", index=[ONE])
indexing.add("index", read, sample("index", (4, 3)), array(2, I32), label="scalar array", index=[ONE])
indexing.add("index", read, sample("index", (4, 3)), array([], I32), label="empty index", index=[ONE])


def take(x, indices, axis=None, mode=None):
    return jnp.take(x, indices, axis=axis, mode=mode)


for params in ({}, {"axis": 0}, {"axis": 1}, {"axis": -1}):
    indexing.add("take", take, sample("take", (3, 4)), array([[0, 2], [1, 1]], I32), **params)
for mode in ("clip", "wrap", "fill"):
    indexing.add(
        "take",
        take,
        sample("take", (3,)),
        array([0, 5, -1, 3, -4], I32),
        label="out of bounds",
        axis=0,
        mode=mode,
        order=1 if mode != "fill" else 0,
    )
indexing.add("take", take, sample("take", (3, 4), dtype=F32), array([2, 0, 2], I32), axis=0)
indexing.add("take", take, integers("take", (3, 4)), array([2, 0, 2], I32), axis=0)
indexing.add("take", take, sample("take", (3,)), array(1, I32), label="scalar index", axis=0)
along = lambda x, indices, axis: jnp.take_along_axis(x, indices, axis)
indexing.add("takeAlongAxis", along, sample("takeAlongAxis", (3, 4)), array([[0, 3], [1, 1], [-1, 2]], I32), axis=1)
indexing.add("takeAlongAxis", along, sample("takeAlongAxis", (3, 4)), array([[2, 0, 0, 1]], I32), axis=0)
indexing.add("takeAlongAxis", along, sample("takeAlongAxis", (2, 3, 2), dtype=F32), integers("takeAlongAxis", (2, 1, 2), 0, 3), axis=1)


def update(method, distinct=True):
    """JAX differentiates some updates only when told that no index occurs twice."""
    return lambda *inputs, index: getattr(inputs[0].at[decode(index, inputs)], method)(inputs[-1], unique_indices=distinct)


METHODS = {"atSet": "set", "atAdd": "add", "atMul": "mul", "atDiv": "divide", "atPow": "power", "atMin": "min", "atMax": "max"}
for op, method in METHODS.items():
    f = update(method)
    positive = {"low": 0.5, "high": 2.5}
    indexing.add(op, f, sample(op, (4, 3), **positive), sample(op, (3,), **positive, salt=1), index=[1])
    indexing.add(op, f, sample(op, (4, 3), **positive), sample(op, (2, 3), **positive, salt=1), index=[part(None, None, 2)])
    indexing.add(op, f, sample(op, (4, 3), **positive), sample(op, (), **positive, salt=1), label="scalar", index=[part(1, 3, None), -1])
    indexing.add(op, f, sample(op, (5,), **positive), array([0, 3, 1], I32), sample(op, (3,), **positive, salt=1), index=[ONE])
    indexing.add(
        op,
        f,
        sample(op, (3, 4), **positive),
        array([0, 2], I32),
        array([3, 1], I32),
        sample(op, (2,), **positive, salt=1),
        index=[ONE, TWO],
    )
    indexing.add(op, f, integers(op, (4,), 1, 5), array([2, 0], I32), array([2, 3], I32), index=[ONE])
indexing.add(
    "atAdd",
    update("add", False),
    sample("atAdd", (3,)),
    array([1, 1, 0, 1], I32),
    sample("atAdd", (4,), salt=1),
    label="repeated",
    index=[ONE],
)
indexing.add(
    "atMul",
    update("mul", False),
    sample("atMul", (3,)),
    array([1, 1, 0, 1], I32),
    sample("atMul", (4,), salt=1),
    label="repeated",
    order=0,
    index=[ONE],
)
indexing.add(
    "atMax",
    update("max", False),
    sample("atMax", (3,)),
    array([1, 1, 0, 1], I32),
    sample("atMax", (4,), salt=1),
    label="repeated",
    order=0,
    index=[ONE],
)
indexing.add(
    "atAdd",
    update("add", False),
    sample("atAdd", (3,)),
    array([1, 7, -1, 3], I32),
    sample("atAdd", (4,), salt=1),
    label="out of bounds is dropped",
    index=[ONE],
)

TABLES = [indexing]
