"""JAX's side: everything under jit, on its CPU device, which chooses its threads itself."""

import jax
import jax.numpy as jnp
import numpy as np
from serve import RATE, batch, gemm_inputs, in_place_input, map_input, network, sample, scan_inputs, serve, training, uniform


def loss(layers, images, labels):
    values = images
    for i, (weights, bias) in enumerate(layers):
        if i > 0:
            values = jax.nn.relu(values)
        values = values @ weights + bias
    return -jnp.mean(jnp.sum(jax.nn.log_softmax(values) * jax.nn.one_hot(labels, 10), axis=1))


def step(layers, images, labels):
    value, gradient = jax.value_and_grad(loss)(layers, images, labels)
    return value, jax.tree.map(lambda p, g: p - RATE * g, layers, gradient)


def train(case):
    traced = jax.jit(step, donate_argnums=0)
    images, labels = (jax.device_put(x) for x in batch(case["batch"], case["layers"][0], 10))
    state = jax.device_put(network(case["layers"]))

    def run():
        nonlocal state
        value, state = traced(state, images, labels)
        jax.block_until_ready(state)
        return float(value)

    return training(run)


def layer_norm(x):
    y = x.reshape(-1, 1000)
    centred = y - y.mean(1, keepdims=True)
    return centred * jax.lax.rsqrt((centred * centred).mean(1, keepdims=True) + 1e-5)


FUNCTIONS = {
    "arithmetic chain": lambda x: (x * 1.5 + 0.5) * x - x * 0.25,
    "tanh chain": lambda x: jnp.tanh(x * 1.5 + 0.5) * x,
    "softmax": lambda x: jax.nn.softmax(x.reshape(-1, 1000)),
    "layer norm": layer_norm,
    "sum": jnp.sum,
    "column sum": lambda x: x.reshape(-1, 1000).sum(0),
    "max": jnp.max,
    "logistic": jax.nn.sigmoid,
    "atan": jnp.arctan,
    "pow": lambda x: x**1.7,
} | {name: getattr(jnp, name) for name in ["exp", "log", "sin", "cos", "tan", "tanh", "log1p", "expm1", "sqrt"]}


def in_place(case):
    f = jax.jit(lambda x: 3.5 * ((1 - x) * x) + 0.1, donate_argnums=0)
    x = jax.device_put(in_place_input(case))

    def run():
        nonlocal x
        x = jax.block_until_ready(f(x))

    return run, lambda: sample(f(jax.device_put(in_place_input(case))))


def unrolled(case):
    def loop(x):
        for _ in range(case["steps"]):
            x = jnp.sin(x) * 1.01 + 0.001
        return jnp.sum(x)

    x = np.float32(0.3) if case["n"] == 0 else uniform(case["n"], 3, 0, 1)
    return jax.jit(jax.grad(loop) if case["gradient"] else loop), (x,)


def scan(case):
    def loop(w, h, xs):
        return jnp.sum(jax.lax.scan(lambda h, x: (jnp.tanh((h * w if case["n"] == 0 else h @ w) + x), None), h, xs)[0])

    return jax.jit(jax.grad(loop, argnums=(0, 2)) if case["gradient"] else loop), [jax.device_put(x) for x in scan_inputs(case)]


def make(case):
    if case["kind"] == "train":
        return train(case)
    if case["kind"] == "inPlace":
        return in_place(case)
    if case["kind"] == "gemm":
        f = jax.jit(lambda a, b: (a.T if case["ta"] else a) @ (b.T if case["tb"] else b))
        arguments = [jax.device_put(x) for x in gemm_inputs(case)]
    elif case["kind"] == "map":
        f, arguments = jax.jit(FUNCTIONS[case["name"]]), [jax.device_put(map_input(case))]
    elif case["kind"] == "scan":
        f, arguments = scan(case)
    else:
        f, arguments = unrolled(case)
    return lambda: jax.block_until_ready(f(*arguments)), lambda: [x for y in jax.tree.leaves(f(*arguments)) for x in sample(y)]


serve(jax.__version__, make)
