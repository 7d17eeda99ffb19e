"""What the tables are written with: a case, and inputs that are fixed by the name of their operation."""

import zlib
from dataclasses import dataclass, field
from typing import Any, Callable, Sequence

import numpy as np

INF, NAN = np.inf, np.nan
F32, F64, I32, U32, BOOL = "float32", "float64", "int32", "uint32", "bool"


@dataclass
class Case:
    op: str
    """The name of the operation in camelCase."""
    function: Callable
    """JAX's function, called with the inputs and then the parameters as keywords; returns an array or several."""
    inputs: Sequence[np.ndarray]
    params: dict[str, Any] = field(default_factory=dict)
    label: str = ""
    """What is particular about the case."""
    order: int = 2
    """How often to differentiate: 0, 1 (jvp and vjp) or 2 (hvp too)."""
    wrt: Sequence[int] | None = None
    """Positions of the inputs to differentiate with respect to; all floating ones unless given."""


class Table(list):
    """The cases of one family, which become one file."""

    def __init__(self, family: str):
        super().__init__()
        self.family = family

    def add(self, op, function, *inputs, label="", order=2, wrt=None, **params):
        self.append(Case(op, function, inputs, params, label, order, wrt))


def sample(op: str, shape=(), low=-2.0, high=2.0, dtype=F64, salt=0) -> np.ndarray:
    """Values in [low, high] with three decimals, the same on every run for the same op, shape and salt."""
    state = np.random.RandomState(zlib.crc32(f"{op}{shape}{salt}".encode()))
    values = state.uniform(low, high, shape)
    values = np.round(values, 3) if max(abs(low), abs(high)) >= 0.1 else values
    return np.asarray(values, dtype)


def integers(op: str, shape=(), low=-9, high=10, dtype=I32, salt=0) -> np.ndarray:
    state = np.random.RandomState(zlib.crc32(f"{op}{shape}{salt}".encode()))
    return np.asarray(state.randint(low, high, shape), dtype)


def array(values, dtype=F64) -> np.ndarray:
    return np.asarray(values, dtype)


def pairs(values, others, dtype):
    """Every pairing of two lists, as two vectors."""
    return array([a for a in values for _ in others], dtype), array([b for _ in values for b in others], dtype)


def tuples(value):
    """Lists from parameters as the tuples that JAX wants."""
    return tuple(tuples(v) for v in value) if isinstance(value, list) else value
