"""Claims that studies share: about reversals, in an invented world and on a user's own table, and about retrieval."""

from __future__ import annotations

from tolman.claims.claim import Claim, Learned, Recall
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.runs import RunGroup
from tolman.studies.latent.presets import ABLATION, STANDARD

LATENT = "Lampinen et al. 2025 (arXiv 2509.16189)"
OURS = "our own"


def run_group(learner: str, condition: str = STANDARD) -> RunGroup:
    """Return the records of a learner under a condition."""
    return RunGroup(condition, learner)


def learned(where: RunGroup, *tests: str, at_least: float = 0.95) -> tuple[Learned, ...]:
    """Return the requirements that a seed answers these tests at least that often."""
    return tuple(Learned(where, test, at_least) for test in tests)


def reversal_claims(*, usable: float, explicit: tuple[str, ...] = ("forward", "reverse")) -> tuple[Claim, ...]:
    """All claims; `usable` is the latent accuracy that context and oracle retrieval must reach."""
    return (*_parametric(explicit), *_usable(usable, explicit), *retrieval_claims(STANDARD, explicit, 0.05))


def _parametric(explicit: tuple[str, ...]) -> tuple[Claim, ...]:
    parametric = run_group("parametric")
    trained = learned(parametric, *explicit)
    return (
        *(
            Claim(
                name=f"parametric-{test}",
                statement=f"The parametric learner answers what it was trained for ({test} questions).",
                source=LATENT,
                effect=Accuracy(parametric, test),
                bound=0.95,
                direction=">=",
            )
            for test in explicit
        ),
        Claim(
            name="parametric-latent",
            statement="The parametric learner cannot reverse facts it was only told forward.",
            source=LATENT,
            effect=AboveChance(parametric, "latent"),
            bound=0.05,
            direction="<=",
            requires=trained,
        ),
        Claim(
            name="parametric-wrong-frame",
            statement="It does not name the subject by mere association either, when asked in the wrong frame.",
            source="Illusion of latent generalization 2026 (arXiv 2604.04943)",
            effect=AboveChance(parametric, "wrong-frame"),
            bound=0.05,
            direction="<=",
            requires=trained,
        ),
    )


def _usable(usable: float, explicit: tuple[str, ...]) -> tuple[Claim, ...]:
    context, oracle = run_group("parametric-context"), run_group("parametric-retrieval-oracle")
    return (
        Claim(
            name="context-latent",
            statement="With the fact in its context the same model answers the reversed question.",
            source=LATENT,
            effect=Accuracy(context, "latent"),
            bound=usable,
            direction=">=",
            requires=learned(run_group("parametric"), *explicit),
        ),
        Claim(
            name="oracle-latent",
            statement="With oracle retrieval of whole experiences the reversed question is answered.",
            source=LATENT,
            effect=Accuracy(oracle, "latent"),
            bound=usable,
            direction=">=",
            requires=learned(oracle, *explicit),
        ),
    )


def retrieval_claims(condition: str, explicit: tuple[str, ...], margin: float) -> tuple[Claim, ...]:
    """The control, real retrieval, and the ablation; `margin` is how far above chance the control may be."""
    oracle, bm25 = (
        run_group("parametric-retrieval-oracle", condition),
        run_group("parametric-retrieval-bm25", condition),
    )
    trained = learned(oracle, *explicit)
    ablated = run_group("parametric-retrieval-oracle", ABLATION)
    return (
        Claim(
            name="random-latent",
            statement="Irrelevant experiences in the same weights' context do not help.",
            source=OURS + " control",
            effect=AboveChance(run_group("parametric-retrieval-random", condition), "latent"),
            bound=margin,
            direction="<=",
            requires=trained,
        ),
        Claim(
            name="bm25-latent",
            statement="Lexical retrieval does as well as the oracle where it finds what the oracle is given.",
            source=OURS,
            effect=Difference(Accuracy(bm25, "latent"), Accuracy(oracle, "latent")),
            bound=0.05,
            direction="within",
            requires=(*trained, Recall(bm25, "latent")),
        ),
        Claim(
            name="in-context-training",
            statement="Without in-context documents in training, retrieval's latent accuracy is lower.",
            source=LATENT + "; the bound is ours",
            effect=Difference(Accuracy(oracle, "latent"), Accuracy(ablated, "latent")),
            bound=0.20,
            direction=">=",
            requires=(*trained, *learned(ablated, *explicit)),
        ),
    )
