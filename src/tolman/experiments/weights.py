"""Trained weights in a folder of records: trained once, and shared by every learner that needs the same ones."""

from __future__ import annotations

import dataclasses
import functools
import json
import uuid
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from tolman.core.atomic import new_folder
from tolman.core.config import canonical, digest
from tolman.core.errors import UserError
from tolman.core.registry import named
from tolman.core.world import Instance
from tolman.models.huggingface.files import find_files
from tolman.models.io import ModelSpec, load_model, save_model
from tolman.records.store import Store
from tolman.records.upgrades import rename_replay
from tolman.retrieval.retriever import Retrieval
from tolman.training.augment import augmented
from tolman.training.checkpoint import drop
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.replay import ReplayBuffer
from tolman.training.step import seed_mesh
from tolman.training.trainer import AnyTrainer, Trained, Update, trainer_of

MODEL_SEED_STEP = 1_000_000
"""Models of one record that differ in nothing but their model seed have model seeds this far apart."""

_HISTORY = "history.json"
_REPLAY = "episodes.safetensors"


class Training(NamedTuple):
    """One model to be trained."""

    spec: TrainingSpec
    seeds: Seeds

    @property
    def key(self) -> str:
        """The name of the folder of its weights."""
        return training_key(*self)


class TrainingHistory(NamedTuple):
    """The history of one training.

    Attributes:
        curve: the learning curve's points.
        budget: steps, tokens and targets that were used, whether it stopped early, and what an augmentation wrote.
        seconds: this model's part of its batch's time to compile, train and evaluate.
        replay: episodes that the model remembers of its own, if it learned by acting.
    """

    curve: list[dict[str, Any]]
    budget: dict[str, Any]
    seconds: dict[str, float]
    replay: ReplayBuffer | None


def retrieval_config(context: Retrieval | None) -> dict[str, Any] | None:
    """Return the configuration of a retrieval: its retriever's parameters and version, and a sentence encoder's digest.

    Raises:
        UserError: there is no such encoder.
    """
    if context is None:
        return None
    config = {name: value for name, value in canonical(context).items() if name != "class"}
    retriever, encoder = named("retrievers", context.retriever), context.retriever.encoder
    return config | {"retriever": retriever | ({"digest": find_files(encoder).digest} if encoder else {})}


def training_config(spec: TrainingSpec, seeds: Seeds) -> dict[str, Any]:
    """Return everything that enters a model's weights and its learning curve."""
    return {
        "world": named("worlds", spec.world),
        "model": named("models", spec.model),
        "training": {
            **canonical(spec.training),
            "precision": spec.training.resolved_precision,
            "phases": canonical(spec.phases),
            "retrieval": retrieval_config(spec.retrieval),
            **({"augmentation": named("augmentations", spec.augmentation)} if spec.augmentation else {}),
            **({"metric": canonical(spec.metric)} if spec.metric else {}),
            **({"ppo": canonical(spec.ppo)} if spec.ppo else {}),
            **({"auxiliary": canonical(spec.auxiliary)} if spec.auxiliary else {}),
        },
        "world_seed": seeds.world,
        "model_seed": seeds.model,
    }


def training_key(spec: TrainingSpec, seeds: Seeds) -> str:
    """Return the name of the folder of the trained weights."""
    return digest(training_config(spec, seeds))


@dataclasses.dataclass(frozen=True)
class SeedBatch:
    """Seeds that are trained together, in one compiled program."""

    spec: TrainingSpec
    seeds: tuple[Seeds, ...]

    @property
    def key(self) -> str:
        """The name of the batch's checkpoint."""
        return digest([training_config(self.spec, seeds) for seeds in self.seeds])

    def describe(self, condition: str, wanted: Sequence[Mapping[str, Training]]) -> str:
        """Return what the batch trains, in words, with those of its seeds that are wanted."""
        seeds = sorted({seeds.model for each in wanted for _, seeds in each.values() if seeds in self.seeds})
        context = self.spec.retrieval
        how = f"trained with {named('retrievers', context.retriever)['name']} retrieval" if context else "weights only"
        if self.spec.augmentation:
            how = f"{named('augmentations', self.spec.augmentation)['name']} documents too"
        asked = f"seed {seeds[0]}" if len(seeds) == 1 else f"seeds {seeds[0]}-{seeds[-1]}"
        return f"{condition} · {how} · {asked}"


def seed_batch_of(spec: TrainingSpec, seeds: Seeds) -> SeedBatch:
    """Return the batch that a seed belongs to: `spec.training.parallel_seeds` seeds from a multiple of that number on.

    Batches are aligned and trained whole, so that a seed's bits do not depend on which seeds were asked for.
    """
    offset, width = seeds.model - seeds.world, spec.training.parallel_seeds
    start = seeds.world // width * width
    return SeedBatch(spec, tuple(Seeds(seed, seed + offset) for seed in range(start, start + width)))


def draw_cached(spec: TrainingSpec) -> Callable[[int], Instance]:
    """Return a function that draws the world of a seed and keeps the last few instances."""
    return functools.lru_cache(maxsize=2 * spec.training.parallel_seeds)(spec.world.draw)


def is_trained(store: Store, batch: SeedBatch) -> bool:
    """Return whether all weights of a batch are there and can be read; damaged ones are moved aside."""
    readable = [_readable(_folder(store, batch.spec, seeds)) for seeds in batch.seeds]  # moves every damaged one
    return all(readable)


def train(
    store: Store,
    batch: SeedBatch,
    draw: Callable[[int], Instance],
    report: Callable[[Update], None],
    every: float,
    *,
    workers: int = 0,
) -> None:
    """Train a batch from its last checkpoint on, and keep weights and history of every seed.

    Args:
        store: where weights and checkpoints are kept.
        batch: what to train.
        draw: draws the world of a seed.
        report: called after every chunk of steps.
        every: seconds between checkpoints.
        workers: processes that draw documents ahead.
    """
    instances, reports = tuple(draw(seeds.world) for seeds in batch.seeds), [{} for _ in batch.seeds]
    if batch.spec.augmentation is not None:
        instances, reports = augmented(batch.spec, batch.seeds, instances)
    # Another number of devices rounds differently, so that a run must not go on from such a checkpoint.
    work = store.work / f"{batch.key}-{seed_mesh(len(batch.seeds)).size}"
    kind = trainer_of(batch.spec)
    trainer = kind(batch.spec, batch.seeds, instances, folder=work, checkpoint_every=every, workers=workers)
    for trained, written in zip(trainer.train(report), reports, strict=True):
        seconds = {part: s / len(batch.seeds) for part, s in trainer.seconds.items()}
        _save(store, trainer, trained, seconds, written)
    if work.exists():
        drop(work)


def fetch(store: Store, spec: TrainingSpec, seeds: Seeds) -> tuple[Any, TrainingHistory]:
    """Return a trained model and its history."""
    folder = _folder(store, spec, seeds)
    history = json.loads((folder / _HISTORY).read_text())
    curve, budget, seconds = history["curve"], history["budget"], history["seconds"]
    return load_model(folder), TrainingHistory(curve, budget, seconds, replay_buffer(folder))


def replay_buffer(folder: Path) -> ReplayBuffer | None:
    """Return the episodes that the model in a folder remembers of its own, if it learned by acting."""
    path = folder / _REPLAY
    return ReplayBuffer(**rename_replay(load_file(path))) if path.exists() else None


def _folder(store: Store, spec: TrainingSpec, seeds: Seeds) -> Path:
    return store.models / training_key(spec, seeds)


def _readable(folder: Path) -> bool:
    if not folder.exists():
        return False
    try:
        load_model(folder)
        json.loads((folder / _HISTORY).read_text())
        replay_buffer(folder)
    except (UserError, OSError, ValueError, TypeError, SafetensorError):
        with suppress(FileNotFoundError):  # another process was faster
            folder.rename(folder.with_name(f".damaged-{folder.name}-{uuid.uuid4().hex[:8]}"))
        return False
    return True


def _save(
    store: Store, trainer: AnyTrainer, trained: Trained, seconds: dict[str, float], written: dict[str, Any]
) -> None:
    spec, first = trainer.spec, trainer.instances[0]
    budget = {name: getattr(trained, name) for name in ("steps", "tokens", "targets", "stopped")}
    history = {
        "curve": trained.curve,
        "budget": budget | ({"augmentation": written} if written else {}),
        "seconds": seconds,
        "config": training_config(spec, trained.seeds),
    }
    with new_folder(_folder(store, spec, trained.seeds)) as folder:
        save_model(trained.model, ModelSpec(spec.model, first.inputs, first.outputs), folder)
        (folder / _HISTORY).write_text(json.dumps(canonical(history)))
        if trained.replay is not None:
            save_file(trained.replay.arrays(), folder / _REPLAY)
