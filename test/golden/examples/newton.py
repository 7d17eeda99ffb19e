"""
The twin of examples/control-flow/newton.ts in JAX: python newton.py. JAX has no reverse mode through while_loop, so these derivatives are its forward mode's;
after them those of the implicit function, of which there are all orders.
"""
import jax
import jax.numpy as jnp
import numpy as np
from common import write
from jax import jacfwd, lax, vmap


def kepler(M, e):
    def turn(state):
        E, _ = state
        step = (E - e * jnp.sin(E) - M) / (1 - e * jnp.cos(E))
        return E - step, step

    E = M + e * jnp.sin(M)
    return lax.while_loop(lambda state: jnp.abs(state[1]) > 1e-13, turn, (E, E - M + 1))[0]


M, e = 0.6, 0.8
times = np.pi * np.arange(9) / 8
write(
    value=kepler(M, e),
    gradient=jacfwd(kepler, (0, 1))(M, e),
    hessian=jacfwd(jacfwd(kepler, (0, 1)), (0, 1))(M, e),
    third=jacfwd(jacfwd(jacfwd(kepler)))(M, e),
    places=vmap(kepler, (0, None))(times, e),
    speeds=vmap(jacfwd(kepler), (0, None))(times, e),
)
