"""Trains one block of lanes: the outer loop around the compiled chunks.

Here is everything that must not be compiled: retrieval, fresh documents, learning curves, stopping, checkpoints
and progress. All randomness is a function of seeds and the chunk's number, so that a run that was
interrupted ends with the bits of one that was not.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from tolman.core.world import Instance
from tolman.learners.learner import Phase
from tolman.models.base import Model
from tolman.training import checkpoint
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.data import DocumentSource, chunks
from tolman.training.devices import resolved, seed_mesh
from tolman.training.evaluate import evaluate
from tolman.training.optim import hyperparameters
from tolman.training.replay import ReplayBuffer
from tolman.training.step import ChunkData, Shape, TrainState, compiled, spread, starter


class Update(NamedTuple):
    """What a progress display is told after every chunk."""

    step: int
    steps: int
    loss: float
    accuracy: dict[str, float]


class Trained(NamedTuple):
    """One lane after training: its model, its learning curve, the budget it used, and its own episodes if it acted."""

    seeds: Seeds
    model: Model
    curve: list[dict[str, Any]]
    steps: int
    tokens: int
    targets: int
    stopped: bool
    own: ReplayBuffer | None = None


class Trainer:
    """SeedBatch of equal shape that train together.

    Args:
        spec: what to train.
        seeds: one pair per lane; as many as `spec.training.parallel_seeds`.
        instances: the world drawn from each lane's world seed.
        folder: where to keep the checkpoint, or None for none.
        checkpoint_every: seconds between checkpoints.
    """

    def __init__(
        self,
        spec: TrainingSpec,
        seeds: tuple[Seeds, ...],
        instances: tuple[Instance, ...],
        folder: Path | None = None,
        checkpoint_every: float = 10.0,
    ):
        self.spec, self.seeds, self.instances, self.folder = spec, seeds, instances, folder
        self.checkpoint_every = checkpoint_every
        self.mesh = seed_mesh(len(seeds))
        self.plan = list(chunks(spec))
        spread = max(1, len(self.plan) // max(1, spec.training.curve_points))
        self.points = {n for n, _ in self.plan if (n + 1) % spread == 0} | {len(self.plan) - 1}
        self.seconds = {"compile": 0.0, "train": 0.0, "evaluate": 0.0}
        self.shapes = set[str]()
        self.kept: tuple[list[DocumentSource], dict[str, Any]] | None = None

    def train(self, report: Callable[[Update], None] = lambda update: None) -> list[Trained]:
        """Trains to the end, from the last checkpoint if there is one; calls `report` after every chunk."""
        lanes, first, curves = self._begin()
        saved, feeders = time.monotonic(), None
        for number, phase in self.plan[first:]:
            if feeders is None or feeders[0].phase is not phase:
                feeders = self._feeders(phase)
            lanes, losses = self._chunk(lanes, feeders, number)
            if number in self.points:
                lanes = self._measure(lanes, losses, curves)
            accuracy = curves[0][-1]["accuracy"] if curves[0] else {}
            report(Update((number + 1) * self.spec.training.chunk, self.spec.steps, float(losses.mean()), accuracy))
            if not np.asarray(lanes.active).any():
                break
            if self.folder is not None and time.monotonic() - saved >= self.checkpoint_every:
                checkpoint.write(
                    self.folder, (lanes, self._extra()), checkpoint.Progress(number + 1, curves, self.seconds)
                )
                saved = time.monotonic()
        return self._finish(lanes, curves)

    @property
    def updates(self) -> int:
        """Optimiser updates in all, over which its rate decays."""
        return self.spec.steps

    def _instance(self, lane: int) -> Instance:
        """What a lane is tested on."""
        return self.instances[lane]

    def _extra(self) -> Any:
        """What a checkpoint must hold besides the lanes, a pytree of arrays."""
        return ()

    def _restore(self, extra: Any) -> None:
        """Takes up what `_extra` gave."""

    def _recollection(self, lane: int) -> ReplayBuffer | None:
        """A lane's own episodes."""

    def _shape(self) -> Shape:
        training, first = self.spec.training, self.instances[0]
        half = resolved(training.precision) == "bfloat16"
        # Where what was retrieved carries loss too, every slot needs room for its targets.
        reinstated = self.spec.retrieval.k if self.spec.retrieval and training.retrieved_loss else 0
        targets = first.most_targets * (1 + reinstated)
        return Shape(
            self.spec.model,
            first.inputs,
            first.outputs,
            training.optimiser.kind,
            training.batch,
            training.chunk,
            targets,
            half,
        )

    def _begin(self) -> tuple[TrainState, int, list[list[dict[str, Any]]]]:
        started = time.monotonic()
        count = len(self.seeds)
        optimiser = hyperparameters(self.spec.training.optimiser, self.updates)
        stacked = jax.tree.map(lambda leaf: jnp.stack([leaf] * count), optimiser)
        seeds = jnp.array([s.model for s in self.seeds], jnp.int32)
        retrieved = jnp.full(count, self.spec.training.retrieved_loss, jnp.float32)
        lanes = starter(self._shape(), self.mesh)(seeds, stacked, retrieved)
        kept = checkpoint.read(self.folder, (lanes, self._extra())) if self.folder is not None else None
        self.seconds["compile"] += time.monotonic() - started
        if kept is None:
            return lanes, 0, [[] for _ in self.seeds]
        (restored, extra), progress = kept
        self._restore(extra)
        self.seconds = dict(progress.seconds)
        return (
            jax.device_put(restored, jax.tree.map(lambda leaf: leaf.sharding, lanes)),
            progress.chunk,
            progress.curves,
        )

    def _feeders(self, phase: Phase) -> list[Any]:
        """What gives each lane its data during a phase."""
        return [DocumentSource(self.spec, phase, i, s.world) for i, s in zip(self.instances, self.seeds, strict=True)]

    def _chunk(self, lanes: TrainState, feeders: list[Any], number: int) -> tuple[TrainState, np.ndarray]:
        """The lanes after a chunk, and their losses `[W, chunk]`."""
        started = time.monotonic()
        bank = self._bank(feeders, number)
        run = compiled(self._shape(), self.mesh)
        lanes, losses = run(lanes, bank)
        losses = np.asarray(losses)
        self.seconds[self._kind(bank)] += time.monotonic() - started
        self._finite(lanes, losses)
        return lanes, losses

    def _finite(self, lanes: TrainState, losses: np.ndarray) -> None:
        if not np.isfinite(losses[np.asarray(lanes.active)]).all():
            raise FloatingPointError(
                f"the loss is not finite after step {int(np.max(lanes.step))}; lower training.optimiser.learning_rate"
            )

    def _bank(self, feeders: list[DocumentSource], number: int) -> ChunkData:
        """The lanes' banks, stacked; what is the same for a whole phase is sent to the devices once."""
        if self.kept is None or self.kept[0] is not feeders:
            self.kept = feeders, {}
        kept = self.kept[1]
        if len(kept) == len(ChunkData._fields):
            return ChunkData(**kept)
        banks = [feeder.bank(number) for feeder in feeders]
        fresh = {
            name: _stacked([getattr(bank, name) for bank in banks]) for name in ChunkData._fields if name not in kept
        }
        kept |= {name: spread(fresh[name], self.mesh) for name in feeders[0].lasting if name in fresh}
        return ChunkData(**(fresh | kept))

    def _kind(self, bank: Any) -> str:
        """What a call's time counts as: the first of each shape is spent on compiling, mostly."""
        shape = str(jax.tree.map(np.shape, bank))
        kind = "train" if shape in self.shapes else "compile"
        self.shapes.add(shape)
        return kind

    def _measure(self, lanes: TrainState, losses: np.ndarray, curves: list[list[dict[str, Any]]]) -> TrainState:
        """Adds a point to every running lane's curve, and freezes lanes that met the criterion."""
        started, active = time.monotonic(), np.array(lanes.active)
        for i in np.flatnonzero(active).tolist():
            model = self._model(lanes, i)
            accuracy = self._accuracy(model, i)
            point = {"step": int(lanes.step[i]), "tokens": int(lanes.tokens[i]), "targets": int(lanes.targets[i])}
            seen = {"measures": self.spec.metric.measures(model, self._instance(i))} if self.spec.metric else {}
            curves[i].append({**point, "loss": float(losses[i].mean()), "accuracy": accuracy, **seen})
            active[i] = not self._met(accuracy)
        self.seconds["evaluate"] += time.monotonic() - started
        return lanes._replace(active=jax.device_put(active, lanes.active.sharding))

    def _accuracy(self, model: Model, lane: int) -> dict[str, float]:
        instance = self._instance(lane)
        how, seed = self.spec.retrieval, self.seeds[lane].world
        results = evaluate(model, instance.tests, memory=instance.memory, retrieval=how, seed=seed)
        return {r.test: r.accuracy for r in results}

    def _met(self, accuracy: dict[str, float]) -> bool:
        explicit = [accuracy[t.name] for t in self.instances[0].tests if t.role == "explicit"]
        return self.spec.training.stop is not None and min(explicit) >= self.spec.training.stop

    def _model(self, lanes: TrainState, lane: int) -> Model:
        # One lane's weights on one device, without the sharding of the whole block.
        return jax.tree.map(lambda leaf: jnp.asarray(np.asarray(leaf[lane])), lanes.model)

    def _finish(self, lanes: TrainState, curves: list[list[dict[str, Any]]]) -> list[Trained]:
        return [
            Trained(
                seeds=seeds,
                model=self._model(lanes, i),
                curve=curves[i],
                steps=int(lanes.step[i]),
                tokens=int(lanes.tokens[i]),
                targets=int(lanes.targets[i]),
                stopped=not bool(lanes.active[i]),
                own=self._recollection(i),
            )
            for i, seeds in enumerate(self.seeds)
        ]


def _stacked(parts: list[Any]) -> Any:
    return jax.tree.map(lambda *leaves: np.stack(_level(leaves)), *parts)


def _level(leaves: tuple[np.ndarray, ...]) -> list[np.ndarray]:
    """Pads lanes' rows to the same number; rows beyond a lane's own are never drawn."""
    most = max(leaf.shape[0] for leaf in leaves)
    return [np.pad(leaf, ((0, most - leaf.shape[0]), *((0, 0),) * (leaf.ndim - 1))) for leaf in leaves]
