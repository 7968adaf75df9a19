"""The numbers that every peer computes with: ../src/works/data.ts."""

import torch


def patterned(*shape):
    numbers = torch.arange(torch.Size(shape).numel(), dtype=torch.float64)
    return ((numbers * 37 % 101) / 101 - 0.5).to(torch.float32).reshape(shape)


def scattered(salt, *shape):
    x = (torch.arange(torch.Size(shape).numel()) + salt * 0x1000003) & 0xFFFFFFFF
    x = ((x ^ (x >> 16)) * 0x21F0AAAD) & 0xFFFFFFFF
    x = ((x ^ (x >> 15)) * 0x735A2D97) & 0xFFFFFFFF
    x = x ^ (x >> 15)
    return (x.double() / 2**32 * 2 - 1).float().reshape(shape)
