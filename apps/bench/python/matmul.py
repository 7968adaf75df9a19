"""A product of f32 matrices, into a new matrix: ../src/works/matmul.ts."""

import torch
from data import patterned


def prepare(m, k, n, half=0):
    a, b = (x.half() if half else x for x in (patterned(m, k), patterned(k, n)))

    def call():
        torch.matmul(a, b)

    def check():
        return torch.matmul(a, b).float().square().mean().item()

    return call, check
