"""Reversals by weights that learn to predict more: masked names of a statement, or all tokens."""

from __future__ import annotations

import dataclasses
from typing import Any

from tolman.augmentation.masked import Masked
from tolman.claims.claim import Claim
from tolman.claims.effects import AboveChance
from tolman.claims.published import OURS, Published
from tolman.experiments.condition import Condition
from tolman.learners.parametric import augmented, parametric
from tolman.studies.latent.claims import EXPLICIT, learned, run_group
from tolman.studies.latent.presets import DocumentPreset

MASKED, ALL_TOKENS = "masked", "all-tokens"
"""Conditions: half of the training documents repeat a statement after a copy in which a name is masked; all tokens of
the documents bear loss."""

LAST = "masked-last"
"""The control of the learner `masked`: only names that plain training predicts from the same words are masked."""

PUBLISHED = Published(
    "masked finetuning (arXiv 2510.09885)",
    value=1.0,
    ours="bound",
    note="100 % of this dataset's reversals with masked documents, as arXiv 2604.04943 reports; larger model and data",
)
NEVER_PREDICTED = Published(
    "Illusion of latent generalization 2026 (arXiv 2604.04943)",
    value=0.0,
    ours="bound",
    note="0 % where a subject is never to be predicted",
)
WRONG_FRAME = Published(
    "Illusion of latent generalization 2026 (arXiv 2604.04943)",
    value=0.0,
    ours="bound",
    note="0 % for models that reverse, as they were trained with masking",
)


def other_targets(size: DocumentPreset) -> tuple[Condition, ...]:
    """Return the conditions of weights alone that learn to predict more than answers.

    They take as many steps, of as many documents, as the parametric learner of the standard condition.
    """
    world: Any = size.world
    masking = augmented(Masked(), MASKED), augmented(Masked("last"), LAST)
    return (
        size.condition(MASKED, learners=masking),
        size.condition(ALL_TOKENS, world=dataclasses.replace(world, targets="all"), learners=(parametric(),)),
    )


def target_claims() -> tuple[Claim, ...]:
    """Return the claims: masked names are what repairs reversal, and prediction of all tokens does not."""
    masked, last, every = run_group(MASKED, MASKED), run_group(LAST, MASKED), run_group("parametric", ALL_TOKENS)
    return (
        Claim(
            name="masked-latent",
            statement="Weights that also learn to fill in masked names reverse facts that they were only told forward.",
            source=PUBLISHED,
            effect=AboveChance(masked, "latent"),
            bound=0.50,
            direction=">=",
            requires=learned(masked, *EXPLICIT),
        ),
        Claim(
            name="masked-last-latent",
            statement="They do not where a subject is never masked, in documents of the same form.",
            source=NEVER_PREDICTED,
            effect=AboveChance(last, "latent"),
            bound=0.05,
            direction="<=",
            requires=learned(last, *EXPLICIT),
        ),
        Claim(
            name="masked-wrong-frame",
            statement="With masked names they do not name the subject by mere association, in the wrong frame.",
            source=WRONG_FRAME,
            effect=AboveChance(masked, "wrong-frame", optional=True),
            bound=0.05,
            direction="<=",
            requires=learned(masked, *EXPLICIT),
        ),
        Claim(
            name="all-tokens-latent",
            statement="To predict all tokens, not answers alone, does not help.",
            source=OURS + " control",
            effect=AboveChance(every, "latent"),
            bound=0.05,
            direction="<=",
            requires=learned(every, *EXPLICIT),
        ),
    )
