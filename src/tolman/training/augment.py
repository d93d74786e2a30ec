"""Worlds as they are trained on: with the documents that an augmentation writes."""

from __future__ import annotations

import dataclasses
import functools
from collections.abc import Sequence
from typing import Any

import numpy as np

from tolman.augmentation.augmentation import AbstractGeneration, Augmented, Source, Written
from tolman.core.assemble import stack_corpora, widen
from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, token_rows
from tolman.core.world import Instance
from tolman.models.base import ContinuationModel, Model
from tolman.training.config import AUGMENTED, Seeds, TrainingSpec

_EXAMPLES = 5


def augmented(
    spec: TrainingSpec, seeds: Sequence[Seeds], instances: Sequence[Instance]
) -> tuple[tuple[Instance, ...], list[dict[str, Any]]]:
    """Return instances with the documents of the training's augmentation as one more kind, and a report on each.

    Memory and tests stay as they are, and so do the ids of words; words that the augmentation adds come last. Without
    an augmentation the instances are returned, and empty reports.

    Returns:
        The instances, and for each the number of documents written, of their tokens, of tokens that a model generated
        for them and of documents that were dropped, with examples.

    Raises:
        UserError: the world has no documents, or nothing was written from them.
    """
    augmentation = spec.augmentation
    if augmentation is None:
        return tuple(instances), [{} for _ in instances]
    sources = [_source(instance, augmentation.words, spec) for instance in instances]
    written = [
        _with_targets(augmentation.write(source, np.random.default_rng([each.model, 4])))
        for source, each in zip(sources, seeds, strict=True)
    ]
    if not all(one.documents for one in written):
        raise UserError(f"{type(augmentation).__name__} wrote no document from this world{_why(sources)}")
    length = max(len(document.tokens) for one in written for document in one.documents)
    targets = max(sum(w > 0 for w in document.weight) for one in written for document in one.documents)
    made = zip(instances, sources, written, strict=True)
    whole = tuple(_with(instance, source, one, length, targets) for instance, source, one in made)
    return whole, [_report(source, one) for source, one in zip(sources, written, strict=True)]


def _why(sources: Sequence[Source]) -> str:
    if any(source.names(tokens) for source in sources for tokens in source.statements):
        return "; leave it out"
    return ": no names are known in its documents; mark them there (own texts: 'names'), or leave it out"


def _source(instance: Instance, words: Sequence[str], spec: TrainingSpec) -> Source:
    memory = instance.memory.experiences
    if "token" not in memory.steps:
        raise UserError("augmentations write documents; this world has none")
    return Source(
        statements=[tokens[valid].tolist() for tokens, valid in zip(memory.steps["token"], memory.valid, strict=True)],
        vocabulary=instance.vocabulary,
        is_name=np.array([sort == "entity" for sort in instance.palette]),
        is_relation=np.array([sort == "relation" for sort in instance.palette]),
        tests=instance.tests,
        start=functools.partial(_started, spec),
        known_names=instance.names,
    ).with_words(words)


def _started(spec: TrainingSpec, vocabulary: Sequence[str]) -> Model | ContinuationModel:
    augmentation = spec.augmentation
    other = augmentation.writer if isinstance(augmentation, AbstractGeneration) else None
    writer = other or spec.model
    if not writer.pretrained:
        asks, model = type(augmentation).__name__, type(writer).__name__
        raise UserError(f"{asks} has the model write before it is trained, but a {model} is not pretrained")
    return writer.start(vocabulary)


def _with_targets(written: Augmented) -> Augmented:
    """Return what was written without documents in which there is nothing to predict."""
    return written._replace(documents=[document for document in written.documents if any(document.weight)])


def _with(instance: Instance, source: Source, written: Augmented, length: int, targets: int) -> Instance:
    more = len(source.vocabulary) - len(instance.vocabulary)
    return dataclasses.replace(
        instance,
        vocabulary=source.vocabulary,
        palette=(*instance.palette, *["marker"] * more),
        kinds=(*instance.kinds, AUGMENTED),
        most_targets=max(instance.most_targets, targets),
        corpus=_joined(instance.corpus, written.documents, len(instance.kinds), length),
    )


def _joined(corpus: Corpus, documents: Sequence[Written], kind: int, length: int) -> Corpus:
    """Return a corpus with documents of one more kind after its own."""
    length = max(length, corpus.experiences.length)
    weight = np.zeros((len(documents), length), np.float32)
    for row, document in enumerate(documents):
        weight[row, : len(document.weight)] = document.weight
    new = token_rows([document.tokens for document in documents], length)._replace(weight=weight)
    return Corpus(
        experiences=stack_corpora([widen(corpus.experiences, length), new]),
        kind=np.concatenate([corpus.kind, np.full(len(documents), kind, np.int32)]),
        **{name: _extended(getattr(corpus, name), len(documents), length) for name in ("cue", "fact")},
        **{name: _extended(getattr(corpus, name), len(documents)) for name in ("supports", "topics")},
    )


def _extended(ids: np.ndarray, rows: int, width: int = 0) -> np.ndarray:
    """Return ids `[n, t]` with so many more rows, and so many columns in all, of `NONE`."""
    return np.pad(ids, ((0, rows), (0, max(0, width - ids.shape[1]))), constant_values=NONE)


def _report(source: Source, written: Augmented) -> dict[str, Any]:
    documents = written.documents
    text = lambda document: " ".join(source.vocabulary[token] for token in document.tokens)  # noqa: E731
    return {
        "documents": len(documents),
        "tokens": sum(len(document.tokens) for document in documents),
        "generated": written.generated,
        "dropped": written.dropped,
        "examples": [text(document) for document in documents[:: max(1, len(documents) // _EXAMPLES)]][:_EXAMPLES],
    }
