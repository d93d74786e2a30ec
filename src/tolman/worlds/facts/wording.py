"""The wording of a table's relations in both directions."""

from __future__ import annotations

from tolman.core.errors import UserError
from tolman.worlds.documents import Vocabulary, Wording
from tolman.worlds.facts.table import FactRow, default_inverse


def wordings(vocabulary: Vocabulary, row: FactRow) -> tuple[Wording, Wording]:
    """Return a relation's forward and reverse wording: "s relation → o ." and "o relation ← s .".

    A template replaces the forward one, and an inverse relation stands before the reverse arrow. The relation's own
    token is in both, so that a lexical retriever can tell one fact of an object from another.

    Raises:
        UserError: if a template names the object first, since the question must stand before its answer.
    """
    relation, end = vocabulary.symbol(row.relation, "relation"), vocabulary.symbol(".", "marker")
    given = row.inverse_relation not in ("", default_inverse(row.relation))
    inverse = (vocabulary.symbol(row.inverse_relation, "direction"),) if given else ()
    reverse = Wording((), (relation, *inverse, vocabulary.symbol("←", "direction")), (end,))
    if not row.template:
        return Wording((), (relation, vocabulary.symbol("→", "direction")), (end,)), reverse
    before, found, rest = row.template.partition("{subject}")
    between, asked, after = rest.partition("{object}")
    if not found or not asked:
        raise UserError(
            f"the template of {row.relation!r} is {row.template!r}; expected {{subject}} before {{object}}, "
            f"because the question is what stands before the object; reword it"
        )
    first, middle, last = (vocabulary.words(text, "relation") for text in (before, between, after))
    return Wording(first, middle, (*last, end)), reverse
