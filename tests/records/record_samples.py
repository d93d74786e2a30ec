"""Small records for tests, with whatever numbers a test wants."""

from __future__ import annotations

import numpy as np

from tolman.core.experience import Chance, ItemResults
from tolman.records.items import items_table
from tolman.records.schema import Record, make_record

STARTED = "2026-11-23T10:00:00+00:00"


def item_results(test="latent", m=4, right=1, options=3, chance=0.25) -> ItemResults:
    correct = np.arange(m) < right
    logprobs = -np.arange(m * options, dtype=np.float32).reshape(m, options)
    constant = np.full(m, chance)
    ids = tuple(f"{test}-{i}" for i in range(m))
    return ItemResults(test, ids, logprobs, (~correct).astype(int), correct, Chance(constant, constant, constant))


def items(tests: dict[str, tuple[int, int]], chance=0.25):
    results = [item_results(name, m, right, chance=chance) for name, (right, m) in tests.items()]
    return items_table(results, {r.test: ["all"] * len(r.item_ids) for r in results})


def config(**changes):
    learner = {"name": changes.pop("learner", "parametric"), "class": "Parametric", "version": 1}
    base = {
        "study": "reversals", "study_version": 1, "preset": "quick", "overrides": {}, "condition": "standard",
        "learner": learner, "world": {"name": "reversals", "entities": 8}, "world_seed": 0, "model_seed": 0,
    }  # fmt: skip
    return base | changes


ROLES = {"latent": "latent", "latent-untrained": "variant"}


def sample(tests=None, chance=0.25, recall=None, **changes) -> tuple[Record, object]:
    """A record and its items; `tests` is name -> (right, n)."""
    tests = {"latent": (1, 4), "forward": (4, 4)} if tests is None else tests
    table = items(tests, chance)
    chances = dict.fromkeys(("uniform", "elimination", "constant"), chance)
    scored = {
        name: {
            "role": ROLES.get(name, "explicit"), "n": n, "accuracy": right / max(1, n), "chance": chances,
            "recall": recall, "precision": None, "exposure": None, "groups": {},
            **({"roc_auc": 0.5} if name in ROLES and ROLES[name] == "variant" else {}),
        }
        for name, (right, n) in tests.items()
    }  # fmt: skip
    curves = [
        {"step": 1, "tokens": 10, "targets": 2, "loss": 1.5, "accuracy": {"latent": 0.0, "forward": 0.5}},
        {"step": 2, "tokens": 20, "targets": 4, "loss": None, "accuracy": {}},
    ]
    result = {
        "tests": scored,
        "curves": curves,
        "trainings": {"model": "t" * 24},
        "measures": {"variance/easy": 0.5, "variance/hard": None},
        "budget": {"steps": 2},
    }
    return make_record(config(**changes), result, {"started": STARTED}, table), table
