"""A sum over far more than caches hold: ../src/works/read.ts."""

from data import scattered


def prepare(rows, width):
    part = scattered(0, 2**16) * 0.5 + 0.5
    x = part.repeat(-(-rows * width // part.numel()))[: rows * width].reshape(rows, width)

    def call():
        x.sum()

    def check():
        return x.sum().item()

    return call, check
