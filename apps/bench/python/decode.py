"""GPT-2 with random weights: a prompt at once, and token by token behind it with a cache: ../src/works/decode.ts."""

import math

import torch
from data import scattered
from torch.nn import functional as F

SPAN = 64


class Gpt2:
    """A plain model with a static cache. Products have their weights as nn.Linear does: [out, in]."""

    def __init__(self, layers, heads, width, vocabulary, context, length):
        self.layers, self.heads, self.width = layers, heads, width
        self.salt = 4
        self.tokens = self.array(vocabulary, width)
        self.positions = self.array(context, width)
        self.blocks = [self.block() for _ in range(layers)]
        self.norm = self.gains()
        self.cache = torch.zeros(layers, 2, 1, heads, length, width // heads)

    def array(self, *shape):
        self.salt += 1
        return scattered(self.salt - 1, *shape) * 0.03

    def gains(self):
        return self.array(self.width) + 1, self.array(self.width)

    def product(self, into, out):
        weight = self.array(into, out)
        return weight.T.contiguous(), self.array(out)

    def block(self):
        D = self.width
        return [
            self.gains(),
            self.product(D, 3 * D),
            self.product(D, D),
            self.gains(),
            self.product(D, 4 * D),
            self.product(4 * D, D),
        ]

    def halve(self):
        self.tokens, self.positions, self.cache = self.tokens.half(), self.positions.half(), self.cache.half()
        self.norm = [x.half() for x in self.norm]
        self.blocks = [[[x.half() for x in part] for part in block] for block in self.blocks]

    def normed(self, x, gains):
        return F.layer_norm(x, (self.width,), *gains, 1e-5)

    def attend(self, x, layer, qkv, past):
        T = x.shape[1]
        q, k, v = (it.view(1, T, self.heads, -1).transpose(1, 2) for it in F.linear(x, *qkv).split(self.width, dim=2))
        keys, values = self.cache[layer]
        keys[:, :, past : past + T] = k
        values[:, :, past : past + T] = v
        y = attention(q, keys[:, :, : past + T], values[:, :, : past + T], T > 1)
        return y.transpose(1, 2).reshape(1, T, self.width)

    def forward(self, ids, past):
        """Logits behind the last of the ids, which follow the first `past` of the cache; more than one id for an empty one."""
        x = self.tokens[ids] + self.positions[past : past + len(ids)]
        x = x.unsqueeze(0)
        for i, (norm1, qkv, out, norm2, up, down) in enumerate(self.blocks):
            x = x + F.linear(self.attend(self.normed(x, norm1), i, qkv, past), *out)
            hidden = gelu(F.linear(self.normed(x, norm2), *up))
            x = x + F.linear(hidden, *down)
        return F.linear(self.normed(x[:, -1], self.norm), self.tokens).float().cpu()


def gelu(x):
    return F.gelu(x, approximate="tanh")


def attention(q, k, v, causal):
    if hasattr(F, "scaled_dot_product_attention"):
        return F.scaled_dot_product_attention(q, k, v, is_causal=causal)
    scores = q @ k.transpose(-2, -1) / math.sqrt(k.shape[-1])
    if causal:
        T = q.shape[-2]
        scores = scores.masked_fill(torch.triu(torch.ones(T, T, dtype=torch.bool), 1), -math.inf)
    return scores.softmax(-1) @ v


def prepare(layers, heads, width, vocabulary, context, prompt, variant, half=0):
    torch.set_grad_enabled(False)
    model = Gpt2(layers, heads, width, vocabulary, context, prompt + SPAN)
    if half:
        model.halve()
    i = torch.arange(prompt + SPAN)
    ids = (i * i * 7 + i * 3) % vocabulary
    at = prompt

    def prefill():
        return model.forward(ids[:prompt], 0)

    def token():
        nonlocal at
        logits = model.forward(ids[at : at + 1], at)
        at = at + 1 if at + 1 < prompt + SPAN else prompt
        return logits

    def check():
        nonlocal at
        at = prompt
        found = placed_mean_square(prefill()) + sum(placed_mean_square(token()) for _ in range(3))
        at = prompt
        return found

    prefill()
    call = prefill if variant == "prefill" else token

    def timed():
        call()

    timed.output_bytes = 4 * vocabulary
    return timed, check


def placed_mean_square(x):
    x = x.flatten().double()
    return ((1 + torch.arange(x.numel(), device=x.device) % 7) * x.square()).mean().item()
