"""One recurrent layer over whole sequences: ../src/works/rnn.ts."""

import math

import torch
from data import scattered
from torch import nn


def prepare(batch, length, width, backward, variant, half=0):
    layer = (nn.GRU if variant == "gru" else nn.LSTM)(width, width, batch_first=True)
    with torch.no_grad():
        for i, parameter in enumerate(layer.parameters()):
            parameter.copy_(scattered(i + 1, *parameter.shape) / math.sqrt(width))
    x, dy = (scattered(salt, batch, length, width) for salt in (0, 9))
    x.requires_grad_(bool(backward))
    device = x.device.type

    def forward():
        if not half:
            return layer(x)[0]
        with torch.autocast(device, torch.float16):
            return layer(x)[0].float()

    def results():
        if not backward:
            with torch.no_grad():
                return [forward()]
        y = forward()
        return [y, *torch.autograd.grad(y, (x, *layer.parameters()), dy)]

    def call():
        results()

    def check():
        return sum(math.log(it.detach().double().square().mean().item()) for it in results())

    weights = sum(p.numel() for p in layer.parameters())
    call.output_bytes = 4 * (batch * length * width * (1 + backward) + backward * weights)
    return call, check
