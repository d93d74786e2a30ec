"""Record the activations of a PyTorch model through plain forward hooks, and save them for `tolman audit`.

    python examples/audit_hooks.py
    tolman audit activations.npz --features features.csv -o audit.html

It needs PyTorch and, for the model below, `transformers` (`pip install torch transformers`). `record` takes
any module: nothing in it is about language models.
"""

from __future__ import annotations

import contextlib
import csv
import itertools
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np


@contextlib.contextmanager
def record(model: Any, layers: list[str], reduce: Callable[[Any], Any]) -> Iterator[dict[str, list[Any]]]:
    """Keep `reduce(output)`, an array `[rows, units]`, of each named submodule for every batch that passes through."""
    kept: dict[str, list[Any]] = {name: [] for name in layers}

    def keep(name: str) -> Callable[..., None]:
        def hook(module: Any, inputs: Any, output: Any) -> None:
            output = output[0] if isinstance(output, tuple) else output  # blocks of transformers return tuples
            kept[name].append(reduce(output).detach().float().cpu().numpy())

        return hook

    handles = [model.get_submodule(name).register_forward_hook(keep(name)) for name in layers]
    try:
        yield kept
    finally:
        for handle in handles:
            handle.remove()


def main() -> None:
    """Save activations of sentences that vary in tense, number and verb at their last token in every block of GPT-2."""
    import torch
    from transformers import AutoModel, AutoTokenizer

    subjects = {"singular": ["The dog", "A child", "My friend"], "plural": ["The dogs", "Children", "My friends"]}
    verbs = {"walk": ("will walk", "walked"), "cook": ("will cook", "cooked"), "play": ("will play", "played")}
    places = ["at home", "in the city", "by the river", "after school", "with us", "again", "today", "in the garden"]
    rows = [
        (f"{subject} {forms[past]} {place}", ("future", "past")[past], number, verb)
        for number, several in subjects.items()
        for subject, (verb, forms), past, place in itertools.product(several, verbs.items(), (0, 1), places)
    ]
    tokenizer, model = AutoTokenizer.from_pretrained("gpt2"), AutoModel.from_pretrained("gpt2").eval()
    layers = [f"h.{i}" for i in range(len(model.h))]
    with torch.no_grad(), record(model, layers, lambda output: output[:, -1]) as kept:
        for text, *_ in rows:
            model(**tokenizer(text, return_tensors="pt"))
    np.savez("activations.npz", **{name: np.concatenate(parts) for name, parts in kept.items()})
    with Path("features.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("tense", "number", "verb"), *(row[1:] for row in rows)])


if __name__ == "__main__":
    main()
