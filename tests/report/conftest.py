"""Synthetic records: what a study would have written, with the numbers chosen here."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tolman.claims.verdict import Verdict
from tolman.records.schema import Record, key_of
from tolman.report.presentation import Presentation
from tolman.report.summary import Summary, summarise
from tolman.studies.latent.presentation import CODEBOOKS, FACTS, MAZES, REVERSALS
from tolman.studies.representation.presentation import NETWORKS

PRESENTATIONS = {"reversals": REVERSALS, "facts": FACTS, "codebooks": CODEBOOKS, "mazes": MAZES, "nets": NETWORKS}

LEARNERS = {
    "parametric": {"class": "Parametric", "version": 1},
    "parametric-context": {"class": "Context", "version": 1, "k": 1},
} | {
    f"parametric-retrieval-{retriever}": {"class": "Retrieval", "version": 1, "retriever": retriever, "k": 3}
    for retriever in ("oracle", "bm25", "tfidf", "random")
}
CHANCE = {"uniform": 0.01, "elimination": 0.02, "constant": 0.015}
WORLD = {"class": "Reversals", "version": 1, "entities": 195, "relations": 3}


VERDICT = Verdict(
    claim="",
    study="reversals",
    status="holds",
    effect=0.01,
    low=0.0,
    high=0.03,
    bound=0.06,
    direction="<=",
    seeds=5,
    source="arXiv 2509.16189",
    note="",
    unit="fraction",
    preset="quick",
)


def make_verdict(claim: str, **given: Any) -> Verdict:
    """A verdict; `given` replaces its other fields."""
    return dataclasses.replace(VERDICT, claim=claim, **given)


def measured(role: str, accuracy: float, n: int = 100, **more: Any) -> dict[str, Any]:
    """One test of a result; accuracies that are no whole number of items are rounded to one."""
    base = {"recall": None, "precision": None, "exposure": None, "groups": {}}
    return {"role": role, "n": n, "accuracy": round(accuracy * n) / n, "chance": dict(CHANCE), **base, **more}


def make(
    explicit: float = 1.0,
    latent: float = 0.01,
    learner: str = "parametric",
    seed: int = 0,
    n: int = 100,
    groups: Sequence[str] = (),
    tests: dict[str, Any] | None = None,
    recall: float | None = None,
    provenance: dict[str, Any] | None = None,
    **config: Any,
) -> Record:
    """A record of the reversals study; `config` replaces what else stands in it."""
    if tests is None:
        parts = {g: {"n": 20, "accuracy": latent, "chance": dict(CHANCE)} for g in groups}
        found = {"recall": recall, "precision": None if recall is None else recall / 3}
        tests = {
            "forward": measured("explicit", explicit, n),
            "reverse": measured("explicit", explicit, n),
            "latent": measured("latent", latent, n, groups=parts, **found),
            "wrong-frame": measured("control", 0.01, n),
            "in-context": measured("context", 0.5, n),
        }
    config = {
        "study": "reversals", "study_version": 1, "preset": "quick", "overrides": {}, "condition": "standard",
        "learner": {"name": learner, **LEARNERS.get(learner, {"class": "Other", "version": 1})},
        "world": dict(WORLD), "model": {"width": 64}, "training": {"steps": 400}, "evaluation": {},
        "world_seed": seed, "model_seed": seed,
    } | config  # fmt: skip
    points = [(0, 0.01), (4_000, 0.3), (8_000, 0.8), (12_000, 1.0)]
    curves = [
        {"step": at // 20, "tokens": 8 * at, "targets": at, "loss": 4.0 - at / 4_000,
         "accuracy": {"forward": share * explicit, "latent": share * latent}}
        for at, share in points
    ]  # fmt: skip
    shared = "retrieval" if "retrieval" in learner else "parametric"
    result = {
        "tests": tests, "curves": curves, "measures": {}, "trainings": {"model": f"{shared}{seed}"},
        "items_digest": "0", "digest": "0",
        "budget": {"steps": 600, "tokens": 96_000, "targets": 12_000, "stopped": False},
    }  # fmt: skip
    return Record(key_of(config), config, result, PROVENANCE | (provenance or {}))


PROVENANCE = {
    "tolman": "0.1.0", "packages": {"jax": "0.10.2", "equinox": "0.13.8"}, "python": "3.11.2", "git": None,
    "host": "laptop", "device": {"platform": "cpu", "kind": "cpu", "count": 1}, "world_hash": "ab",
    "cpu": {"model": "A processor", "threads": 2}, "xla_flags": "", "started": "2026-11-20T10:00:00+00:00",
    "finished": "2026-11-20T10:02:00+00:00", "seconds": {"compile": 5.0, "train": 50.0, "evaluate": 2.0},
    "command": "tolman run reversals --preset quick",
}  # fmt: skip

SCORES = {
    "parametric": (0.99, 0.01),
    "parametric-context": (0.99, 0.95),
    "parametric-retrieval-oracle": (0.99, 0.98),
    "parametric-retrieval-bm25": (0.99, 0.97),
    "parametric-retrieval-tfidf": (0.99, 0.60),
    "parametric-retrieval-random": (0.98, 0.01),
}


def study(seeds: int = 5, scores: dict[str, tuple[float, float]] = SCORES, **config: Any) -> list[Record]:
    """All learners over some seeds, with a little spread."""
    recalls = {
        "parametric-retrieval-oracle": 1.0,
        "parametric-retrieval-bm25": 0.99,
        "parametric-retrieval-tfidf": 0.6,
        "parametric-retrieval-random": 0.0,
    }
    return [
        make(explicit, max(0.0, latent - 0.01 * (seed % 2)), name, seed, recall=recalls.get(name), **config)
        for name, (explicit, latent) in scores.items()
        for seed in range(seeds)
    ]


@pytest.fixture(name="presentations")
def _presentations() -> dict[str, Presentation]:
    return PRESENTATIONS


@pytest.fixture(name="summed")
def _summed() -> Callable[..., tuple[Summary, ...]]:
    """Summaries with the presentations of the built-in studies."""
    return lambda records: summarise(records, PRESENTATIONS)


@pytest.fixture(name="make")
def _make() -> Callable[..., Record]:
    return make


@pytest.fixture(name="study", scope="session")
def _study() -> Callable[..., list[Record]]:
    return study


@pytest.fixture(name="verdict", scope="session")
def _verdict() -> Callable[..., Verdict]:
    return make_verdict
