"""Writes ops/<family>.json: what JAX gives for each case of the tables, with derivatives. The format is in README.md.

Run by hand: python generate.py [family ...]. Written with Python 3.11, jax 0.10.2 (CPU) and numpy 2.4.6; the versions used go into
the files. Derivative values must be finite, and float32 values must be close to those of the same inputs in float64: a
case that breaks either is an error of the table.
"""

import json
import math
import sys
import warnings
from pathlib import Path

import jax

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")
jax.config.update("jax_default_matmul_precision", "highest")

import jax.numpy as jnp
import numpy as np

from tables import elementwise, functions, indexing, linear, reductions, singular, structure

TABLES = [t for module in (elementwise, reductions, structure, indexing, linear, functions, singular) for t in module.TABLES]
TANGENT = [0.5, 1.0, -2.0, 1.5, -0.75, 0.25, 1.25, -1.0]
COTANGENT = [1.0, -0.5, 2.0, 0.75, -1.25, 1.5, -1.0]


def pattern(values, like, offset):
    count = math.prod(like.shape)
    return np.asarray([values[(i + offset) % len(values)] for i in range(count)], like.dtype).reshape(like.shape)


def as_list(value):
    return list(value) if isinstance(value, (list, tuple)) else [value]


def is_float(x):
    return jnp.issubdtype(x.dtype, jnp.floating)


def derivatives(case, call, inputs, outputs):
    """Tangents, cotangents and the jvp, vjp and hvp they give, or None for a case that has none."""
    wrt = [i for i, x in enumerate(inputs) if is_float(x)] if case.wrt is None else list(case.wrt)
    if case.order == 0 or not wrt or not all(is_float(y) for y in outputs):
        return None

    def of_selected(*selected):
        full = list(inputs)
        for position, value in zip(wrt, selected):
            full[position] = value
        return call(*full)

    primals = [inputs[i] for i in wrt]
    tangents = [pattern(TANGENT, x, 3 * k) for k, x in enumerate(primals)]
    cotangents = [pattern(COTANGENT, y, 2 * k) for k, y in enumerate(outputs)]

    def pullback(*selected):
        return list(jax.vjp(of_selected, *selected)[1](cotangents))

    result = {
        "wrt": wrt,
        "tangents": tangents,
        "cotangents": cotangents,
        "jvp": jax.jvp(of_selected, primals, tangents)[1],
        "vjp": pullback(*primals),
    }
    if case.order >= 2:
        result["hvp"] = jax.jvp(pullback, primals, tangents)[1]
    return result


def evaluate(case, inputs):
    def call(*args):
        return [jnp.asarray(y) for y in as_list(case.function(*args, **case.params))]

    outputs = call(*[jnp.asarray(x) for x in inputs])
    return outputs, derivatives(case, call, [jnp.asarray(x) for x in inputs], outputs)


def deviation(actual, expected):
    """The largest difference, relative to the largest expected value."""
    a, b = np.asarray(actual, np.float64), np.asarray(expected, np.float64)
    finite = np.isfinite(a) & np.isfinite(b)
    if not finite.any():
        return 0.0
    return float(np.max(np.abs(a - b)[finite]) / max(np.max(np.abs(b[finite])), 1e-30))


def check_float32(name, case, outputs, derived):
    """The float32 values of a differentiated case must be those of float64 at the same inputs, up to rounding."""
    wide_outputs, wide = evaluate(case, [x.astype(np.float64) if x.dtype == np.float32 else x for x in case.inputs])
    compared = [("outputs", outputs, wide_outputs)]
    compared += [(key, derived[key], wide[key]) for key in ("jvp", "vjp", "hvp") if key in derived]
    for key, narrow_values, wide_values in compared:
        worst = max((deviation(a, b) for a, b in zip(narrow_values, wide_values) if a.size), default=0.0)
        if worst > 1e-6:
            raise ValueError(f"{name}: {key} in float32 is off by {worst}")


def number(x):
    if isinstance(x, (np.floating, float)):
        if np.isnan(x):
            return "NaN"
        if np.isinf(x):
            return "Infinity" if x > 0 else "-Infinity"
        if x == 0:
            return "-0" if np.signbit(x) else 0
        value = float(str(x)) if isinstance(x, np.float32) else float(x)
        return int(value) if value == int(value) and abs(value) < 2**53 else value
    return int(x)


def encode(x):
    x = np.asarray(x)
    if str(x.dtype) not in ("float32", "float64", "int32", "uint32", "bool"):
        raise ValueError(f"no such dtype here: {x.dtype}")
    return {"dtype": str(x.dtype), "shape": list(x.shape), "data": [number(v) for v in x.reshape(-1)]}


def record(case):
    outputs, derived = evaluate(case, case.inputs)
    shapes = [list(x.shape) for x in case.inputs]
    dtypes = " ".join(dict.fromkeys(str(x.dtype) for x in case.inputs or outputs))
    name = " ".join(filter(None, [case.op, case.label, dtypes, json.dumps(shapes), json.dumps(case.params) if case.params else ""]))
    row = {
        "op": case.op,
        "name": name,
        "params": case.params,
        "inputs": [encode(x) for x in case.inputs],
        "outputs": [encode(y) for y in outputs],
    }
    if derived is not None:
        for key in ("jvp", "vjp", "hvp"):
            if key in derived and not all(np.isfinite(v).all() for v in derived[key]):
                raise ValueError(f"{name}: {key} is not finite: {derived[key]}")
        if any(x.dtype == np.float32 for x in case.inputs):
            check_float32(name, case, outputs, derived)
        row["wrt"] = derived.pop("wrt")
        row |= {key: [encode(v) for v in value] for key, value in derived.items()}
    return row


def main():
    warnings.simplefilter("ignore")
    chosen = sys.argv[1:]
    folder = Path(__file__).with_name("ops")
    folder.mkdir(exist_ok=True)
    versions = {"jax": jax.__version__, "jaxlib": jax.lib.__version__, "numpy": np.__version__}
    for table in TABLES:
        if chosen and table.family not in chosen:
            continue
        rows = [record(case) for case in table]
        names = [row["name"] for row in rows]
        repeated = {n for n in names if names.count(n) > 1}
        if repeated:
            raise ValueError(f"two cases have one name: {sorted(repeated)}")
        head = json.dumps({"comment": "Written by generate.py; do not edit.", "versions": versions})[:-1]
        lines = ",\n".join(json.dumps(row, separators=(",", ":"), allow_nan=False) for row in rows)
        path = folder / f"{table.family}.json"
        path.write_text(f'{head}, "cases": [\n{lines}\n]}}\n')
        print(f"{table.family}: {len(rows)} cases of {len({r['op'] for r in rows})} operations, {path.stat().st_size} bytes")


if __name__ == "__main__":
    main()
