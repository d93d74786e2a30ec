"""Learners whose weights are trained: alone, and with experiences retrieved into the context."""

from __future__ import annotations

import dataclasses
from typing import Unpack

from tolman.augmentation.augmentation import AbstractAugmentation
from tolman.core.registry import named
from tolman.learners.learner import Augment, Finetune, Learner, Matched
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import AbstractRetriever, Dropout, Retrieval


def parametric() -> Learner:
    """Train on each experience alone, and ask each question alone."""
    return Learner("parametric", steps=(Finetune(),))


def augmented(
    augmentation: AbstractAugmentation, name: str, fraction: float = 0.5, matched: Matched = "tokens"
) -> Learner:
    """Train on the experiences and on documents that an augmentation writes from them; ask each question alone.

    Args:
        augmentation: writes them.
        name: of the learner.
        fraction: of the training documents that are written ones.
        matched: what stays as it is without them (see `Augment`).
    """
    return Learner(name, steps=(Augment(augmentation, fraction, matched), Finetune()))


def parametric_context(k: int = 1, oracle: Oracle | None = None) -> Learner:
    """Train as `parametric` does; at test, put an experience that supports the answer before each question.

    Args:
        k: experiences before a question; those that do not support the answer are irrelevant.
        oracle: places them; default: one that supports the answer.
    """
    return Learner("parametric-context", steps=(Finetune(),), context=Retrieval(oracle or Oracle(), k))


def parametric_retrieval(
    retriever: AbstractRetriever | None = None,
    k: int = 3,
    *,
    trained_with: AbstractRetriever | None = None,
    name: str | None = None,
    **dropout: Unpack[Dropout],
) -> Learner:
    """Place retrieved experiences before each training document and each question (Lampinen et al., arXiv 2509.16189).

    Args:
        retriever: fills the context at test; default: the oracle.
        k: experiences in the context.
        trained_with: fills the context in training; default: the oracle, whose weights serve every retriever at test.
        name: default: `parametric-retrieval-` and the name of the retriever.
        **dropout: fractions `empty` and `irrelevant` of the contexts in training (see `Retrieval`).
    """
    retriever = retriever or Oracle()
    return Learner(
        name or f"parametric-retrieval-{named('retrievers', retriever)['name']}",
        steps=(Finetune(context=Retrieval(trained_with or Oracle(), k, **dropout)),),
        context=Retrieval(retriever, k),
    )


def without_context(learner: Learner, name: str) -> Learner:
    """Ask the same weights each question alone: what retrieval in training has put into them.

    Args:
        learner: whose weights are asked.
        name: of the new learner.
    """
    return dataclasses.replace(learner, name=name, context=None)
