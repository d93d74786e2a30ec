"""Names and relations as words of a vocabulary that grows with the table."""

from __future__ import annotations

import dataclasses

from tolman.core.errors import UserError
from tolman.worlds.facts.table import FactRow
from tolman.worlds.statements import Wording


@dataclasses.dataclass
class Lexicon:
    """Words and markers with their ids; the same text as a name's word and as a marker are two tokens."""

    texts: list[str] = dataclasses.field(default_factory=list)
    sorts: list[str] = dataclasses.field(default_factory=list)
    ids: dict[tuple[str, bool], int] = dataclasses.field(default_factory=dict)

    def words(self, text: str, sort: str) -> tuple[int, ...]:
        """A name's words; equal words of different names are one token."""
        return tuple(self._token(word, sort, False) for word in text.split())

    def marker(self, text: str, sort: str) -> int:
        """A single token for the whole text."""
        return self._token(text, sort, True)

    def _token(self, text: str, sort: str, marker: bool) -> int:
        if (text, marker) not in self.ids:
            self.ids[text, marker] = len(self.texts)
            self.texts.append(text)
            self.sorts.append(sort)
        return self.ids[text, marker]


def wordings(lexicon: Lexicon, row: FactRow) -> tuple[Wording, Wording]:
    """A relation's forward and reverse wording; a template replaces the forward one.

    Raises:
        UserError: where a template names the object first, since the question must stand before its answer.
    """
    relation, end = lexicon.marker(row.relation, "relation"), lexicon.marker(".", "marker")
    reverse = Wording((), (relation, lexicon.marker(row.inverse_relation, "direction")), (end,))
    if not row.template:
        return Wording((), (relation, lexicon.marker("→", "direction")), (end,)), reverse
    before, found, rest = row.template.partition("{subject}")
    between, asked, after = rest.partition("{object}")
    if not found or not asked:
        raise UserError(
            f"the template of {row.relation!r} is {row.template!r}; expected {{subject}} before {{object}}, "
            f"because the question is what stands before the object; reword it"
        )
    first, middle, last = (lexicon.words(text, "relation") for text in (before, between, after))
    return Wording(first, middle, (*last, end)), reverse
