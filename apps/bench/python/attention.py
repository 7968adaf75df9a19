"""Softmax attention: ../src/works/attention.ts."""

import math

import torch
from data import scattered
from torch.nn import functional as F


def attend(q, k, v, causal):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    if causal:
        length = q.shape[-2]
        scores = scores.masked_fill(torch.triu(torch.ones(length, length, dtype=torch.bool), 1), -math.inf)
    return scores.softmax(-1) @ v


def prepare(heads, length, width, causal, backward, half=0):
    operands = (scattered(salt, 1, heads, length, width) * 2 for salt in range(4))
    q, k, v, dy = (x.half() if half else x for x in operands)
    for operand in (q, k, v):
        operand.requires_grad_(bool(backward))

    def results():
        y = attend(q, k, v, bool(causal))
        return [y, *torch.autograd.grad(y, (q, k, v), dy)] if backward else [y]

    def call():
        results()

    def check():
        return sum(math.log(it.detach().double().square().mean().item()) for it in results())

    call.output_bytes = (2 if half else 4) * heads * length * width * (4 if backward else 1)
    return call, check
