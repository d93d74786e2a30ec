"""The clause of a finding that says which aid makes latent knowledge usable."""

from __future__ import annotations

from tolman.report.comparison import LEARNED, compare, learned, required
from tolman.report.presentation import LearnerStyle
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.words import limits, percent

_WORKS = 0.80


def aid_clause(summary: Summary, base: LearnerSummary) -> str:
    """Return what the most practical aid achieves, and the upper bound where that falls short; empty without aids."""
    found = [summary.learner(name) for name in summary.presentation.aids]
    aids = [learner for learner in found if learner is not None and learner.latent is not None]
    if not aids:
        return ""
    first, words = aids[0], summary.presentation
    text = _helps(summary, base, first) + _credit(summary, base, first)
    works = required(first.latent).accuracy.mean >= _WORKS
    best = next((aid for aid in aids[1:] if not works and aid.label == words.upper_bound), None)
    if best is not None:
        text += f"; {_means(summary, best)} it {words.answers} {percent(required(best.latent).accuracy.mean)}"
    return text


def _helps(summary: Summary, base: LearnerSummary, aid: LearnerSummary) -> str:
    latent, means, answers = required(aid.latent), _means(summary, aid), summary.presentation.answers
    relation, _ = compare(latent, required(base.latent))
    known, found, caveat = percent(latent.accuracy.mean), _found(summary, aid), _caveat(aid)
    if relation == "more":
        only = "" if latent.accuracy.mean >= _WORKS else "only "
        return f"{means}{found} it {answers} {only}{known}{caveat}"
    if relation == "unsettled":
        return f"whether it does better {means}{found} is not settled: {known} {limits(latent.accuracy)}{caveat}"
    no = "no better: " if relation == "same" else "worse: "
    return f"{means}{found} it does {no}{known}{caveat}"


def _style(summary: Summary, learner: LearnerSummary) -> LearnerStyle:
    return summary.presentation.learners.get(learner.name, LearnerStyle())


def _means(summary: Summary, aid: LearnerSummary) -> str:
    return _style(summary, aid).aid.format(experience=summary.presentation.experience) or f"with {aid.label}"


def _found(summary: Summary, aid: LearnerSummary) -> str:
    """Name the recall of a retriever that often misses: then reading is not to blame."""
    recall = required(aid.latent).recall
    if recall is None or recall.mean >= LEARNED or _style(summary, aid).supplied:
        return ""
    return f" (found for {percent(recall.mean)})"


def _caveat(aid: LearnerSummary) -> str:
    if learned(aid) != "fewer" or aid.explicit is None:
        return ""
    return f" (and only {percent(aid.explicit.accuracy.mean)} of the explicit questions)"


def _credit(summary: Summary, base: LearnerSummary, aid: LearnerSummary) -> str:
    """Say so if irrelevant experiences help as much, since then it is not the content that helps."""
    control = summary.learner(summary.presentation.irrelevant)
    if control is None or control.latent is None or compare(required(aid.latent), required(base.latent))[0] != "more":
        return ""
    relation, _ = compare(required(aid.latent), control.latent)
    if relation == "more":
        return ""
    verb = "do as well" if relation in ("same", "fewer") else "may do as well"
    known = percent(control.latent.accuracy.mean)
    return f", but irrelevant experiences {verb} ({known}), so the content may not be what helps"
