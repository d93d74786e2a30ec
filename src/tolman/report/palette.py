"""Colours that tell learners and statuses apart, for colour-blind readers too, on light and dark ground."""

from __future__ import annotations

from collections.abc import Iterable

LEARNERS = {
    "parametric": "#D55E00",
    "parametric-context": "#E69F00",
    "parametric-retrieval-oracle": "#009E73",
    "parametric-retrieval-bm25": "#0072B2",
    "parametric-retrieval-dense": "#CC79A7",
    "parametric-retrieval-random": "#8C8C8C",
    "parametric-retrieval-trained-random": "#56B4E9",
}
"""From Okabe and Ito (2008), Color Universal Design; a learner has the same colour in every figure."""

STATUSES = {
    "holds": "#009E73",
    "fails": "#D55E00",
    "inconclusive": "#E69F00",
    "not testable": "#CC79A7",
    "not run": "#8C8C8C",
}

_SPARE = ("#56B4E9", "#B8A900", "#7F5BB5", "#A05A2C", "#009E73", "#D55E00", "#0072B2", "#CC79A7", "#8C8C8C")


def colours(labels: Iterable[str]) -> dict[str, str]:
    """A colour per learner; unknown ones take spare colours in alphabetical order."""
    labels = list(labels)
    unknown = sorted(label for label in labels if label not in LEARNERS)
    spare = {label: _SPARE[i % len(_SPARE)] for i, label in enumerate(unknown)}
    return {label: LEARNERS.get(label) or spare[label] for label in labels}
