"""The twin of examples/control-flow/pendulum.ts in JAX: python pendulum.py"""
import jax
import jax.numpy as jnp
from common import adam, descend, normal, write
from jax import hessian, jacfwd, lax, value_and_grad

steps, h = 10_000, 20 / 10_000


def simulate(p):
    damping, gravity, start = p

    def slope(s):
        return s[1], -damping * s[1] - gravity * jnp.sin(s[0])

    def after(s, by, h):
        return s[0] + h * by[0], s[1] + h * by[1]

    def step(s, _):
        k1 = slope(s)
        k2 = slope(after(s, k1, h / 2))
        k3 = slope(after(s, k2, h / 2))
        k4 = slope(after(s, k3, h))
        s = after(after(after(after(s, k1, h / 6), k2, h / 3), k3, h / 3), k4, h / 6)
        return s, s[0]

    return lax.scan(step, (start, 0.0 * start), None, length=steps)[1]


def seen(p):
    return simulate(p)[99::100]


def misfit(p, angles):
    return jnp.mean((seen(p) - angles) ** 2)


truth, guess = jnp.array([0.15, 9.81, 2.0]), jnp.array([0.3, 9.3, 1.8])
angles = seen(truth) + 0.02 * normal(100, 5)
state, losses = adam(guess), []
fit = jax.jit(value_and_grad(misfit))
for _ in range(200):
    value, gradient = fit(state[0], angles)
    state = descend(state, gradient, 0.03)
    losses.append(value)
write(
    seen=seen(truth),
    gradient=jax.grad(misfit)(guess, angles),
    hessian=hessian(misfit)(guess, angles),
    sensitivity=jacfwd(seen)(guess)[::10],
    losses=losses[::20],
    found=state[0],
)
