"""Claims that studies share: about reversals, in an invented world and on a user's own table, and about retrieval."""

from __future__ import annotations

from tolman.claims.claim import Claim, Learned, Recall
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.runs import RunGroup

LATENT = "Lampinen et al. 2025 (arXiv 2509.16189)"
OURS = "our own"
STANDARD, ABLATION = "standard", "no-in-context"


def run_group(learner: str, condition: str = STANDARD) -> RunGroup:
    """A learner under a condition."""
    return RunGroup(condition, learner)


def learned(where: RunGroup, *tests: str, at_least: float = 0.95) -> tuple[Learned, ...]:
    """That a seed learned what it was trained for."""
    return tuple(Learned(where, test, at_least) for test in tests)


def reversal_claims(usable: float, explicit: tuple[str, ...] = ("forward", "reverse")) -> tuple[Claim, ...]:
    """All claims; `usable` is the latent accuracy that context and oracle retrieval must reach."""
    return (*_parametric(explicit), *_usable(usable, explicit), *retrieval_claims(STANDARD, explicit, 0.05))


def _parametric(explicit: tuple[str, ...]) -> tuple[Claim, ...]:
    parametric = run_group("parametric")
    trained = learned(parametric, *explicit)
    return (
        *(
            Claim(
                f"parametric-{test}",
                f"The parametric learner answers what it was trained for ({test} questions).",
                LATENT,
                Accuracy(parametric, test),
                0.95,
                ">=",
            )
            for test in explicit
        ),
        Claim(
            "parametric-latent",
            "The parametric learner cannot reverse facts it was only told forward.",
            LATENT,
            AboveChance(parametric, "latent"),
            0.05,
            "<=",
            trained,
        ),
        Claim(
            "parametric-wrong-frame",
            "It does not name the subject by mere association either, when asked in the wrong frame.",
            "Illusion of latent generalization 2026 (arXiv 2604.04943)",
            AboveChance(parametric, "wrong-frame"),
            0.05,
            "<=",
            trained,
        ),
    )


def _usable(usable: float, explicit: tuple[str, ...]) -> tuple[Claim, ...]:
    context, oracle = run_group("parametric-context"), run_group("parametric-retrieval-oracle")
    return (
        Claim(
            "context-latent",
            "With the fact in its context the same model answers the reversed question.",
            LATENT,
            Accuracy(context, "latent"),
            usable,
            ">=",
            learned(run_group("parametric"), *explicit),
        ),
        Claim(
            "oracle-latent",
            "With oracle retrieval of whole experiences the reversed question is answered.",
            LATENT,
            Accuracy(oracle, "latent"),
            usable,
            ">=",
            learned(oracle, *explicit),
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
            "random-latent",
            "Irrelevant experiences in the same weights' context do not help.",
            OURS + " control",
            AboveChance(run_group("parametric-retrieval-random", condition), "latent"),
            margin,
            "<=",
            trained,
        ),
        Claim(
            "bm25-latent",
            "Lexical retrieval does as well as the oracle where it finds what the oracle is given.",
            OURS,
            Difference(Accuracy(bm25, "latent"), Accuracy(oracle, "latent")),
            0.05,
            "within",
            (*trained, Recall(bm25, "latent")),
        ),
        Claim(
            "in-context-training",
            "Without in-context documents in training, retrieval's latent accuracy is lower.",
            LATENT + "; the bound is ours",
            Difference(Accuracy(oracle, "latent"), Accuracy(ablated, "latent")),
            0.20,
            ">=",
            (*trained, *learned(ablated, *explicit)),
        ),
    )
