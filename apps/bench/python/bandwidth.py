"""Ops that do little with much memory: ../src/works/bandwidth.ts."""

import inspect

import torch
from data import scattered
from torch.nn import functional as F


def adamw(parameter):
    options = {"lr": 1e-2, "weight_decay": 0.1, "betas": (0.9, 0.99)}
    if "fused" in inspect.signature(torch.optim.AdamW).parameters:
        try:
            return torch.optim.AdamW([parameter], **options, fused=True)
        except RuntimeError:  # for GPUs only
            pass
    return torch.optim.AdamW([parameter], **options)


def prepare_adamw(x, y):
    parameter = torch.nn.Parameter(x)
    parameter.grad = y
    optimizer = adamw(parameter)

    def call():
        optimizer.step()

    def check():
        small = torch.nn.Parameter(scattered(0, 100))
        small.grad = scattered(1, 100)
        adamw(small).step()
        return small.detach().square().mean().item()

    return call, check


def prepare(rows, width, variant):
    x, y = scattered(0, rows, width), scattered(1, rows, width)
    if variant == "adamw":
        return prepare_adamw(x, y)
    gain, shift = torch.ones(width), torch.zeros(width)

    def rms_norm():
        if hasattr(F, "rms_norm"):
            return F.rms_norm(x, (width,), gain, 1e-5)
        return x * torch.rsqrt(x.square().mean(-1, keepdim=True) + 1e-5) * gain

    compute = {
        "copy": lambda: x.clone(),
        "add": lambda: x + y,
        "layerNorm": lambda: F.layer_norm(x, (width,), gain, shift),
        "rmsNorm": rms_norm,
        "softmax": lambda: x.softmax(-1),
        "gelu": lambda: F.gelu(x),
    }[variant]

    def call():
        compute()

    def check():
        return compute().square().mean().item()

    call.output_bytes = 4 * rows * width
    return call, check
