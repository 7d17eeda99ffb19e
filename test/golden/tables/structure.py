"""Operations that move elements: shapes, slices, padding, joining and splitting, and the creation of arrays."""

import jax.numpy as jnp
from jax import lax
from jax.nn import one_hot

from .common import BOOL, F32, F64, I32, U32, Table, array, integers, sample, tuples

shape = Table("shape")
DTYPES = {F32: sample, I32: integers, BOOL: lambda *args, **kw: integers(*args[:2], 0, 2, BOOL)}


def everywhere(op, f, *shapes, **params):
    """The case in float64 with derivatives, and forward in three other dtypes."""
    shape.add(op, f, *[sample(op, s, salt=i) for i, s in enumerate(shapes)], **params)
    for make in DTYPES.values():
        kw = {"dtype": F32} if make is sample else {}
        shape.add(op, f, *[make(op, s, salt=i, **kw) for i, s in enumerate(shapes)], order=0, **params)


def plain(op, f, *shapes, **params):
    shape.add(op, f, *[sample(op, s, salt=i) for i, s in enumerate(shapes)], **params)


reshape = lambda x, shape: jnp.reshape(x, tuples(shape))
everywhere("reshape", reshape, (2, 6), shape=[3, 4])
for source, target in (((2, 6), [-1]), ((2, 3), [1, 6, 1]), ((), [1, 1]), ((1, 1), []), ((0, 3), [3, 0]), ((4,), [2, -1])):
    plain("reshape", reshape, source, shape=target)
transpose = lambda x, axes=None: jnp.transpose(x, axes)
everywhere("transpose", transpose, (2, 3, 2), axes=[2, 0, 1])
for source, params in (((2, 3), {}), ((2, 3, 4), {}), ((3,), {}), ((), {}), ((0, 2), {}), ((2, 3), {"axes": [-1, 0]})):
    plain("transpose", transpose, source, **params)
broadcast = lambda x, shape: jnp.broadcast_to(x, tuples(shape))
everywhere("broadcastTo", broadcast, (3, 1), shape=[2, 3, 2])
for source, target in (((), [2, 2]), ((3,), [3]), ((1,), [0]), ((1, 1), [2, 3]), ((0, 1), [2, 0, 3])):
    plain("broadcastTo", broadcast, source, shape=target)
in_dim = lambda x, shape, axes: lax.broadcast_in_dim(x, tuples(shape), tuples(axes))
plain("broadcastInDim", in_dim, (3,), shape=[3, 2], axes=[0])
plain("broadcastInDim", in_dim, (2, 1), shape=[2, 4, 3], axes=[0, 2])
everywhere("squeeze", lambda x, axis=None: jnp.squeeze(x, tuples(axis)), (1, 3, 1), axis=[0])
plain("squeeze", lambda x, axis=None: jnp.squeeze(x, axis), (1, 3, 1))
plain("squeeze", lambda x, axis=None: jnp.squeeze(x, axis), (3, 1), axis=-1)
everywhere("expandDims", lambda x, axis: jnp.expand_dims(x, tuples(axis)), (2, 3), axis=[0, 3])
plain("expandDims", lambda x, axis: jnp.expand_dims(x, axis), (), axis=0)
plain("moveaxis", lambda x, source, destination: jnp.moveaxis(x, source, destination), (2, 3, 4), source=0, destination=-1)
plain("swapaxes", lambda x, axis1, axis2: jnp.swapaxes(x, axis1, axis2), (2, 3, 4), axis1=0, axis2=2)
plain("ravel", jnp.ravel, (2, 3))

slice_ = lambda x, start, limit, strides=None: lax.slice(x, start, limit, strides)
everywhere("slice", slice_, (5, 4), start=[1, 0], limit=[5, 3], strides=[2, 1])
for size, params in (
    ((7,), {"start": [1], "limit": [7], "strides": [3]}),
    ((4,), {"start": [2], "limit": [2]}),
    ((3, 3), {"start": [0, 1], "limit": [3, 2]}),
):
    plain("slice", slice_, size, **params)


def pad(x, value, low, high, interior):
    return lax.pad(x, value, list(zip(low, high, interior)))


everywhere("pad", pad, (2, 3), (), low=[1, 0], high=[0, 2], interior=[0, 1])
for size, low, high, interior in (
    ((4,), [2], [1], [0]),
    ((4,), [-1], [-2], [0]),
    ((4,), [-1], [1], [2]),
    ((3,), [-2], [-2], [1]),
    ((0,), [2], [1], [0]),
    ((2, 2), [0, -1], [1, 0], [1, 0]),
    ((), [], [], []),
):
    plain("pad", pad, size, (), low=low, high=high, interior=interior)
concatenate = lambda *xs, axis=0: jnp.concatenate(xs, axis)
everywhere("concatenate", concatenate, (2, 3), (1, 3), axis=0)
plain("concatenate", concatenate, (2, 3), (2, 1), (2, 2), axis=-1)
plain("concatenate", concatenate, (2,), (0,), (3,), axis=0)
everywhere("stack", lambda *xs, axis=0: jnp.stack(xs, axis), (2, 3), (2, 3), axis=1)
plain("stack", lambda *xs, axis=0: jnp.stack(xs, axis), (), (), (), axis=0)
everywhere("reverse", lambda x, axes: lax.rev(x, axes), (2, 3), axes=[1])
for params in ({}, {"axis": 0}, {"axis": [0, 2]}):
    plain("flip", lambda x, axis=None: jnp.flip(x, tuples(axis)), (2, 3, 2), **params)
split = lambda x, indicesOrSections, axis=0: jnp.split(x, tuples(indicesOrSections), axis)
plain("split", split, (6,), indicesOrSections=3, axis=0)
plain("split", split, (2, 7), indicesOrSections=[2, 3], axis=1)
plain("split", split, (4,), indicesOrSections=[0, 4], axis=0)
for reps in (2, [2], [2, 1], [1, 2, 2], [0]):
    plain("tile", lambda x, reps: jnp.tile(x, tuples(reps)), (2, 3), reps=reps)
plain("tile", lambda x, reps: jnp.tile(x, tuples(reps)), (), reps=[3])
repeat = lambda x, repeats, axis=None: jnp.repeat(
    x,
    jnp.array(repeats) if isinstance(repeats, list) else repeats,
    axis,
    total_repeat_length=sum(repeats) if isinstance(repeats, list) else None,
)
for params in ({"repeats": 2}, {"repeats": 3, "axis": 1}, {"repeats": [1, 0, 2], "axis": 1}, {"repeats": 0, "axis": 0}):
    plain("repeat", repeat, (2, 3), **params)
for params in ({"shift": 1}, {"shift": -2, "axis": 1}, {"shift": 7, "axis": 0}, {"shift": [1, 2], "axis": [0, 1]}):
    plain("roll", lambda x, shift, axis=None: jnp.roll(x, tuples(shift), tuples(axis)), (2, 3), **params)
diff = lambda x, n=1, axis=-1: jnp.diff(x, n, axis)
for params in ({}, {"n": 2}, {"axis": 0}, {"n": 0}, {"n": 4}):
    plain("diff", diff, (3, 4), **params)
for op, f in {"tril": jnp.tril, "triu": jnp.triu}.items():
    for k in (0, 1, -1, -5):
        plain(op, lambda x, k, f=f: f(x, k), (3, 4), k=k)
    plain(op, lambda x, k, f=f: f(x, k), (2, 2, 2), k=0)
for indexing in ("xy", "ij"):
    plain("meshgrid", lambda *xs, indexing: jnp.meshgrid(*xs, indexing=indexing), (2,), (3,), indexing=indexing)
plain("meshgrid", lambda *xs, indexing: jnp.meshgrid(*xs, indexing=indexing), (2,), (3,), (1,), indexing="xy")
for k in (0, 1, -1):
    plain("diag", lambda x, k: jnp.diag(x, k), (3,), k=k)
    plain("diag", lambda x, k: jnp.diag(x, k), (3, 4), k=k)
    plain("trace", lambda x, offset: jnp.trace(x, offset), (3, 4), offset=k)
plain("trace", lambda x, offset: jnp.trace(x, offset), (3, 3, 2), offset=0)

create = Table("create")
for dtype in (F32, F64, I32, U32):
    create.add("iota", lambda dtype, shape, axis: lax.broadcasted_iota(dtype, shape, axis), dtype=dtype, shape=[2, 3], axis=1)
create.add("iota", lambda dtype, shape, axis: lax.broadcasted_iota(dtype, shape, axis), dtype=F32, shape=[2, 0, 3], axis=0)
arange = lambda start, stop, step, dtype: jnp.arange(start, stop, step, dtype)
for start, stop, step, dtype in (
    (0, 5, 1, I32),
    (2, 9, 3, I32),
    (5, 0, -2, I32),
    (3, 3, 1, I32),
    (0.5, 2.5, 0.5, F64),
    (0, 1, 0.25, F32),
    (0, 1, 0.3, F64),
    (1, 0, 1, F64),
):
    create.add("arange", arange, start=start, stop=stop, step=step, dtype=dtype)
linspace = lambda start, stop, num, endpoint, dtype: jnp.linspace(start, stop, num, endpoint, dtype=dtype)
for start, stop, num, endpoint, dtype in (
    (0, 1, 5, True, F64),
    (0, 1, 5, False, F64),
    (-2, 3, 7, True, F32),
    (2, 2, 3, True, F64),
    (0, 1, 1, True, F64),
    (5, 1, 4, True, F64),
    (0, 1, 0, True, F64),
):
    create.add("linspace", linspace, start=start, stop=stop, num=num, endpoint=endpoint, dtype=dtype)
create.add("linspace", lambda start, stop, num: jnp.linspace(start, stop, num), array(0.5), array(2.5), num=5)
for op, f in {"eye": jnp.eye, "tri": jnp.tri}.items():
    for n, m, k in ((3, 3, 0), (3, 4, 1), (4, 2, -1), (2, 2, 5), (0, 0, 0)):
        create.add(op, lambda n, m, k, dtype, f=f: f(n, m, k, dtype=dtype), n=n, m=m, k=k, dtype=F32)
create.add("full", lambda shape, value, dtype: jnp.full(shape, value, dtype), shape=[2, 2], value=1.5, dtype=F32)
for axis in (-1, 0):
    create.add(
        "oneHot",
        lambda x, numClasses, axis, dtype: one_hot(x, numClasses, axis=axis, dtype=dtype),
        array([[0, 2], [3, 1]], I32),
        numClasses=4,
        axis=axis,
        dtype=F32,
    )
create.add(
    "oneHot",
    lambda x, numClasses, axis, dtype: one_hot(x, numClasses, axis=axis, dtype=dtype),
    array([0, -1, 3, 4], I32),
    label="out of range",
    numClasses=4,
    axis=-1,
    dtype=F32,
)

TABLES = [shape, create]
