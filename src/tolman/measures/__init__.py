"""Measures on representations: pure functions of arrays `[stimuli, units]`, NumPy's or JAX's.

Each name states the exact variant. A measure returns a plain number, or a small frozen result where it has several;
intervals and p-values come from functions of their own. Names are imported when they are first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ._features import Design, design
    from .components import ComponentShare, component_share, principal_components
    from .decoding import (
        accuracy_interval,
        decodability,
        decodability_gain,
        decodability_interval,
        decodability_p_value,
        decodability_r2,
        decode,
    )
    from .steering import Steering, steer, steer_interval
    from .variance import (
        VarianceExplained,
        total_variance,
        variance_explained,
        variance_explained_by_unit,
        variance_explained_per_example,
    )
    from .variance_inference import variance_explained_interval, variance_explained_p_value

__all__ = [
    "ComponentShare",
    "Design",
    "Steering",
    "VarianceExplained",
    "accuracy_interval",
    "component_share",
    "decodability",
    "decodability_gain",
    "decodability_interval",
    "decodability_p_value",
    "decodability_r2",
    "decode",
    "design",
    "principal_components",
    "steer",
    "steer_interval",
    "total_variance",
    "variance_explained",
    "variance_explained_by_unit",
    "variance_explained_interval",
    "variance_explained_p_value",
    "variance_explained_per_example",
]

_HOME = {
    "ComponentShare": "components",
    "Design": "_features",
    "Steering": "steering",
    "VarianceExplained": "variance",
    "accuracy_interval": "decoding",
    "component_share": "components",
    "decodability": "decoding",
    "decodability_gain": "decoding",
    "decodability_interval": "decoding",
    "decodability_p_value": "decoding",
    "decodability_r2": "decoding",
    "decode": "decoding",
    "design": "_features",
    "principal_components": "components",
    "steer": "steering",
    "steer_interval": "steering",
    "total_variance": "variance",
    "variance_explained": "variance",
    "variance_explained_by_unit": "variance",
    "variance_explained_interval": "variance_inference",
    "variance_explained_p_value": "variance_inference",
    "variance_explained_per_example": "variance",
}
"""Public name -> the module that defines it."""


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}; it has {', '.join(__all__)}")
    return getattr(importlib.import_module(f".{_HOME[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted(__all__)
