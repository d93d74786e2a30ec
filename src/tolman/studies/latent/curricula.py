"""Courses of training that studies share: first reading, then the world; and the same without anything to read."""

from __future__ import annotations

import dataclasses

from tolman.learners.context import Context
from tolman.learners.learner import AbstractLearner, Phase
from tolman.learners.parametric import Parametric
from tolman.learners.retrieval import RetrievalLearner

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
    mixture: tuple[tuple[str, float], ...]

    def phases(self) -> tuple[Phase, ...]:
        """Reading must come before memorising, or retrieval is ignored."""
        return (Phase(self.reading, (("long-in-context", 1.0),), retrieve=False), Phase(self.main, self.mixture))

    def ablated(self) -> tuple[Phase, ...]:
        """The same curriculum with every document that teaches reading replaced by its unrelated twin."""
        return ablated(self.phases())


def ablated(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """The same phases with every document that teaches reading replaced by its unrelated twin."""
    return tuple(
        dataclasses.replace(phase, mixture=tuple((TWINS.get(kind, kind), share) for kind, share in phase.mixture))
        for phase in phases
    )


def alternating(reading: int, rounds: int, main: tuple[str, int], between: tuple[str, int]) -> tuple[Phase, ...]:
    """`reading` steps of lessons, then `rounds` of so many steps of the kind `main`, those of `between` in between.

    What stands between is longer and takes nothing from memory: alone in a phase, it does not widen what is trained
    with it. It comes last nowhere: a few steps of it make weights forget much of what they know by heart.
    """
    (kind, steps), (other, few) = main, between
    once, again = Phase(steps, ((kind, 1.0),)), Phase(few, ((other, 1.0),), retrieve=False)
    return (Phase(reading, (("long-in-context", 1.0),), retrieve=False), once, *((rounds - 1) * (again, once)))


def learners(k: int, trained_with: str, more: bool = False) -> tuple[tuple[str, AbstractLearner], ...]:
    """The learners of a standard condition; with `more`, also one trained with random retrieval.

    `trained_with` fills the context in training, and always with something that supports: `oracle`, or
    `oracle-hard-negatives` in worlds where what a real retriever finds by mistake is confusingly similar.
    """
    retrievers = ("oracle", "random", "bm25", "dense")
    return (
        ("parametric", Parametric()),
        ("parametric-context", Context()),
        *((f"parametric-retrieval-{name}", RetrievalLearner(name, trained_with, k)) for name in retrievers),
        *((("parametric-retrieval-trained-random", RetrievalLearner("oracle", "random", k)),) if more else ()),
    )


def oracle_only(k: int, trained_with: str) -> tuple[tuple[str, AbstractLearner], ...]:
    """The one learner of the ablation."""
    return (("parametric-retrieval-oracle", RetrievalLearner("oracle", trained_with, k)),)


def parametric_only() -> tuple[tuple[str, AbstractLearner], ...]:
    """The one learner of a sweep or a contrast."""
    return (("parametric", Parametric()),)
