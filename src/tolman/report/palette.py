"""Colours that tell learners and statuses apart, for colour-blind readers too, on light and dark ground.

From Okabe and Ito (2008), Color Universal Design. A study's presentation gives its learners theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from tolman.report.presentation import LearnerStyle

STATUSES = {
    "holds": "#009E73",
    "fails": "#D55E00",
    "inconclusive": "#E69F00",
    "not testable": "#CC79A7",
    "not run": "#595959",
}

SPARE = ("#56B4E9", "#8000E0", "#A05A2C", "#009E73", "#D55E00", "#0072B2", "#CC79A7", "#E69F00", "#595959")


def colours(labels: Iterable[str], styles: Mapping[str, LearnerStyle] | None = None) -> dict[str, str]:
    """Return a colour per label: its style's, else a spare one in alphabetical order."""
    labels = list(labels)
    known = {name: style.colour for name, style in (styles or {}).items() if style.colour}
    others = sorted(label for label in labels if label not in known)
    spare = {label: SPARE[i % len(SPARE)] for i, label in enumerate(others)}
    return {label: known.get(label) or spare[label] for label in labels}
