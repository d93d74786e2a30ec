"""Files as users have them, and one clear message where one cannot be read."""

from __future__ import annotations

import difflib
import stat
from collections.abc import Iterable
from pathlib import Path

from tolman.core.errors import UserError


def refusal(path: str | Path, problem: str, remedy: str) -> UserError:
    """What is wrong with which file, and the way out, in one message."""
    # A library's own message may span lines and hold what would upset a terminal.
    shown = "".join(char if char.isprintable() else "?" for char in " ".join(problem.split()))
    return UserError(f"{path}: {shown}. {remedy}.")


def existing(path: str | Path, what: str) -> Path:
    """The path, if it names an ordinary file that is not empty and may be read."""
    found = Path(path)
    try:
        info = found.stat()
        if stat.S_ISDIR(info.st_mode):
            raise refusal(path, "this is a directory", f"Name one file in it that holds {what}")
        if not stat.S_ISREG(info.st_mode):
            raise refusal(path, "this is not an ordinary file", f"Save {what} to a file first")
        with found.open("rb"):
            pass
    except FileNotFoundError:
        raise refusal(path, "there is no such file", f"Check the path, which starts at {Path.cwd()}") from None
    except PermissionError:
        raise refusal(path, "reading it is not permitted", "Give yourself permission (chmod u+r), or copy it") from None
    except OSError as error:
        raise refusal(path, f"it cannot be read ({error.strerror})", "Copy it to another place") from None
    if not info.st_size:
        raise refusal(path, "the file is empty", f"Save {what} again")
    return found


def reader_of(path: str | Path, readers: Iterable[str]) -> str:
    """The file's suffix, if it says a format that is known."""
    known, suffix = list(readers), Path(path).suffix.lower()
    if suffix not in known:
        kind = f"the suffix {suffix!r} is not known" if suffix else "the name has no suffix"
        raise refusal(path, f"{kind}, so neither is the format", f"Save it as one of {', '.join(known)}")
    return suffix


def chosen(path: str | Path, noun: str, wanted: Iterable[str], names: Iterable[str]) -> list[str]:
    """Those that were asked for, or all; raises for one that is not there."""
    known = list(names)
    for name in wanted:
        if name not in known:
            near = difflib.get_close_matches(name, known, n=1)
            hint = repr(near[0]) if near else f"one of {', '.join(map(repr, known[:12]))}"
            raise refusal(path, f"there is no {noun} {name!r}", f"Choose {hint}")
    return list(dict.fromkeys(wanted)) or known
