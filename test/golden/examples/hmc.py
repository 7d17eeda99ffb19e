"""The twin of examples/control-flow/hmc.ts in JAX: python hmc.py"""
import jax
import jax.numpy as jnp
import numpy as np
from common import normal, uniform, write
from jax import grad, lax, vmap


def log_density(at):
    x, y = at
    return -(x**2) / 2 - 2 * (y - x**2) ** 2


def follow(position, momentum):
    h = 0.06

    def turn(_, state):
        q, p = state
        half = p + h / 2 * grad(log_density)(q)
        q = q + h * half
        return q, half + h / 2 * grad(log_density)(q)

    return lax.fori_loop(0, 20, turn, (position, momentum))


def step(position, momentum, die):
    end, pushed = follow(position, momentum)
    energy = lambda q, p: jnp.sum(p**2) / 2 - log_density(q)
    chance = jnp.exp(energy(position, momentum) - energy(end, pushed))
    return jnp.where(die < chance, end, position), jnp.where(chance < 1, chance, 1.0)


particles = 50
positions, probabilities = jnp.zeros((particles, 2)), []
sensitivity = None
for turn in range(1, 21):
    momenta, dice = normal(2 * particles, 1000 + turn).reshape(particles, 2), uniform(particles, 500_000 + turn)
    if turn == 5:
        sensitivity = vmap(jax.jacrev(lambda q, p: follow(q, p)[0], (0, 1)))(positions, momenta)
    positions, probability = jax.jit(vmap(step))(positions, momenta, dice)
    probabilities.append(probability)
write(positions=positions, probabilities=probabilities[0], last=probabilities[-1], sensitivity=sensitivity)
