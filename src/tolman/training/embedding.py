"""The embedding that a retriever searches by."""

from __future__ import annotations

from collections.abc import Sequence

from tolman.retrieval.retriever import AbstractRetriever, Embed


def embedding_of(
    retriever: AbstractRetriever, vocabulary: Sequence[str] | None, own: Embed | None = None
) -> Embed | None:
    """Return the embedding that a retriever's `neighbours` is to get.

    Args:
        retriever: searches by it.
        vocabulary: the world's words, of which a sentence encoder reads texts; None = unknown.
        own: the trained model's embedding, if there is a model.

    Raises:
        ValueError: a sentence encoder is asked for, and the words are unknown.
        UserError: the encoder cannot be loaded.
    """
    if not retriever.encoder:
        return own
    if vocabulary is None:
        raise ValueError(f"{retriever} reads words; pass vocabulary=")
    from tolman.models.huggingface.encoder import ExperienceEncoder, load_encoder

    return ExperienceEncoder(load_encoder(retriever.encoder), vocabulary)
