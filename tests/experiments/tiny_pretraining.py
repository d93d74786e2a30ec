"""Pretraining of a model so small that it takes seconds."""

import pytest
from safetensors import safe_open

from tolman.experiments import pretraining
from tolman.experiments.pretraining import RECIPES, Recipe, pretrain
from tolman.models.parallel_context import ParallelContextConfig
from tolman.records.store import Store
from tolman.training.config import OptimiserConfig, TrainingConfig
from tolman.worlds.reading import Reading

TINY = Recipe(
    world=Reading(words=512, context=128, test_items=0),
    decoder=ParallelContextConfig(width=16, layers=1, local_layers=0, heads=2, hidden=16, conv=2),
    training=TrainingConfig(OptimiserConfig(warmup=10), batch=1, chunk=50, fresh=50, parallel_seeds=1, curve_points=1),
    steps=(100, 50, 50),
)
"""200 steps in four chunks."""
TINY_FILE = "tiny.safetensors"


def use_tiny(monkeypatch):
    """Makes the recipe known, and writes a checkpoint of its training after every chunk."""
    monkeypatch.setitem(RECIPES, "tiny", TINY)
    monkeypatch.setattr(pretraining, "CHECKPOINT_EVERY", 0.0)


def pretrained_in(folder, model="reader", seed=0, **options):
    """The card and the leaves that a call for one seed wrote."""
    folder.mkdir(exist_ok=True)
    path = folder / TINY_FILE
    (card,) = pretrain(model, "tiny", {seed: path}, Store(folder / "records"), **options)
    return card, leaves_in(path)


def leaves_in(path):
    """The weights in a file, as bytes."""
    with safe_open(path, framework="np") as file:
        return {name: file.get_tensor(name).tobytes() for name in file.keys()}  # noqa: SIM118


def known(card):
    """A card without what may differ between two calls."""
    return {name: value for name, value in card.items() if name not in ("seconds", "environment", "command")}


class Interrupted(Exception):
    """Stands for the end of a process."""


def interrupted(folder, after, **options):
    """Pretrains up to the report of a chunk, which ends the call before that chunk's checkpoint is written."""
    reports = []

    def report(update):
        reports.append(update)
        if len(reports) == after:
            raise Interrupted

    with pytest.raises(Interrupted):
        pretrained_in(folder, report=report, **options)
    assert not (folder / TINY_FILE).exists()


def differences(one, other, path=()):
    """The paths at which two cards differ."""
    if isinstance(one, dict) and isinstance(other, dict) and one.keys() == other.keys():
        return set().union(*(differences(one[name], other[name], (*path, name)) for name in one))
    return set() if one == other else {path}
