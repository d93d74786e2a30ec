"""What finetuning takes and what it breaks: the training after which it has learned, and what the model did before."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from tolman.records.schema import Record
from tolman.records.statistics import Interval, mean_interval

LOCALITY = "locality"
"""The test of what a model could do before it was finetuned."""

MARGIN = 0.05
"""One accuracy is as good as another if it is at most so much lower; of two approaches, the whole interval of it."""


class Locality(NamedTuple):
    """Questions about something else, which the pretrained model was asked as well.

    Attributes:
        before, after: what it answered, and what it answers once it is finetuned.
        kept: what it still answers of those that it answered before; None if there were none.
        chance: what guessing answers.
    """

    before: Interval
    after: Interval
    kept: Interval | None
    chance: float

    @property
    def tells(self) -> bool:
        """True if the pretrained model answered more than guessing does, its whole interval included."""
        return self.before.low > self.chance


class Enough(NamedTuple):
    """The first point of a learning curve from which on accuracies are as good as in the end.

    Attributes:
        step, tokens: steps and tokens of training up to there.
        steps, all_tokens: of the whole training.
    """

    step: int
    tokens: int
    steps: int
    all_tokens: int

    @property
    def early(self) -> bool:
        """True if it comes before the end."""
        return self.step < self.steps


def locality(records: Sequence[Record]) -> Locality | None:
    """Return what a finetuned model still does; None if it was not asked, or if no question was left to ask."""
    tests = [record.tests[LOCALITY] for record in records if LOCALITY in record.tests]
    tests = [test for test in tests if test["asked"]]
    if not tests:
        return None
    known, asked = [test for test in tests if test["n"]], [test["asked"] for test in tests]
    return Locality(
        before=mean_interval([test["before"] for test in tests], asked),
        after=mean_interval([test["after"] for test in tests], asked),
        kept=mean_interval([t["accuracy"] for t in known], [t["n"] for t in known]) if known else None,
        chance=fmean(test["chance"]["uniform"] for test in tests),
    )


def enough(records: Sequence[Record]) -> Enough | None:
    """Return when a learner had learned what it learned, by its learning curve.

    That is the first point from which on neither the explicit nor the latent questions fall short of the last one by
    more than `MARGIN`, in the mean over seeds.

    Returns:
        None if the curve has less than three points, or other ones at every seed.
    """
    curves = [record.result["curves"] for record in records]
    steps = [[point["step"] for point in curve] for curve in curves]
    if len(steps[0]) < 3 or any(each != steps[0] for each in steps):
        return None
    means = [_means(records, place) for place in range(len(steps[0]))]
    least = [mean - MARGIN - 1e-9 for mean in means[-1]]
    short = [n for n, point in enumerate(means) if any(mean < bound for mean, bound in zip(point, least, strict=True))]
    first = max(short, default=-1) + 1
    tokens = [round(fmean(curve[place]["tokens"] for curve in curves)) for place in (first, -1)]
    return Enough(steps[0][first], tokens[0], steps[0][-1], tokens[1])


def _means(records: Sequence[Record], place: int) -> tuple[float, float]:
    """Return the explicit and the latent accuracy at a place of the curves; two facts at once do not count."""
    explicit, latent = list[float](), list[float]()
    for record in records:
        accuracy = record.result["curves"][place]["accuracy"]
        explicit.append(fmean(accuracy[name] for name, test in record.tests.items() if test["role"] == "explicit"))
        latent.append(accuracy["latent"])
    return fmean(explicit), fmean(latent)
