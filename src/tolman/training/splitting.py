"""Documents of several sentences, split into training documents (Lampinen et al., arXiv 2505.00661)."""

from __future__ import annotations

import dataclasses
import functools
from typing import NamedTuple

import numpy as np
from jaxtyping import Int

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, Experiences
from tolman.core.sentences import sentence_ends
from tolman.core.world import AbstractWorld, Instance
from tolman.models.base import AbstractModelConfig
from tolman.training.config import Phase, Splitting, TrainingConfig

_DRAWN = 256
"""Documents whose mean length is that of a kind which is sampled afresh."""


class SplitCorpus(NamedTuple):
    """Documents to train on, and the row of the instance's corpus that each is a part of."""

    corpus: Corpus
    rows: Int[np.ndarray, " n"]


def split_corpus(instance: Instance, splitting: Splitting) -> SplitCorpus:
    """Return an instance's corpus with the documents that memory holds split; all others stay whole.

    The first word of a part is not learned, as nothing stands before it; a part in which nothing is learned is left
    out. Retrieval and tests are about whole documents in any case.

    Args:
        instance: of a world of text.
        splitting: `independent` makes each sentence a document of its own, `cumulative` the first sentence, the first
            two, and so on; `none` leaves documents whole.

    Raises:
        UserError: the world has no text.
    """
    corpus = instance.corpus
    if splitting == "none":
        return SplitCorpus(corpus, np.arange(corpus.size))
    if "token" not in corpus.experiences.steps:
        raise UserError("training.splitting splits documents of text; this world has none")
    parts = np.array(_parts(instance, splitting), np.int32)
    weight = _cut(corpus.experiences.weight, parts, 0)
    weight[parts[:, 1] > 0, 0] = 0
    whole = parts[:, 2] - parts[:, 1] == corpus.experiences.valid.sum(axis=1)[parts[:, 0]]
    kept = weight.any(axis=1) | whole
    parts, weight = parts[kept], weight[kept]
    steps = {name: _cut(leaf, parts, 0) for name, leaf in corpus.experiences.steps.items()}
    valid = _cut(corpus.experiences.valid, parts, False)
    made = Corpus(
        Experiences(steps, weight, valid, np.zeros_like(valid, dtype=np.int32)),
        cue=_cut(corpus.cue, parts, NONE),
        fact=_cut(corpus.fact, parts, NONE),
        **{name: getattr(corpus, name)[parts[:, 0]] for name in ("kind", "supports", "topics")},
    )
    return SplitCorpus(made, parts[:, 0])


def _cut(leaf: np.ndarray, parts: Int[np.ndarray, "n 3"], fill: float) -> np.ndarray:
    """Return the steps `[n, T]` of parts, each moved to the front, and `fill` after them."""
    row, start, end = parts.T[..., None]
    place = start + np.arange(leaf.shape[1])
    found = leaf[row, np.minimum(place, leaf.shape[1] - 1)]
    return np.where(place < end, found, fill).astype(leaf.dtype)


def _parts(instance: Instance, splitting: Splitting) -> list[tuple[int, int, int]]:
    """Return the row, the first step and the end of each part of the corpus."""
    rows, parts = instance.corpus.experiences, list[tuple[int, int, int]]()
    held = instance.corpus.kind < len(instance.memory_kinds)
    for number, (tokens, valid) in enumerate(zip(rows.steps["token"], rows.valid, strict=True)):
        words = [instance.vocabulary[token] for token in tokens[valid]]
        ends = sentence_ends(words) if held[number] else [len(words)]
        starts = [0, *ends[:-1]] if splitting == "independent" else [0] * len(ends)
        parts += [(number, *part) for part in zip(starts, ends, strict=True)]
    return parts


@functools.lru_cache(maxsize=64)
def matched_phases(
    world: AbstractWorld, model: AbstractModelConfig, training: TrainingConfig, phases: tuple[Phase, ...]
) -> tuple[Phase, ...]:
    """Return phases with as many more steps as keep the number of tokens that are read, where documents are split.

    A step reads as many documents as without, and so fewer tokens. By how much is told by the world's instance of seed
    0, so that all seeds take the same number of steps.

    Raises:
        UserError: no document has several sentences, or a word of an answer would never be learned.
    """
    instance = world.draw(0)
    split = split_corpus(instance, training.splitting)
    if split.corpus.size == instance.corpus.size:
        raise UserError(
            f"training.splitting is {training.splitting}, but each document of this world is one sentence; leave it out"
        )
    _check_answers(instance, split.corpus, training.splitting)
    most = training.max_tokens if instance.corpus.experiences.length <= model.packed_length else 0
    whole, parts = _lengths(instance, instance.corpus), _lengths(instance, split.corpus)
    read = lambda phase, lengths: _tokens(phase, lengths, training.batch, most)  # noqa: E731
    return tuple(
        dataclasses.replace(phase, steps=round(phase.steps * read(phase, whole) / read(phase, parts)))
        for phase in phases
    )


def _lengths(instance: Instance, corpus: Corpus) -> dict[str, float]:
    """Return the mean length of the documents of each kind."""
    found, lengths = dict[str, float](), corpus.experiences.valid.sum(axis=1)
    for number, kind in enumerate(instance.kinds):
        if (of := lengths[corpus.kind == number]).size:
            found[kind] = float(of.mean())
    for kind, sampler in instance.samplers.items():
        found[kind] = float(sampler(np.random.default_rng(0), _DRAWN).experiences.valid.sum(axis=1).mean())
    return found


def _tokens(phase: Phase, lengths: dict[str, float], batch: int, most: int) -> float:
    """Return the mean number of tokens that a step reads; `most` bounds it, unless it is 0."""
    mean = sum(part * lengths.get(kind, 1.0) for kind, part in phase.mixture.items()) / sum(phase.mixture.values())
    return min(batch * mean, most) if most else batch * mean


def _check_answers(instance: Instance, corpus: Corpus, splitting: Splitting) -> None:
    """Refuse a splitting after which a word of an answer is never learned, so that no model could learn to say it."""
    if instance.samplers:
        return
    learned, still = (set(c.experiences.steps["token"][c.experiences.weight > 0]) for c in (instance.corpus, corpus))
    for test in instance.tests:
        if test.role == "control" or not test.ranks_options:
            continue
        lost = (set(test.options[test.choice][test.correct].ravel()) & learned) - still
        if lost:
            raise UserError(
                f"training.splitting is {splitting}, but {instance.vocabulary[min(lost)]!r}, in an answer of the test "
                f"{test.name!r}, then only begins documents, and is never learned; choose cumulative"
            )
