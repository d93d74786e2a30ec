"""A condition's pictures as one file, for papers and the README."""

from __future__ import annotations

from pathlib import Path

from tolman.core.errors import UserError
from tolman.report.presentation import Pictures
from tolman.report.summary import Summary

_SUFFIXES = (".svg", ".png")


def pictures_of(summary: Summary) -> Pictures | None:
    """Return the pictures that the study draws of a condition, or None."""
    draw = summary.presentation.pictures
    return None if draw is None else draw(summary)


def save_trajectories(summary: Summary, path: str | Path) -> Path:
    """Write a condition's pictures, with their text, as one file, and return its path.

    Args:
        summary: of records with trajectories, summarised with their study's presentation.
        path: ends in `.svg` or `.png`.

    Raises:
        UserError: there is nothing to draw, the name ends otherwise, or the file cannot be written.
    """
    path, found = Path(path), pictures_of(summary)
    if found is None:
        raise UserError(
            f"{summary.name}, {summary.condition}: there is nothing to draw: it takes recorded trajectories of agents "
            "without and with memory, and the study's presentation."
        )
    if path.suffix.lower() not in _SUFFIXES:
        raise UserError(f"{path}: cannot tell the format; expected a name that ends in {' or '.join(_SUFFIXES)}.")
    try:
        found.save(path)
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place.") from error
    return path
