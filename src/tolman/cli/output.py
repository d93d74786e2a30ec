"""Standard output and error as they really are: other encodings, pipes that close, disks that are full.

The work is done before it is printed, so that no terminal may lose it: what an encoding lacks is replaced.
"""

from __future__ import annotations

import codecs
import io
import json
import shutil
import sys
import unicodedata
from typing import TYPE_CHECKING, Any, TextIO

from tolman.core.errors import UserError

if TYPE_CHECKING:
    from rich.console import Console

_ERRORS = "tolman"
_ASCII = "tolman-ascii"
# What stands in tables and pictures becomes one character, so that columns stay aligned.
_PLAIN = (
    dict(zip("·•●○×→←↑↓⟶▶◀▲▼▀▄█", ".*@ox><^v>><^v###", strict=True))
    | dict(zip("–—−‑“”„‘’‚²³¹⁻", "----\"\"\"'''231-", strict=True))
    | dict(zip("─│┌┐└┘├┤┬┴┼╷╶╵╴", "-|+++++++++|-|-", strict=True))
    | {"…": "...", "€": "EUR", "≤": "<=", "≥": ">=", "±": "+/-", "✓": "ok", "ß": "ss", "«": "<<", "»": ">>"}
)


def open_streams() -> None:
    """Make the process's own standard streams write whatever they are given; others, of tests, stay as they are.

    A reader that closes a pipe ends the output, not the work.
    """
    codecs.register_error(_ERRORS, _replace)
    codecs.register(_ascii_codec)
    if sys.stdout is sys.__stdout__ and sys.stdout is not None:
        sys.stdout = _opened(sys.stdout)
    if sys.stderr is sys.__stderr__ and sys.stderr is not None:
        sys.stderr = _opened(sys.stderr)


def console(*, err: bool = False) -> Console:
    """Return a console that colours nothing by itself, as wide as the terminal."""
    from rich.console import Console, ConsoleDimensions

    made = Console(stderr=err, highlight=False)
    if made.is_dumb_terminal:  # which Rich takes for 80 columns, whatever it has
        made.size = ConsoleDimensions(*shutil.get_terminal_size())
    return made


def print_json(value: Any) -> None:
    """Print JSON, escaping what the encoding of standard output lacks: nothing of it is lost."""
    import click

    text = json.dumps(value, indent=1, ensure_ascii=False, allow_nan=False)
    try:
        text.encode(getattr(sys.stdout, "encoding", None) or "utf-8")
    except UnicodeEncodeError:
        text = json.dumps(value, indent=1, allow_nan=False)
    click.echo(text)


class _Output(io.RawIOBase):
    """A file or pipe that is written to as long as it takes something."""

    def __init__(self, raw: io.RawIOBase):
        self.raw = raw
        self.closed_by_reader = False

    def write(self, data: Any, /) -> int | None:
        if not self.closed_by_reader:
            try:
                return self.raw.write(data)
            except OSError as error:
                self.closed_by_reader = True  # whatever is written while the error is reported is lost too
                if not isinstance(error, BrokenPipeError):
                    raise UserError(f"cannot print: {error.strerror}. Free some space, or print elsewhere.") from error
        return memoryview(data).nbytes

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self.raw.fileno()

    def isatty(self) -> bool:
        return self.raw.isatty()


def _opened(stream: TextIO) -> TextIO:
    """Return the stream with replacements for what it cannot encode; a terminal's own layers stay in place."""
    if not isinstance(stream, io.TextIOWrapper):
        return stream
    strict = stream.errors in ("strict", "surrogateescape", "backslashreplace")
    errors = _ERRORS if strict else stream.errors
    # click writes UTF-8 where a stream says that it is ASCII.
    encoding = _ASCII if codecs.lookup(stream.encoding).name == "ascii" else stream.encoding
    stream.reconfigure(encoding=encoding, errors=errors)
    if stream.isatty():
        return stream
    buffer = io.BufferedWriter(_Output(getattr(stream.buffer, "raw", stream.buffer)))
    return io.TextIOWrapper(
        buffer, encoding, errors, line_buffering=stream.line_buffering, write_through=stream.write_through
    )


def _ascii_codec(name: str) -> codecs.CodecInfo | None:
    if name not in (_ASCII, _ASCII.replace("-", "_")):
        return None
    known = codecs.lookup("ascii")
    return codecs.CodecInfo(
        known.encode,
        known.decode,
        incrementalencoder=known.incrementalencoder,
        incrementaldecoder=known.incrementaldecoder,
        name=_ASCII,
    )


def _replace(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(map(_plain, error.object[error.start : error.end])), error.end


def _plain(character: str) -> str:
    """Return ASCII that looks alike and is as wide, else question marks."""
    if character in _PLAIN:
        return _PLAIN[character]
    width = 2 if unicodedata.east_asian_width(character) in "WF" else 1
    alike = unicodedata.normalize("NFKD", character).encode("ascii", "ignore").decode()
    hidden = unicodedata.category(character) in ("Mn", "Me", "Cf")
    return "" if hidden else alike or "?" * width
