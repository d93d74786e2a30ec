"""The description of a learner: what changes the weights, and what stands in the context."""

from __future__ import annotations

import dataclasses
from typing import ClassVar, Literal

from tolman.augmentation.augmentation import AbstractAugmentation
from tolman.core.errors import UserError
from tolman.core.ranges import Checked, Fraction
from tolman.retrieval.retriever import Retrieval

Matched = Literal["tokens", "passes"]


@dataclasses.dataclass(frozen=True)
class Step(Checked):
    """One change of a model's weights. Kinds of steps are frozen dataclasses derived from this."""


@dataclasses.dataclass(frozen=True)
class Finetune(Step):
    """Train the weights on a condition's curriculum; a model without weights starts from random ones.

    Attributes:
        context: retrieval that fills the context of each training document; None = each is read alone.
    """

    version: ClassVar[int] = 1

    context: Retrieval | None = None


@dataclasses.dataclass(frozen=True)
class Augment(Step):
    """Write documents from the world's statements; the `Finetune` that follows trains on them, too.

    Attributes:
        augmentation: writes them.
        fraction: of the training documents that are written ones. A step reads no more than without them: as many
            documents, or where batches are packed as many tokens.
        matched: `"tokens"`: there are no more steps than without it, so that the world's documents are met less often;
            `"passes"`: so many more that they are met as often.
    """

    version: ClassVar[int] = 1

    augmentation: AbstractAugmentation
    fraction: Fraction = 0.5
    matched: Matched = dataclasses.field(default="tokens", metadata={"key": "changed"})

    def __post_init__(self) -> None:
        if self.matched == "passes" and self.fraction == 1:
            raise UserError(
                "Augment: fraction is 1, which leaves no documents to pass over; give less, or match tokens"
            )


@dataclasses.dataclass(frozen=True)
class Learner(Checked):
    """The way of experiences to a model: into its weights, into its context, or both.

    Two learners with the same `steps` share trained weights.

    Attributes:
        name: what records and reports call it, e.g. `"parametric-retrieval-bm25"`.
        steps: what is done to the weights, in order: a `Finetune`, an `Augment` and a `Finetune` without context, or
            nothing, which leaves a pretrained model as it is. Others are refused.
        context: retrieval that fills the context of each question at test; None = the question stands alone.
    """

    version: ClassVar[int] = 1

    name: str
    steps: tuple[Step, ...] = (Finetune(),)
    context: Retrieval | None = None
