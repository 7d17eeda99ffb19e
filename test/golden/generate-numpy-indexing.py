"""Random indices and what NumPy reads and writes with them: numpy-indexing.json. Arrays count from 0; values written count from 100.
Parts of an index: a number, null, "...", {"slice": [start, stop, step]}, {"array": flat, "shape": shape}, {"mask": flat, "shape": shape}."""

import json
import pathlib
import random

import numpy as np

COUNT = 400
random.seed(1)
generator = np.random.default_rng(1)


def shape_of(rank):
    return [random.randint(0, 4) if random.random() < 0.1 else random.randint(1, 4) for _ in range(rank)]


def bound():
    return None if random.random() < 0.4 else random.randint(-6, 6)


def random_index(shape):
    """Parts as JSON, and the index itself."""
    parts, index, axis, ellipsis = [], [], 0, False
    common = [random.randint(1, 3) for _ in range(random.randint(0, 2))]
    while True:
        kind = random.random()
        if kind < 0.12:
            parts.append(None)
            index.append(None)
            continue
        if kind < 0.2 and not ellipsis:
            ellipsis = True
            parts.append("...")
            index.append(...)
            axis += random.randint(0, max(0, len(shape) - axis))
            continue
        if kind < 0.3 or axis >= len(shape):
            return parts, tuple(index)
        length = shape[axis]
        kind = random.random()
        if kind < 0.25 and length > 0:
            position = random.randint(-length, length - 1)
            parts.append(position)
            index.append(position)
        elif kind < 0.5:
            bounds = [bound(), bound(), random.choice([None, 1, 2, -1, -2, 3])]
            parts.append({"slice": bounds})
            index.append(slice(*bounds))
        elif kind < 0.85 and length > 0:
            own = [1 if random.random() < 0.3 else n for n in common]
            array = generator.integers(-length, length, size=own[random.randint(0, len(own)) if random.random() < 0.3 else 0 :])
            parts.append({"array": array.ravel().tolist(), "shape": list(array.shape)})
            index.append(array)
        else:
            width = 1 if random.random() < 0.7 or axis + 2 > len(shape) else 2
            mask = generator.random(shape[axis : axis + width]) < 0.5
            parts.append({"mask": mask.astype(int).ravel().tolist(), "shape": list(mask.shape)})
            index.append(mask)
            axis += width - 1
        axis += 1


cases = []
while len(cases) < COUNT:
    shape = shape_of(random.randint(0, 4))
    parts, index = random_index(shape)
    x = np.arange(int(np.prod(shape))).reshape(shape)
    try:
        read = x[index]
    except IndexError:  # an ellipsis too short for what came after it
        continue
    values = np.arange(read.size).reshape(read.shape) + 100
    written = x.copy()
    written[index] = values
    added = x.copy()
    np.add.at(added, index, values)
    cases.append({"shape": shape, "index": parts, "read": {"shape": list(read.shape), "data": read.ravel().tolist()}, "set": written.ravel().tolist(), "add": added.ravel().tolist()})

lines = ",\n".join(json.dumps(case, separators=(",", ":")) for case in cases)
pathlib.Path(__file__).with_name("numpy-indexing.json").write_text(f'{{"numpy":"{np.__version__}","cases":[\n{lines}\n]}}\n')
