"""Tables of facts as users give them; what nothing could be learned from is refused with one clear message."""

from __future__ import annotations

import dataclasses
import hashlib
import itertools
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from tolman.worlds.facts import checks as checks
from tolman.worlds.facts.formats import READERS
from tolman.worlds.sources import MAX_BYTES, Row, Source

MAX_ROWS = 20_000
"""Most rows: every new word takes a row of the embedding and of the output layer, and the models here are small."""


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
        """Return the table of these rows, which are taken to be clean."""
        ordered = tuple(sorted(rows))
        # Records of a table with a bar in a name once took a part of the name for the relation: they are made anew.
        barred = any("|" in name for row in ordered for name in row[:3])
        text = json.dumps([f"tolman facts {2 if barred else 1}", *ordered], ensure_ascii=False, separators=(",", ":"))
        return cls(ordered, hashlib.sha256(text.encode()).hexdigest())


def default_inverse(relation: str) -> str:
    """Return the name of a relation in reverse where the table gives none."""
    return f"{relation} (reversed)"


def read_facts(path: str | os.PathLike[str]) -> Table:
    """Read a table with the columns subject, relation, object and, if wanted, inverse_relation and template.

    The suffix says the format: .csv, .tsv, .jsonl, .ndjson or .parquet; text is UTF-8. Names keep their characters,
    in Unicode form NFC, less outer and repeated spaces; numbers become text. Subjects may share an object, and have
    several objects in a relation if more than one subject has. What is optional may be given in some rows of a
    relation, for all of them. Other columns are ignored.

    Raises:
        UserError: the file cannot be read, a row is malformed, repeated or contradictory, or there are too few or
            too many; the message names the file, the line (or, in Parquet, the row) and the remedy.
    """
    unit = "row" if Path(path).suffix.lower() == ".parquet" else "line"
    source = Source(os.fspath(path), unit)
    rows = [checks.check_row(source, line, cells) for line, cells in _read(source, Path(path))]
    return Table.of(_resolve(source, rows))


def _read(source: Source, path: Path) -> list[Row]:
    data = source.load(f"Choose at most {MAX_ROWS:,} facts in {MAX_BYTES // 1_000_000} MB")
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


def _resolve(source: Source, rows: Sequence[checks.Checked]) -> list[FactRow]:
    """Return facts with their relation's one inverse and template, after every check of the table as a whole."""
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
