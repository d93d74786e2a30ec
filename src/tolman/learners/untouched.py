"""Learners whose weights stay as they were pretrained: experiences reach them through their context alone."""

from __future__ import annotations

from tolman.core.registry import named
from tolman.learners.learner import Learner
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import AbstractRetriever, Retrieval


def untouched() -> Learner:
    """Ask each question alone; what can be read stands in the question's own context."""
    return Learner("untouched", steps=())


def context(k: int = 64, retriever: AbstractRetriever | None = None) -> Learner:
    """Put many experiences before each question.

    Args:
        k: experiences before a question.
        retriever: chooses them; default: the oracle, so that one of them supports the answer.
    """
    return Learner("context", steps=(), context=Retrieval(retriever or Oracle(), k))


def retrieval(retriever: AbstractRetriever | None = None, k: int = 3, *, name: str | None = None) -> Learner:
    """Put retrieved experiences before each question.

    Args:
        retriever: chooses them; default: the oracle.
        k: experiences before a question.
        name: default: `retrieval-` and the name of the retriever.
    """
    retriever = retriever or Oracle()
    default = f"retrieval-{named('retrievers', retriever)['name']}"
    return Learner(name or default, steps=(), context=Retrieval(retriever, k))
