"""Claims about the conditions under which an episode helps, and about where it is not read."""

from __future__ import annotations

from tolman.claims.claim import Claim, Learned
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.studies.latent.claims import OURS, learned, run_group
from tolman.studies.latent.maze_claims import BASELINE, BM25, CONTEXT, EXPLICIT, MASTERED, gain, latent_gain
from tolman.studies.latent.navigation import ORACLE

HELD_OUT, UNSEEN = "held-out", "unseen"
"""Tests in mazes that were never trained in: with an episode in the prompt, and without."""


def context_gain(name: str, words: str) -> Claim:
    """Return the claim that the same weights find latent goals with an episode in their context, under a condition."""
    return latent_gain(
        f"{name}-gain",
        f"An episode that passed the object helps an agent {words}.",
        OURS,
        condition=name,
        learner=CONTEXT,
        masters=(BASELINE,),
        requires=_reads(name),
    )


def smaller_gain(name: str, statement: str, narrow: str, wide: str) -> Claim:
    """Return the claim that an episode helps less where the agent sees more.

    What is in view need not be remembered: without an episode, a wider view finds more. Both conditions must have
    mastered trained goals and reading, so that the difference is none of training.
    """
    return Claim(
        name=name,
        statement=statement,
        source=OURS,
        effect=Difference(gain(narrow, CONTEXT), gain(wide, CONTEXT)),
        bound=0.10,
        direction=">=",
        requires=tuple(
            need
            for condition in (narrow, wide)
            for need in (*learned(run_group(BASELINE, condition), EXPLICIT, at_least=MASTERED), *_reads(condition))
        ),
    )


def lost_reading(name: str, words: str) -> Claim:
    """Return the claim that an episode in the prompt is not read under a condition.

    It counts where the same training teaches to read an agent that is told its position, in the condition `plain`.
    """
    agent = run_group(BASELINE, name)
    return Claim(
        name=f"{name}-reading",
        statement=f"An agent {words} finds objects in new mazes no more often with an episode than without.",
        source=OURS,
        effect=Difference(Accuracy(agent, HELD_OUT), Accuracy(agent, UNSEEN)),
        bound=0.10,
        direction="<=",
        requires=_reads("plain"),
    )


def search_gain(condition: str) -> Claim:
    """Return the claim that episodes that are searched by what is observed help agents trained with retrieval."""
    return latent_gain(
        f"{condition}-search",
        "What search by floor and objects in view finds helps the agent as the oracle's episode should.",
        OURS,
        condition=condition,
        learner=BM25,
        requires=learned(run_group(ORACLE, condition), HELD_OUT, at_least=MASTERED),
    )


def _reads(condition: str) -> tuple[Learned, ...]:
    """The requirement that weights read: without it a gain that is missing says nothing about memory."""
    return learned(run_group(BASELINE, condition), HELD_OUT, at_least=MASTERED)
