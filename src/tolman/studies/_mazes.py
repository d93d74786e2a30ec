"""What is claimed of navigation, by whatever means it was learned."""

from __future__ import annotations

from ..claims.claim import Claim
from ..claims.effects import Accuracy, Difference
from ._claims import ABLATION, LATENT, OURS, STANDARD, cell, learned

EXPLICIT = "explicit"
MASTERED = 0.90
"""Explicit success that a learner must reach before its latent success says anything."""


def maze_claims() -> tuple[Claim, ...]:
    """All claims; success counts within 1.5 times the shortest path."""
    return (*_baseline(), *_retrieval(), _ablation())


def _latent(learner: str, condition: str = STANDARD) -> Accuracy:
    return Accuracy(cell(learner, condition), "latent")


def _baseline() -> tuple[Claim, ...]:
    parametric = cell("parametric")
    return (
        Claim(
            "parametric-explicit",
            "The agent without memory finds trained goals from starts it never set out from.",
            LATENT + "; the bound is ours",
            Accuracy(parametric, EXPLICIT),
            MASTERED,
            ">=",
        ),
        Claim(
            "parametric-latent",
            "It finds objects that it passed in training hardly more often than with the goal hidden from it.",
            LATENT + "; the control is ours",
            Difference(_latent("parametric"), Accuracy(parametric, "goal-masked")),
            0.10,
            "within",
            learned(parametric, EXPLICIT, at_least=MASTERED),
        ),
    )


def _retrieval() -> tuple[Claim, ...]:
    oracle = learned(cell("retrieval-oracle"), EXPLICIT, at_least=MASTERED)
    baseline = learned(cell("parametric"), EXPLICIT, at_least=MASTERED)
    return (
        Claim(
            "oracle-latent-gain",
            "With an episode that passed the object in its context the agent finds it far more often.",
            LATENT + "; the bound is ours",
            Difference(_latent("retrieval-oracle"), _latent("parametric")),
            0.30,
            ">=",
            (*oracle, *baseline),
        ),
        Claim(
            "similarity-latent",
            "Retrieval by the maze's appearance does as well as the oracle.",
            OURS,
            Difference(_latent("retrieval-bm25"), _latent("retrieval-oracle")),
            0.10,
            "within",
            oracle,
        ),
        Claim(
            "random-latent",
            "Episodes in other mazes in the same weights' context help no more than none help the baseline.",
            OURS + " control",
            Difference(_latent("retrieval-random"), _latent("parametric")),
            0.10,
            "within",
            (*oracle, *baseline),
        ),
    )


def _ablation() -> Claim:
    oracle, ablated = cell("retrieval-oracle"), cell("retrieval-oracle", ABLATION)
    return Claim(
        "in-context-training",
        "Without episodes whose later goals use earlier experience, retrieval's latent success is lower.",
        LATENT + "; the bound is ours",
        Difference(_latent("retrieval-oracle"), _latent("retrieval-oracle", ABLATION)),
        0.10,
        ">=",
        (*learned(oracle, EXPLICIT, at_least=MASTERED), *learned(ablated, EXPLICIT, at_least=MASTERED)),
    )
