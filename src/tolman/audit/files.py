"""Checks of users' files, with one clear message where one cannot be read."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from tolman.core.errors import UserError
from tolman.core.text import normalised


def refusal(path: str | Path, problem: str, remedy: str) -> UserError:
    """Return an error that says which file is wrong, why, and what to do."""
    # A library's own message may span lines and hold what would upset a terminal.
    shown = "".join(char if char.isprintable() else "?" for char in " ".join(problem.split()))
    return UserError(f"{path}: {shown}. {remedy}.")


def existing(path: str | Path, content: str) -> Path:
    """Return the path of an ordinary file that is not empty and may be read; `content` is what it should hold.

    Raises:
        UserError: there is no such file.
    """
    found = Path(path)
    try:
        info = found.stat()
        if stat.S_ISDIR(info.st_mode):
            raise refusal(path, "this is a directory", f"Name one file in it that holds {content}")
        if not stat.S_ISREG(info.st_mode):
            raise refusal(path, "this is not an ordinary file", f"Save {content} to a file first")
        with found.open("rb"):
            pass
    except FileNotFoundError:
        raise refusal(path, "there is no such file", f"Check the path, which starts at {Path.cwd()}") from None
    except PermissionError:
        raise refusal(path, "reading it is not permitted", "Give yourself permission (chmod u+r), or copy it") from None
    except OSError as error:
        raise refusal(path, f"it cannot be read ({error.strerror})", "Copy it to another place") from None
    if not info.st_size:
        raise refusal(path, "the file is empty", f"Save {content} again")
    return found


def reader_of(path: str | Path, readers: Iterable[str]) -> str:
    """Return the file's suffix, if it names a known format; raise `UserError` otherwise."""
    known, suffix = list(readers), Path(path).suffix.lower()
    if suffix not in known:
        kind = f"the suffix {suffix!r} is not known" if suffix else "the name has no suffix"
        raise refusal(path, f"{kind}, so neither is the format", f"Save it as one of {', '.join(known)}")
    return suffix


def chosen(path: str | Path, noun: str, wanted: Iterable[str], names: Iterable[str]) -> list[str]:
    """Return the wanted names, or all if none is wanted; raise `UserError` for one that is not there."""
    known, given = list(names), [normalised(name) for name in wanted]
    by_text = {normalised(name): name for name in known}
    for name in given:
        if name not in by_text:
            near = difflib.get_close_matches(name, by_text, n=1)
            hint = repr(near[0]) if near else f"one of {', '.join(map(repr, known[:12]))}"
            raise refusal(path, f"there is no {noun} {name!r}", f"Choose {hint}")
    return list(dict.fromkeys(by_text[name] for name in given)) or known


def few(names: Sequence[str]) -> str:
    """Return names in quotes, the first five and how many more there are."""
    more = f" and {len(names) - 5:,} more" if len(names) > 5 else ""
    return f"{', '.join(map(repr, names[:5]))}{more}"


def read_parquet(path: Path) -> Any:
    """Return a Parquet file as a table of Arrow's; a folder called `a=1` on its way adds no column.

    Raises:
        UserError: it is no Parquet file.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return pq.ParquetFile(path).read()
    except (pa.ArrowException, OSError) as error:
        raise refusal(path, f"this is not a readable Parquet file ({error})", "Write it again") from None
