"""The process of one Python side: serve.ts and inputs.ts once more, in Python."""

import json
import os
import sys
import time

import numpy as np

THREADS = int(os.environ.get("BENCH_THREADS", "1"))
STEPS_CHECKED = 3
RATE = 0.05


def hashed(n, seed):
    with np.errstate(over="ignore"):
        h = (np.arange(n, dtype=np.uint32) + np.uint32(seed * 1_000_003 % 2**32)) * np.uint32(0x9E3779B1)
        h = (h ^ (h >> np.uint32(15))) * np.uint32(0x85EBCA77)
    return (h ^ (h >> np.uint32(13))) >> np.uint32(8)


def uniform(n, seed, lo, hi):
    return (lo + (hi - lo) * (hashed(n, seed).astype(np.float64) / 2**24)).astype(np.float32)


def network(layers):
    result = []
    for i, (inputs, outputs) in enumerate(zip(layers, layers[1:])):
        bound = (6 / (inputs + outputs)) ** 0.5
        weights = uniform(inputs * outputs, i + 1, -bound, bound).reshape(inputs, outputs)
        result.append((weights, np.zeros(outputs, np.float32)))
    return result


def batch(size, inputs, classes):
    return uniform(size * inputs, 100, 0, 1).reshape(size, inputs), (hashed(size, 200) % classes).astype(np.int32)


def training(step):
    """What runs a step, which returns its loss, and what checks the first losses."""
    losses = []

    def run():
        value = step()
        if len(losses) < STEPS_CHECKED:
            losses.append(value)

    def check():
        while len(losses) < STEPS_CHECKED:
            run()
        return losses

    return run, check


def map_input(case):
    positive = case["name"] in ["log", "log1p", "sqrt", "pow", "sum", "column sum"]
    return uniform(int(case["n"]), 7, 0.01, 1.01) if positive else uniform(int(case["n"]), 7, -4, 4)


def in_place_input(case):
    return uniform(int(case["n"]), 17, 0.2, 0.9)


def gemm_inputs(case):
    m, n, k = case["m"], case["n"], case["k"]
    a = uniform(m * k, 1, -0.5, 0.5).reshape((k, m) if case["ta"] else (m, k))
    b = uniform(k * n, 2, -0.5, 0.5).reshape((n, k) if case["tb"] else (k, n))
    return a, b


def scan_inputs(case):
    width = max(case["n"], 1)
    bound = 1 / width**0.5
    shape = () if case["n"] == 0 else (case["n"],)
    w, h, xs = uniform(width * width, 11, -bound, bound), uniform(width, 12, 0, 1), uniform(case["steps"] * width, 13, -1, 1)
    return w.reshape(shape + shape), h.reshape(shape), xs.reshape((case["steps"],) + shape)


def sample(values):
    flat = np.asarray(values, dtype=np.float32).reshape(-1)
    picked = [float(flat[i * (flat.size - 1) // 6]) for i in range(7)]
    return picked + [float(np.abs(flat.astype(np.float64)).mean())]


def answer(**message):
    print("@" + json.dumps(message), flush=True)


def timed(run, budget):
    times = []
    now = time.perf_counter
    end = now() + budget / 1e3
    repeat = 1
    while not times or (now() < end and len(times) < 5000):
        start = now()
        for _ in range(repeat):
            run()
        each = (now() - start) / repeat
        times.append(each * 1e9)
        repeat = max(1, min(10_000, round(1e-4 / each)))
    return times


def serve(version, make):
    """`make(case)` returns (run, check), or the reason when a side cannot do a case."""
    run = None
    answer(version=version)
    for line in sys.stdin:
        asked = json.loads(line)
        try:
            if "case" in asked:
                run = None
                made = make(asked["case"])
                if isinstance(made, str):
                    answer(skip=made)
                    continue
                run, check = made
                start = time.perf_counter()
                run()
                first = (time.perf_counter() - start) * 1e9
                answer(first=first, check=[float(x) for x in check()])
            elif run is not None:
                answer(times=timed(run, asked["budget"]))
        except Exception as error:
            run = None
            answer(skip=f"{type(error).__name__}: {error}".split("\n")[0][:200])
