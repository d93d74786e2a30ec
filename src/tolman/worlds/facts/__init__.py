"""A user's own table of facts, asked both ways: the reversal study on real names."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Mapping
from typing import ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import TestSet
from tolman.core.inputs import InputFile
from tolman.core.world import AbstractWorld, CorpusSampler, Instance
from tolman.worlds.documents import Vocabulary
from tolman.worlds.facts.table import Table, read_facts
from tolman.worlds.facts.wording import wordings
from tolman.worlds.relations import KINDS, CorpusPlan, FactBase, RelationTests, make_corpus
from tolman.worlds.reversals import PremiseDocuments, fresh_facts, premise_samplers, standard_tests

INPUTS = {"facts": InputFile(field="path", help="Your own table of facts: CSV, TSV, JSONL or Parquet.")}


@dataclasses.dataclass(frozen=True)
class Facts(AbstractWorld):
    """Facts (subject, relation, object) from a file, tokenised word by word.

    A fraction of the reverse questions (relation, object) is held out: all subjects of such a cue together, and
    none whose every reverse would be. A small table cannot teach a model to read its context. Documents that are
    sampled afresh do: their premises pair the table's own names anew, but never repeat a held-out question nor pair a
    held-out subject with its object.

    Attributes:
        path: the table (see `read_facts` for its format). Records keep its digest, not the path.
        table_digest: filled in from the table.
        held_out_fraction: fraction of all facts that is stated forward only.
        filler, inner_filler, copies: as in the reversals world.
        max_premises: most premises of a document that is sampled afresh.
        test_items: most items per test.
    """

    version: ClassVar[int] = 2
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    path: str = dataclasses.field(default="", metadata={"key": False})
    table_digest: str = ""
    held_out_fraction: float = 0.1
    filler: int = 3
    inner_filler: int = 1
    copies: int = 8
    max_premises: int = 4
    test_items: int = 96

    def __post_init__(self) -> None:
        if not self.path:
            raise UserError("the world 'facts' needs a table: give one with --facts FILE (CSV, JSONL or Parquet)")
        if not 0 < self.held_out_fraction <= 0.5:
            raise UserError(f"held_out_fraction is {self.held_out_fraction}; expected more than 0 and at most 0.5")
        if self.table_digest and self.table_digest != self.table.digest:
            raise UserError(
                f"{self.path} has changed since it was read; start again so that one table is used throughout"
            )
        object.__setattr__(self, "table_digest", self.table.digest)

    @functools.cached_property
    def table(self) -> Table:
        """The rows of the file."""
        return read_facts(self.path)

    def sizes(self) -> dict[str, int]:
        rows = self.table.rows
        return {"subjects": len({row.subject for row in rows}), "relations": len({row.relation for row in rows})}

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        vocabulary = Vocabulary()
        base = self._base(vocabulary, rng)
        longest = int(statement_lengths(base).max())
        memory = longest + 2 * self.filler
        length = max(memory, 2 * longest + 3 * self.inner_filler)
        plan = CorpusPlan(self.copies, self.filler, self.inner_filler, length)
        return Instance(
            vocabulary=tuple(vocabulary.texts),
            palette=tuple(vocabulary.sorts),
            kinds=KINDS,
            memory_kinds=("statement",),
            memory_length=memory,
            most_targets=self._most_targets(base),
            corpus=make_corpus(base, plan, rng),
            tests=self._tests(base, plan, np.random.default_rng([seed, 2])),
            samplers=self._samplers(base),
        )

    def _base(self, vocabulary: Vocabulary, rng: np.random.Generator) -> FactBase:
        rows = self.table.rows
        filler = vocabulary.symbols([f"~{i}" for i in range(4)], "filler")
        opening = vocabulary.symbol("suppose", "marker")
        names = {text: i for i, text in enumerate(sorted({t for r in rows for t in (r.subject, r.object)}))}
        relations = {r.relation: r for r in rows}
        order = {relation: i for i, relation in enumerate(sorted(relations))}
        facts = np.array([(names[r.subject], order[r.relation], names[r.object]) for r in rows])
        return FactBase(
            facts=facts,
            held=hold_out(facts, self.held_out_fraction, rng),
            names=tuple(vocabulary.words(text, "entity") for text in names),
            relations=tuple(wordings(vocabulary, relations[relation]) for relation in order),
            filler=filler,
            opening=(opening,),
        )

    def _most_targets(self, base: FactBase) -> int:
        answer = max(map(len, base.names)) + max(len(w.after) for pair in base.relations for w in pair)
        return max(2, self.max_premises) * answer

    def _samplers(self, base: FactBase) -> dict[str, CorpusSampler]:
        lengths = statement_lengths(base)
        longest, opening = int(lengths.max()), len(base.opening)
        # Long names are rare: rows that fit nine documents in ten are shorter than rows that fit all.
        typical = int(np.ceil(2 * self.max_premises * (lengths.mean() + 0.5 * lengths.std())))
        length = max(opening + 2 * longest, typical) + (2 * self.max_premises + 1) * self.inner_filler
        long = PremiseDocuments(
            base=base,
            fresh=fresh_facts(base, np.unique(base.facts[:, 0]), np.unique(base.facts[:, 2])),
            max_premises=self.max_premises,
            filler=self.inner_filler,
            length=length,
        )
        return premise_samplers(long, short_length=opening + 2 * longest + 3 * self.inner_filler)

    def _tests(self, base: FactBase, plan: CorpusPlan, rng: np.random.Generator) -> tuple[TestSet, ...]:
        def label(fact: int) -> str:
            return "|".join(self.table.rows[fact][:3])

        return standard_tests(RelationTests(base, plan, label, rng), self.test_items, rng)


def statement_lengths(base: FactBase) -> np.ndarray:
    """Return the number of tokens `[f]` of each fact's longer statement."""
    names = np.array([len(name) for name in base.names])
    wordings = np.array([max(sum(map(len, wording)) for wording in relation) for relation in base.relations])
    return names[base.facts[:, 0]] + names[base.facts[:, 2]] + wordings[base.facts[:, 1]]


def hold_out(facts: np.ndarray, fraction: float, rng: np.random.Generator) -> np.ndarray:
    """Return which of the facts `[f, 3]` are held out: about `fraction`, whole reverse cues at a time.

    Where a subject has several relations, one of its reverses at least stays trained.

    Raises:
        UserError: no cue can be held out.
    """
    held, budget = np.zeros(len(facts), bool), fraction * len(facts)
    cues = np.unique(facts[:, 1:], axis=0)
    several = {s for s in facts[:, 0].tolist() if (facts[:, 0] == s).sum() > 1}
    for relation, obj in rng.permutation(cues).tolist():
        cue = (facts[:, 1] == relation) & (facts[:, 2] == obj)
        if held.sum() + cue.sum() > max(1, budget) or _leaves_nothing(facts, held | cue, cue, several):
            continue
        held |= cue
    if not held.any():
        raise UserError(
            f"no question of this table can be held out: every object has more than {budget:.0f} subjects; "
            f"give more facts, or hold out more with -P world.held_out_fraction=0.3"
        )
    return held


def _leaves_nothing(facts: np.ndarray, held: np.ndarray, cue: np.ndarray, several: set[int]) -> bool:
    subjects = set(facts[cue, 0].tolist()) & several
    return any(held[facts[:, 0] == s].all() for s in subjects)
