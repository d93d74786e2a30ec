"""Claims that the studies of mazes share: what agents do with and without episodes in their context."""

from __future__ import annotations

from tolman.claims.claim import AbstractRequirement, Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import AbstractEffect, Accuracy
from tolman.claims.published import Published
from tolman.studies.latent.claims import LATENT, OURS, learned, run_group
from tolman.studies.latent.navigation import EMPTY, ORACLE
from tolman.studies.latent.presets import ABLATION, STANDARD

EXPLICIT = "explicit"
MASTERED = 0.90
"""Explicit success that a learner must reach before its latent success says anything."""

BASELINE, CONTEXT, BM25, RANDOM = (
    "parametric",
    "parametric-context",
    "parametric-retrieval-bm25",
    "parametric-retrieval-random",
)


def maze_claims() -> tuple[Claim, ...]:
    """Return all claims; success counts within 1.5 times the shortest path."""
    return (*_baseline(), _context(), *_retrieval(), *_complementary(), _ablation())


def latent_gain(
    name: str,
    statement: str,
    source: Published | str,
    *,
    condition: str = STANDARD,
    learner: str = ORACLE,
    masters: tuple[str, ...] = (ORACLE, BASELINE),
    requires: tuple[AbstractRequirement, ...] = (),
) -> Claim:
    """Return the claim that what a learner has in its context helps it.

    It counts where `masters` mastered trained goals, and whatever else it `requires`.
    """
    return Claim(
        name=name,
        statement=statement,
        source=source,
        effect=gain(condition, learner),
        bound=0.30,
        direction=">=",
        requires=(*_mastered(condition, *masters), *requires),
    )


def _latent(learner: str, condition: str = STANDARD) -> Accuracy:
    return Accuracy(run_group(learner, condition), "latent")


def gain(condition: str, learner: str = ORACLE) -> Difference:
    """Return a learner's latent success less that of the agent without memory."""
    return Difference(_latent(learner, condition), _latent(BASELINE, condition))


def _mastered(condition: str = STANDARD, *names: str) -> tuple[Learned, ...]:
    """The requirements that agents, by default both, master trained goals."""
    return tuple(
        need
        for name in names or (ORACLE, BASELINE)
        for need in learned(run_group(name, condition), EXPLICIT, at_least=MASTERED)
    )


def _baseline() -> tuple[Claim, ...]:
    parametric = run_group(BASELINE)
    latent, masked = _latent(BASELINE), Accuracy(parametric, "goal-masked")
    return (
        Claim(
            name="parametric-explicit",
            statement="The agent without memory finds trained goals from starts it never set out from.",
            source=LATENT.with_our("bound"),
            effect=Accuracy(parametric, EXPLICIT),
            bound=MASTERED,
            direction=">=",
        ),
        Claim(
            name="parametric-latent",
            statement="It finds objects that it passed in training hardly more often than with the goal hidden "
            "from it.",
            source=LATENT.with_our("control"),
            effect=Difference(latent, masked),
            bound=0.10,
            direction="within",
            requires=_mastered(STANDARD, BASELINE),
        ),
        _no_better(
            "latent-above-unseen",
            "Nor does it find them more often than objects in mazes that it was never in.",
            Difference(latent, Accuracy(parametric, "unseen")),
        ),
        _no_better(
            "latent-above-wrong-object",
            "Nor does it reach them more often than the other object of the maze that is no trained goal.",
            Difference(latent, Accuracy(parametric, "wrong-object")),
        ),
        _no_better(
            "latent-sampled",
            "Nor does it find them where its actions are sampled, which breaks loops.",
            Difference(Accuracy(parametric, "latent-sampled"), masked),
        ),
    )


def _no_better(name: str, statement: str, effect: AbstractEffect, *names: str) -> Claim:
    """A control: an effect of at most .10, one-sided; `names` are the learners, by default the baseline."""
    return Claim(
        name=name,
        statement=statement,
        source=OURS + " control",
        effect=effect,
        bound=0.10,
        direction="<=",
        requires=_mastered(STANDARD, *(names or (BASELINE,))),
    )


def _context() -> Claim:
    return latent_gain(
        "context-latent",
        "The weights trained without retrieval use an episode in their context.",
        LATENT.with_our("bound"),
        learner=CONTEXT,
        masters=(BASELINE,),
    )


def _retrieval() -> tuple[Claim, ...]:
    return (
        latent_gain(
            "oracle-latent-gain",
            "With an episode that passed the object in its context the agent finds it far more often.",
            LATENT.with_our("bound"),
        ),
        Claim(
            name="identifier-latent",
            statement="Lookup by the maze's cue, which no other maze has, does as well as the oracle.",
            source=OURS,
            effect=Difference(_latent(BM25), _latent(ORACLE)),
            bound=0.10,
            direction="within",
            requires=_mastered(STANDARD, ORACLE),
        ),
        _no_better(
            "random-latent",
            "Episodes in other mazes in the same weights' context help no more than none help the baseline.",
            Difference(_latent(RANDOM), _latent(BASELINE)),
            ORACLE,
            BASELINE,
        ),
        _no_better(
            "random-latent-above-empty",
            "Nor do they help more than none in the same weights' context.",
            Difference(_latent(RANDOM), _latent(EMPTY)),
            ORACLE,
        ),
    )


def _complementary() -> tuple[Claim, ...]:
    """Memory adds to what the weights know, and does not replace it."""
    contexts = {EMPTY: "an empty memory", RANDOM: "irrelevant episodes in its context"}
    return tuple(
        Claim(
            name=f"{name.removeprefix('parametric-retrieval-')}-explicit",
            statement=f"With {what} the agent that was trained with retrieval still finds trained goals.",
            source=LATENT.with_our("bound"),
            effect=Accuracy(run_group(name), EXPLICIT),
            bound=MASTERED,
            direction=">=",
        )
        for name, what in contexts.items()
    )


def _ablation() -> Claim:
    return Claim(
        name="in-context-training",
        statement="Without episodes whose later goals use earlier experience, retrieval gains less over no memory.",
        source=LATENT.with_our("bound"),
        effect=Difference(gain(STANDARD), gain(ABLATION)),
        bound=0.10,
        direction=">=",
        requires=(*_mastered(), *_mastered(ABLATION)),
    )
