"""One training step of a small GPT: loss, gradients, AdamW: ../src/works/step.ts. The model is nanoGPT's, without biases."""

import inspect
import math

import torch
from data import scattered
from torch import nn
from torch.nn import functional as F

FUSED_ATTENTION = hasattr(F, "scaled_dot_product_attention")


class LayerNorm(nn.Module):
    """Without bias, which nn.LayerNorm cannot leave out before PyTorch 2.1."""

    def __init__(self, width):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(width))

    def forward(self, x):
        return F.layer_norm(x, self.weight.shape, self.weight, None, 1e-5)


class Block(nn.Module):
    def __init__(self, width, heads, context):
        super().__init__()
        self.heads = heads
        self.norm1, self.norm2 = LayerNorm(width), LayerNorm(width)
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)
        self.up = nn.Linear(width, 4 * width, bias=False)
        self.down = nn.Linear(4 * width, width, bias=False)
        self.register_buffer("future", torch.triu(torch.ones(context, context, dtype=torch.bool), 1))

    def attend(self, x):
        B, T, D = x.shape
        q, k, v = (part.view(B, T, self.heads, -1).transpose(1, 2) for part in self.qkv(x).split(D, dim=2))
        if FUSED_ATTENTION:
            y = F.scaled_dot_product_attention(q, k, v, is_causal=True)
        else:
            scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
            y = scores.masked_fill(self.future[:T, :T], -math.inf).softmax(-1) @ v
        return self.out(y.transpose(1, 2).reshape(B, T, D))

    def forward(self, x):
        x = x + self.attend(self.norm1(x))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Gpt(nn.Module):
    def __init__(self, layers, heads, width, context, characters):
        super().__init__()
        self.tokens = nn.Embedding(characters, width)
        self.positions = nn.Embedding(context, width)
        self.blocks = nn.ModuleList([Block(width, heads, context) for _ in range(layers)])
        self.norm = LayerNorm(width)
        self.start(layers)

    def start(self, layers):
        """The parameters of ../src/works/gpt.ts, whose products have the weight on the right."""
        norms = [layer * 6 + at for layer in range(layers) for at in (2, 5)]
        blocks = [w for b in self.blocks for w in (b.qkv.weight, b.out.weight, b.up.weight, b.down.weight)]
        places = [i for i in range(2, 2 + 6 * layers) if i not in norms]
        with torch.no_grad():
            for i, table in enumerate((self.tokens.weight, self.positions.weight)):
                table.copy_(scattered(i, *table.shape) * 0.03)
            for i, weight in zip(places, blocks):
                weight.copy_(scattered(i, *reversed(weight.shape)).T * 0.03)

    def loss(self, ids, target):
        x = self.tokens(ids) + self.positions.weight[: ids.shape[1]]
        for block in self.blocks:
            x = block(x)
        logits = F.linear(self.norm(x), self.tokens.weight)
        return F.cross_entropy(logits.flatten(0, 1), target.flatten())


def prepare(layers, heads, width, context, batch, characters, half=0):
    model = Gpt(layers, heads, width, context, characters)
    # The fastest one that this PyTorch has for CPUs.
    fused = {"fused": True} if "fused" in inspect.signature(torch.optim.AdamW).parameters else {}
    options = {"lr": 1e-3, "weight_decay": 0.1, "betas": (0.9, 0.99)}
    try:
        optimizer = torch.optim.AdamW(model.parameters(), **options, **fused)
    except RuntimeError:  # fused for GPUs only
        optimizer = torch.optim.AdamW(model.parameters(), **options)
    i = torch.arange(batch * context + 1)
    text = (i * i * 7 + i * 3) % characters
    ids, target = text[:-1].view(batch, context), text[1:].view(batch, context)

    def step():
        optimizer.zero_grad(set_to_none=True)
        model.loss(ids, target).backward()
        optimizer.step()

    def half_step():
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(ids.device.type, dtype=torch.float16):
            loss = model.loss(ids, target)
        scaler.scale(loss).backward()
        scaler.step(optimizer)
        scaler.update()

    call = half_step if half else step
    scaler = torch.amp.GradScaler(ids.device.type) if half else None

    def check():
        with torch.no_grad():
            return model.loss(ids, target).item()

    return call, check
