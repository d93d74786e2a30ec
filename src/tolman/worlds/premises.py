"""Documents sampled afresh that teach a model to read: premises, then what follows from them in reverse."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable

import numpy as np

from tolman.core.world import CorpusSampler
from tolman.worlds.documents import Document, sampler
from tolman.worlds.relations import FORWARD, REVERSE, FactBase, Statement, filler_gaps, write

REVERSED_PREMISES = 0.15
"""Fraction of the premises of short documents that are stated in reverse."""

FreshFacts = Callable[[np.random.Generator, int], np.ndarray]
"""Draws `n` facts `[n, 3]` for one document, no two with the same relation and object."""


@dataclasses.dataclass(frozen=True)
class PremiseDocuments:
    """Documents that state 1 to `max_premises` fresh facts as premises, then the reverses of all of them.

    Only the reverses carry loss: a premise cannot be predicted. The number of premises is uniform, since a reader
    that has met one fact alone soon tells two apart.

    Attributes:
        base: how facts are worded, and which of them are held out.
        fresh: draws the premises.
        max_premises: most premises of a document.
        filler: most filler tokens in each gap.
        length: tokens per row.
        reversed_premises: fraction of the premises that are stated in reverse, as memory holds explicit facts too:
            their reverses are to be copied, not turned.
        related: false for the matched control, which asks for trained facts of the world instead of the premises:
            the same layout, token for token, with nothing to read.
    """

    base: FactBase
    fresh: FreshFacts
    max_premises: int
    filler: int
    length: int
    reversed_premises: float = 0.0
    related: bool = True

    def draw(self, rng: np.random.Generator) -> Document:
        """Return a document; one that long names make too long for the row is drawn again."""
        for _ in range(100):
            document = self._draw_once(rng)
            if len(document.tokens) <= self.length:
                return document
        raise ValueError(f"documents of {self.max_premises} premises do not fit rows of {self.length} tokens")

    def _draw_once(self, rng: np.random.Generator) -> Document:
        base, count = self.base, int(rng.integers(1, self.max_premises + 1))
        premises = self.fresh(rng, count)
        trained = base.facts[rng.choice(np.flatnonzero(~base.held), count)]
        facts = np.concatenate([premises, premises if self.related else trained])
        directions = np.where(rng.random(count) < self.reversed_premises, REVERSE, FORWARD)
        statements = [Statement(i, int(direction), 0.0) for i, direction in enumerate(directions)]
        statements += [Statement(count + int(i), REVERSE, 1.0) for i in rng.permutation(count)]
        gaps = filler_gaps(base, rng, self.filler, len(statements) + 1)
        gaps[0] = [*base.opening, *gaps[0]]
        return write(base, facts, statements, gaps)


def premise_samplers(long: PremiseDocuments, short_length: int) -> dict[str, CorpusSampler]:
    """Return samplers of long documents, of short ones with at most two premises, and of the matched controls of both.

    Only short documents, which keep reading alive while the world is learned, also have reversed premises: at first
    copying would be the easier thing to learn.
    """
    short = dataclasses.replace(
        long,
        max_premises=min(2, long.max_premises),
        length=short_length,
        reversed_premises=REVERSED_PREMISES,
    )
    related = {"long-in-context": long, "short-in-context": short}
    unrelated = {
        name.replace("in-context", "unrelated"): dataclasses.replace(form, related=False)
        for name, form in related.items()
    }
    return {name: sampler(form.draw, form.length) for name, form in (related | unrelated).items()}


def fresh_facts(base: FactBase, subjects: np.ndarray, objects: np.ndarray) -> FreshFacts:
    """Return a drawer of pairings that ask no held-out question and give no held-out object its subject.

    Every other draw is from few names and at most two relations, so that its facts share them and only a reader
    who minds roles, directions and relations can tell the facts apart.
    """
    held = base.facts[base.held].tolist()
    cues = {(r, o) for _, r, o in held}
    pairs = {(s, o) for s, _, o in held}
    everything = subjects, objects, np.arange(len(base.relations))

    def draw(rng: np.random.Generator, n: int) -> np.ndarray:
        some, others, relations = _few(rng, *everything, n + 2) if rng.random() < 0.5 else everything
        facts: dict[tuple[int, int], tuple[int, int, int]] = {}
        for _ in range(100 * n):
            s, o, r = int(rng.choice(some)), int(rng.choice(others)), int(rng.choice(relations))
            if (r, o) not in cues and (s, o) not in pairs and s != o:
                facts.setdefault((r, o), (s, r, o))
            if len(facts) == n:
                return np.array(list(facts.values()), np.int64)
        return draw(rng, n)  # a pool may be too small for what must not be paired

    return draw


def _few(
    rng: np.random.Generator, subjects: np.ndarray, objects: np.ndarray, relations: np.ndarray, count: int
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw `count` subjects and objects, the same names where they can be both, and two relations."""
    some = _pool(rng, subjects, count)
    both = some[np.isin(some, objects)]
    others = np.concatenate([both, _pool(rng, np.setdiff1d(objects, both), count - len(both))])
    return some, others, _pool(rng, relations, 2)


def _pool(rng: np.random.Generator, values: np.ndarray, count: int) -> np.ndarray:
    return rng.choice(values, count, replace=False) if count < len(values) else values
