"""What studies of language share: a reader that is finetuned on documents, or reads them in its context."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from typing import ClassVar

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.published import Published
from tolman.claims.runs import RunGroup
from tolman.core.inputs import InputFile
from tolman.core.world import AbstractWorld
from tolman.experiments.condition import Condition
from tolman.experiments.study import AbstractStudy, Plan
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context
from tolman.learners.untouched import context
from tolman.models.huggingface.files import PREFIX
from tolman.models.pretrained import MODEL_INPUTS
from tolman.retrieval.everything import Everything
from tolman.retrieval.oracle import Oracle
from tolman.studies.language.causes import UNLEARNED
from tolman.studies.language.locality import locality
from tolman.studies.latent.claims import OURS, run_group
from tolman.studies.latent.presentation import READ
from tolman.studies.latent.presets import PACKED, PRETRAINED, pretrained, readers
from tolman.training.config import Phase

PUBLISHED = Published("Lampinen et al. 2025 (arXiv 2505.00661)")
REVERSAL_CURSE = Published("Berglund et al. 2023 (arXiv 2309.12288)")
K = 3
"""Statements that are retrieved for a question."""

PRESENTATION = dataclasses.replace(
    READ,
    experience="statement",
    glossary={
        **READ.glossary,
        "parametric": "The pretrained model is finetuned on all documents, and answers from its weights only.",
        "context": "The pretrained model as it is, with all documents in its context. `full` has more than fit in: a "
        "random sample of 256 stands there, and no claim rests on it.",
    },
)
WEIGHTS, CONTEXT = run_group("parametric", PRETRAINED), run_group("context", PRETRAINED)
ORACLE, LEXICAL, RANDOM = (run_group(f"retrieval-{name}", PRETRAINED) for name in ("oracle", "bm25", "random"))


@dataclasses.dataclass(frozen=True, kw_only=True)
class ComparisonPreset:
    """The settings of a run.

    Attributes:
        seeds: number of seeds, each with a world of its own.
        world: what is stated and asked.
        steps: of finetuning.
        statements: most statements in the context; of a larger world, a random sample.
        supports: facts that a question links.
        mixture: the fraction of each kind of document in finetuning.
    """

    seeds: int
    world: AbstractWorld
    steps: int
    statements: int = 256
    supports: int = 1
    mixture: Mapping[str, float] = dataclasses.field(default_factory=lambda: {"statement": 0.9, "name": 0.1})

    def condition(self, checkpoint: str, *more: Learner) -> Condition:
        """Return the condition in which everyone starts from one model; `more` are further learners."""
        oracle = Oracle(supports=self.supports)
        learners = (
            parametric(),
            parametric_context(K, oracle),
            context(self.statements, Everything()),
            *readers(K, oracle),
            *more,
        )
        finetuning = Phase(self.steps, self.mixture)
        # The reader's records are older than this question, and what finetuning does to its reading stands in `facts`.
        asked = locality(checkpoint, "quick") if checkpoint.startswith(PREFIX) else None
        return pretrained(self.world, finetuning, *learners, checkpoint=checkpoint, training=PACKED, locality=asked)


@dataclasses.dataclass(frozen=True)
class AbstractComparison(AbstractStudy):
    """A study that compares finetuning on sentences, with and without remedies, with reading them.

    Attributes:
        presets: the settings by preset.
        more: learners that are compared besides.
        checkpoint: the model that everyone starts from (see `starting_model`).
    """

    inputs: ClassVar[Mapping[str, InputFile]] = MODEL_INPUTS
    presets: ClassVar[Mapping[str, ComparisonPreset]]
    more: ClassVar[tuple[Learner, ...]] = ()

    checkpoint: str = "reader"

    def plan(self, preset: str) -> Plan:
        size = self.presets[preset]
        return Plan(size.seeds, (size.condition(self.checkpoint, *self.more),))

    def own_seeds(self, preset: str) -> range:
        return self.seeds[: self.presets[preset].seeds]


def learned(*tests: str, learner: str = "parametric") -> tuple[Learned, ...]:
    """Return the requirements that a learner's finetuned weights answer these tests."""
    return tuple(Learned(run_group(learner, PRETRAINED), test, 0.90) for test in tests)


def whole_context(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Return claims, those on the learner `context` about `quick` alone: in `full` it has a sample of the documents."""
    return tuple(dataclasses.replace(each, presets=("quick",)) if _reads_context(each) else each for each in claims)


def _reads_context(claim: Claim) -> bool:
    return any(group.learner == CONTEXT.learner for group in claim.run_groups)


def explicit_claim(test: str, statement: str) -> Claim:
    """Finetuning worked."""
    return Claim(
        name=f"parametric-{test}",
        statement=statement,
        source=PUBLISHED.with_our("bound"),
        effect=Accuracy(WEIGHTS, test),
        bound=0.90,
        direction=">=",
    )


def curse_claim(statement: str) -> Claim:
    """The weights do not know what they learned in the other order."""
    return Claim(
        name="parametric-reversed",
        statement=statement,
        source=REVERSAL_CURSE.with_our("bound"),
        effect=AboveChance(WEIGHTS, "reversed"),
        bound=0.10,
        direction="<=",
        requires=learned("forward"),
    )


def usable_claim(name: str, group: RunGroup, test: str, statement: str) -> Claim:
    """The untouched reader answers with the right documents in its context."""
    return Claim(
        name=name,
        statement=statement,
        source=PUBLISHED.with_our("bound") if group == CONTEXT else OURS,
        effect=Accuracy(group, test),
        bound=0.90,
        direction=">=",
    )


def control_claim(test: str) -> Claim:
    """Not the length of a context helps, but what stands in it."""
    return Claim(
        name=f"random-{test}",
        statement="Irrelevant statements in its context do not help the untouched reader.",
        source=OURS + " control",
        effect=AboveChance(RANDOM, test),
        bound=0.05,
        direction="<=",
    )


def reading_claim(test: str, *explicit: str) -> Claim:
    """Finetuning on facts leaves reading as it was."""
    after = run_group("parametric-context", PRETRAINED)
    return Claim(
        name="reading-kept",
        statement="With a supporting statement in the prompt, finetuned weights answer as well as before.",
        source=OURS,
        effect=Difference(Accuracy(after, test), Accuracy(ORACLE, test)),
        bound=-0.05,
        direction=">=",
        requires=learned(*explicit),
        cause=UNLEARNED,
    )
