"""Prompts and completions out of a folder of JSONL files, in the format that Berglund et al. published."""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple

from tolman.core.errors import UserError
from tolman.worlds.sources import Columns, Source
from tolman.worlds.texts.reading import check_length, filled, read_rows
from tolman.worlds.texts.words import words

TRAIN, TEST, REVERSE = "_prompts_train.jsonl", "_prompts_test.jsonl", "_reverse_prompts_test.jsonl"
"""How the names of a group's files end: what is trained, asked in the trained order, and asked in the other."""

UNION = "all"
"""The group whose training file repeats those of all others; it is not read."""

COLUMNS = Columns(("prompt", "completion"), (), '{"prompt": "The composer of Fugue is", "completion": " Ann Lee."}')

NEEDED = f"A group of people takes the files GROUP{TRAIN}, GROUP{TEST} and, where one order is latent, GROUP{REVERSE}"


class Line(NamedTuple):
    """A prompt with its completion, both as words, and where they stand."""

    prompt: tuple[str, ...]
    completion: tuple[str, ...]
    source: Source
    number: int

    @property
    def words(self) -> tuple[str, ...]:
        """The prompt, and then the completion."""
        return (*self.prompt, *self.completion)

    @property
    def place(self) -> str:
        """The line and its file."""
        return f"line {self.number} of {self.source.path}"

    def error(self, problem: str, remedy: str) -> UserError:
        """Return a message of what is wrong with this line, and the way out."""
        return self.source.error(problem, remedy, self.number)


class Group(NamedTuple):
    """The lines of a group of people; `reverse` is empty where no order is latent."""

    name: str
    train: tuple[Line, ...]
    test: tuple[Line, ...]
    reverse: tuple[Line, ...]

    @property
    def lines(self) -> tuple[Line, ...]:
        """All of them."""
        return (*self.train, *self.test, *self.reverse)


def read_folder(path: str | os.PathLike[str]) -> tuple[Group, ...]:
    """Return the groups of a folder, by name; other files in it are not read.

    Raises:
        UserError: it is no folder, a file is missing, or a line is malformed; the message names it and the remedy.
    """
    folder = Source(os.fspath(path))
    names = _names(folder)
    groups = [name.removesuffix(TRAIN) for name in names if name.endswith(TRAIN)]
    groups = [group for group in groups if group != UNION]
    if not groups:
        raise folder.error(f"no file in it is called GROUP{TRAIN}", f"{NEEDED}; found: {_listed(names)}")
    _check_names(folder, names, groups)
    if not any(group + REVERSE in names for group in groups):
        raise folder.error(f"no file in it is called GROUP{REVERSE}", "Add one: without it nothing is latent")
    return tuple(_group(Path(path), group, group + REVERSE in names) for group in groups)


def _names(folder: Source) -> list[str]:
    path = Path(folder.path)
    try:
        return sorted(entry.name for entry in path.iterdir())
    except FileNotFoundError:
        raise folder.error("there is no such folder", f"Check the path, which starts at {Path.cwd()}") from None
    except NotADirectoryError:
        raise folder.error("this is a file", "Name the folder that it is in") from None
    except OSError as error:
        raise folder.error(f"it cannot be read ({error.strerror})", "Check its permissions, or copy it") from None


def _listed(names: list[str]) -> str:
    shown = [name for name in names if name.endswith(".jsonl")][:8]
    return ", ".join(shown) or "no .jsonl file"


def _check_names(folder: Source, names: list[str], groups: list[str]) -> None:
    for group in groups:
        if group + TEST not in names:
            raise folder.error(f"there is {group}{TRAIN}, but no {group}{TEST}", f"Add it. {NEEDED}")
    known = {UNION + TEST, *(group + ending for group in groups for ending in (TEST, REVERSE))}
    for name in names:
        if name.endswith(TEST) and name not in known:
            train = name.removesuffix(REVERSE).removesuffix(TEST) + TRAIN
            raise folder.error(f"there is {name}, but no {train}", f"Add it, or remove {name}. {NEEDED}")


def _group(folder: Path, name: str, reversed: bool) -> Group:
    train, test = (_lines(folder / (name + ending)) for ending in (TRAIN, TEST))
    return Group(name, train, test, _lines(folder / (name + REVERSE)) if reversed else ())


def _lines(path: Path) -> tuple[Line, ...]:
    source, found = Source(str(path)), []
    for number, cells in read_rows(source, COLUMNS, "rows"):
        prompt, completion = (tuple(words(filled(source, number, c, cells[c]))) for c in COLUMNS.required)
        check_length(source, number, "prompt and completion", (*prompt, *completion))
        found.append(Line(prompt, completion, source, number))
    return tuple(found)
