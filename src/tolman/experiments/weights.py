"""Trained weights among the records: each trained once, used by every learner that shares them."""

from __future__ import annotations

import dataclasses
import functools
import json
import uuid
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tolman.core.atomic import new_folder
from tolman.core.config import canonical, digest
from tolman.core.errors import UserError
from tolman.core.world import Instance
from tolman.experiments.keys import training_config, training_key
from tolman.models.base import ModelSpec
from tolman.models.io import load_model, save_model
from tolman.records.store import Store
from tolman.training.actor_learner import ActorLearner
from tolman.training.checkpoint import drop
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.devices import seed_mesh
from tolman.training.replay import ReplayBuffer
from tolman.training.trainer import Trained, Trainer, Update


class TrainingHistory(NamedTuple):
    """How a model was trained.

    Its curve, the budget it used, each part's share of the block's seconds, and the episodes that it remembers if it
    learned by acting.
    """

    curve: list[dict[str, Any]]
    budget: dict[str, Any]
    seconds: dict[str, float]
    own: ReplayBuffer | None


@dataclasses.dataclass(frozen=True)
class SeedBatch:
    """A block of seeds that trains together, whichever of them are wanted."""

    spec: TrainingSpec
    seeds: tuple[Seeds, ...]

    @property
    def key(self) -> str:
        """The name of the block's checkpoint."""
        return digest([training_config(self.spec, s) for s in self.seeds])


_OWN = "episodes.safetensors"

REPLICA = 1_000_000
"""Models that differ in nothing but their seed have seeds this far apart."""


def seed_batch_of(spec: TrainingSpec, seeds: Seeds) -> SeedBatch:
    """The aligned block that a lane belongs to; it is trained whole, whichever of its lanes are wanted."""
    replica, width = seeds.model - seeds.world, spec.training.parallel_seeds
    start = seeds.world // width * width
    return SeedBatch(spec, tuple(Seeds(i, i + replica) for i in range(start, start + width)))


def trained(store: Store, lanes: SeedBatch) -> bool:
    """Whether all weights of a block are there and can be read."""
    readable = [_readable(_folder(store, lanes.spec, seeds)) for seeds in lanes.seeds]  # every damaged one makes way
    return all(readable)


def _readable(folder: Path) -> bool:
    """Whether a model is there; a damaged one makes way under another name, as a damaged record does."""
    if not folder.exists():
        return False
    try:
        load_model(folder)
        json.loads((folder / "course.json").read_text())
        own_episodes(folder)
    except (UserError, OSError, ValueError, TypeError, SafetensorError):
        with suppress(FileNotFoundError):  # another process was faster
            folder.rename(folder.with_name(f".damaged-{folder.name}-{uuid.uuid4().hex[:8]}"))
        return False
    return True


def train(
    store: Store, lanes: SeedBatch, draw: Callable[[int], Instance], report: Callable[[Update], None], every: float
) -> None:
    """Trains a block from its last checkpoint, and keeps weights and course of every lane."""
    instances = tuple(draw(seeds.world) for seeds in lanes.seeds)
    # Another number of devices rounds differently, so that a run must not go on from such a checkpoint.
    work = store.work / f"{lanes.key}-{seed_mesh(len(lanes.seeds)).size}"
    kind = Trainer if lanes.spec.ppo is None else ActorLearner
    block = kind(lanes.spec, lanes.seeds, instances, work, every)
    for result in block.train(report):
        _save(store, block, result, {k: v / len(lanes.seeds) for k, v in block.seconds.items()})
    drop(work)


def fetch(store: Store, spec: TrainingSpec, seeds: Seeds) -> tuple[Any, TrainingHistory]:
    """A trained model and how it came about."""
    folder = _folder(store, spec, seeds)
    course = json.loads((folder / "course.json").read_text())
    return load_model(folder), TrainingHistory(
        course["curve"], course["budget"], course["seconds"], own_episodes(folder)
    )


def own_episodes(folder: Path) -> ReplayBuffer | None:
    """What the model in a folder remembers of its own, if it learned by acting."""
    path = folder / _OWN
    return ReplayBuffer(**load_file(path)) if path.exists() else None


def _folder(store: Store, spec: TrainingSpec, seeds: Seeds) -> Path:
    return store.models / training_key(spec, seeds)


def _save(store: Store, block: Trainer, result: Trained, seconds: dict[str, float]) -> None:
    spec, first = block.spec, block.instances[0]
    budget = {"steps": result.steps, "tokens": result.tokens, "targets": result.targets, "stopped": result.stopped}
    course = {
        "curve": result.curve,
        "budget": budget,
        "seconds": seconds,
        "config": training_config(spec, result.seeds),
    }
    with new_folder(_folder(store, spec, result.seeds)) as folder:
        save_model(result.model, ModelSpec(spec.model, first.inputs, first.outputs), folder)
        (folder / "course.json").write_text(json.dumps(canonical(course)))
        if result.own is not None:
            save_file(result.own.arrays(), folder / _OWN)


def drawer(spec: TrainingSpec) -> Callable[[int], Instance]:
    """Draws the spec's world, keeping the last few instances."""
    return functools.lru_cache(maxsize=2 * spec.training.parallel_seeds)(spec.world.draw)
