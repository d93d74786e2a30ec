"""The engine: what a study is made of, and the runner that trains, tests and records it.

A study is written with the names below: `from tolman.experiments import AbstractStudy, Condition, Plan`.
"""

from tolman.experiments.condition import AbstractCondition, Condition, Measurement
from tolman.experiments.load import Loaded, load
from tolman.experiments.network_set import AbstractAnalysis, Network, NetworkSet
from tolman.experiments.runner import run
from tolman.experiments.study import PRESETS, AbstractStudy, Plan

__all__ = [
    "PRESETS",
    "AbstractAnalysis",
    "AbstractCondition",
    "AbstractStudy",
    "Condition",
    "Loaded",
    "Measurement",
    "Network",
    "NetworkSet",
    "Plan",
    "load",
    "run",
]
