"""Activations and softmax-like functions."""

import jax
from jax.scipy import special

from .common import F32, INF, NAN, Table, array, sample

activation = Table("activation")
nn = jax.nn
# name: (function, parameters)
FUNCTIONS = {
    "relu": (nn.relu, {}),
    "relu6": (nn.relu6, {}),
    "silu": (nn.silu, {}),
    "softplus": (nn.softplus, {}),
    "selu": (nn.selu, {}),
    "sigmoid": (nn.sigmoid, {}),
    "hardTanh": (nn.hard_tanh, {}),
    "logSigmoid": (nn.log_sigmoid, {}),
    "softSign": (nn.soft_sign, {}),
    "hardSigmoid": (nn.hard_sigmoid, {}),
    "hardSilu": (nn.hard_silu, {}),
    "mish": (nn.mish, {}),
    "elu": (lambda x, alpha: nn.elu(x, alpha), {"alpha": 0.7}),
    "celu": (lambda x, alpha: nn.celu(x, alpha), {"alpha": 0.7}),
    "leakyRelu": (lambda x, negativeSlope: nn.leaky_relu(x, negativeSlope), {"negativeSlope": 0.1}),
}
# Values chosen away from the kinks; those are in the family "singular".
POINTS = [-4.2, -2.1, -0.6, -0.15, 0.2, 0.75, 1.6, 3.4, 6.8]
EDGES = [0.0, -0.0, INF, -INF, NAN, 50.0, -50.0, 700.0, -700.0]
# JAX gives NaN here, where the function has the limit 0.
LEFT_OUT = {"mish": [-INF], "silu": [-INF], "gelu": [-INF], "hardSilu": [-INF], "softSign": [INF, -INF]}


def rows(op, f, params, label=""):
    edges = [x for x in EDGES if x not in LEFT_OUT.get(op, [])]
    activation.add(op, f, array(POINTS), label=label, **params)
    activation.add(op, f, array(POINTS, F32), label=label, **params)
    activation.add(op, f, array(0.3), label=label + "scalar", **params)
    activation.add(op, f, array(edges), label=label + "edges", order=0, **params)


for op, (f, params) in FUNCTIONS.items():
    rows(op, f, params)
for approximate in (True, False):
    rows("gelu", lambda x, approximate: nn.gelu(x, approximate), {"approximate": approximate})
activation.add("glu", lambda x, axis: nn.glu(x, axis), sample("glu", (3, 4)), axis=-1)

softmax = Table("softmax")


def along_axis(f):
    return lambda x, axis=-1: f(x, axis=axis)


for op, f in {"softmax": nn.softmax, "logSoftmax": nn.log_softmax}.items():
    g = along_axis(f)
    softmax.add(op, g, sample(op, (3, 4), -3, 3))
    softmax.add(op, g, sample(op, (3, 4), -3, 3), axis=0)
    softmax.add(op, g, sample(op, (2, 3, 2), -3, 3), axis=1)
    softmax.add(op, g, sample(op, (5,), -3, 3, F32))
    softmax.add(op, g, array([[1000.0, 1001.0, 999.0], [-1e4, -1e4, -1e4 - 2]]), label="large")
    softmax.add(op, g, array([[1.0, -INF, 2.0], [0.0, 0.0, -INF]]), label="minus infinity", order=0)
    softmax.add(op, g, sample(op, (1,)), label="one element")
xlogy = Table("special")
xlogy.add("xlogy", special.xlogy, sample("xlogy", (5,), 0.2, 3), sample("xlogy", (5,), 0.2, 3, salt=1))
xlogy.add("xlogy", special.xlogy, array([0.0, 0.0, 0.0, 1.0]), array([0.0, 2.0, INF, 0.0]), label="edges", order=0)
xlogy.add("logit", special.logit, sample("logit", (5,), 0.1, 0.9))
xlogy.add("entr", special.entr, sample("entr", (5,), 0.1, 2))

TABLES = [activation, softmax, xlogy]
