"""The trainer of models in torch: the same documents, steps, curves and checkpoints as of those in JAX."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from tolman.core.assemble import tree_map
from tolman.core.errors import UserError
from tolman.core.experience import Experiences
from tolman.core.world import Instance
from tolman.models.huggingface.packages import torch
from tolman.training import checkpoint
from tolman.training.config import Seeds, TrainingSpec
from tolman.training.data import PhaseDocuments, chunks
from tolman.training.evaluate import Curve, accuracies, check_finite, stops
from tolman.training.step import ChunkData, draw_rows, step_key, with_neighbours
from tolman.training.torch_optim import TorchOptimiser
from tolman.training.trainer import Trained, Update


class TorchTrainer:
    """Finetunes a pretrained model for each of several seeds, one after another.

    Args:
        spec: what to train; its model is pretrained and in torch.
        seeds: of the worlds and of the models.
        instances: the world drawn from each of the world seeds.
        folder: where to keep checkpoints; None = nowhere.
        checkpoint_every: seconds between checkpoints.
        workers: has no effect: documents are drawn between the chunks of steps.

    Raises:
        UserError: the spec asks for what this trainer cannot do.
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
        del workers
        if spec.ppo is not None:
            raise UserError(f"a {type(spec.model).__name__} learns from documents, not by acting; choose another model")
        if spec.training.retrieved_loss:
            raise UserError("training.retrieved_loss is set, but this model is trained on documents alone; set it to 0")
        self.spec, self.seeds, self.instances, self.folder = spec, seeds, instances, folder
        self.checkpoint_every = checkpoint_every
        self.plan, self.points = list(chunks(spec)), spec.curve_points()
        self.seconds = {"compile": 0.0, "train": 0.0, "evaluate": 0.0}

    def train(self, report: Callable[[Update], None] = lambda update: None) -> list[Trained]:
        """Train to the end, from the last checkpoints if there are some; call `report` after every chunk."""
        return [self._trained(number, report) for number in range(len(self.seeds))]

    def _trained(self, number: int, report: Callable[[Update], None]) -> Trained:
        run = self._begin(number)
        saved = time.monotonic()
        for chunk, loss in run.chunks():
            done = (number * self.spec.steps + run.step) // len(self.seeds)
            report(Update(done, self.spec.steps, loss, run.accuracy))
            if self.folder is not None and time.monotonic() - saved >= self.checkpoint_every:
                run.save(chunk + 1)
                saved = time.monotonic()
        if self.plan:
            run.save(len(self.plan))  # the seeds after this one may be interrupted
        return run.result()

    def _begin(self, number: int) -> _Run:
        started = time.monotonic()
        run = _Run(self, number)
        self.seconds["compile"] += time.monotonic() - started
        return run


class _Run:
    """The training of one seed."""

    def __init__(self, trainer: TorchTrainer, number: int) -> None:
        self.trainer, self.spec = trainer, trainer.spec
        self.seeds, self.instance = trainer.seeds[number], trainer.instances[number]
        self.folder = trainer.folder / f"{self.seeds.world}-{self.seeds.model}" if trainer.folder else None
        self.model: Any = self.spec.model.start(self.instance.vocabulary)
        self.curve: Curve = []
        self.step = self.tokens = self.targets = self.first = 0
        self.stopped = False
        self.parameters = self.model.trainable(self.seeds.model) if trainer.plan else {}
        if trainer.plan:
            self.optimiser = TorchOptimiser(self.spec.training.optimiser, self.spec.steps, self.parameters)
            self._restore()

    @property
    def accuracy(self) -> dict[str, float]:
        """The latest accuracies."""
        return self.curve[-1]["accuracy"] if self.curve else {}

    def chunks(self) -> Iterator[tuple[int, float]]:
        """Train chunk by chunk; yield the number of each and its mean loss."""
        documents, current = None, None
        for number, phase in self.trainer.plan[self.first :]:
            if self.stopped:
                return
            if documents is None or phase is not current:
                documents, current = PhaseDocuments(self.spec, phase, self.instance, self.seeds.world), phase
            losses = self._learn(documents.chunk(number))
            if number in self.trainer.points:
                self._measure(losses)
            yield number, float(losses.mean())

    def _learn(self, data: ChunkData) -> np.ndarray:
        started = time.monotonic()
        losses = np.array([self._update(data) for _ in range(self.spec.training.chunk)])
        self.trainer.seconds["train"] += time.monotonic() - started
        check_finite(losses, self.step)
        return losses

    def _update(self, data: ChunkData) -> float:
        batch, k = self._drawn(data), data.neighbours.shape[1]
        half = self.spec.model.precision == "bfloat16"  # pyright: ignore[reportAttributeAccessIssue]
        with torch().autocast(self.model.network.device.type, torch().bfloat16, enabled=half):
            loss = self.model.loss(batch)
        loss.backward()
        self.optimiser.update()
        own = batch.segment == k if k else batch.valid
        self.step += 1
        self.tokens += int(batch.valid.sum())
        self.targets += int(((batch.weight > 0) & batch.valid & own).sum())
        return float(loss.detach())

    def _drawn(self, data: ChunkData) -> Experiences:
        """The documents of a step: those that a model in JAX would be given."""
        rows = draw_rows(data, step_key(self.seeds.model, self.step), self.spec.training.batch)
        return Experiences(**tree_map(np.asarray, with_neighbours(data, rows)._asdict()))

    def _measure(self, losses: np.ndarray) -> None:
        started = time.monotonic()
        accuracy = accuracies(self.spec, self.model, self.instance, self.seeds)
        point = {"step": self.step, "tokens": self.tokens, "targets": self.targets, "loss": float(losses.mean())}
        metric = self.spec.metric
        more = {"measures": metric.measures(self.model, self.instance)} if metric else {}
        self.curve.append({**point, "accuracy": accuracy, **more})
        self.stopped = stops(self.spec, self.instance, accuracy)
        self.trainer.seconds["evaluate"] += time.monotonic() - started

    def _state(self) -> dict[str, Any]:
        counts = np.array([self.step, self.tokens, self.targets, self.stopped], np.int64)
        return {"weights": self.model.weights(), "optimiser": self.optimiser.state(), "counts": counts}

    def save(self, chunk: int) -> None:
        """Write a checkpoint from which training goes on with that chunk."""
        if self.folder is not None:
            progress = checkpoint.TrainingProgress(chunk, [self.curve], self.trainer.seconds)
            checkpoint.write(self.folder, self._state(), progress)

    def _restore(self) -> None:
        kept = checkpoint.read(self.folder, self._state()) if self.folder and self.folder.exists() else None
        if kept is None:
            return
        state, progress = kept
        with torch().no_grad():
            for name, value in self.parameters.items():
                value.copy_(torch().from_numpy(np.array(state["weights"][name])))
        self.step, self.tokens, self.targets, self.stopped = (int(n) for n in state["counts"])
        self.optimiser.restore(state["optimiser"], self.step)
        self.first, self.curve = progress.chunk, progress.curves[0]
        self.trainer.seconds = dict(progress.seconds)

    def result(self) -> Trained:
        """Return the trained model with its curve and budget."""
        return Trained(
            seeds=self.seeds,
            model=self.model,
            curve=self.curve,
            steps=self.step,
            tokens=self.tokens,
            targets=self.targets,
            stopped=bool(self.stopped),
        )
