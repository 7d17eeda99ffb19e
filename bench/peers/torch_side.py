"""PyTorch's side: eager, gradients by autograd, the update by one fused call over all parameters."""

import torch
import torch.nn.functional as F
from serve import RATE, THREADS, batch, gemm_inputs, in_place_input, map_input, network, sample, serve, training

torch.set_num_threads(THREADS)


def train(case):
    images, labels = (torch.from_numpy(x) for x in batch(case["batch"], case["layers"][0], 10))
    labels = labels.long()
    layers = [(torch.from_numpy(w).requires_grad_(), torch.from_numpy(b).requires_grad_()) for w, b in network(case["layers"])]
    parameters = [p for layer in layers for p in layer]

    def run():
        values = images
        for i, (weights, bias) in enumerate(layers):
            if i > 0:
                values = torch.relu(values)
            values = torch.addmm(bias, values, weights)
        loss = F.cross_entropy(values, labels)
        gradient = torch.autograd.grad(loss, parameters)
        with torch.no_grad():
            torch._foreach_add_(parameters, gradient, alpha=-RATE)
        return loss.item()

    return training(run)


def in_place(case):
    x = torch.from_numpy(in_place_input(case))
    other, one = torch.empty_like(x), torch.ones(())

    def step(x, out):
        return torch.sub(one, x, out=out).mul_(x).mul_(3.5).add_(0.1)

    def run():
        nonlocal x, other
        x, other = step(x, other), x

    return run, lambda: sample(step(torch.from_numpy(in_place_input(case)), None))


FUNCTIONS = {
    "arithmetic chain": lambda x: (x * 1.5 + 0.5) * x - x * 0.25,
    "tanh chain": lambda x: torch.tanh(x * 1.5 + 0.5) * x,
    "softmax": lambda x: torch.softmax(x.reshape(-1, 1000), 1),
    "layer norm": lambda x: F.layer_norm(x.reshape(-1, 1000), (1000,), eps=1e-5),
    "sum": torch.sum,
    "column sum": lambda x: x.reshape(-1, 1000).sum(0),
    "max": torch.max,
    "logistic": torch.sigmoid,
    "pow": lambda x: torch.pow(x, 1.7),
} | {name: getattr(torch, name) for name in ["exp", "log", "sin", "cos", "tan", "tanh", "atan", "log1p", "expm1", "sqrt"]}


def make(case):
    if case["kind"] == "train":
        return train(case)
    if case["kind"] == "gemm":
        a, b = (torch.from_numpy(x) for x in gemm_inputs(case))
        a, b = a.T if case["ta"] else a, b.T if case["tb"] else b
        out = torch.empty(case["m"], case["n"])
        return lambda: torch.mm(a, b, out=out), lambda: sample(out)
    if case["kind"] == "inPlace":
        return in_place(case)
    if case["kind"] == "map":
        x, f = torch.from_numpy(map_input(case)), FUNCTIONS[case["name"]]
        return lambda: f(x), lambda: sample(f(x))
    return "compiles nothing"


serve(torch.__version__, make)
