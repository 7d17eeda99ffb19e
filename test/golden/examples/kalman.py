"""The twin of examples/control-flow/kalman.ts in JAX: python kalman.py"""
import jax
import jax.numpy as jnp
import numpy as np
from common import normal, write
from jax import grad, hessian, lax, vmap

dt = 0.1
F = jnp.array([[1, dt], [0, 1]])


def added(noise):
    return jnp.exp(noise[0]) * jnp.array([[dt**3 / 3, dt**2 / 2], [dt**2 / 2, dt]])


def stretch_of(noise, y):
    Q = added(noise)
    variance = Q[0, 0] + jnp.exp(noise[1])
    gain = Q[:, 0] / variance
    rest = jnp.eye(2) - jnp.outer(gain, jnp.array([1.0, 0.0]))
    seen = F[0]
    return rest @ F, gain * y, rest @ Q, seen * y / variance, jnp.outer(seen, seen) / variance


def combine(i, j):
    Ai, bi, Ci, ei, Ji = i
    Aj, bj, Cj, ej, Jj = j
    forward = Aj @ jnp.linalg.inv(jnp.eye(2) + Ci @ Jj)
    backward = Ai.T @ jnp.linalg.inv(jnp.eye(2) + Jj @ Ci)
    return forward @ Ai, forward @ (bi + Ci @ ej) + bj, forward @ Ci @ Aj.T + Cj, backward @ (ej - Jj @ bi) + ei, backward @ Jj @ Ai + Ji


def filter(noise, measured):
    each = vmap(stretch_of, (None, 0))(noise, measured)
    before = jnp.zeros((1, 2, 2)), jnp.zeros((1, 2)), jnp.eye(2)[None], jnp.zeros((1, 2)), jnp.zeros((1, 2, 2))
    all = lax.associative_scan(vmap(combine), jax.tree.map(lambda a, b: jnp.concatenate([a, b]), before, each))
    return all[1][1:], all[2][1:]


def predict(noise, mean, covariance):
    return F @ mean, F @ covariance @ F.T + added(noise)


def surprise(noise, measured):
    means, covariances = filter(noise, measured)
    earlier = jnp.concatenate([jnp.zeros((1, 2)), means[:-1]]), jnp.concatenate([jnp.eye(2)[None], covariances[:-1]])
    expected, covariance = vmap(predict, (None, 0, 0))(noise, *earlier)
    variance = covariance[:, 0, 0] + jnp.exp(noise[1])
    return jnp.mean(jnp.log(2 * np.pi * variance) + (measured - expected[:, 0]) ** 2 / variance) / 2


truth, guess = np.log([0.5, 0.09]), jnp.log(jnp.array([5.0, 1.0]))


def walk(count):
    restless, error = np.exp(truth)
    pushes, errors = normal(2 * count, 21), normal(count, 22)
    place = speed = 0.0
    places = []
    for p, q in pushes.reshape(count, 2):
        push = np.sqrt(restless * dt) * p
        place += dt * speed + dt / 2 * push + np.sqrt(restless * dt**3 / 12) * q
        speed += push
        places.append(place)
    return np.array(places) + np.sqrt(error) * errors


measured = walk(300)
means, covariances = filter(guess, measured)
write(
    means=means[::20],
    covariances=covariances[::20],
    surprise=surprise(guess, measured),
    gradient=grad(surprise)(guess, measured),
    hessian=hessian(surprise)(guess, measured),
    byMeasurement=grad(surprise, 1)(guess, measured)[::20],
)
