"""Remedies: what is trained on besides the statements, so that weights can do more with them, and what is claimed."""

from __future__ import annotations

from tolman.augmentation.augmentation import AbstractAugmentation
from tolman.augmentation.closure import Closure
from tolman.augmentation.distilled import Distilled
from tolman.augmentation.masked import Masked
from tolman.augmentation.permuted import Permuted
from tolman.augmentation.reversed import Reversed
from tolman.augmentation.rewritten import Rewritten
from tolman.claims.claim import Claim
from tolman.claims.combinations import Difference
from tolman.claims.effects import Accuracy
from tolman.learners.learner import Learner, Matched
from tolman.learners.parametric import augmented
from tolman.models.pretrained import PretrainedConfig
from tolman.report.presentation import LearnerStyle
from tolman.studies.language.comparison import PUBLISHED, learned
from tolman.studies.latent.claims import OURS, run_group
from tolman.studies.latent.presets import PRETRAINED

REVERSE = ("reverse : {s} . so :", "say it the other way round : {s} . →", "turn the text around : {s} . so :")
RESTATE = ("restate : {s} . so :", "say this in other words : {s} . →", "say the same again : {s} . so :")
COMPLETE = ("complete : {s} →", "fill in : {s} ;", "{s} : what is missing ?")
"""Instructions as in the reader's pretraining, which begins two of them with "now"."""

AUGMENTATIONS: dict[str, AbstractAugmentation] = {
    "augmented": Rewritten(REVERSE),
    "rephrased": Rewritten(RESTATE),
    "reversed": Reversed(),
    "permuted": Permuted(),
    "masked": Masked(),
    "distilled": Distilled(COMPLETE),
    "closure": Closure(),
}
"""By learner. `rephrased` is the control of `augmented`, `closure` a ceiling."""

BY_CONTROL = "augmented-by-control"
"""Finetuned on reversals that the control reader wrote, which was pretrained without inferences."""

STYLES = {
    "augmented": LearnerStyle(colour="#117733", aid="finetuned also on reversals that it wrote itself"),
    BY_CONTROL: LearnerStyle(colour="#AA4499"),
    "rephrased": LearnerStyle(colour="#999933"),
    "reversed": LearnerStyle(colour="#332288"),
    "permuted": LearnerStyle(colour="#882255"),
    "masked": LearnerStyle(colour="#661100", aid="finetuned also to fill in masked names"),
    "distilled": LearnerStyle(colour="#DDCC77"),
    "closure": LearnerStyle(colour="#444444"),
}
"""Colours after Paul Tol's muted scheme, beside those of the other learners."""

GLOSSARY = {
    "augmented": "Half of the training documents are what the model itself wrote when it was asked to reverse each "
    "statement (Lampinen et al. 2025). What lacks the format is dropped; nothing is checked against an answer.",
    BY_CONTROL: "As augmented, but the reversals were written by a reader that was pretrained without inferences, and "
    "asked in the same words as often.",
    "rephrased": "The control of augmented: the model was asked to say each statement again.",
    "reversed": "Half of the training documents are statements read backwards, with names kept whole.",
    "permuted": "Half of the training documents are statements with their names and words in random order.",
    "masked": "Half of the training documents repeat a statement after a copy in which a name is masked.",
    "distilled": "Half of the training documents are cloze questions with the answers that the model gave with the "
    "statement in its context.",
    "closure": "Half of the training documents are the latent questions with their answers: a ceiling.",
}


def remedies(*names: str, matched: Matched = "tokens") -> tuple[Learner, ...]:
    """Return the learners of these remedies, half of whose training documents are written.

    Args:
        names: of `AUGMENTATIONS`.
        matched: whether they read as many tokens in all, or each statement as often (see `Augment`).
    """
    return tuple(augmented(AUGMENTATIONS[name], name, matched=matched) for name in names)


def augmented_by_control() -> Learner:
    """Return the learner `BY_CONTROL`. It names the control reader's file by its digest, so that it has to be there."""
    return augmented(Rewritten(REVERSE, writer=PretrainedConfig("control")), BY_CONTROL)


def augmentation_claim(test: str, least: float, explicit: str) -> Claim:
    """The gain of augmentation is not one of more wordings."""
    own, control = (run_group(name, PRETRAINED) for name in ("augmented", "rephrased"))
    return Claim(
        name="augmented-above-rephrased",
        statement="Finetuning on reversals that the model wrote itself helps more than on rephrasings that it wrote.",
        source=PUBLISHED.with_our("bound"),
        effect=Difference(Accuracy(own, test), Accuracy(control, test)),
        bound=least,
        direction=">=",
        requires=learned(explicit, learner="augmented") + learned(explicit, learner="rephrased"),
    )


def writer_claim(test: str, least: float, explicit: str) -> Claim:
    """The gain of augmentation needs a writer that can infer."""
    own, control = (run_group(name, PRETRAINED) for name in ("augmented", BY_CONTROL))
    return Claim(
        name="augmented-above-by-control",
        statement="It helps more than on those that a reader wrote which was pretrained without inferences.",
        source=OURS,
        effect=Difference(Accuracy(own, test), Accuracy(control, test)),
        bound=least,
        direction=">=",
        requires=learned(explicit, learner="augmented") + learned(explicit, learner=BY_CONTROL),
    )


def remedy_claim(name: str, test: str, explicit: str) -> Claim:
    """A remedy that takes no generation does as well as augmentation."""
    other, own = run_group(name, PRETRAINED), run_group("augmented", PRETRAINED)
    return Claim(
        name=f"{name}-as-augmented",
        statement=f"The learner {name} is at most .05 worse than the one that wrote reversals itself.",
        source=OURS,
        effect=Difference(Accuracy(other, test), Accuracy(own, test)),
        bound=-0.05,
        direction=">=",
        requires=learned(explicit, learner=name) + learned(explicit, learner="augmented"),
    )
