"""Places where commands write their pages and figures."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path

from tolman.core.errors import UserError

PAGE = (".html", ".htm")
"""How the name of a page ends."""

PAGE_OR_FIGURE = (*PAGE, ".png", ".svg", ".pdf")


def check_output(output: str | None, suffixes: Sequence[str], inputs: Mapping[str, str] | None = None) -> None:
    """Refuse a place that cannot be written to, before minutes of training rather than after.

    Args:
        output: as typed; None = nothing is written.
        suffixes: how the names of what the command writes end.
        inputs: the files that the command reads, by option.

    Raises:
        UserError: it is a folder, a device or an input, its name ends otherwise, or its folder is missing or read-only.
    """
    if output is None:
        return
    path = Path(os.path.realpath(output))
    if path.is_dir():
        raise UserError(
            f"-o {output}: this is a directory; name a file in it, for example {Path(output) / 'report.html'}."
        )
    if Path(output).suffix.lower() not in suffixes:
        raise UserError(f"-o {output}: this command writes {', '.join(suffixes)}; end the name so.")
    _check_kind(output, path)
    _check_inputs(output, path, inputs or {})
    folder = (path if Path(output).is_symlink() else Path(output)).parent
    if not folder.is_dir():
        raise UserError(f"-o {output}: there is no folder {folder}; make it first, or choose another place.")
    if not os.access(folder, os.W_OK):
        raise UserError(f"-o {output}: the folder {folder} cannot be written to; choose another place.")


def as_inputs(files: Mapping[str, str]) -> dict[str, str]:
    """Return a study's files by option as it is typed."""
    return {f"--{name}": path for name, path in files.items()}


def _check_kind(output: str, path: Path) -> None:
    if os.path.lexists(path) and not path.is_file():
        raise UserError(f"-o {output}: this is a device, a pipe or the like, no file; choose another place.")


def _check_inputs(output: str, path: Path, inputs: Mapping[str, str]) -> None:
    for option, given in inputs.items():
        if path.is_file() and Path(given).is_file() and path.samefile(given):
            raise UserError(f"-o {output}: this is the file that {option} reads, {given}; choose another place.")
