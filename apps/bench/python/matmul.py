"""A product of f32 matrices, into a new matrix: ../src/works/matmul.ts."""

import torch


def matrix(rows, columns):
    numbers = torch.arange(rows * columns, dtype=torch.float64)
    return ((numbers * 37 % 101) / 101 - 0.5).to(torch.float32).reshape(rows, columns)


def prepare(m, k, n):
    a, b = matrix(m, k), matrix(k, n)

    def call():
        torch.matmul(a, b)

    def check():
        return torch.matmul(a, b).square().mean().item()

    return call, check
