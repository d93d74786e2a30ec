"""The approaches that advice compares, each a learner under the name that says what one would do."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable
from typing import Literal

from tolman.core.errors import UnknownName
from tolman.learners.learner import Learner
from tolman.learners.untouched import retrieval
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.everything import Everything
from tolman.retrieval.oracle import Oracle
from tolman.studies.language.remedies import remedies

Kind = Literal["weights", "prompt", "reference"]
"""`weights`: finetuned. `prompt`: left as it is, with text in its prompt. `reference`: a bound or a control."""

ALL = 2048
"""Most statements that stand in the prompt together."""

READS_BEFORE, READS_AFTER = "retrieval-oracle-1", "parametric-context"
"""Learners with the right statement in the prompt: the model as it was, and after finetuning."""

BOUND, CONTROL = "retrieval-oracle", "retrieval-random"
"""The learner whose statements are known to be right, and the one whose statements are irrelevant."""


@dataclasses.dataclass(frozen=True)
class Approach:
    """What one can do with facts or documents.

    Attributes:
        learner: its name in the records.
        kind: see `Kind`.
        text: what one does, with `{one}` and `{many}` for what a statement is called.
        learners: makes the learners that the studies do not have anyway.
        default: whether it is compared if nothing is chosen.
    """

    learner: str
    kind: Kind
    text: str
    learners: Callable[[], tuple[Learner, ...]] = tuple
    default: bool = True

    def words(self, one: str, many: str) -> str:
        """Return what one does, with what a statement is called in the singular and in the plural."""
        return self.text.format(one=one, many=many)


def _remedy(name: str, text: str, default: bool = False) -> Approach:
    return Approach(name, "weights", f"finetune, also {text}", lambda: remedies(name), default)


APPROACHES = (
    Approach("parametric", "weights", "finetune on the {many}"),
    _remedy("masked", "to fill in a masked name", default=True),
    _remedy("distilled", "on answers it gave with the {one} in its prompt", default=True),
    _remedy("reversed", "on each {one} read backwards"),
    _remedy("permuted", "on each {one} in random order"),
    _remedy("augmented", "on reversals that it wrote itself"),
    Approach(
        "retrieval-bm25-1",
        "prompt",
        "1 {one} in the prompt, found by BM25",
        lambda: (retrieval(BM25(), 1, name="retrieval-bm25-1"),),
    ),
    Approach("retrieval-bm25", "prompt", "3 {many} in the prompt, found by BM25"),
    Approach("retrieval-dense", "prompt", "3 {many} in the prompt, found by the model's own embeddings"),
    Approach(
        "retrieval-everything",
        "prompt",
        "all {many} in the prompt",
        lambda: (retrieval(Everything(), ALL),),
    ),
    Approach(BOUND, "reference", "upper bound: 3 {many}, the right one among them"),
    Approach(CONTROL, "reference", "control: 3 irrelevant {many}"),
)
"""Those of the weights first, then those of the prompt, then what they are compared with."""


def chosen(names: Iterable[str] = ()) -> tuple[Approach, ...]:
    """Return the approaches of these learners, by default the usual ones, with the bound and the control.

    Raises:
        UnknownName: there is no such learner.
    """
    wanted = tuple(names)
    known = {each.learner: each for each in APPROACHES if each.kind != "reference"}
    for name in wanted:
        if name not in known:
            raise UnknownName("learner", name, known)
    return tuple(
        each for each in APPROACHES if each.kind == "reference" or (each.learner in wanted if wanted else each.default)
    )


def further(approaches: Iterable[Approach]) -> tuple[Learner, ...]:
    """Return the learners of these approaches that the studies do not have anyway, and the one that reads before."""
    before = retrieval(Oracle(), 1, name=READS_BEFORE)
    return (before, *(learner for approach in approaches for learner in approach.learners()))
