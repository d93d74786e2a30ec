"""Advice as one page that opens without a network."""

from __future__ import annotations

import dataclasses
import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tolman.advise.advice import Advice
from tolman.advise.results import Outcome
from tolman.advise.terminal import euros
from tolman.report.costs import costs
from tolman.report.document import dressing, environment
from tolman.report.words import estimate, percent

if TYPE_CHECKING:
    import jinja2

_TEMPLATES = Path(__file__).parent / "templates"

_MOST_GROUPS = 24


def render(advice: Advice, command: str, version: str) -> str:
    """Return the page as HTML; `command` is what was typed to make it, `version` Tolman's."""
    shown = tuple(dataclasses.replace(found.summary, latent=found.scores["latent"]) for found in advice.outcomes)
    chart = costs(dataclasses.replace(advice.summary, learners=shown))
    charts: dict[str, Any] = {} if chart is None else {"costs": chart}
    return (
        _environment()
        .get_template("advice.html")
        .render(
            advice=advice,
            groups=_groups(advice),
            linked=any(found.two_hop for found in advice.outcomes),
            curves=any(found.enough for found in advice.outcomes),
            broken=next((found.locality for found in advice.outcomes if found.locality), None),
            command=command,
            version=version,
            **dressing(charts),
        )
    )


def _groups(advice: Advice) -> dict[str, list[str]]:
    """Return, for each group of latent questions, its accuracy under every approach; nothing if there is one group."""
    found = [_latent_groups(outcome) for outcome in advice.outcomes]
    names = sorted({name for groups in found for name in groups})
    if not 1 < len(names) <= _MOST_GROUPS:
        return {}
    return {name: [groups.get(name, "–") for groups in found] for name in names}


def _latent_groups(outcome: Outcome) -> dict[str, str]:
    groups = outcome.summary.groups.get("latent", {})
    return {name: percent(score.accuracy.mean) for name, score in groups.items()}


@functools.cache
def _environment() -> jinja2.Environment:
    made = environment(_TEMPLATES)
    made.filters |= {"estimate": estimate, "percent": percent, "euros": euros}
    return made
