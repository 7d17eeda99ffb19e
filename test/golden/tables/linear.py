"""Contractions: dotGeneral and the functions made of it."""

import jax.numpy as jnp
from jax import lax

from .common import F32, INF, NAN, Table, array, integers, sample, tuples

linear = Table("linear")


def dot_general(x, y, contract, batch):
    return lax.dot_general(x, y, (tuples(contract), tuples(batch)))


GENERAL = [
    ((2, 3), (3, 4), [[1], [0]], [[], []]),
    ((2, 3), (4, 3), [[1], [1]], [[], []]),
    ((3, 2), (3, 4), [[0], [0]], [[], []]),
    ((2, 3, 4), (2, 4, 2), [[2], [1]], [[0], [0]]),
    ((3, 2, 4), (4, 2, 5), [[2], [0]], [[1], [1]]),
    ((2, 3, 2), (3, 2, 2), [[0, 1], [2, 0]], [[], []]),
    ((2, 3, 2, 2), (2, 3, 2), [[1], [1]], [[0, 3], [0, 2]]),
    ((3,), (3,), [[0], [0]], [[], []]),
    ((3,), (2,), [[], []], [[], []]),
    ((2, 3), (2, 3), [[], []], [[0, 1], [0, 1]]),
    ((), (2,), [[], []], [[], []]),
    ((2, 0), (0, 3), [[1], [0]], [[], []]),
    ((0, 2), (2, 3), [[1], [0]], [[], []]),
]
for a, b, contract, batch in GENERAL:
    linear.add("dotGeneral", dot_general, sample("dotGeneral", a), sample("dotGeneral", b, salt=1), contract=contract, batch=batch)
for a, b, contract, batch in GENERAL[:4]:
    linear.add(
        "dotGeneral",
        dot_general,
        sample("dotGeneral", a, dtype=F32),
        sample("dotGeneral", b, dtype=F32, salt=1),
        contract=contract,
        batch=batch,
    )
linear.add(
    "dotGeneral", dot_general, integers("dotGeneral", (2, 3)), integers("dotGeneral", (3, 2), salt=1), contract=[[1], [0]], batch=[[], []]
)
for a, b in (
    ((2, 3), (3, 4)),
    ((3,), (3, 2)),
    ((2, 3), (3,)),
    ((3,), (3,)),
    ((2, 2, 3), (3, 2)),
    ((2, 1, 2, 3), (4, 3, 2)),
    ((2, 3), (2, 3, 1)),
    ((0, 3), (3, 2)),
    ((1, 1), (1, 1)),
):
    linear.add("matmul", jnp.matmul, sample("matmul", a), sample("matmul", b, salt=1))
linear.add("matmul", jnp.matmul, sample("matmul", (8, 16), dtype=F32), sample("matmul", (16, 4), dtype=F32, salt=1))
linear.add("matmul", jnp.matmul, array([[1.0, INF], [1.0, 2.0]]), array([[0.0, 1.0], [1.0, NAN]]), label="edges", order=0)
for a, b in (((3,), (3,)), ((2, 3), (3,)), ((2, 3), (3, 2)), ((), (3,)), ((2, 3), ()), ((2, 2, 3), (2, 3, 2))):
    linear.add("dot", jnp.dot, sample("dot", a), sample("dot", b, salt=1))
linear.add("vdot", jnp.vdot, sample("vdot", (2, 3)), sample("vdot", (2, 3), salt=1))
linear.add("inner", jnp.inner, sample("inner", (2, 3)), sample("inner", (4, 3), salt=1))
linear.add("outer", jnp.outer, sample("outer", (3,)), sample("outer", (2,), salt=1))
linear.add("outer", jnp.outer, sample("outer", (2, 2)), sample("outer", (3,), salt=1))
tensordot = lambda x, y, axes: jnp.tensordot(x, y, tuples(axes))
for a, b, axes in (((2, 3, 2), (3, 2, 4), 2), ((2, 3), (4, 2), [[0], [1]]), ((2,), (3,), 0)):
    linear.add("tensordot", tensordot, sample("tensordot", a), sample("tensordot", b, salt=1), axes=axes)
EINSUM = [
    ("ij,jk->ik", (2, 3), (3, 2)),
    ("ij,jk", (2, 3), (3, 2)),
    ("ij->ji", (2, 3)),
    ("ij->", (2, 3)),
    ("ij->i", (2, 3)),
    ("ii->i", (3, 3)),
    ("ii", (3, 3)),
    ("bij,bjk->bik", (2, 2, 3), (2, 3, 2)),
    ("i,j->ij", (2,), (3,)),
    ("i,i->", (3,), (3,)),
    ("ij,kj,k->i", (2, 3), (2, 3), (2,)),
    ("...ij,...jk->...ik", (2, 2, 3), (3, 2)),
    ("bhqd,bhkd->bhqk", (1, 2, 2, 3), (1, 2, 3, 3)),
    ("ba,b->a", (2, 3), (2,)),
    ("i...->...", (2, 3)),
    ("iij->j", (2, 2, 3)),
]
for subscripts, *shapes in EINSUM:
    linear.add(
        "einsum",
        lambda *xs, subscripts: jnp.einsum(subscripts, *xs),
        *[sample("einsum", s, salt=i) for i, s in enumerate(shapes)],
        subscripts=subscripts,
    )

TABLES = [linear]
