"""Collectives over named axes of vmap as JAX computes them, for test/control/collectives.test.ts: python generate-collectives.py"""
import json
from pathlib import Path

import jax
import jax.numpy as jnp
import numpy as np
from jax import grad, hessian, jacfwd, jacrev, jvp, lax, vmap

jax.config.update("jax_enable_x64", True)
x = jnp.array([1.0, 2.0, 4.0])
m = jnp.arange(6.0).reshape(2, 3)
w = jnp.array(3.0)
r = jnp.arange(3.0)


def over(f, **options):
    return vmap(f, axis_name="i", **options)


def both(f, **options):
    return over(lambda row: vmap(f, axis_name="j", **options)(row))


def summed(f):
    """Of the whole batch: grad of this is what grad of vmap gives."""
    return grad(lambda x: over(f)(x).sum())


squared = lambda x: lax.psum(x, "i") ** 2
product = lambda x: lax.psum(x, "i") * x * x
cubed = lambda x: lax.psum(x**3, "i") * x
sines = lambda x: lax.psum(jnp.sin(x), "i") * x
gathered = lambda x: (lax.all_gather(x, "i") * r * x).sum()

rows = {
    "psum": over(lambda x: lax.psum(x, "i"))(x),
    "psum, not mapped out": over(lambda x: lax.psum(x, "i"), out_axes=None)(x),
    "psum of 1": over(lambda x: x * lax.psum(1, "i"))(x),
    "psum of bool": over(lambda x: lax.psum(x > 1.5, "i"))(x),
    "psum of what is not mapped": over(lambda w, x: x + lax.psum(w, "i"), in_axes=(None, 0))(w, x),
    "psum of a tree": over(lambda x: lax.psum({"a": x, "b": (x * x, 2.0)}, "i")["b"][0])(x),
    "pmean": over(lambda x: lax.pmean(x * x, "i"))(x),
    "pmax": over(lambda x: lax.pmax(jnp.sin(x), "i"))(x),
    "pmin": over(lambda x: lax.pmin(jnp.sin(x), "i"))(x),
    "allGather": over(lambda x: lax.all_gather(x, "i"))(x),
    "allGather, axis 1": over(lambda x: lax.all_gather(x, "i", axis=1))(m),
    "allGather, tiled": over(lambda x: lax.all_gather(x, "i", tiled=True))(m),
    "axisIndex": over(lambda x: x + lax.axis_index("i"))(x),
    "axisSize": over(lambda x: x * lax.axis_size("i"))(x),
    "two names": both(lambda e: e * lax.psum(e, "j") + lax.psum(e, "i"))(m),
    "both names at once": both(lambda e: e * lax.psum(e, ("i", "j")) + lax.pmax(e, ("j", "i")))(m),
    "axisIndex of both": both(lambda e: lax.axis_index(("i", "j")))(m),
    "the outer name under a vmap without one": over(lambda row: vmap(lambda e: e * lax.psum(e, "i"))(row))(m),
    "allGather under a vmap without a name": over(lambda row: vmap(lambda e: lax.all_gather(e, "i"))(row))(m),
    "shadowed": over(lambda row: over(lambda e: e * lax.psum(e, "i"))(row) + lax.psum(row, "i"))(m),
    "vmap of grad of psum": over(grad(lambda x: lax.psum(x, "i")))(x),
    "vmap of grad of squared psum": over(grad(squared))(x),
    "grad of vmap of squared psum": summed(squared)(x),
    "vmap of grad of product": over(grad(product))(x),
    "grad of vmap of product": summed(product)(x),
    "vmap of grad of pmean": over(grad(lambda x: lax.pmean(x * x, "i")))(x),
    "vmap of grad of allGather": over(grad(gathered))(x),
    "grad of vmap of allGather": summed(gathered)(x),
    "vmap of grad, tiled": over(grad(lambda row: (lax.all_gather(row, "i", tiled=True) * jnp.arange(6.0)).sum() * row[0]))(m),
    "grad of vmap, tiled": grad(lambda m: over(lambda row: (lax.all_gather(row, "i", tiled=True) * jnp.arange(6.0)).sum() * row[0])(m).sum())(m),
    "vmap of grad, two names": both(grad(lambda e: jnp.sin(lax.psum(e * e, ("i", "j"))) * lax.psum(e, "j")))(m),
    "vmap of grad, not mapped": over(grad(lambda w, x: lax.psum(w * w, "i") * x), in_axes=(None, 0))(w, x),
    "grad of vmap, not mapped": grad(lambda w: over(lambda x: lax.psum(w * w, "i") * x)(x).sum())(w),
    "pmean of grads": over(lambda w, x: lax.pmean(grad(lambda w: jnp.sin(w * x))(w), "i"), in_axes=(None, 0))(w, x),
    "vmap of grad of grad": over(grad(grad(cubed)))(x),
    "grad of vmap of grad": summed(grad(cubed))(x),
    "grad of grad of vmap": grad(lambda x: (summed(cubed)(x) ** 2).sum())(x),
    "vmap of hessian": over(hessian(lambda x: lax.psum(jnp.sin(x), "i") ** 2))(x),
    "hessian of vmap": hessian(lambda x: over(cubed)(x).sum())(x),
    "vmap of jacrev": over(jacrev(sines))(x),
    "vmap of jacfwd": over(jacfwd(sines))(x),
    "vmap of jacrev of a vector": over(jacrev(lambda row: lax.psum(jnp.sin(row), "i") * row))(m),
    "vmap of jvp": over(lambda x: jvp(sines, (x,), (1.0,))[1])(x),
    "jvp of vmap": jvp(over(sines), (x,), (jnp.array([1.0, 0.5, -1.0]),))[1],
    "in scan": over(lambda x: lax.scan(lambda c, e: (c + lax.psum(e * c, "i"), lax.pmax(c, "i")), x, jnp.array([0.1, 0.2])))(x),
    "in scan, nothing mapped": over(lambda x: x * 0 + lax.scan(lambda c, _: (c + lax.axis_index("i"), c), 0, None, length=3)[0])(x),
    "grad of scan": over(grad(lambda x: lax.scan(lambda c, e: (c + lax.psum(jnp.sin(e * c), "i"), c), x, jnp.array([0.1, 0.2]))[0]))(x),
    "in the test of while": over(lambda x: lax.while_loop(lambda v: lax.pmax(v, "i") < 10, lambda v: v + 1.5, x))(x),
    "in cond, one predicate": over(lambda p, x: lax.cond(p, lambda v: lax.psum(v, "i"), lambda v: v, x), in_axes=(None, 0))(True, x),
    "in cond, axisIndex decides": over(lambda x: x + lax.cond(lax.axis_index("i") > 0, lambda: 1.0, lambda: 2.0))(x),
    "in checkpoint": over(grad(jax.checkpoint(lambda x: jnp.sin(lax.psum(x * x, "i")) * x)))(x),
}
Path(__file__).with_name("collectives.json").write_text(json.dumps({"source": f"jax {jax.__version__}, test/golden/generate-collectives.py", "values": {k: jax.tree.map(lambda v: np.asarray(v, dtype=np.float64).tolist(), v) for k, v in rows.items()}}, indent=1) + "\n")
