"""Low-rank adapters, and the weights that are trained."""

from __future__ import annotations

from typing import Any

from tolman.models.huggingface.packages import peft, torch

SCALE = 2
"""`alpha` of an adapter, in units of its rank."""


def add_adapters(network: Any, rank: int, seed: int) -> None:
    """Add to a network adapters of all its linear layers, in float32; they change nothing before they are trained."""
    config = peft().LoraConfig(r=rank, lora_alpha=SCALE * rank, lora_dropout=0.0, target_modules="all-linear")
    with torch().random.fork_rng(devices=[]):
        torch().manual_seed(seed)
        peft().inject_adapter_in_model(config, network)
    for value in trained_weights(network).values():
        value.data = value.data.float()
    network.eval()


def trained_weights(network: Any) -> dict[str, Any]:
    """Return the parameters that are trained, by name: those of the adapters where there are any, else all."""
    found = dict(network.named_parameters())
    adapters = {name: value for name, value in found.items() if ".lora_" in name}
    return adapters or found
