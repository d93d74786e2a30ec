"""What the two-strategy account needs to know of a record of `data-properties`, counted from its configuration.

Losses and description lengths are ours. They count what a predictor has to store and which training answers it gets
wrong, and nothing else: wording, layout, architecture and optimiser have no term.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from tolman.records.schema import Record
from tolman.sweeps.outcomes import outcomes_of
from tolman.sweeps.strategies import Strategies

LEARNED = 0.9
"""Accuracy on explicit questions from which weights alone count as having learned what they were trained for."""

WORLDS = ("definition", "encoding")
"""Kinds of documents without a definition in their own context."""


def strategies(record: Record) -> Strategies | None:
    """Return the two strategies of a record; None where there is nothing to account for.

    Weights alone: the memorising predictor keeps the answers of definitions and of encodings apart, those of shuffled
    definitions document by document, and is at chance on latent entries. The other one keeps one table of the pairs in
    the direction that reciting trains, and looks up in it what it was never asked. Runs whose explicit accuracy is
    below `LEARNED` are left out.

    With retrieval: the memorising predictor answers from the weights, and cannot answer fresh in-context documents. The
    reading one copies from the context, and is at chance where the supporting experience was missed.
    """
    context = record.config["learner"]["context"]
    if context is not None:
        return _reading(record.config, context)
    reads = any(not phase["retrieve"] for phase in record.config["training"]["phases"])
    explicit, _ = outcomes_of(record).get("explicit", (None, 0))
    learned = explicit is not None and explicit >= LEARNED
    return _looking_up(record.config) if learned and not reads else None


def _looking_up(config: Mapping[str, Any]) -> Strategies:
    world, phases = config["world"], config["training"]["phases"]
    entries, nats = world["entries"], math.log(world["entries"])
    listed = world["definitions"] if world["order"] == "shuffled" else 1
    answers = entries * (listed - 1) + entries - _latent(world)
    wrong = _share(phases[-1], ("encoding",)) if world["direction"] == "output-input" else 0.0
    return Strategies(
        data=_documents(config),
        loss_difference=-wrong * nats,
        complexity_difference=world["books"] * answers * math.log2(entries),
        memorising=1 / entries,
        reading=1.0,
    )


def _reading(config: Mapping[str, Any], context: Mapping[str, Any]) -> Strategies:
    world, phases = config["world"], config["training"]["phases"]
    entries, nats = world["entries"], math.log(world["entries"])
    fresh = sum(phase["steps"] for phase in phases[:-1]) / sum(phase["steps"] for phase in phases)
    missed = (1 - _recall(config["training"]["retrieval"])) * _share(phases[-1], WORLDS) * (1 - fresh)
    found = _recall(context)
    return Strategies(
        data=_documents(config),
        loss_difference=(fresh - missed) * nats,
        complexity_difference=world["books"] * (2 * entries - _latent(world)) * math.log2(entries),
        memorising=1 / entries,
        reading=found + (1 - found) / entries,
    )


def _documents(config: Mapping[str, Any]) -> float:
    training = config["training"]
    return float(max(1, training["batch"] * sum(phase["steps"] for phase in training["phases"])))


def _share(phase: Mapping[str, Any], kinds: tuple[str, ...]) -> float:
    mixture = phase["mixture"]
    return sum(mixture.get(kind, 0.0) for kind in kinds) / sum(mixture.values())


def _recall(retrieval: Mapping[str, Any]) -> float:
    return retrieval["retriever"].get("recall", 1.0)


def _latent(world: Mapping[str, Any]) -> int:
    return round(world["latent_fraction"] * world["entries"])
