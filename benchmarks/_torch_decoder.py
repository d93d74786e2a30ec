"""The decoder of `tolman.models.decoder` in plain PyTorch, written as one would who wants it fast.

Fused query-key-value projection, `scaled_dot_product_attention`, cached rotary tables, `rms_norm`, and AdamW in its
fused form. Same parameters, same initial scales, same optimiser groups; `load` copies Tolman's weights, so that the
benchmark can show that both compute the same logits.
"""

from __future__ import annotations

from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn


def rotary_tables(length: int, half: int, base: float) -> tuple[Tensor, Tensor]:
    """Cosines and signed sines `[length, 1, 1, 2 * half]` for `rotate`."""
    angle = torch.arange(length)[:, None] * base ** (-torch.arange(half) / half)
    cos, sin = angle.cos(), angle.sin()
    return torch.cat([cos, cos], -1)[:, None, None], torch.cat([-sin, sin], -1)[:, None, None]


def rotate(x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
    """Rotates the first `2 * half` units of each head, half-split; `x` is `[b, t, 2, h, e]`, queries and keys."""
    moving, half = cos.shape[-1], cos.shape[-1] // 2
    swapped = torch.cat([x[..., half:moving], x[..., :half]], dim=-1)
    if moving == x.shape[-1]:
        return torch.addcmul(x * cos, swapped, sin)
    return torch.cat([torch.addcmul(x[..., :moving] * cos, swapped, sin), x[..., moving:]], dim=-1)


class CausalConvolution(nn.Module):
    """Depthwise, over the present and `taps - 1` past values of each channel; `[b, t, d]`."""

    def __init__(self, width: int, taps: int):
        super().__init__()
        self.kernel = nn.Parameter(taps**-0.5 * (1 + torch.randn(taps, width)))

    def forward(self, x: Tensor) -> Tensor:
        # As a two-dimensional convolution over a channels-last view: on a CPU, half the time of `conv1d` with as many
        # groups as channels, and of shifted products.
        padded = F.pad(x, (0, 0, self.kernel.shape[0] - 1, 0)).transpose(1, 2).unsqueeze(2)
        out = F.conv2d(padded, self.kernel.T[:, None, None], groups=x.shape[-1])
        return out.squeeze(2).transpose(1, 2)


class Attention(nn.Module):
    """Causal multi-head attention."""

    def __init__(self, width: int, heads: int):
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(width, 3 * width, bias=False)
        self.out = nn.Linear(width, width, bias=False)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        b, t, d = x.shape
        qkv = self.qkv(x).view(b, t, 3, self.heads, d // self.heads)
        q, k = rotate(qkv[:, :, :2], cos, sin).permute(2, 0, 3, 1, 4).unbind(0)
        mixed = F.scaled_dot_product_attention(q, k, qkv[:, :, 2].transpose(1, 2), is_causal=True)
        return self.out(mixed.transpose(1, 2).reshape(b, t, d))


class FeedForward(nn.Module):
    """Squared ReLU, or SwiGLU."""

    def __init__(self, width: int, hidden: int, gated: bool):
        super().__init__()
        self.up = nn.Linear(width, hidden, bias=False)
        self.gate = nn.Linear(width, hidden, bias=False) if gated else None
        self.down = nn.Linear(hidden, width, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        inner = self.up(x)
        inner = F.relu(inner).square() if self.gate is None else inner * F.silu(self.gate(x))
        return self.down(inner)


class Block(nn.Module):
    """One pre-norm layer: (convolution,) attention, feed-forward."""

    def __init__(self, width: int, heads: int, hidden: int, conv: int, gated: bool, eps: float):
        super().__init__()
        self.attention_norm = nn.RMSNorm(width, eps=eps)
        self.conv = CausalConvolution(width, conv) if conv else None
        self.attention = Attention(width, heads)
        self.mlp_norm = nn.RMSNorm(width, eps=eps)
        self.mlp = FeedForward(width, hidden, gated)

    def forward(self, x: Tensor, cos: Tensor, sin: Tensor) -> Tensor:
        h = self.attention_norm(x)
        if self.conv is not None:
            h = h + self.conv(h)
        x = x + self.attention(h, cos, sin)
        return x + self.mlp(self.mlp_norm(x))


class TorchDecoder(nn.Module):
    """Maps tokens `[b, t]` to logits `[b, t, vocabulary]`; `config` is Tolman's `DecoderConfig`."""

    cos: Tensor
    sin: Tensor

    def __init__(self, config: Any, vocabulary: int, length: int):
        super().__init__()
        d, gated = config.width, config.mlp == "swiglu"
        self.embedding = nn.Embedding(vocabulary, d)
        self.blocks = nn.ModuleList(
            Block(d, config.heads, config.hidden_width, config.conv, gated, config.norm_eps)
            for _ in range(config.layers)
        )
        self.norm = nn.RMSNorm(d, eps=config.norm_eps)
        self.unembedding = nn.Linear(d, vocabulary, bias=False)
        half = int(d // config.heads * config.rotary) // 2
        for name, table in zip(("cos", "sin"), rotary_tables(length, half, config.rope_base), strict=True):
            self.register_buffer(name, table, persistent=False)

    def forward(self, tokens: Tensor) -> Tensor:
        x = self.embedding(tokens)
        cos, sin = self.cos.to(x.dtype), self.sin.to(x.dtype)
        for block in self.blocks:
            x = block(x, cos, sin)
        return self.unembedding(self.norm(x))


def load(model: TorchDecoder, decoder: Any) -> None:
    """Copies the weights of a Tolman decoder, which are stored `[in, out]`, into the PyTorch one."""
    import numpy as np

    def put(parameter: Tensor, *arrays: Any, transpose: bool = True) -> None:
        joined = np.concatenate([np.asarray(a).T if transpose else np.asarray(a) for a in arrays])
        parameter.data.copy_(torch.from_numpy(joined.copy()))

    put(model.embedding.weight, decoder.embedding, transpose=False)
    put(model.unembedding.weight, decoder.unembedding)
    for ours, theirs in zip(model.blocks, decoder.layers, strict=True):
        put(ours.attention.qkv.weight, theirs.attention.query, theirs.attention.key, theirs.attention.value)
        put(ours.attention.out.weight, theirs.attention.out)
        put(ours.mlp.up.weight, theirs.mlp.up)
        put(ours.mlp.down.weight, theirs.mlp.down)
        if ours.mlp.gate is not None:
            put(ours.mlp.gate.weight, theirs.mlp.gate)
        if ours.conv is not None:
            put(ours.conv.kernel, theirs.conv, transpose=False)


def adamw(model: nn.Module, config: Any) -> torch.optim.Optimizer:
    """Fused AdamW with Tolman's numbers; decay on matrices only."""
    groups = [
        {"params": [p for p in model.parameters() if p.ndim > 1], "weight_decay": config.weight_decay},
        {"params": [p for p in model.parameters() if p.ndim <= 1], "weight_decay": 0.0},
    ]
    betas = (config.beta1, config.beta2)
    return torch.optim.AdamW(groups, lr=config.learning_rate, betas=betas, eps=1e-8, fused=True)


def schedule(config: Any, optimiser: torch.optim.Optimizer, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    """Linear warm-up, then linear decay, as in Tolman."""

    def rate(step: int) -> float:
        left = min(1.0, max(0.0, (steps - step) / max(steps - config.warmup, 1)))
        return min(1.0, (step + 1) / max(config.warmup, 1)) * (config.final + (1 - config.final) * left)

    return torch.optim.lr_scheduler.LambdaLR(optimiser, rate)


class TorchTraining:
    """One model's training: call it for a step. Rows `[n, length + 1]` are drawn uniformly with replacement."""

    def __init__(self, model: nn.Module, config: Any, rows: Tensor, batch: int, steps: int = 100_000):
        self.model, self.rows, self.batch, self.clip = model, rows, batch, config.clip
        self.optimiser = adamw(model, config)
        self.schedule = schedule(config, self.optimiser, steps)

    def __call__(self) -> Tensor:
        drawn = self.rows[torch.randint(self.rows.shape[0], (self.batch,), device=self.rows.device)]
        with torch.autocast(self.rows.device.type, torch.bfloat16, enabled=self.rows.is_cuda):
            logits = self.model(drawn[:, :-1])
        loss = F.cross_entropy(logits.flatten(0, 1).float(), drawn[:, 1:].flatten())
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), self.clip)
        self.optimiser.step()
        self.schedule.step()
        return loss.detach()
