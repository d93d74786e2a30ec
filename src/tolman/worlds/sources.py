"""A user's files: loading them, rows of JSON and clean text, with one clear message for everything that is wrong."""

from __future__ import annotations

import dataclasses
import difflib
import json
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

from tolman.core.errors import UserError
from tolman.core.text import control_character, normalised

MAX_BYTES = 50_000_000
"""Largest file, so that a wrong one (a video, a database) is refused before it fills the memory."""

Row = tuple[int, Mapping[str, Any]]
"""A row's line and its cells, as yet neither checked nor cleaned."""


class Source(NamedTuple):
    """The file that is read, and what its users call a row of it."""

    path: str
    unit: str = "line"

    def error(self, problem: str, remedy: str, *lines: int) -> UserError:
        """Return one message of what is wrong, where, and the way out."""
        where = self.path
        if lines:
            plural = "s" if len(lines) > 1 else ""
            where += f", {self.unit}{plural} {' and '.join(str(line) for line in lines)}"
        # A library's own message may span lines and hold what would upset a terminal.
        shown = "".join(char if char.isprintable() else "?" for char in " ".join(problem.split()))
        return UserError(f"{where}: {shown}. {remedy}.")

    def load(self, too_large: str) -> bytes:
        """Return the file's bytes.

        Args:
            too_large: what to do about a file of more than `MAX_BYTES`.

        Raises:
            UserError: there is no such file to be had.
        """
        path = Path(self.path)
        try:
            self._check_file(path, too_large)
            return path.read_bytes()
        except FileNotFoundError:
            raise self.error("there is no such file", f"Check the path, which starts at {Path.cwd()}") from None
        except PermissionError:
            raise self.error(
                "reading it is not permitted", "Give yourself permission (chmod u+r), or copy it"
            ) from None
        except OSError as error:
            raise self.error(
                f"it cannot be read ({error.strerror})", "Copy it to another place and try again"
            ) from None

    def _check_file(self, path: Path, too_large: str) -> None:
        info = path.stat()
        if stat.S_ISDIR(info.st_mode):
            raise self.error("this is a directory", "Name one file in it")
        if not stat.S_ISREG(info.st_mode):
            raise self.error("this is not an ordinary file", "Save it to a file first")
        if info.st_size > MAX_BYTES:
            raise self.error(f"{info.st_size / 1e6:,.0f} MB are too much for this", too_large)

    def decode(self, data: bytes) -> str:
        """Return UTF-8 text without its byte order mark; anything else is an error that names the line."""
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            byte = f"byte 0x{data[error.start]:02x}"
            line = _line(data, error.start)
            raise self.error(f"this is not UTF-8 text ({byte})", "Save the file as UTF-8", line) from None
        if "\0" in text:
            line = _line(data, data.index(b"\0"))
            raise self.error("this holds a NUL byte", "Save the file as plain UTF-8 text", line)
        return text

    def text(self, line: int, column: str, value: Any) -> str:
        """Return a cell as clean text (see `normalised`), numbers as they are written; "" where it is empty."""
        if value is None:
            return ""
        if not isinstance(value, str):
            raise self.error(f"{column!r} is neither text nor a number: {str(value)[:60]!r}", "Write it as text", line)
        text = value.strip()
        if "\n" in text or "\r" in text:
            raise self.error(f"{column!r} holds a line break", "Close the quotes, or write the name on one line", line)
        if char := control_character(text):
            raise self.error(f"{column!r} holds the control character {char!r}", "Remove it", line)
        return normalised(text)


def _line(data: bytes, at: int) -> int:
    return len((data[:at] + b".").splitlines())


def is_blank(text: str) -> bool:
    """Return whether a text holds nothing but spaces and invisible marks."""
    return not any(map(str.isprintable, text.replace(" ", "")))


@dataclasses.dataclass(frozen=True)
class Columns:
    """The columns of a file, or the keys of its JSON objects.

    Attributes:
        required, optional: their names.
        example: a JSON object with the required ones.
    """

    required: tuple[str, ...]
    optional: tuple[str, ...]
    example: str

    def check(self, source: Source, names: list[str], *line: int) -> None:
        """Raise if a column appears twice, a required one is missing, or an optional one looks misspelt."""
        known = (*self.required, *self.optional)
        unknown = [name for name in names if name not in known]
        for name in known:
            if names.count(name) > 1:
                raise source.error(f"the column {name!r} appears twice", "Remove one", *line)
            if name in names:
                continue
            near = _alike(name, unknown)
            if name in self.required:
                found = f"Needed are {', '.join(self.required)}; found are {', '.join(map(repr, names)) or 'none'}"
                hint = f"Did you mean {near!r}? Rename it" if near else found
                raise source.error(f"the column {name!r} is missing", hint, *line)
            # Any other column is a remark of the user's, unless it looks like one that would change the result.
            if near:
                hint = f"Did you mean {name!r}? Rename or remove it"
                raise source.error(f"the column {near!r} is unknown", hint, *line)


def _alike(name: str, given: list[str]) -> str:
    short = [other for other in given if len(other) > 3 and name.startswith(other.lower())]
    near = difflib.get_close_matches(name, given, n=1, cutoff=0.75)
    return next((other for other in given if other.lower() == name), "") or next(iter([*near, *short]), "")


def read_jsonl(source: Source, data: bytes, columns: Columns) -> Iterator[Row]:
    """Yield the rows of a file with one JSON object a line; numbers stay as they are written."""
    seen: set[tuple[str, ...]] = set()
    # Only \n ends a line: JSON text may hold every other line break that `splitlines` knows.
    for line, text in enumerate(source.decode(data).split("\n"), start=1):
        if not text.strip():
            continue
        row = _json_object(source, text, line, columns.example)
        if tuple(row) not in seen:
            columns.check(source, list(row), line)
            seen.add(tuple(row))
        yield line, row


def _json_object(source: Source, text: str, line: int, example: str) -> dict[str, Any]:
    def refuse(constant: str) -> NoReturn:
        raise ValueError(f"{constant} is no JSON value")

    try:
        # Pairs, not a dict, so that a repeated key is found and not silently overwritten.
        pairs = json.loads(text, parse_int=str, parse_float=str, parse_constant=refuse, object_pairs_hook=_Pairs)
    except (ValueError, RecursionError) as error:
        raise source.error(f"this is not JSON ({error})", "Write one JSON object on each line", line) from None
    if not isinstance(pairs, _Pairs):
        found = f"this is JSON but no object: {text.strip()[:60]!r}"
        raise source.error(found, f"Write one object on each line, as in {example}", line)
    if len(dict(pairs)) < len(pairs):
        raise source.error("a key appears twice in this object", "Remove one", line)
    return dict(pairs)


class _Pairs(list[tuple[str, Any]]):
    """A JSON object's pairs, distinguishable from a JSON array."""
