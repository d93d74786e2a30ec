"""A laboratory for what models learn, how it is represented, and what makes it usable.

The names below are imported when they are first used, so that `import tolman` costs nothing; every other
name is found in its module, for example `tolman.worlds.reversals.Reversals`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tolman.core import registry
    from tolman.core.config import override
    from tolman.core.errors import UserError
    from tolman.core.world import check_leaks
    from tolman.experiments.load import load
    from tolman.models.decoder import DecoderConfig
    from tolman.models.pretrained import pretrained
    from tolman.records.store import Store
    from tolman.retrieval.retriever import Retrieval
    from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
    from tolman.training.evaluate import evaluate
    from tolman.training.trainer import Trainer

__all__ = [
    "DecoderConfig",
    "OptimiserConfig",
    "Phase",
    "Retrieval",
    "Seeds",
    "Store",
    "Trainer",
    "TrainingConfig",
    "TrainingSpec",
    "UserError",
    "__version__",
    "check_leaks",
    "evaluate",
    "load",
    "override",
    "pretrained",
    "registry",
]

__version__ = "0.1.0"

_HOME = {
    "Trainer": "training.trainer",
    "DecoderConfig": "models.decoder",
    "OptimiserConfig": "training.config",
    "Phase": "training.config",
    "Retrieval": "retrieval.retriever",
    "Seeds": "training.config",
    "Store": "records.store",
    "TrainingConfig": "training.config",
    "TrainingSpec": "training.config",
    "UserError": "core.errors",
    "check_leaks": "core.world",
    "evaluate": "training.evaluate",
    "load": "experiments.load",
    "override": "core.config",
    "pretrained": "models.pretrained",
    "registry": "core",
}
"""Public name -> the module that defines it."""

_PACKAGES = (
    "audit",
    "claims",
    "core",
    "envs",
    "experiments",
    "learners",
    "measures",
    "models",
    "records",
    "report",
    "retrieval",
    "studies",
    "training",
    "worlds",
)


def __getattr__(name: str) -> Any:
    if name in _PACKAGES:
        return importlib.import_module(f".{name}", __name__)
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    module = importlib.import_module(f".{_HOME[name]}", __name__)
    try:
        return getattr(module, name)
    except AttributeError:
        return importlib.import_module(f".{name}", module.__name__)


def __dir__() -> list[str]:
    return sorted([*__all__, *_PACKAGES])
