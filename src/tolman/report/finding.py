"""The finding of a condition: one plain sentence, computed from the numbers, in the study's words.

Every wording states what the intervals support and no more: a difference counts as one if its interval over paired
seeds lies on one side of zero, and as none if the whole interval lies within `MARGIN`.
"""

from __future__ import annotations

import dataclasses

from tolman.report.aid import aid_clause
from tolman.report.comparison import MARGIN, compare, learned, required
from tolman.report.presentation import Presentation
from tolman.report.scores import Score
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.words import amounts, count, limits, listed, percent

_LARGE_GAP = 0.20
_GUESSES = {"elimination": "guessing by elimination", "constant": "one constant answer"}


def finding(summary: Summary) -> str:
    """Return one sentence: what was learned, whether it can be used, and what makes it usable."""
    if summary.presentation.finding is not None:
        return summary.presentation.finding(summary)
    base = summary.baseline
    if base is None or base.explicit is None or base.latent is None:
        return _without_baseline(summary)
    said = f"{_trained_on(summary, base)} {_gap(base, summary.presentation)}"
    clause = "" if learned(base) == "fewer" else aid_clause(summary, base)
    return f"{said}; {clause}." if clause else f"{said}."


def stands_alone(summary: Summary) -> bool:
    """Return whether a finding compares learners of its own condition; without the baseline it is half of one."""
    return not summary.presentation.baseline or summary.baseline is not None


def seeds_of(learner: LearnerSummary) -> str:
    """Return the number of seeds, with a warning if there is only one."""
    seeds = len(learner.records)
    return "one seed only, so a hint and no finding" if seeds == 1 else count(seeds, "seed")


def _trained_on(summary: Summary, base: LearnerSummary) -> str:
    what = amounts(summary.sizes, summary.presentation.sizes)
    trained = f"Trained on {what}" if what else "After training"
    return f"{trained} ({seeds_of(base)}), the model"


def _gap(base: LearnerSummary, words: Presentation) -> str:
    explicit, latent = required(base.explicit), required(base.latent)
    mastered, known = learned(base), percent(explicit.accuracy.mean)
    asked = f"{words.latent} (chance {percent(latent.chance.uniform)})"
    if mastered == "fewer":
        return (
            f"{words.answers} only {known} of {words.explicit}, so nothing can be said yet about its latent learning: "
            f"it {words.answers} {percent(latent.accuracy.mean)} of {asked}"
        )
    doubt = f" {limits(explicit.accuracy)}" if mastered == "unsettled" else ""
    return f"{words.answers} {known}{doubt} of {words.explicit}, {_latent(explicit, latent, words.answers, asked)}"


def _latent(explicit: Score, latent: Score, answers: str, asked: str) -> str:
    relation, gap = compare(explicit, latent)
    known = percent(latent.accuracy.mean)
    if relation == "unsettled":
        return f"and it is not settled whether it {answers} fewer of {asked}: {known} {limits(latent.accuracy)}"
    if relation == "more" and gap is not None:
        only = "only " if gap.mean >= _LARGE_GAP else ""
        return f"but {only}{known} of {asked}{_above_chance(latent)}"
    return f"and {known} of {asked}: there is no gap here"


def _above_chance(latent: Score) -> str:
    """Name a partial success, and a cleverer guess; nothing where uniform guessing explains the accuracy."""
    low, high, chance = latent.accuracy.low, latent.accuracy.high, dataclasses.asdict(latent.chance)
    best = max(chance, key=lambda kind: chance[kind])
    if low > chance[best]:
        return f", which is {'still well ' if low > chance[best] + MARGIN else ''}above chance"
    if low > chance["uniform"]:
        return f", which {_GUESSES[best]} could explain ({percent(chance[best])})"
    return f", which may or may not be chance {limits(latent.accuracy)}" if high > chance["uniform"] + MARGIN else ""


def _without_baseline(summary: Summary) -> str:
    scored = [(learner.label, learner.latent) for learner in summary.learners if learner.latent is not None]
    if not scored:
        return "No latent questions were measured here, so there is nothing to compare."
    answers = listed([f"{label} {summary.presentation.answers} {percent(s.accuracy.mean)}" for label, s in scored])
    said = f"Of the latent questions (chance {percent(scored[0][1].chance.uniform)}) {answers}"
    baseline = summary.presentation.baseline
    if not baseline:
        return f"{said}."
    return f"{said}; {baseline} was not measured on explicit and latent questions both, so the gap is unknown."
