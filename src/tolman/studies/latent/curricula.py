"""Courses of training that studies share: first reading, then the world; and the same without anything to read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from tolman.learners.learner import Learner, Phase
from tolman.learners.parametric import parametric, parametric_context, parametric_retrieval
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import AbstractRetriever

TWINS = {
    "long-in-context": "long-unrelated",
    "short-in-context": "short-unrelated",
    "in-context": "unrelated",
    "multi-trial": "multi-trial-unrelated",
}
"""Kinds of documents that teach reading, with what replaces them token for token in the ablation."""


@dataclasses.dataclass(frozen=True)
class Curriculum:
    """`reading` steps of lessons, then `main` steps of the world's own documents by `mixture`."""

    reading: int
    main: int
    mixture: Mapping[str, float]

    def phases(self) -> tuple[Phase, ...]:
        """Reading must come before memorising, or retrieval is ignored."""
        return (Phase(self.reading, {"long-in-context": 1.0}, retrieve=False), Phase(self.main, self.mixture))

    def ablated(self) -> tuple[Phase, ...]:
        """The same curriculum with every document that teaches reading replaced by its unrelated twin."""
        return ablated(self.phases())


def ablated(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The same phases with every document that teaches reading replaced by its unrelated twin."""
    return tuple(
        dataclasses.replace(phase, mixture={TWINS.get(kind, kind): part for kind, part in phase.mixture.items()})
        for phase in phases
    )


def alternating(reading: int, rounds: int, main: tuple[str, int], between: tuple[str, int]) -> tuple[Phase, ...]:
    """`reading` steps of lessons, then `rounds` of so many steps of the kind `main`, those of `between` in between.

    What stands between is longer and takes nothing from memory: alone in a phase, it does not widen what is trained
    with it. It comes last nowhere: a few steps of it make weights forget much of what they know by heart.
    """
    (kind, steps), (other, few) = main, between
    once, again = Phase(steps, {kind: 1.0}), Phase(few, {other: 1.0}, retrieve=False)
    return (Phase(reading, {"long-in-context": 1.0}, retrieve=False), once, *((rounds - 1) * (again, once)))


def learners(k: int, trained_with: AbstractRetriever, *, trained_with_random: bool = False) -> tuple[Learner, ...]:
    """Return the learners of a standard condition.

    Args:
        k: experiences in the context.
        trained_with: fills the context in training, always with an experience that supports the answer: the oracle, or
            one with hard negatives in worlds where what a real retriever finds by mistake is confusingly similar.
        trained_with_random: add a learner whose context was filled at random in training.
    """
    retrievers = (Oracle(), Random(), BM25(), Dense())
    return (
        parametric(),
        parametric_context(),
        *(parametric_retrieval(retriever, k, trained_with=trained_with) for retriever in retrievers),
        *((_trained_with_random(k),) if trained_with_random else ()),
    )


def _trained_with_random(k: int) -> Learner:
    return parametric_retrieval(Oracle(), k, trained_with=Random(), name="parametric-retrieval-trained-random")


def oracle_only(k: int, trained_with: AbstractRetriever) -> tuple[Learner, ...]:
    """Return the one learner of the ablation."""
    return (parametric_retrieval(Oracle(), k, trained_with=trained_with),)


def parametric_only() -> tuple[Learner, ...]:
    """Return the one learner of a sweep or a contrast."""
    return (parametric(),)
