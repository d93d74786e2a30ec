"""The trainer that a model needs: by the framework that it is trained in."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from tolman.training.config import TrainingSpec
from tolman.training.trainer import Trainer

if TYPE_CHECKING:
    from tolman.training.torch_trainer import TorchTrainer

AnyTrainer: TypeAlias = "Trainer | TorchTrainer"


def trainer_of(spec: TrainingSpec) -> type[Trainer] | type[TorchTrainer]:
    """Return the trainer of a spec's model."""
    if spec.model.backend == "jax":
        return Trainer
    from tolman.training.torch_trainer import TorchTrainer

    return TorchTrainer
