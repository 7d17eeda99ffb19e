"""What the twins of the examples in JAX share: the numbers of examples/control-flow/random.ts, Adam as in adam.ts, and how values are written."""
import json
import sys
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np

jax.config.update("jax_enable_x64", True)


def uniform(count, seed):
    z = (np.uint64(seed) + np.arange(1, count + 1, dtype=np.uint64) * np.uint64(0x9E3779B9)).astype(np.uint32)
    z = (z ^ (z >> 16)) * np.uint32(0x21F0AAAD)
    z = (z ^ (z >> 15)) * np.uint32(0x735A2D97)
    return ((z ^ (z >> 15)).astype(np.float64) + 0.5) / 2**32


def normal(count, seed):
    u = uniform(2 * count, seed)
    return np.sqrt(-2 * np.log(u[::2])) * np.cos(2 * np.pi * u[1::2])


def adam(parameters):
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    return parameters, zeros, zeros, 0.0


def descend(state, gradient, rate):
    parameters, mean, square, steps = state
    steps = steps + 1
    mean = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, mean, gradient)
    square = jax.tree.map(lambda s, g: 0.999 * s + 0.001 * g * g, square, gradient)
    size = rate * jnp.sqrt(1 - 0.999**steps) / (1 - 0.9**steps)
    return jax.tree.map(lambda p, m, s: p - size * m / (jnp.sqrt(s) + 1e-8), parameters, mean, square), mean, square, steps


def write(**values):
    """To <name of the script>.json beside the script, every number to its last bit."""
    script = Path(sys.argv[0])
    plain = {k: jax.tree.map(lambda v: np.asarray(v, dtype=np.float64).tolist(), v) for k, v in values.items()}
    script.with_suffix(".json").write_text(json.dumps({"source": f"jax {jax.__version__}, test/golden/examples/{script.name}", "values": plain}) + "\n")
