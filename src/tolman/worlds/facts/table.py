"""Reads a user's table of facts, and refuses with one clear message what nothing could be learned from."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
import stat
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tolman.worlds.facts import checks as checks
from tolman.worlds.facts.formats import READERS, Row, Source

MAX_ROWS = 20_000
"""Most rows: every new word takes a row of the embedding and of the output layer, and the models here are small."""

MAX_BYTES = 50_000_000
"""Largest file, so that a wrong one (a video, a database) is refused before it fills the memory."""


class FactRow(NamedTuple):
    """One fact, in clean text.

    Attributes:
        subject: what the fact is about.
        relation: its name read forward: "Peru, capital, Lima".
        object: the answer.
        inverse_relation: its name read in reverse: "Lima, capital of, Peru".
        template: a sentence with `{subject}` and `{object}`, or "" to state the three names in a row.
    """

    subject: str
    relation: str
    object: str
    inverse_relation: str
    template: str = ""


@dataclasses.dataclass(frozen=True)
class Table:
    """Facts in one fixed order, whatever the order and format of their file.

    Attributes:
        rows: the facts, sorted, so that a world drawn from them depends on nothing the digest leaves out.
        digest: SHA-256 of the rows, as hexadecimal digits.
    """

    rows: tuple[FactRow, ...]
    digest: str

    @classmethod
    def of(cls, rows: Sequence[FactRow]) -> Table:
        """The table of these rows, which are taken to be clean."""
        ordered = tuple(sorted(rows))
        text = json.dumps(["tolman facts 1", *ordered], ensure_ascii=False, separators=(",", ":"))
        return cls(ordered, hashlib.sha256(text.encode()).hexdigest())


def default_inverse(relation: str) -> str:
    """How a relation is called in reverse where the table does not say."""
    return f"{relation} (reversed)"


def read_facts(path: str | os.PathLike[str]) -> Table:
    """Reads a table with the columns subject, relation, object and, if wanted, inverse_relation and template.

    The suffix says the format: .csv, .tsv, .jsonl, .ndjson or .parquet; text is UTF-8. Names keep their characters,
    in Unicode form NFC, less outer and repeated spaces; numbers become text. A subject has one object per
    relation; several subjects may share one. What is optional may be given in some rows of a relation, for all of
    them. Other columns are ignored.

    Raises:
        UserError: the file cannot be read, a row is malformed, repeated or contradictory, or there are too few or
            too many; the message names the file, the line (or, in Parquet, the row) and the remedy.
    """
    unit = "row" if Path(path).suffix.lower() == ".parquet" else "line"
    source = Source(os.fspath(path), unit)
    rows = [checks.check_row(source, line, cells) for line, cells in _read(source, Path(path))]
    return Table.of(_resolve(source, rows))


def _read(source: Source, path: Path) -> list[Row]:
    data = _load(source, path)
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        kind = f"the suffix {path.suffix!r} is not known" if path.suffix else "the name has no suffix"
        raise source.error(f"{kind}, so neither is the format", f"Save it as one of {', '.join(READERS)}")
    if not data.strip():
        raise source.error("the file is empty", "Give it the columns subject, relation, object and a row for each fact")
    # One more than the limit is enough to know, however long the file.
    rows = list(itertools.islice(reader(source, data), MAX_ROWS + 1))
    if not rows:
        raise source.error("there are columns but no rows", "Add one row for each fact")
    if len(rows) > MAX_ROWS:
        why = "the models here are small, and every new word takes room in them"
        raise source.error(f"there are more than {MAX_ROWS:,} rows", f"Choose at most {MAX_ROWS:,} facts: {why}")
    return rows


def _load(source: Source, path: Path) -> bytes:
    """The file's bytes; raises `UserError` when there is no such file to be had."""
    try:
        _refuse_what_is_no_file(source, path.stat())
        return path.read_bytes()
    except FileNotFoundError:
        raise source.error("there is no such file", f"Check the path, which starts at {Path.cwd()}") from None
    except PermissionError:
        raise source.error("reading it is not permitted", "Give yourself permission (chmod u+r), or copy it") from None
    except OSError as error:
        raise source.error(f"it cannot be read ({error.strerror})", "Copy it to another place and try again") from None


def _refuse_what_is_no_file(source: Source, info: os.stat_result) -> None:
    if stat.S_ISDIR(info.st_mode):
        raise source.error("this is a directory", "Name one file in it")
    if not stat.S_ISREG(info.st_mode):
        raise source.error("this is not an ordinary file", "Save the facts to a file first")
    if info.st_size > MAX_BYTES:
        what = f"{info.st_size / 1e6:,.0f} MB are too much for a table of names"
        raise source.error(what, f"Choose at most {MAX_ROWS:,} facts in {MAX_BYTES // 1_000_000} MB")


def _resolve(source: Source, rows: Sequence[checks.Checked]) -> list[FactRow]:
    """Facts with their relation's one inverse and template, after every check of the table as a whole."""
    checks.check_unique(source, rows)
    groups = checks.by_relation(rows)
    inverses, templates = {}, {}
    for relation, members in groups.items():
        inverses[relation] = checks.agreed(source, members, "inverse_relation") or default_inverse(relation)
        templates[relation] = checks.agreed(source, members, "template")
        checks.check_template(source, relation, members, templates[relation])
    checks.check_inverses(source, inverses, groups)
    checks.check_size(source, groups)
    return [
        FactRow(row.subject, row.relation, row.object, inverses[row.relation], templates[row.relation]) for row in rows
    ]
