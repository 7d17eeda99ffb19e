"""The twin of examples/control-flow/pinn.ts in JAX: python pinn.py"""
import jax
import jax.numpy as jnp
import numpy as np
from common import adam, descend, normal, uniform, write
from jax import grad, value_and_grad, vmap


def height(net, t, x):
    values = jnp.stack([t, x / 4])
    for i, (weights, bias) in enumerate(net):
        values = values @ weights + bias
        if i < len(net) - 1:
            values = jnp.tanh(values)
    return values[0]


u_x = grad(height, 2)
u_xxx = grad(grad(u_x, 2), 2)


def residual(net, t, x):
    return grad(height, 1)(net, t, x) + 6 * height(net, t, x) * u_x(net, t, x) + u_xxx(net, t, x)


def soliton(t, x):
    return 0.5 / np.cosh((x - t + 1) / 2) ** 2


def loss(net, interior, known, wave):
    equation = vmap(residual, (None, 0, 0))(net, *interior)
    misfit = vmap(height, (None, 0, 0))(net, *known) - wave
    return jnp.mean(equation**2) + 10 * jnp.mean(misfit**2)


def first_network(sizes):
    return [(jnp.asarray(normal(r * c, i + 1).reshape(r, c) / np.sqrt(r)), jnp.zeros(c)) for i, (r, c) in enumerate(zip(sizes, sizes[1:]))]


interior = (uniform(160, 11), 10 * uniform(160, 12) - 5)
t = np.concatenate([np.zeros(41), uniform(20, 13)])
x = np.concatenate([-5 + 10 * np.arange(41) / 40, np.where((np.arange(20) + 41) % 2 == 0, -5.0, 5.0)])
wave = soliton(t, x)
net = first_network([2, 16, 16, 1])
state, losses = adam(net), []
for step in range(1, 6):
    value, gradient = value_and_grad(loss)(state[0], interior, (t, x), wave)
    state = descend(state, gradient, 0.005 * (1 - step / 3001))
    losses.append(value)
write(
    height=vmap(height, (None, 0, 0))(net, *interior),
    residual=vmap(residual, (None, 0, 0))(net, *interior),
    thirdDerivative=vmap(u_xxx, (None, 0, 0))(net, *interior),
    gradient=[leaf for layer in jax.grad(loss)(net, interior, (t, x), wave) for leaf in layer],
    losses=losses,
)
