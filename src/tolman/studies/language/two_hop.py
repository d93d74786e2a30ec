"""Two hops: facts that were learned apart, composed from the weights or in the context of a model that can read."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import ClassVar

from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.claims.published import Published
from tolman.experiments.study import AbstractStudy
from tolman.report.presentation import Presentation
from tolman.studies.language import comparison
from tolman.studies.language.comparison import (
    CONTEXT,
    LEXICAL,
    ORACLE,
    WEIGHTS,
    AbstractComparison,
    ComparisonPreset,
    control_claim,
    explicit_claim,
    learned,
    reading_claim,
    usable_claim,
    whole_context,
)
from tolman.studies.latent.claims import OURS
from tolman.worlds.two_hop import TwoHop as World

COMPOSITION = Published("Balesni et al. 2024 (arXiv 2411.16353)")

PRESETS = {
    "smoke": ComparisonPreset(
        seeds=2, world=World(8, paraphrases=1, test_items=8), steps=20, statements=32, supports=2
    ),
    "quick": ComparisonPreset(seeds=10, world=World(), steps=200, supports=2),
    "full": ComparisonPreset(seeds=10, world=World(400, paraphrases=10, test_items=400), steps=3_000, supports=2),
}


@dataclasses.dataclass(frozen=True)
class TwoHopStudy(AbstractComparison, AbstractStudy):
    """Do weights that learned two facts answer what follows from both? Does the model with both in its context?"""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "two facts to compose: finetuning, context and retrieval on one reader"
    seeds: ClassVar[range] = range(3180, 3190)
    explored: ClassVar[tuple[range, ...]] = (range(100, 106),)
    presets: ClassVar[Mapping[str, ComparisonPreset]] = PRESETS

    def claims(self, preset: str) -> tuple[Claim, ...]:
        if preset == "smoke":
            return ()
        weights, read, lexical = (Accuracy(each, "composed") for each in (WEIGHTS, CONTEXT, LEXICAL))
        claims = (
            explicit_claim("first", "The finetuned weights complete the first facts of the chains."),
            explicit_claim("second", "They complete the second facts."),
            Claim(
                name="context-above-parametric",
                statement="What follows from two facts is answered better with all of them in the context.",
                source=COMPOSITION.with_our("bound"),
                effect=Difference(read, weights),
                bound=0.20,
                direction=">=",
                requires=learned("first", "second"),
            ),
            usable_claim(
                "context-composed", CONTEXT, "composed", "With all facts in its context the reader composes them."
            ),
            usable_claim("oracle-composed", ORACLE, "composed", "It does with both facts among three statements."),
            Claim(
                name="bm25-misses-second",
                statement="One lexical search does not find the second fact, whose subject the question does not name.",
                source=OURS,
                effect=Difference(read, lexical),
                bound=0.50,
                direction=">=",
            ),
            control_claim("composed"),
            reading_claim("composed", "first", "second"),
        )
        return whole_context(claims)

    @classmethod
    def presentation(cls) -> Presentation:
        return dataclasses.replace(
            comparison.PRESENTATION,
            explicit="single facts, in the words of its documents",
            latent="what follows from two facts, stated apart",
            sizes={"chains": ("chain", "chains")},
        )
