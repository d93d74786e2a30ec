"""The trainer: the loop around the compiled chunks of steps.

Everything that cannot be compiled happens here or in the data sources. All randomness is a function of the seeds and
the chunk's number, so that an interrupted run ends with the same bits as an uninterrupted one.
"""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias

import jax
import jax.numpy as jnp
import numpy as np

from tolman.core.devices import compile_seconds
from tolman.core.world import Instance
from tolman.models.base import ContinuationModel, Model
from tolman.training import checkpoint
from tolman.training.config import Phase, Seeds, TrainingSpec
from tolman.training.data import DataSource, DocumentSource, PhaseDocuments, chunks, prefetcher, step_config
from tolman.training.evaluate import Curve, accuracies, check_finite, stops
from tolman.training.keep import begun_anew
from tolman.training.replay import PhaseTasks, ReplayBuffer, TaskSource, empty_buffer, with_replay
from tolman.training.step import TrainState, hyperparameters, initial_states, seed_mesh, spread

if TYPE_CHECKING:
    from tolman.training.torch_trainer import TorchTrainer


class Update(NamedTuple):
    """Progress after a chunk: steps taken, steps in all, mean loss, and the first seed's latest test accuracies."""

    step: int
    steps: int
    loss: float
    accuracy: dict[str, float]

    @property
    def text(self) -> str:
        """Loss and the first three accuracies, for a display of progress."""
        accuracy = "  ".join(f"{test} {value:.2f}" for test, value in list(self.accuracy.items())[:3])
        return f"loss {self.loss:.2f}  {accuracy}"


class Trained(NamedTuple):
    """One seed after training.

    Attributes:
        seeds: of the world and of the model.
        model: the trained model.
        curve: its learning curve.
        steps: training steps taken.
        tokens: valid steps of experience that were read.
        targets: steps that bore loss.
        stopped: the stopping criterion was met before the end.
        replay: the agent's own episodes, if it acted.
    """

    seeds: Seeds
    model: Model | ContinuationModel
    curve: Curve
    steps: int
    tokens: int
    targets: int
    stopped: bool
    replay: ReplayBuffer | None = None


class Trainer:
    """Trains a model for each of several seeds, side by side in one program.

    Args:
        spec: what to train.
        seeds: as many as `spec.training.parallel_seeds`.
        instances: the world drawn from each of the world seeds.
        folder: where to keep the checkpoint; None = nowhere.
        checkpoint_every: seconds between checkpoints.
        workers: processes that draw documents ahead; 0 = they are drawn between the chunks of steps.
    """

    def __init__(
        self,
        spec: TrainingSpec,
        seeds: tuple[Seeds, ...],
        instances: tuple[Instance, ...],
        *,
        folder: Path | None = None,
        checkpoint_every: float = 10.0,
        workers: int = 0,
    ):
        self.spec, self.seeds, self.instances, self.folder = spec, seeds, instances, folder
        self.checkpoint_every = checkpoint_every
        self.prefetch = prefetcher(spec, seeds, workers) if workers else None
        self.mesh = seed_mesh(len(seeds))
        self.plan, self.points = list(chunks(spec)), spec.curve_points()
        self.ahead: dict[int, Any] = {}
        self.seconds = {"compile": 0.0, "train": 0.0, "evaluate": 0.0}
        self.config = step_config(spec, instances[0])
        self.replay = [empty_buffer(instance, spec.ppo) for instance in instances] if spec.ppo else []

    def train(self, report: Callable[[Update], None] = lambda update: None) -> list[Trained]:
        """Train to the end, from the last checkpoint if there is one; call `report` after every chunk."""
        with self.prefetch or contextlib.nullcontext():
            return self._finish(*self._trained(report))

    def _trained(self, report: Callable[[Update], None]) -> tuple[TrainState, list[Curve]]:
        states, first, curves = self._begin()
        saved, source, current = time.monotonic(), None, None
        for number, phase in self.plan[first:]:
            if source is None or phase is not current:
                if phase.keep is not None and (not number or self.plan[number - 1][1] is not phase):
                    states = begun_anew(states, self.initial(), phase.keep)
                source, current = self.source(phase), phase
            states, losses = self._chunk(states, source, number)
            if number in self.points:
                states = self._measure(states, losses, curves)
            accuracy = curves[0][-1]["accuracy"] if curves[0] else {}
            report(Update((number + 1) * self.spec.training.chunk, self.spec.steps, float(losses.mean()), accuracy))
            if not np.asarray(states.active).any():
                break
            if self.folder is not None and time.monotonic() - saved >= self.checkpoint_every:
                progress = checkpoint.TrainingProgress(number + 1, curves, self.seconds)
                checkpoint.write(self.folder, (states, self._replayed()), progress)
                saved = time.monotonic()
        return states, curves

    @property
    def updates(self) -> int:
        """Updates of the weights in all, over which the learning rate decays."""
        acting = self.spec.ppo.epochs * self.spec.ppo.minibatches if self.spec.ppo else 1
        counts = (self.spec.chunks(phase) * (acting if self._acts(phase) else 1) for phase in self.spec.phases)
        return self.spec.training.chunk * sum(counts)

    def initial(self) -> TrainState:
        """Return the states before the first step, stacked over seeds."""
        count, training = len(self.seeds), self.spec.training
        h = hyperparameters(training.optimiser, self.updates)
        stacked = jax.tree.map(lambda leaf: jnp.stack([leaf] * count), h)
        seeds = jnp.array([s.model for s in self.seeds], jnp.int32)
        retrieved_loss = jnp.full(count, training.retrieved_loss, jnp.float32)
        # Before anything is dispatched: JAX may wait for ever for operations beside a program on several devices.
        pretrained = self.spec.model.pretrained
        models = [self.spec.model.start(instance.vocabulary) for instance in self.instances] if pretrained else []
        states = initial_states(self.config, self.mesh)(seeds, stacked, retrieved_loss)
        stack = lambda *leaves: np.stack(leaves)  # noqa: E731
        return states._replace(model=spread(jax.tree.map(stack, *models), self.mesh)) if pretrained else states

    def source(self, phase: Phase) -> DataSource:
        """Return the data of all seeds during a phase."""
        spec, parts = self.spec, list(zip(self.instances, self.seeds, strict=True))
        if spec.ppo is not None and self._acts(phase):
            replays = zip(parts, self.replay, strict=True)
            tasks = [PhaseTasks(spec, phase, i, seeds.world, replay=replay) for (i, seeds), replay in replays]
            return TaskSource(tasks, self.config, spec.ppo, self.mesh)
        documents = [PhaseDocuments(spec, phase, instance, seeds.world) for instance, seeds in parts]
        return DocumentSource(documents, self.config, self.mesh, self.prefetch)

    def instance(self, index: int) -> Instance:
        """Return the instance on which a seed is tested: with its own episodes in memory, if it acts."""
        instance = self.instances[index]
        return with_replay(instance, self.replay[index]) if self.replay else instance

    def accuracy(self, model: Model, index: int) -> dict[str, float]:
        """Return a seed's accuracy on each of its tests."""
        return accuracies(self.spec, model, self.instance(index), self.seeds[index])

    def _acts(self, phase: Phase) -> bool:
        return any(kind in self.instances[0].task_samplers for kind in phase.mixture)

    def _begin(self) -> tuple[TrainState, int, list[Curve]]:
        """States, the number of the first chunk, and curves: fresh ones, or those of the checkpoint."""
        started, states = time.monotonic(), self.initial()
        there = self.folder if self.folder and self.folder.exists() else None
        kept = checkpoint.read(there, (states, self._replayed())) if there else None
        self.seconds["compile"] += time.monotonic() - started
        if kept is None:
            return states, 0, [[] for _ in self.seeds]
        (restored, replayed), progress = kept
        for replay, arrays in zip(self.replay, replayed, strict=True):
            replay.restore(arrays)
        self.seconds = dict(progress.seconds)
        shardings = jax.tree.map(lambda leaf: leaf.sharding, states)
        return jax.device_put(restored, shardings), progress.chunk, progress.curves

    def _replayed(self) -> list[dict[str, np.ndarray]]:
        """The arrays of the replay buffers, which a checkpoint holds besides the states."""
        return [replay.arrays() for replay in self.replay]

    def _chunk(self, states: TrainState, source: DataSource, number: int) -> tuple[TrainState, np.ndarray]:
        """The states after a chunk, and its losses `[seeds, steps]`."""
        started, compiled, active = time.monotonic(), compile_seconds(), np.array(states.active)
        data = self.ahead.pop(number) if number in self.ahead else source.load(number)
        states, computing = source.learn(states, data)
        if source.loads_ahead and number + 1 < len(self.plan) and self.plan[number + 1][1] is self.plan[number][1]:
            self.ahead[number + 1] = source.load(number + 1)  # while the devices compute
        losses = np.asarray(computing)
        elapsed = time.monotonic() - started
        compiled = min(elapsed, compile_seconds() - compiled)  # traces within traces count twice
        self.seconds["compile"] += compiled
        self.seconds["train"] += elapsed - compiled
        check_finite(losses[active], int(np.max(states.step)))
        return states, losses

    def _measure(self, states: TrainState, losses: np.ndarray, curves: list[Curve]) -> TrainState:
        """Add a point to the curve of every active seed; stop those that meet the criterion."""
        started, active, host = time.monotonic(), np.array(states.active), jax.device_get(states._replace(opt_state=()))
        for i in np.flatnonzero(active).tolist():
            model = self._model(host, i)
            accuracy = self.accuracy(model, i)
            point = {"step": int(host.step[i]), "tokens": int(host.tokens[i]), "targets": int(host.targets[i])}
            more = {"measures": self.spec.metric.measures(model, self.instance(i))} if self.spec.metric else {}
            curves[i].append({**point, "loss": float(losses[i].mean()), "accuracy": accuracy, **more})
            active[i] = not stops(self.spec, self.instances[0], accuracy)
        self.seconds["evaluate"] += time.monotonic() - started
        return states._replace(active=jax.device_put(active, states.active.sharding))

    def _model(self, host: TrainState, index: int) -> Model:
        return jax.tree.map(lambda leaf: jnp.array(leaf[index]), host.model)  # copied, as states are donated

    def _finish(self, states: TrainState, curves: list[Curve]) -> list[Trained]:
        host = jax.device_get(states._replace(opt_state=()))
        return [
            Trained(
                seeds=seeds,
                model=self._model(host, i),
                curve=curves[i],
                steps=int(host.step[i]),
                tokens=int(host.tokens[i]),
                targets=int(host.targets[i]),
                stopped=not bool(host.active[i]),
                replay=self.replay[i] if self.replay else None,
            )
            for i, seeds in enumerate(self.seeds)
        ]


AnyTrainer: TypeAlias = "Trainer | TorchTrainer"


def trainer_of(spec: TrainingSpec) -> type[Trainer] | type[TorchTrainer]:
    """Return the trainer of a spec's model, by the framework that it is trained in."""
    if spec.model.backend == "jax":
        return Trainer
    from tolman.training.torch_trainer import TorchTrainer

    return TorchTrainer
