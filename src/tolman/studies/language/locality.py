"""What a model can do before it is finetuned: the reader reads, a model of Hugging Face knows common facts."""

from __future__ import annotations

from tolman.experiments.locality import Locality
from tolman.models.huggingface.files import PREFIX
from tolman.worlds.facts import COMMON, Facts
from tolman.worlds.reading import Reading

READING = "questions about invented facts in its prompt"
KNOWING = "questions about common facts (capitals, opposites, sums and the like, none with a name of yours)"
"""What is asked, in words."""

SKILLS = ("same-16", "reversed-16")
"""What the reader is asked: one of 16 facts in its prompt, made up anew, in either direction."""

OPTIONS = 4
"""Answers that a common fact is chosen among."""

FEW = 4
"""Questions of a test where nothing is claimed."""


def locality(checkpoint: str, preset: str) -> Locality:
    """Return what is asked of whatever is finetuned from a model.

    The reader was pretrained to know no fact. What it can do is to read, in wordings that its pretraining held out.

    Args:
        checkpoint: the model (see `starting_model`).
        preset: `smoke` asks a few questions only.
    """
    few = preset == "smoke"
    if checkpoint.startswith(PREFIX):
        facts = Facts(str(COMMON), max_options=OPTIONS, test_items=FEW if few else 96)
        return Locality(facts, ("forward",))
    return Locality(Reading(words=512, test_items=FEW if few else 50, skills=SKILLS), SKILLS)


def described(checkpoint: str) -> str:
    """Return in words what is asked of whatever is finetuned from a model."""
    return KNOWING if checkpoint.startswith(PREFIX) else READING
