"""Courses of training that studies share: first reading, then the world; and the same without anything to read."""

from __future__ import annotations

import dataclasses

from ..core.learning import AbstractLearner, Phase
from ..learners.context import Context
from ..learners.parametric import Parametric
from ..learners.retrieval import Retrieval

TWINS = {
    "lesson": "unrelated-lesson",
    "short-lesson": "unrelated-short-lesson",
    "in-context": "unrelated",
    "long-practice": "unrelated-long-practice",
}
"""Kinds of documents that teach reading, with what replaces them token for token in the ablation."""


@dataclasses.dataclass(frozen=True)
class Course:
    """`reading` steps of lessons, then `main` steps of the world's own documents by `mixture`."""

    reading: int
    main: int
    mixture: tuple[tuple[str, float], ...]

    def phases(self) -> tuple[Phase, ...]:
        """Reading must come before memorising, or retrieval is ignored."""
        return (Phase(self.reading, (("lesson", 1.0),), reinstate=False), Phase(self.main, self.mixture))

    def ablated(self) -> tuple[Phase, ...]:
        """The same course with every document that teaches reading replaced by its unrelated twin."""
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
    once, again = Phase(steps, ((kind, 1.0),)), Phase(few, ((other, 1.0),), reinstate=False)
    return (Phase(reading, (("lesson", 1.0),), reinstate=False), once, *((rounds - 1) * (again, once)))


def learners(slots: int, trained_with: str, more: bool = False) -> tuple[tuple[str, AbstractLearner], ...]:
    """The learners of a standard condition; with `more`, also one trained with random retrieval.

    `trained_with` fills the context in training, and always with something that supports: `oracle`, or
    `contrastive` in worlds where what a real retriever finds by mistake is confusingly similar.
    """
    retrievers = ("oracle", "random", "bm25", "dense")
    return (
        ("parametric", Parametric()),
        ("context", Context()),
        *((f"retrieval-{name}", Retrieval(name, trained_with, slots)) for name in retrievers),
        *((("retrieval-trained-random", Retrieval("oracle", "random", slots)),) if more else ()),
    )


def oracle_only(slots: int, trained_with: str) -> tuple[tuple[str, AbstractLearner], ...]:
    """The one learner of the ablation."""
    return (("retrieval-oracle", Retrieval("oracle", trained_with, slots)),)


def parametric_only() -> tuple[tuple[str, AbstractLearner], ...]:
    """The one learner of a sweep or a contrast."""
    return (("parametric", Parametric()),)
