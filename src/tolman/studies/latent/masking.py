"""Reversals by weights that learn to predict more: masked names of a statement, or all tokens."""

from __future__ import annotations

import dataclasses
from typing import Any

from tolman.augmentation.masked import Masked
from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import AboveChance, Accuracy
from tolman.claims.published import OURS, Cause, Published
from tolman.experiments.condition import Condition
from tolman.learners.parametric import augmented, parametric
from tolman.studies.latent.claims import EXPLICIT, ILLUSION, UNTRAINED, learned, no_better_than_chance, run_group
from tolman.studies.latent.presets import DocumentPreset

MASKED, NO_FILLER, ALL_TOKENS = "masked", "no-filler", "all-tokens"
"""Conditions: half of the training documents repeat a statement after a copy in which a name is masked; so they do, and
no filler words stand around statements; all tokens of the documents bear loss."""

LAST = "masked-last"
"""The control of the learner `masked`: only names that plain training predicts from the same words are masked."""

REVERSED = Published(
    "masked finetuning (arXiv 2510.09885)",
    value=0.999,
    ours="bound",
    note="100 % of this dataset's reversals, chance .1 %, as arXiv 2604.04943 reports of a pretrained model of 4 B",
)
NEVER_PREDICTED = Published(
    ILLUSION, value=-0.001, ours="bound", note="0 %, chance .1 %, where subjects are never to be predicted"
)
WRONG_FRAME = Published(
    ILLUSION, value=-0.001, ours="bound", note="0 %, chance .1 %, for models that reverse, as they learned by masking"
)


def other_targets(size: DocumentPreset) -> tuple[Condition, ...]:
    """Return the conditions of weights alone that learn to predict more than answers.

    They take as many steps, of as many documents, as the parametric learner of the standard condition.
    """
    world: Any = size.world
    bare = dataclasses.replace(world, filler=0, inner_filler=0)
    masked, last = augmented(Masked(), MASKED), augmented(Masked("last"), LAST)
    return (
        size.condition(MASKED, learners=(masked, last)),
        size.condition(NO_FILLER, world=bare, learners=(parametric(), masked)),
        size.condition(ALL_TOKENS, world=dataclasses.replace(world, targets="all"), learners=(parametric(),)),
    )


def target_claims() -> tuple[Claim, ...]:
    """Return the claims: masked names are what repairs reversal, and prediction of all tokens does not."""
    masked, last, every = run_group(MASKED, MASKED), run_group(LAST, MASKED), run_group("parametric", ALL_TOKENS)
    repaired = Claim(
        name="masked-latent",
        statement="Weights that also learn to fill in masked names reverse facts that they were only told forward.",
        source=REVERSED,
        effect=AboveChance(masked, "latent"),
        bound=0.50,
        direction=">=",
        requires=learned(masked, *EXPLICIT),
        cause=Cause(
            why="the published models are pretrained; from scratch the subject is filled in in the masked copy's frame "
            "alone, and filler words keep the frames apart in part",
            log="docs/log.md#2026-11-27-masked-names-and-all-tokens-judged",
        ),
    )
    same_form = "They do not where a subject is never masked, in documents of the same form."
    associated = "With masked names they do not name the subject by mere association, in the wrong frame."
    all_tokens = "To predict all tokens, not answers alone, does not help."
    return (
        repaired,
        no_better_than_chance("masked-last-latent", same_form, NEVER_PREDICTED, last),
        no_better_than_chance("masked-wrong-frame", associated, WRONG_FRAME, masked, test="wrong-frame"),
        no_better_than_chance("all-tokens-latent", all_tokens, OURS + " control", every),
        _without_filler(),
    )


def _without_filler() -> Claim:
    masked, plain = run_group(MASKED, NO_FILLER), run_group("parametric", NO_FILLER)
    return Claim(
        name="masked-untrained-no-filler",
        statement="Without filler words masked names help to choose among answers that were never targets there.",
        source=OURS,
        effect=Difference(Accuracy(masked, UNTRAINED), Accuracy(plain, UNTRAINED)),
        bound=0.20,
        direction=">=",
        requires=(*learned(masked, *EXPLICIT), *learned(plain, *EXPLICIT)),
    )
