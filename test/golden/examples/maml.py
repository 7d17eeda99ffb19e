"""The twin of examples/control-flow/maml.ts in JAX: python maml.py"""
import jax
import jax.numpy as jnp
import numpy as np
from common import adam, descend, normal, uniform, write
from jax import grad, value_and_grad, vmap


def predict(net, x):
    return jnp.tanh(x[:, None] * net["in"] + net["shift"]) @ net["out"] + net["offset"]


def loss(net, x, y):
    return jnp.mean((predict(net, x) - y) ** 2)


def adapt(net, x, y, steps):
    for _ in range(steps):
        net = jax.tree.map(lambda p, g: p - 0.03 * g, net, grad(loss)(net, x, y))
    return net


def meta_loss(net, tasks, steps):
    x, y, test_x, test_y = tasks
    return jnp.mean(vmap(lambda x, y, tx, ty: loss(adapt(net, x, y, steps), tx, ty))(x, y, test_x, test_y))


def sine_tasks(count, seed):
    height, phase = 0.5 + 2 * uniform(count, seed), np.pi * uniform(count, seed + 1)

    def points(each, seed):
        x = 10 * uniform(count * each, seed).reshape(count, each) - 5
        return x, height[:, None] * np.sin(x + phase[:, None])

    return (*points(10, seed + 2), *points(10, seed + 3))


hidden = 20
net = {"in": normal(hidden, 1), "shift": normal(hidden, 2), "out": normal(hidden, 3) / np.sqrt(hidden), "offset": np.zeros(1)}
net = jax.tree.map(jnp.asarray, net)
tasks = sine_tasks(25, 10)
state, losses = adam(net), []
for step in range(1, 6):
    value, gradient = value_and_grad(meta_loss)(state[0], sine_tasks(25, 10 * step), 3)
    state = descend(state, gradient, 0.01)
    losses.append(value)
write(
    metaLoss=[meta_loss(net, tasks, steps) for steps in (0, 1, 3, 10)],
    gradient=[grad(meta_loss)(net, tasks, 3)[k] for k in ("in", "shift", "out", "offset")],
    adapted=adapt(net, tasks[0][0], tasks[1][0], 3)["out"],
    losses=losses,
)
