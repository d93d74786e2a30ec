"""The walks as one picture in a file, for papers and the README."""

from __future__ import annotations

import textwrap
from pathlib import Path

from tolman.core.errors import UserError
from tolman.report.summary import Summary
from tolman.report.walks import Panel, story

_LETTERS = 25
"""Letters of a caption that fit under a maze with 5 cells on each side."""


def save_walks(summary: Summary, path: str | Path) -> Path:
    """The agent's walks to a trained goal and to a latent one, without and with memory, as one picture.

    It is what the page shows, with the text as part of the picture.

    Raises:
        UserError: the summary's records hold no such walks, the name does not end in .png or .svg, or the file cannot
            be written.
    """
    from tolman.worlds.mazes import panel, panel_svg, save_png

    path, told = Path(path), story(summary)
    if told is None:
        raise UserError(
            f"{summary.name}, {summary.condition}: no walks are recorded of an agent without and with memory"
        )
    scenes, captions = [p.scene for p in told.panels], [_wrapped(p) for p in told.panels]
    try:
        match path.suffix.lower():
            case ".svg":
                path.write_text(panel_svg(scenes, captions, tile=40) + "\n", encoding="utf-8")
            case ".png":
                save_png(panel(scenes, captions, tile=80), path)
            case _:
                raise UserError(f"{path}: cannot tell the format; expected a name that ends in .png or .svg.")
    except OSError as error:
        raise UserError(f"cannot write {path}: {error.strerror}: choose another place.") from error
    return path


def _wrapped(panel: Panel) -> str:
    return "\n".join(
        line for part in (panel.heading, panel.text, panel.outcome) for line in textwrap.wrap(part, _LETTERS)
    )
