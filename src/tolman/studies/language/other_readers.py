"""Other readers: the main claims on reversed facts and on two hops, on readers of two further pretraining seeds."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.report.presentation import Presentation
from tolman.studies.language import comparison, reversal_curse, two_hop
from tolman.studies.language.comparison import AbstractComparison, ComparisonPreset
from tolman.studies.language.remedies import GLOSSARY, STYLES, remedies

READERS = ("reader-0", "reader-2")
"""Checkpoints of the reader's own pretraining at two further seeds; the reader is that of seed 1."""

REMEDIES = ("augmented", "rephrased")


@dataclasses.dataclass(frozen=True, kw_only=True)
class Repeated:
    """The part of a study that is repeated.

    Attributes:
        study: whose claims they are.
        presets: its settings.
        learners: that are compared.
        claims: their names.
        prefix: begins the names of the conditions; the reader's name ends them.
    """

    study: type[AbstractComparison]
    presets: Mapping[str, ComparisonPreset]
    learners: tuple[str, ...]
    claims: tuple[str, ...]
    prefix: str = ""

    def condition(self, preset: str, reader: str) -> Condition:
        """Return the condition in which everyone starts from one reader."""
        whole = self.presets[preset].condition(reader, *remedies(*REMEDIES))
        chosen = tuple(whole.learner(name) for name in self.learners)
        return dataclasses.replace(whole, name=self.prefix + reader, learners=chosen)

    def claimed(self, preset: str, reader: str) -> tuple[Claim, ...]:
        """Return the study's claims, about one reader."""
        known = {claim.name: claim for claim in self.study().claims(preset)}
        return tuple(known[name].under(self.prefix + reader) for name in self.claims)


REPEATED = (
    Repeated(
        study=reversal_curse.ReversalCurseStudy,
        presets=reversal_curse.PRESETS,
        learners=("parametric", "context", "retrieval-oracle", "retrieval-bm25", "retrieval-random", *REMEDIES),
        claims=(
            "parametric-forward",
            "parametric-reversed",
            "context-reversed",
            "oracle-reversed",
            "bm25-reversed",
            "random-reversed",
            "augmented-above-rephrased",
        ),
    ),
    Repeated(
        study=two_hop.TwoHopStudy,
        presets=two_hop.PRESETS,
        learners=("parametric", "context", "retrieval-oracle", "retrieval-random"),
        claims=(
            "parametric-first",
            "parametric-second",
            "context-above-parametric",
            "context-composed",
            "oracle-composed",
            "random-composed",
        ),
        prefix="two-hop-",
    ),
)


@dataclasses.dataclass(frozen=True)
class OtherReadersStudy(AbstractStudy):
    """Do the main findings of `reversal-curse` and `two-hop` depend on the one reader that they were found on?

    Worlds, finetuning, claims and bounds are those of the two studies; the readers are of other pretraining seeds.
    """

    version: ClassVar[int] = 1
    title: ClassVar[str] = "reversed facts and two hops on two further readers"
    seeds: ClassVar[range] = range(3690, 3700)
    explored: ClassVar[tuple[range, ...]] = (range(1), range(100, 106))

    def plan(self, preset: str) -> Plan:
        conditions = tuple(part.condition(preset, reader) for part in REPEATED for reader in READERS)
        return Plan(reversal_curse.PRESETS[preset].seeds, conditions)

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: reversal_curse.PRESETS[preset].seeds]

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        return tuple(claim for reader in READERS for part in REPEATED for claim in part.claimed(preset, reader))

    @classmethod
    def presentation(cls) -> Presentation:
        words = comparison.PRESENTATION
        return dataclasses.replace(
            words,
            explicit="what it met, in the words of its documents",
            latent="what follows from it",
            learners={**words.learners, **{name: STYLES[name] for name in REMEDIES}},
            aids=(*words.aids, "augmented"),
            glossary={**words.glossary, **{name: GLOSSARY[name] for name in REMEDIES}},
            sizes={"name_first": ("person", "people"), "chains": ("chain", "chains")},
        )
