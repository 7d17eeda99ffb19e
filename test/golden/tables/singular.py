"""Derivatives where a naive rule gives NaN, and at ties and kinks: only those points where JAX's value is right (or is the convention).

Left out because JAX is wrong or its convention is not ours: abs at 0 (JAX: 1), sinc close to but not at 0, norm, std and atan2 at
the origin, logsumexp of nothing but -inf, where with an infinite derivative in the branch not taken."""

import jax
import jax.numpy as jnp
from jax import lax
from jax.scipy import special

from .common import F32, I32, INF, Table, array

singular = Table("singular")
nn = jax.nn

singular.add("pow", jnp.power, array(0.0), array(2.0), label="base 0", order=1, wrt=[0])
singular.add("pow", jnp.power, array(0.0), array(2.0), label="exponent of base 0", order=1, wrt=[1])
singular.add("pow", jnp.power, array(0.0), array(1.0), label="base 0, exponent 1", order=1, wrt=[0])
singular.add("pow", jnp.power, array([-2.0, -1.5]), array([2.0, 3.0]), label="negative base", order=2, wrt=[0])
for n in (1, 2, 3):
    singular.add("integerPow", lambda x, n: lax.integer_pow(x, n), array(0.0), n=n)
singular.add("integerPow", lambda x, n: lax.integer_pow(x, n), array(0.0), n=0)
for values in ([0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [0.0, 0.0, 0.0], [2.0, 0.0, 3.0, 0.5]):
    singular.add("prod", lambda x: jnp.prod(x), array(values), label=f"zeros in {values}")
for values in ([2.0, 0.0, 3.0], [0.0, 0.0, 3.0], [1.5, 2.0, 0.0]):
    singular.add("cumprod", lambda x, axis: lax.cumprod(x, axis), array(values), label=f"zeros in {values}", axis=0)
singular.add("det", jnp.linalg.det, array([[1.0, 2.0], [2.0, 4.0]]), label="singular matrix", order=1)
singular.add("det", jnp.linalg.det, array([[1.0, 2.0, 3.0], [2.0, 4.0, 6.0], [1.0, 0.0, 1.0]]), label="singular matrix", order=1)
singular.add("sinc", jnp.sinc, array([0.0, 1.0, 2.0]), label="zero")
singular.add("hypot", jnp.hypot, array(0.0), array(0.0), label="origin", order=1, wrt=[0])
singular.add("hypot", jnp.hypot, array([0.0, 2.0]), array([3.0, 0.0]), label="axes")
singular.add("logistic", lax.logistic, array([-800.0, 800.0, -745.0, 40.0]), label="far out")
singular.add("silu", nn.silu, array([-100.0, 100.0, -800.0], F32), label="far out")
singular.add("softplus", nn.softplus, array([-800.0, 800.0, 0.0]), label="far out")
singular.add("tanh", lax.tanh, array([-400.0, 400.0, 0.0]), label="far out")
singular.add("logaddexp", jnp.logaddexp, array([0.0, 900.0, -900.0]), array([0.0, -900.0, -899.0]), label="tie and far apart")
singular.add("logaddexp", jnp.logaddexp, array([-INF, 1.0]), array([2.0, -INF]), label="one infinite", order=1)
singular.add("sign", lax.sign, array([0.0, -0.0]), label="zero")
KINKS = {"relu": [0.0, -0.0], "relu6": [0.0, 6.0], "hardTanh": [-1.0, 1.0], "elu": [0.0], "selu": [0.0], "celu": [0.0], "leakyRelu": [0.0]}
for op, values in KINKS.items():
    function = {
        "relu": nn.relu,
        "relu6": nn.relu6,
        "hardTanh": nn.hard_tanh,
        "elu": nn.elu,
        "selu": nn.selu,
        "celu": nn.celu,
        "leakyRelu": nn.leaky_relu,
    }[op]
    singular.add(op, function, array(values), label="kink", order=1)
for op, f in {"maximum": jnp.maximum, "minimum": jnp.minimum}.items():
    singular.add(op, f, array([1.0, 0.0, 2.0]), array([1.0, 0.0, 3.0]), label="tie", order=1)
singular.add(
    "clip", lambda x, low, high: jnp.clip(x, low, high), array([-1.0, 1.5, 0.0, 2.0]), label="boundary", order=1, low=-1.0, high=1.5
)
for op, f in {"max": jnp.max, "min": jnp.min}.items():
    for values in ([1.0, 1.0], [2.0, 1.0, 2.0, 1.0], [[3.0, 3.0], [1.0, 0.0]]):
        singular.add(op, lambda x, axis, f=f: f(x, axis=axis), array(values), label=f"ties in {values}", order=1, axis=-1)
singular.add("logsumexp", lambda x: special.logsumexp(x), array([-INF, 0.0, 1.0]), label="one minus infinity", order=1)
singular.add("softmax", lambda x: nn.softmax(x), array([-INF, 0.0, 1.0]), label="one minus infinity", order=1)
singular.add("xlogy", special.xlogy, array([0.0]), array([2.0]), label="zero", order=1)
singular.add("erfInv", lax.erf_inv, array([0.0]), label="zero")
singular.add(
    "take",
    lambda x, indices, axis: jnp.take(x, indices, axis=axis),
    array([1.0, 2.0, 3.0]),
    array([1, 1, 1], I32),
    label="repeated",
    axis=0,
)
singular.add("norm", lambda x: jnp.linalg.norm(x), array([0.0, 3.0]), label="one zero")

TABLES = [singular]
