"""The user's material, and what each approach answered about it and cost, from the records of a study."""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from statistics import fmean

from tolman.advise.approaches import Approach
from tolman.advise.finetuning import MARGIN, Enough, Locality, enough, locality
from tolman.records.schema import Record
from tolman.records.statistics import Interval, paired_interval
from tolman.report.scores import Score
from tolman.report.summary import LearnerSummary, Summary

ROLES = ("explicit", "latent")

TWO_HOP = "two-hop"
"""The test whose questions take two facts, where a table has some; it enters no other score."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Material:
    """The user's material and how it is called.

    Attributes:
        name: the file or folder.
        amount: how much there is, in words.
        one, many: what a statement is called.
        latent: adjective of the latent questions, such as "reversed".
        example: what a latent question is, with one of the user's own.
        before: what the model could do before it was finetuned, as in "of {before} it answers ...".
        notes: what the user should know of how it was read.
    """

    name: str
    amount: str
    one: str
    many: str
    latent: str
    example: str
    before: str = ""
    notes: tuple[str, ...] = ()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Outcome:
    """One approach's answers and costs.

    Attributes:
        approach: what was done.
        text: the same in words.
        scores: `"explicit"` (asked as stated), `"latent"` (asked otherwise) and, where there are some, `"two-hop"`.
        tokens: read for each question, in the mean; its context included.
        trained: tokens that the model was finetuned on.
        generated: tokens that it generated for its own training.
        locality: what finetuning left of what the model could do; None where that was not asked.
        enough: the training that would have been enough; None without a learning curve.
        summary: all results of the learner.
    """

    approach: Approach
    text: str
    scores: dict[str, Score]
    tokens: float
    trained: int
    generated: int
    locality: Locality | None
    enough: Enough | None
    summary: LearnerSummary

    @property
    def stated(self) -> Interval:
        """Accuracy on questions that are asked as the statements put it."""
        return self.scores["explicit"].accuracy

    @property
    def latent(self) -> Interval:
        """Accuracy on questions that are answered by a statement, but asked in another way."""
        return self.scores["latent"].accuracy

    @property
    def two_hop(self) -> Interval | None:
        """Accuracy on questions that take two facts; None where there are none."""
        return self.scores[TWO_HOP].accuracy if TWO_HOP in self.scores else None

    @property
    def cost(self) -> tuple[int, int, int]:
        """The order of approaches: tokens read for a question, then generated, then trained on."""
        return round(self.tokens), self.generated, self.trained

    def above(self, other: Outcome, role: str) -> Interval:
        """Return by how much it answers more than another, with the interval of the pairs of seeds."""
        mine, theirs = self.scores[role], other.scores[role]
        pairs = dict(theirs.by_seed)
        kept = [(value, pairs[seeds], items) for (seeds, value), items in
                zip(mine.by_seed, mine.items, strict=True) if seeds in pairs]  # fmt: skip
        ours, others, items = zip(*kept, strict=True)
        return paired_interval(ours, others, items)

    def as_good_as(self, other: Outcome) -> bool:
        """Return whether it is at most `MARGIN` worse than another on questions of either role."""
        return self is other or all(self.above(other, role).low >= -MARGIN for role in ROLES)

    def better_than(self, other: Outcome) -> bool:
        """Return whether it answers more of either role than another, its whole interval included."""
        return any(self.above(other, role).low > 0 for role in ROLES)


def outcomes(summary: Summary, approaches: Sequence[Approach], material: Material) -> tuple[Outcome, ...]:
    """Return the outcome of each approach that was run, in their order."""
    found = [(approach, summary.learner(approach.name)) for approach in approaches]
    return tuple(
        _outcome(learner, approach, material)
        for approach, learner in found
        if learner is not None and learner.explicit and "latent" in learner.tests
    )


def _outcome(learner: LearnerSummary, approach: Approach, material: Material) -> Outcome:
    assert learner.explicit is not None
    budgets = [record.result["budget"] for record in learner.records]
    return Outcome(
        approach=approach,
        text=approach.words(material.one, material.many),
        scores={
            "explicit": learner.explicit,
            **{name: learner.tests[name] for name in ("latent", TWO_HOP) if name in learner.tests},
        },
        tokens=_tokens(learner.records),
        trained=round(fmean(budget["tokens"] for budget in budgets)),
        generated=round(fmean(budget.get("augmentation", {}).get("generated", 0) for budget in budgets)),
        locality=locality(learner.records),
        enough=enough(learner.records),
        summary=learner,
    )


def _tokens(records: Sequence[Record]) -> float:
    tests = [t for record in records for name, t in record.tests.items() if t["role"] in ROLES and name != TWO_HOP]
    return fmean(test["prompt_tokens"] for test in tests)
