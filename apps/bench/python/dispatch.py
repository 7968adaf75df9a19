"""A chain of small ops: ../src/works/dispatch.ts."""

import torch
from data import scattered


def prepare(size, links, backward):
    x, w, b, c = (scattered(salt, size, size).requires_grad_(bool(backward)) for salt in range(4))
    dy = torch.ones(size, size)

    def chain():
        y = x
        for _ in range(links):
            y = ((y @ w) * b + c).relu()
        return y

    def results():
        y = chain()
        if backward:
            torch.autograd.grad(y, (x, w, b, c), dy)
        return y

    def call():
        results()

    def check():
        return results().detach().square().mean().item()

    return call, check
