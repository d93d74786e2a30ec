"""A laboratory for what models learn, how it is represented, and what makes it usable.

The names below are imported when they are first used, so that `import tolman` costs nothing; every other
name is found in its module, for example `tolman.worlds.reversals.Reversals`.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .core import registry
    from .core.config import override
    from .core.errors import UserError
    from .core.learning import Phase, Reinstatement
    from .core.world import check_leaks
    from .models.decoder import DecoderConfig
    from .records.store import Store
    from .studies._load import load
    from .training.block import Block
    from .training.evaluate import evaluate, model_policy
    from .training.optimiser import OptimiserConfig
    from .training.spec import Seeds, TrainingConfig, TrainingSpec

__all__ = [
    "Block",
    "DecoderConfig",
    "OptimiserConfig",
    "Phase",
    "Reinstatement",
    "Seeds",
    "Store",
    "TrainingConfig",
    "TrainingSpec",
    "UserError",
    "__version__",
    "check_leaks",
    "evaluate",
    "load",
    "model_policy",
    "override",
    "registry",
]

__version__ = "0.1.0"

_HOME = {
    "Block": "training.block",
    "DecoderConfig": "models.decoder",
    "OptimiserConfig": "training.optimiser",
    "Phase": "core.learning",
    "Reinstatement": "core.learning",
    "Seeds": "training.spec",
    "Store": "records.store",
    "TrainingConfig": "training.spec",
    "TrainingSpec": "training.spec",
    "UserError": "core.errors",
    "check_leaks": "core.world",
    "evaluate": "training.evaluate",
    "load": "studies._load",
    "model_policy": "training.evaluate",
    "override": "core.config",
    "registry": "core",
}
"""Public name -> the module that defines it."""

_PACKAGES = (
    "audit",
    "claims",
    "core",
    "learners",
    "measures",
    "memory",
    "models",
    "records",
    "report",
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
