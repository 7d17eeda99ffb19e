"""The twin of examples/control-flow/rnn.ts in JAX: python rnn.py"""
import jax
import jax.numpy as jnp
import numpy as np
from common import adam, descend, normal, uniform, write
from jax import lax, value_and_grad, vmap


def scores(net, bits):
    def turn(memory, pair):
        memory = jnp.tanh(pair @ net["read"] + memory @ net["keep"] + net["bias"])
        return memory, memory @ net["write"] + net["offset"]

    return lax.scan(turn, jnp.zeros_like(net["bias"]), bits)[1]


def loss(net, bits, sums):
    given = vmap(scores, (None, 0))(net, bits)
    return jnp.mean(jax.nn.softplus(given) - given * sums)


def matrix(rows, columns, seed):
    return jnp.asarray(normal(rows * columns, seed).reshape(rows, columns) / np.sqrt(rows))


def additions(count, length, seed):
    numbers = np.floor(uniform(2 * count, seed) * 2 ** (length - 1)).astype(np.int64).reshape(count, 2)
    places = np.arange(length)
    bits = (numbers[:, None, :] >> places[None, :, None]) & 1
    sums = (numbers.sum(1)[:, None] >> places) & 1
    return bits.astype(np.float64), sums.astype(np.float64)


size = 8
net = {"read": matrix(2, size, 1), "keep": matrix(size, size, 2), "bias": jnp.zeros(size), "write": jnp.asarray(normal(size, 3)), "offset": jnp.zeros(())}
state, losses = adam(net), []
for step in range(1, 11):
    value, gradient = value_and_grad(loss)(state[0], *additions(64, 8, step))
    state = descend(state, gradient, 0.02)
    losses.append(value)
first = jax.grad(loss)(net, *additions(64, 8, 1))
write(
    scores=vmap(scores, (None, 0))(net, additions(4, 30, 7)[0]),
    gradient=[first[k] for k in ("read", "keep", "bias", "write", "offset")],
    losses=losses,
)
