"""Worlds and studies by name, made from the user's files where they take some."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from tolman.core.errors import UserError
from tolman.core.registry import find, load

if TYPE_CHECKING:
    from tolman.core.inputs import InputFile
    from tolman.report.presentation import Presentation

SINGULAR = {"worlds": "world", "studies": "study"}


def typed() -> str:
    """Return the command as it was typed, as provenance keeps it."""
    return shlex.join(["tolman", *sys.argv[1:]])


def make(noun: str, name: str, files: Mapping[str, str]) -> Any:
    """Make a component from its files.

    Args:
        noun: `"worlds"` or `"studies"`.
        name: as registered.
        files: paths by option, e.g. `{"facts": "capitals.csv"}`.

    Raises:
        UserError: it cannot be made without a file that is missing, or from the file that was given.
    """
    inputs: Mapping[str, InputFile] = load(noun, name).inputs
    missing = missing_files(noun, name, files)
    if missing:
        said = " ".join(inputs[option].help for option in missing)
        kind = inputs[missing[0]].kind
        needed = as_options(noun, name, missing)
        raise UserError(f"the {SINGULAR[noun]} {name!r} is made from a {kind} of yours: give {needed}. {said}")
    try:
        return load(noun, name)(**{inputs[option].field: path for option, path in files.items()})
    except TypeError as error:
        raise UserError(f"the {SINGULAR[noun]} {name!r} cannot be made without arguments: {error}") from error


def missing_files(noun: str, name: str, files: Mapping[str, str]) -> list[str]:
    """Return the options of the files that a component cannot be made without and that were not given."""
    inputs: Mapping[str, InputFile] = load(noun, name).inputs
    return [option for option, file in inputs.items() if not file.makes and not file.optional and option not in files]


def as_options(noun: str, name: str, options: Sequence[str]) -> str:
    """Return options as they are typed: "--documents FILE and --tests FILE"."""
    inputs: Mapping[str, InputFile] = load(noun, name).inputs
    return " and ".join(f"--{option} {inputs[option].metavar}" for option in options)


def resolve(noun: str, name: str, files: Mapping[str, str]) -> str:
    """Return the component that a name means with these files: `reversals` with a table of facts is `facts`."""
    inputs: Mapping[str, InputFile] = load(noun, name).inputs
    return next((inputs[option].makes for option in files if option in inputs and inputs[option].makes), name)


def presentations(studies: Iterable[str]) -> dict[str, Presentation]:
    """Return the presentations of those studies that are installed."""
    known = find("studies")
    return {name: load("studies", name).presentation() for name in set(studies) if name in known}
