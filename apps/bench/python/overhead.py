"""What a call costs around its kernel: ../src/overhead/calls.ts. Prints least times in us, as JSON."""

import json
import time

import torch
from torch.nn import functional as F

LINKS, WIDTH, PAST = 50, 16, 8


def ramp(*shape):
    return ((torch.arange(torch.Size(shape).numel()) % 7) / 7 - 0.4).reshape(shape)


def least_time(run):
    begun, runs = time.perf_counter(), 0
    while time.perf_counter() - begun < 0.4:
        run()
        runs += 1
    each = max(1, round(runs / 100))
    least = float("inf")
    for _ in range(60):
        start = time.perf_counter()
        for _ in range(each):
            run()
        least = min(least, (time.perf_counter() - start) / each)
    return 1e6 * least


def chain(op, operands):
    x, others = operands[0], operands[1:]

    def links(y):
        for _ in range(LINKS):
            y = op(y, *others)
        return y

    def forward():
        with torch.inference_mode():
            links(x)

    tracked = [operand.clone().requires_grad_() for operand in operands]

    def backward():
        y = tracked[0]
        for _ in range(LINKS):
            y = op(y, *tracked[1:])
        torch.autograd.grad(y, tracked, x)

    return least_time(forward) / LINKS, least_time(backward) / LINKS


def attention_with_cache():
    weights = [ramp(WIDTH, WIDTH) for _ in range(4)]
    biases = [ramp(WIDTH) for _ in range(4)]
    keys, values = (torch.zeros(1, 2, PAST + 1, WIDTH // 2) for _ in range(2))
    token = ramp(1, 1, WIDTH)

    def run():
        with torch.inference_mode():
            q, k, v = (
                F.linear(token, w, b).view(1, 1, 2, WIDTH // 2).transpose(1, 2)
                for w, b in zip(weights[:3], biases[:3])
            )
            keys[:, :, PAST : PAST + 1] = k
            values[:, :, PAST : PAST + 1] = v
            y = F.scaled_dot_product_attention(q, keys[:, :, : PAST + 1], values[:, :, : PAST + 1])
            F.linear(y.transpose(1, 2).reshape(1, 1, WIDTH), weights[3], biases[3])

    return least_time(run)


torch.set_num_threads(1)
x, row = ramp(1, WIDTH), ramp(WIDTH)
times = {}
for name, op, operands in [
    ("add", torch.add, [x, row]),
    ("linear", F.linear, [x, ramp(WIDTH, WIDTH), row]),
    ("layerNorm", lambda y, w, b: F.layer_norm(y, (WIDTH,), w, b), [x, ramp(WIDTH), row]),
]:
    times[name], times[f"{name}, forward and backward"] = chain(op, operands)
times["MultiHeadAttention, a token with a cache"] = attention_with_cache()
print(json.dumps({"version": torch.__version__, "times": times}))
