"""What was found, in one plain sentence, computed from the numbers.

Every wording states what the intervals bear out and no more: a difference counts as one if its interval over
paired seeds lies on one side of zero, and as none if the whole interval lies within `MARGIN`.
"""

from __future__ import annotations

import dataclasses
from typing import NamedTuple

from tolman.report.comparison import LEARNED, MARGIN, compare, learned, required
from tolman.report.scores import Score
from tolman.report.summary import Arm, Summary
from tolman.report.words import count, percent, scope, spread

VARIANCE = "variance"
"""Measures called `variance/FEATURE` are the share of variance that a feature explains."""

_FAR = 0.20
_WORKS = 0.80
_HELPERS = (
    "parametric-retrieval-bm25",
    "parametric-retrieval-dense",
    "parametric-retrieval-oracle",
    "parametric-context",
)
_MEANS = {
    "parametric-retrieval-bm25": "with the {thing} retrieved into its context by BM25",
    "parametric-retrieval-dense": "with the {thing} retrieved into its context by embedding similarity",
    "parametric-retrieval-oracle": "with the right {thing} always retrieved into its context",
    "parametric-context": "with the right {thing} placed in its prompt",
}


def finding(summary: Summary) -> str:
    """One sentence: what was learned, whether it can be used, and what makes it usable."""
    if any(arm.measures for arm in summary.arms):
        return " ".join(_represented(summary, arm) for arm in summary.arms)
    base = summary.arm("parametric")
    if base is None or base.explicit is None or base.latent is None:
        return _incomplete(summary)
    said = f"{_trained_on(summary, base)} {_gap(base)}"
    if learned(base) == "fewer":
        return f"{said}."
    helper = _helper(summary, base)
    return f"{said}; {helper}." if helper else f"{said}."


def _represented(summary: Summary, arm: Arm) -> str:
    """What the networks compute, and how much of their variance each feature takes where that was measured."""
    if arm.explicit is None:
        return _incomplete(summary)
    tests = [name for name, role in arm.roles.items() if role == "explicit"]
    worst = min(tests, key=lambda name: arm.tests[name].accuracy.mean)
    computed = percent(arm.tests[worst].accuracy.mean)
    said = f"Trained on {count(len(tests), 'task')} ({count(len(arm.records), 'seed')}), the networks compute each "
    said += f"with an accuracy of at least {computed}"
    shares = {row: arm.measures[f"{VARIANCE}/{row}"] for row in tests if f"{VARIANCE}/{row}" in arm.measures}
    if len(shares) < 2:
        return f"{said}."
    most, least = max(shares, key=lambda row: shares[row].mean), min(shares, key=lambda row: shares[row].mean)
    return (
        f"{said}; of the variance of their last hidden layer {most!r} explains {percent(shares[most].mean)} and "
        f"{least!r} {percent(shares[least].mean)}."
    )


def _trained_on(summary: Summary, arm: Arm) -> str:
    seeds = len(arm.records)
    rests_on = "one seed only, so a hint and no finding" if seeds == 1 else count(seeds, "seed")
    what = scope(summary.sizes)
    return f"Trained on {what} ({rests_on}), the model" if what else f"After training ({rests_on}), the model"


def _gap(arm: Arm) -> str:
    explicit, latent, words = required(arm.explicit), required(arm.latent), _words(arm)
    mastered, known = learned(arm), percent(explicit.accuracy.mean)
    asked = f"{words.latent} (chance {percent(latent.chance.uniform)})"
    if mastered == "fewer":
        return (
            f"{words.does} only {known} of {words.explicit}, so nothing can be said yet about what it "
            f"learned latently: it {words.does} {percent(latent.accuracy.mean)} of {asked}"
        )
    doubt = f" {spread(explicit.accuracy)}" if mastered == "unsettled" else ""
    return f"{words.does} {known}{doubt} of {words.explicit}, {_latent(explicit, latent, words.does, asked)}"


def _latent(explicit: Score, latent: Score, does: str, asked: str) -> str:
    relation, gap = compare(explicit, latent)
    share = percent(latent.accuracy.mean)
    if relation == "unsettled":
        return f"and it is not settled whether it {does} fewer of {asked}: {share} {spread(latent.accuracy)}"
    if relation == "more" and gap is not None:
        only = "only " if gap.mean >= _FAR else ""
        return f"but {only}{share} of {asked}{_above_chance(latent)}"
    return f"and {share} of {asked}: there is no gap here"


def _above_chance(latent: Score) -> str:
    """Silent where guessing explains it; a partial success is named as one, and so is a cleverer guess."""
    low, high, chance = latent.accuracy.low, latent.accuracy.high, dataclasses.asdict(latent.chance)
    best = max(chance, key=lambda kind: chance[kind])
    if low > chance[best]:
        return f", which is {'still well ' if low > chance[best] + MARGIN else ''}above chance"
    if low > chance["uniform"]:
        how = {"elimination": "guessing by elimination", "constant": "one constant answer"}[best]
        return f", which {how} could explain ({percent(chance[best])})"
    return f", which may or may not be chance {spread(latent.accuracy)}" if high > chance["uniform"] + MARGIN else ""


class _Wording(NamedTuple):
    """The latent questions, what answers them, the explicit ones, and what one does with a question."""

    latent: str
    thing: str
    explicit: str = "the questions it was trained for"
    does: str = "answers"


_WORDINGS = {
    "reverse": _Wording("the reversed questions about facts it saw in one direction", "fact"),
    "encoding": _Wording("the questions that need an entry it saw defined but never used", "definition"),
    "goal-masked": _Wording(
        "the objects that it passed in training but was never sent to",
        "episode",
        "the goals it was trained for",
        "finds",
    ),
}
_ANY = _Wording("the questions that its experiences answer but nobody had asked", "experience")


def _words(arm: Arm) -> _Wording:
    """In the words of the world where its tests tell."""
    return next((wording for test, wording in _WORDINGS.items() if test in arm.tests), _ANY)


def _helper(summary: Summary, base: Arm) -> str:
    """What the most practical aid does: BM25 before dense before what only an experimenter can have."""
    arms = [arm for name in _HELPERS if (arm := summary.arm(name)) is not None and arm.latent is not None]
    if not arms:
        return ""
    arm = arms[0]
    text = _helps(base, arm) + _control(summary, base, arm)
    works = required(arm.latent).accuracy.mean >= _WORKS
    best = next((a for a in arms[1:] if not works and a.learner == "parametric-retrieval-oracle"), None)
    if best is not None:
        share = percent(required(best.latent).accuracy.mean)
        text += f"; {_means(best)} it {_words(best).does} {share}"
    return text


def _helps(base: Arm, arm: Arm) -> str:
    latent, means = required(arm.latent), _means(arm)
    relation, _ = compare(latent, required(base.latent))
    share, found = percent(latent.accuracy.mean), _found(arm)
    caveat = _caveat(arm)
    if relation == "more":
        only = "" if latent.accuracy.mean >= _WORKS else "only "
        return f"{means}{found} it {_words(arm).does} {only}{share}{caveat}"
    if relation == "unsettled":
        return f"whether it does better {means}{found} is not settled: {share} {spread(latent.accuracy)}{caveat}"
    no = "no better: " if relation == "same" else "worse: "
    return f"{means}{found} it does {no}{share}{caveat}"


def _means(arm: Arm) -> str:
    return _MEANS[arm.learner].format(thing=_words(arm).thing)


def _found(arm: Arm) -> str:
    """Where a retriever often misses, the reader must know it, since then the model is not to blame."""
    recall = required(arm.latent).recall
    if recall is None or recall.mean >= LEARNED or arm.learner == "parametric-context":
        return ""
    return f" (found for {percent(recall.mean)})"


def _caveat(arm: Arm) -> str:
    if learned(arm) != "fewer" or arm.explicit is None:
        return ""
    return f" (and only {percent(arm.explicit.accuracy.mean)} of what it was trained for)"


def _control(summary: Summary, base: Arm, arm: Arm) -> str:
    """Says so if irrelevant experiences do as well, since then it is not their content that helps."""
    control = summary.arm("parametric-retrieval-random")
    if control is None or control.latent is None or compare(required(arm.latent), required(base.latent))[0] != "more":
        return ""
    relation, _ = compare(required(arm.latent), control.latent)
    if relation == "more":
        return ""
    share = percent(control.latent.accuracy.mean)
    verb = "do as well" if relation in ("same", "fewer") else "may do as well"
    return f", but irrelevant experiences {verb} ({share}), so the content may not be what helps"


def _incomplete(summary: Summary) -> str:
    parts = [f"{arm.label} {percent(arm.latent.accuracy.mean)}" for arm in summary.arms if arm.latent is not None]
    if not parts:
        return "No latent questions were measured here, so there is nothing to compare."
    chance = next(arm.latent.chance.uniform for arm in summary.arms if arm.latent is not None)
    return (
        "No parametric learner was measured on both explicit and latent questions, so the gap is unknown; of the "
        f"latent questions (chance {percent(chance)}) are answered: {', '.join(parts)}."
    )
