"""A user's own table of facts, asked both ways: the reversal study on real names."""

from __future__ import annotations

import dataclasses
import functools
import math
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import TestSet
from tolman.core.inputs import InputFile
from tolman.core.ranges import NonNegativeInt, PositiveInt, Range, Seed
from tolman.core.text import alike
from tolman.core.world import AbstractWorld, Instance
from tolman.worlds.documents import Vocabulary
from tolman.worlds.facts.chains import Chain, chains
from tolman.worlds.facts.table import FactRow, Table, read_facts
from tolman.worlds.facts.wording import wordings
from tolman.worlds.relation_tests import RelationTests, standard_tests
from tolman.worlds.relations import CorpusPlan, FactBase, statement_corpus

COMMON = Path(__file__).parent / "common.csv"
"""Facts that a model of the world's language may know: capitals, opposites, colours, sums and the like."""

INPUTS = {"facts": InputFile(field="path", help="Your own table of facts: CSV, TSV, JSONL or Parquet.")}


@dataclasses.dataclass(frozen=True)
class Facts(AbstractWorld):
    """Facts (subject, relation, object) from a file, tokenised word by word.

    Every fact is stated forward, as "subject relation → object .", and in reverse, as "object relation ← subject .",
    save a fraction that is stated forward only: all subjects of such a (relation, object) together, and none whose
    every reverse would be. Documents of the kind "name" hold a subject alone. Where the object of a fact is the subject
    of another, the test "two-hop" asks for what follows from both, as "subject relation → relation →". The world needs
    a model that can read: nothing in it teaches that.

    Attributes:
        path: the table (see `read_facts` for its format). Records keep its digest, not the path.
        table_digest: filled in from the table.
        held_out_fraction: fraction of all facts that is stated forward only.
        max_facts: most facts that are learned. Of a larger table they are a random sample, the same for every seed,
            without relations of which it has one object only.
        sample_seed: of that sample.
        max_options: most options of a question: the right ones, and the wrong ones that are most like them. 0 = every
            name that answers a question of the same relation and direction.
        test_items: most items per test.
    """

    version: ClassVar[int] = 5
    inputs: ClassVar[Mapping[str, InputFile]] = INPUTS

    path: str = dataclasses.field(default="", metadata={"key": False})
    table_digest: str = ""
    held_out_fraction: Annotated[float, Range(0, 0.5, above_low=True)] = 0.1
    max_facts: Annotated[int, Range(16)] = 600
    sample_seed: Seed = 0
    max_options: NonNegativeInt = 32
    test_items: PositiveInt = 96

    def __post_init__(self) -> None:
        if not self.path:
            raise UserError("the world 'facts' needs a table: give one with --facts FILE (CSV, JSONL or Parquet)")
        if self.max_options == 1:
            raise UserError("max_options is 1; expected 0 (all names), or 2 or more")
        if self.table_digest and self.table_digest != self.table.digest:
            raise UserError(
                f"{self.path} has changed since it was read; start again so that one table is used throughout"
            )
        object.__setattr__(self, "table_digest", self.table.digest)

    @functools.cached_property
    def table(self) -> Table:
        """The rows of the file."""
        return read_facts(self.path)

    @functools.cached_property
    def rows(self) -> tuple[FactRow, ...]:
        """The facts that are learned."""
        rows = self.table.rows
        if len(rows) <= self.max_facts:
            return rows
        chosen = np.random.default_rng([self.sample_seed, 5]).choice(len(rows), self.max_facts, replace=False)
        sample = [rows[i] for i in sorted(chosen.tolist())]
        answers = Counter(relation for relation, _ in {(row.relation, row.object) for row in sample})
        return tuple([row for row in sample if answers[row.relation] > 1])

    @functools.cached_property
    def composes(self) -> bool:
        """True if there are questions about two facts, as the object of one is the subject of another."""
        return bool(self._chains)

    @functools.cached_property
    def _chains(self) -> tuple[Chain, ...]:
        worded = {row.relation for row in self.rows if row.template}
        return chains(self._numbered, [relation not in worded for relation in sorted({r.relation for r in self.rows})])

    @functools.cached_property
    def _names(self) -> dict[str, int]:
        return {text: i for i, text in enumerate(sorted({t for r in self.rows for t in (r.subject, r.object)}))}

    @functools.cached_property
    def _numbered(self) -> np.ndarray:
        """The facts `[f, 3]` with the numbers of names and relations, both in alphabetical order."""
        names, order = self._names, {r: i for i, r in enumerate(sorted({row.relation for row in self.rows}))}
        return np.array([(names[r.subject], order[r.relation], names[r.object]) for r in self.rows])

    def sizes(self) -> dict[str, int]:
        subjects, relations = ({getattr(row, column) for row in self.rows} for column in ("subject", "relation"))
        sampled = {"sampled_from": len(self.table.rows)} if len(self.rows) < len(self.table.rows) else {}
        return {"facts": len(self.rows), "subjects": len(subjects), "relations": len(relations), **sampled}

    def notice(self) -> str:
        return " ".join(filter(None, (self._sampled(), self._alike())))

    def _sampled(self) -> str:
        if len(self.rows) == len(self.table.rows):
            return ""
        return (
            f"The table has {len(self.table.rows):,} facts; a random sample of {len(self.rows):,} of them is learned. "
            f"-P world.max_facts=N changes that, at the price of time."
        )

    def _alike(self) -> str:
        pairs = [*alike(self._names), *alike({row.relation for row in self.rows})]
        if not pairs:
            return ""
        shown = ", ".join(" and ".join(map(repr, pair)) for pair in pairs[:3])
        more = f", and {len(pairs) - 3} more such groups" if len(pairs) > 3 else ""
        return f"Names that differ only in case or the like are taken as different: {shown}{more}."

    def draw(self, seed: int) -> Instance:
        rng = np.random.default_rng([seed, 1])
        vocabulary = Vocabulary()
        base = self._base(vocabulary, rng)
        plan = CorpusPlan(copies=1, filler=0, inner_filler=0, length=int(statement_lengths(base).max()))
        return Instance(
            vocabulary=tuple(vocabulary.texts),
            palette=tuple(vocabulary.sorts),
            kinds=("statement", "name"),
            memory_kinds=("statement",),
            memory_length=plan.length,
            most_targets=_most_targets(base),
            corpus=statement_corpus(base, plan.length),
            tests=self._tests(base, plan, np.random.default_rng([seed, 2])),
            samplers={},
        )

    def _base(self, vocabulary: Vocabulary, rng: np.random.Generator) -> FactBase:
        relations = {r.relation: r for r in self.rows}
        return FactBase(
            facts=self._numbered,
            held=hold_out(self._numbered, self.held_out_fraction, rng),
            names=tuple(vocabulary.words(text, "entity") for text in self._names),
            relations=tuple(wordings(vocabulary, relations[relation]) for relation in sorted(relations)),
            opening=(vocabulary.symbol(":", "marker"),),
        )

    def _tests(self, base: FactBase, plan: CorpusPlan, rng: np.random.Generator) -> tuple[TestSet, ...]:
        def label(fact: int) -> tuple[str, ...]:
            return self.rows[fact][:3]

        tests = RelationTests(base, plan, label, rng, self.max_options)
        standard = standard_tests(tests, self.test_items, rng)
        linked = [tests.two_hop(*chain) for chain in self._chains]
        chosen = [linked[i] for i in sorted(rng.permutation(len(linked))[: self.test_items].tolist())]
        return (*standard, tests.test("two-hop", "latent", chosen)) if chosen else standard


def _most_targets(base: FactBase) -> int:
    return max(map(len, base.names)) + max(len(w.after) for pair in base.relations for w in pair)


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
        raise UserError(_none_held_out(facts, max(1, budget)))
    return held


def _none_held_out(facts: np.ndarray, budget: float) -> str:
    """Return why nothing is held out, and what would help."""
    fewest = int(np.unique(facts[:, 1:], axis=0, return_counts=True)[1].min())
    why = (
        f"every object of a relation has {fewest} subjects or more, and at most {budget:.0f} of the facts are held out"
    )
    fraction = math.ceil(100 * fewest / len(facts)) / 100
    remedy = f"Hold out more with -P world.held_out_fraction={fraction:g}, or give" if fraction <= 0.5 else "Give"
    return f"no question of this table can be held out: {why}. {remedy} facts whose objects have fewer subjects."


def _leaves_nothing(facts: np.ndarray, held: np.ndarray, cue: np.ndarray, several: set[int]) -> bool:
    subjects = set(facts[cue, 0].tolist()) & several
    return any(held[facts[:, 0] == s].all() for s in subjects)
