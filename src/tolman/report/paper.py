"""The bar figure for papers and the README: PNG, SVG or PDF by matplotlib, without a browser or a display."""

from __future__ import annotations

from pathlib import Path

import matplotlib
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.patches import Patch
from matplotlib.ticker import PercentFormatter

from tolman.core.errors import UserError
from tolman.report.palette import colours
from tolman.report.scores import Score
from tolman.report.summary import LearnerSummary, Summary
from tolman.report.words import count

SUFFIXES = (".png", ".svg", ".pdf")
"""How the name of a figure ends."""

_FADED = 0.38


def save_bars(summary: Summary, path: str | Path) -> Path:
    """Draw explicit and latent accuracy of every learner into a file, with 95 % intervals and a tick at chance.

    Raises:
        UserError: the name does not end in .png, .svg or .pdf, there is nothing to draw, or the file cannot be written.
    """
    path = Path(path)
    if path.suffix.lower() not in SUFFIXES:
        raise UserError(f"{path}: cannot tell the format; expected a name that ends in {', '.join(SUFFIXES)}.")
    if not any(learner.explicit or learner.latent for learner in summary.learners):
        raise UserError(f"{summary.study} has no explicit or latent tests to draw: write a page (.html) instead.")
    figure = _figure(summary)
    try:
        # Without dates and random ids the same summary gives the same bytes.
        with matplotlib.rc_context({"svg.hashsalt": "tolman"}):
            figure.savefig(path, dpi=200, bbox_inches="tight", metadata=_undated(path.suffix.lower()))
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place.") from error
    return path


def _undated(suffix: str) -> dict[str, None] | None:
    return {".svg": {"Date": None}, ".pdf": {"CreationDate": None}}.get(suffix)


def _figure(summary: Summary) -> Figure:
    learners = [learner for learner in summary.learners if learner.explicit or learner.latent]
    figure = Figure(figsize=(7.2, 1.1 + 0.52 * len(learners)))
    FigureCanvasAgg(figure)
    axes = figure.subplots()
    of = colours((learner.label for learner in learners), summary.presentation.learners)
    for row, learner in enumerate(learners):
        _draw(axes, row - 0.2, learner.explicit, of[learner.label], _FADED)
        _draw(axes, row + 0.2, learner.latent, of[learner.label], 1.0)
    _dress(axes, learners)
    axes.set_title(f"{summary.study} ({summary.preset}, {count(summary.seeds, 'seed')})", loc="left", fontsize=10)
    return figure


def _draw(axes: Axes, y: float, score: Score | None, colour: str, opacity: float) -> None:
    if score is None:
        return
    mean, low, high, _ = score.accuracy
    axes.barh(y, mean, 0.36, color=colour, alpha=opacity, linewidth=0)
    axes.plot([low, high], [y, y], color="black", linewidth=1.1, solid_capstyle="butt")
    axes.vlines(score.chance.uniform, y - 0.18, y + 0.18, color="black", linewidth=2)


def _dress(axes: Axes, learners: list[LearnerSummary]) -> None:
    axes.set_yticks(range(len(learners)), [learner.label for learner in learners])
    axes.set_ylim(len(learners) - 0.45, -0.55)
    axes.set_xlim(0, 1.02)
    axes.xaxis.set_major_formatter(PercentFormatter(1))
    axes.set_xlabel("accuracy (95 % interval; black tick: chance)")
    axes.tick_params(axis="y", length=0)
    axes.spines[["top", "right", "left"]].set_visible(False)
    axes.grid(axis="x", alpha=0.2)
    axes.set_axisbelow(True)
    keys = [Patch(color="0.3", alpha=_FADED, label="explicit: asked in training"),
            Patch(color="0.3", label="latent: never asked")]  # fmt: skip
    axes.legend(handles=keys, loc="lower right", bbox_to_anchor=(1, 1), ncols=2, frameon=False, fontsize=8)
