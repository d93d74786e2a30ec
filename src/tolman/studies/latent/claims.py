"""Claims that studies share: about reversals, in an invented world and on a user's own table, and about retrieval."""

from __future__ import annotations

import dataclasses

from tolman.claims.claim import Claim, Learned, Recall
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy, RocAUC
from tolman.claims.published import OURS, Published
from tolman.claims.runs import RunGroup
from tolman.studies.latent.presets import ABLATION, PRETRAINED, STANDARD

LATENT = Published("Lampinen et al. 2025 (arXiv 2509.16189)")
NOT_REVERSED = dataclasses.replace(
    LATENT,
    value=-0.001,
    note="0 % of 200 held-out reversals among 1,000 entities, chance .1 %, as rebuilt by arXiv 2604.04943",
)
ILLUSION = "Illusion of latent generalization 2026 (arXiv 2604.04943)"
WRONG_FRAME = Published(
    ILLUSION,
    note="0 % for models that reverse, as they were trained with masking; not stated for this learner",
)


def run_group(learner: str, condition: str = STANDARD) -> RunGroup:
    """Return the records of a learner under a condition."""
    return RunGroup(condition, learner)


def learned(where: RunGroup, *tests: str, at_least: float = 0.95) -> tuple[Learned, ...]:
    """Return the requirements that a seed answers these tests at least that often."""
    return tuple(Learned(where, test, at_least) for test in tests)


EXPLICIT = ("forward", "reverse")
"""The explicit tests of worlds of reversals."""

UNTRAINED = "latent-untrained"
"""The latent questions, to be answered by names that were never targets in their frame."""


def reversal_claims(*, usable: float) -> tuple[Claim, ...]:
    """All claims; `usable` is the latent accuracy that context and oracle retrieval must reach."""
    context, oracle = run_group("parametric-context"), run_group("parametric-retrieval-oracle")
    return (
        *parametric_claims(EXPLICIT, latent=NOT_REVERSED),
        *untrained_claims(run_group("parametric"), learned(run_group("parametric"), *EXPLICIT)),
        usable_claim("context", usable, context, *learned(run_group("parametric"), *EXPLICIT)),
        usable_claim("oracle", usable, oracle, *learned(oracle, *EXPLICIT)),
        *retrieval_claims(STANDARD, 0.05, learned(oracle, *EXPLICIT)),
        ablation_claim(STANDARD, EXPLICIT),
        *parametric_claims(EXPLICIT, PRETRAINED, of="-pretrained"),
        *_untouched_claims(usable, of="-pretrained"),
    )


def pretrained_claims(*, usable: float) -> tuple[Claim, ...]:
    """All claims where only the parametric learner is trained, and the others read with a pretrained model.

    Irrelevant experiences, and real retrieval, are judged where the model reads the relevant ones.
    """
    reads = learned(run_group("retrieval-oracle", PRETRAINED), "latent", at_least=usable)
    return (
        *parametric_claims(EXPLICIT, PRETRAINED),
        *_untouched_claims(usable),
        *retrieval_claims(PRETRAINED, 0.05, reads, retrieval="retrieval"),
    )


def _untouched_claims(usable: float, of: str = "") -> tuple[Claim, ...]:
    """A pretrained model was trained on none of the facts, so that nothing has to be learned before it is asked."""
    context, oracle = run_group("context", PRETRAINED), run_group("retrieval-oracle", PRETRAINED)
    return usable_claim("context", usable, context, of=of), usable_claim("oracle", usable, oracle, of=of)


def parametric_claims(
    explicit: tuple[str, ...], condition: str = STANDARD, of: str = "", latent: Published = LATENT
) -> tuple[Claim, ...]:
    """Claims about finetuned weights: they answer what they were trained for, and no more.

    Args:
        explicit: the tests that they were trained for.
        condition: of the study.
        of: ends the claims' names.
        latent: what is published of latent questions.
    """
    parametric = run_group("parametric", condition)
    reverse = "The parametric learner cannot reverse facts it was only told forward."
    associate = "It does not name the subject by mere association either, when asked in the wrong frame."
    return (
        *(
            Claim(
                name=f"parametric-{test}{of}",
                statement=f"The parametric learner answers what it was trained for ({test} questions).",
                source=LATENT,
                effect=Accuracy(parametric, test),
                bound=0.95,
                direction=">=",
            )
            for test in explicit
        ),
        no_better_than_chance(f"parametric-latent{of}", reverse, latent, parametric, explicit=explicit),
        no_better_than_chance(
            f"parametric-wrong-frame{of}", associate, WRONG_FRAME, parametric, test="wrong-frame", explicit=explicit
        ),
    )


def no_better_than_chance(
    name: str,
    statement: str,
    source: Published | str,
    where: RunGroup,
    *,
    test: str = "latent",
    explicit: tuple[str, ...] = EXPLICIT,
) -> Claim:
    """Return the claim that what has learned the explicit tests answers another at chance, where a world has it."""
    return Claim(
        name=name,
        statement=statement,
        source=source,
        effect=AboveChance(where, test, optional=test == "wrong-frame"),
        bound=0.05,
        direction="<=",
        requires=learned(where, *explicit),
    )


def untrained_claims(where: RunGroup, trained: tuple[Learned, ...], of: str = "") -> tuple[Claim, ...]:
    """The failure is not that answers are avoided which were never targets in the question's frame.

    Args:
        where: the parametric learner.
        trained: what it must have learned.
        of: ends the claims' names.
    """
    return (
        Claim(
            name=f"parametric-untrained{of}",
            statement="Nor does it answer where all options are answers that were never targets in that frame.",
            source=OURS + " control",
            effect=AboveChance(where, UNTRAINED),
            bound=0.10,
            direction="<=",
            requires=trained,
        ),
        Claim(
            name=f"parametric-untrained-rank{of}",
            statement="Among those, the right answer is ranked no better than by chance (.50).",
            source=OURS + " control",
            effect=RocAUC(where, UNTRAINED),
            bound=0.60,
            direction="<=",
            requires=trained,
        ),
    )


USABLE = {
    "context": "With the fact in its context the same model answers the reversed question.",
    "oracle": "With oracle retrieval of whole experiences the reversed question is answered.",
}
"""Where the information is usable: statements by the beginning of the claim's name."""


def usable_claim(where: str, usable: float, reads: RunGroup, *requires: Learned, of: str = "") -> Claim:
    """The information is usable in the context of a model that can read.

    Args:
        where: one of `USABLE`.
        usable: the latent accuracy that must be reached.
        reads: the learner with a supporting experience in its prompt.
        requires: what must have been learned.
        of: ends the claim's name.
    """
    return Claim(
        name=f"{where}-latent{of}",
        statement=USABLE[where],
        source=LATENT,
        effect=Accuracy(reads, "latent"),
        bound=usable,
        direction=">=",
        requires=requires,
    )


def retrieval_claims(
    condition: str,
    margin: float,
    requires: tuple[Learned, ...],
    *,
    retrieval: str = "parametric-retrieval",
    of: str = "",
) -> tuple[Claim, ...]:
    """The control and real retrieval.

    Args:
        condition: of the study.
        margin: how far above chance the control may be.
        requires: what the learner with oracle retrieval must have learned.
        retrieval: the learners with retrieval are called so, followed by the retriever's name.
        of: ends the claims' names.
    """
    oracle, bm25 = run_group(f"{retrieval}-oracle", condition), run_group(f"{retrieval}-bm25", condition)
    return (
        Claim(
            name=f"random-latent{of}",
            statement="Irrelevant experiences in the same weights' context do not help.",
            source=OURS + " control",
            effect=AboveChance(run_group(f"{retrieval}-random", condition), "latent"),
            bound=margin,
            direction="<=",
            requires=requires,
        ),
        bm25_claim(bm25, oracle, *requires, of=of),
    )


def bm25_claim(bm25: RunGroup, oracle: RunGroup, *trained: Learned, of: str = "") -> Claim:
    """Real retrieval; `trained` is what the learners must have learned, and `of` ends the claim's name."""
    return Claim(
        name=f"bm25-latent{of}",
        statement="Lexical retrieval does as well as the oracle where it finds what the oracle is given.",
        source=OURS,
        effect=Difference(Accuracy(bm25, "latent"), Accuracy(oracle, "latent")),
        bound=0.05,
        direction="within",
        requires=(*trained, Recall(bm25, "latent")),
    )


def ablation_claim(condition: str, explicit: tuple[str, ...], ablation: str = ABLATION, of: str = "") -> Claim:
    """Reading must be taught: the same learner without documents that teach it; `of` ends the claim's name."""
    oracle = run_group("parametric-retrieval-oracle", condition)
    ablated = run_group("parametric-retrieval-oracle", ablation)
    return Claim(
        name=f"in-context-training{of}",
        statement="Without in-context documents in training, retrieval's latent accuracy is lower.",
        source=LATENT.with_our("bound"),
        effect=Difference(Accuracy(oracle, "latent"), Accuracy(ablated, "latent")),
        bound=0.20,
        direction=">=",
        requires=(*learned(oracle, *explicit), *learned(ablated, *explicit)),
    )
