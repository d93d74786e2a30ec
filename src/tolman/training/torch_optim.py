"""The optimiser in torch: the same updates as in JAX, from the same hyperparameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from tolman.models.huggingface.packages import torch
from tolman.training.config import OptimiserConfig
from tolman.training.step import hyperparameters, learning_rate


class TorchOptimiser:
    """Updates named parameters; gradients are clipped by their global norm, and the rate warms up and decays.

    Args:
        config: kind and hyperparameters.
        steps: updates over which the rate decays.
        parameters: to update, by name.
    """

    def __init__(self, config: OptimiserConfig, steps: int, parameters: Mapping[str, Any]) -> None:
        self.config, self.parameters, self.count = config, dict(parameters), 0
        self.hyperparameters = hyperparameters(config, steps)
        matrices = [value for value in self.parameters.values() if value.ndim > 1]
        others = [value for value in self.parameters.values() if value.ndim <= 1]
        groups = [{"params": matrices, "weight_decay": config.weight_decay}, {"params": others, "weight_decay": 0.0}]
        self.inner = _made(config, [group for group in groups if group["params"]])

    def update(self) -> None:
        """Update the parameters by their gradients, and drop these."""
        torch().nn.utils.clip_grad_norm_(list(self.parameters.values()), self.config.clip)
        for group in self.inner.param_groups:
            group["lr"] = float(learning_rate(self.hyperparameters, self.count))
        self.inner.step()
        self.inner.zero_grad()
        self.count += 1

    @property
    def slots(self) -> tuple[str, ...]:
        """The names of what it keeps for each parameter."""
        if self.config.kind == "sgd":
            return ("momentum_buffer",) if self.config.beta1 else ()
        return "exp_avg", "exp_avg_sq"

    def state(self) -> dict[str, dict[str, np.ndarray]]:
        """Return what it keeps, by parameter and slot; zeros before the first update."""
        kept = {name: self.inner.state.get(value, {}) for name, value in self.parameters.items()}
        zeros = {name: torch().zeros_like(value) for name, value in self.parameters.items()}
        return {
            name: {slot: slots.get(slot, zeros[name]).cpu().numpy() for slot in self.slots}
            for name, slots in kept.items()
        }

    def restore(self, state: Mapping[str, Mapping[str, np.ndarray]], count: int) -> None:
        """Continue from what was kept after `count` updates."""
        self.count = count
        for name, value in self.parameters.items():
            kept = {slot: torch().tensor(np.array(array), device=value.device) for slot, array in state[name].items()}
            step = {} if self.config.kind == "sgd" else {"step": torch().tensor(float(count))}
            self.inner.state[value] = step | kept


def _made(config: OptimiserConfig, groups: list[dict[str, Any]]) -> Any:
    optim, betas = torch().optim, (config.beta1, config.beta2)
    if config.kind == "sgd":
        return optim.SGD(groups, lr=config.learning_rate, momentum=config.beta1)
    kind = {"adamw": optim.AdamW, "adam": optim.Adam}[config.kind]
    return kind(groups, lr=config.learning_rate, betas=betas, eps=1e-8)
