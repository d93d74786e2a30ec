"""Presets of the studies of latent learning: sizes, curriculum and learners, and what the ablation takes away."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, Unpack

from tolman.core.world import AbstractWorld
from tolman.experiments.condition import Condition
from tolman.experiments.locality import Locality
from tolman.learners.learner import Learner
from tolman.learners.parametric import parametric, parametric_context, parametric_retrieval
from tolman.learners.untouched import retrieval
from tolman.models.base import AbstractModelConfig
from tolman.models.decoder import DecoderConfig
from tolman.models.huggingface import HuggingFaceConfig
from tolman.models.huggingface.files import MINILM, PREFIX, SMOLLM2, has_minilm
from tolman.models.pretrained import PretrainedConfig
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import AbstractRetriever, Dropout
from tolman.retrieval.tfidf import TfIdf
from tolman.training.config import OptimiserConfig, Phase, TrainingConfig

STANDARD, ABLATION, PRETRAINED, HUGGING_FACE = "standard", "no-in-context", "pretrained", "hugging-face"
"""Conditions: every learner; no documents that must be answered from the context; weights that could read before, ours
or another's."""

FINETUNING = TrainingConfig(
    optimiser=OptimiserConfig(learning_rate=0.015, beta1=0.8, beta2=0.95, warmup=30),
    batch=64,
    chunk=10,
    curve_points=1,
)
"""How a pretrained model is finetuned."""

PACKED = dataclasses.replace(FINETUNING, max_tokens=448)
"""The same on short statements, 64 of about seven tokens a step."""

LANGUAGE_MODEL = TrainingConfig(
    optimiser=OptimiserConfig(learning_rate=1e-3, beta2=0.999, warmup=10),
    batch=16,
    chunk=10,
    curve_points=1,
    parallel_seeds=1,
)
"""How a model of Hugging Face is finetuned, by adapters."""

LEXICAL = BM25(k1=0.6, b=0.0)
"""Retrieval by words: statements here vary in length for their filler alone, and the usual penalty falls on that.

Chosen by recall on seeds 100 to 102, which no claim reads: 1.0 for latent questions of `reversals` and `codebooks`,
where the usual parameters have 0.75 and 0.52.
"""

MATCHED_CONTROLS = {
    "long-in-context": "long-unrelated",
    "short-in-context": "short-unrelated",
    "in-context": "unrelated",
    "multi-trial": "multi-trial-unrelated",
}
"""Kinds of documents that teach reading from the context -> kinds of the same length that replace them."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class DocumentPreset:
    """A preset of a study of documents.

    Attributes:
        seeds: number of seeds.
        world: what is learned; None = set by the study, which makes it from the user's file.
        model: the architecture.
        training: batch size, optimiser and the like.
        reading: steps of in-context documents alone. Reading must come before memorising, or retrieval is ignored.
        main: steps of the world's documents after that.
        mixture: the fraction of each kind of document in the main phase.
        trained_with: fills the context in training, always with an experience that supports the answer: the oracle, or
            one with hard negatives in worlds where what a real retriever finds by mistake is confusingly similar.
        k: experiences in the context.
        trained_with_random: whether there is also a learner whose context was filled at random in training.
    """

    seeds: int
    world: AbstractWorld | None = None
    model: DecoderConfig
    training: TrainingConfig
    reading: int
    main: int
    mixture: Mapping[str, float]
    trained_with: AbstractRetriever
    k: int
    trained_with_random: bool = False

    @property
    def phases(self) -> tuple[Phase, ...]:
        """The curriculum."""
        reading = Phase(self.reading, {"long-in-context": 1.0}, retrieve=False)
        return reading, Phase(self.main, self.mixture)

    def condition(self, name: str, **changes: Any) -> Condition:
        """Return the condition with every learner; `changes` are fields of `Condition` that differ."""
        assert self.world is not None
        standard = Condition(
            name=name,
            world=self.world,
            model=self.model,
            training=self.training,
            phases=self.phases,
            learners=learners(self.k, self.trained_with, trained_with_random=self.trained_with_random),
        )
        return dataclasses.replace(standard, **changes)

    def ablation(self, name: str = ABLATION, **changes: Any) -> Condition:
        """Return the condition whose curriculum teaches no reading, with the oracle alone; arguments as above."""
        alone = oracle_only(self.k, self.trained_with)
        return self.condition(name, phases=ablated(self.phases), learners=alone, **changes)


def pretrained(
    world: AbstractWorld,
    finetuning: Phase,
    *learners: Learner,
    checkpoint: str = "reader",
    training: TrainingConfig = FINETUNING,
    locality: Locality | None = None,
) -> Condition:
    """Return the condition of a pretrained model, and of what finetuning makes of it.

    Args:
        world: what is learned.
        finetuning: what it is finetuned on.
        learners: that are compared.
        checkpoint: the model (see `starting_model`). One of Hugging Face has a condition of its own, of which nothing
            is claimed.
        training: of the reader; a model of Hugging Face is finetuned as `LANGUAGE_MODEL` says.
        locality: what else finetuned models are asked.
    """
    model = starting_model(checkpoint)
    ours = isinstance(model, PretrainedConfig)
    return Condition(
        name=PRETRAINED if ours else HUGGING_FACE,
        world=world,
        model=model,
        training=training if ours else LANGUAGE_MODEL,
        phases=(finetuning,),
        learners=learners,
        locality=locality,
    )


def starting_model(name: str) -> AbstractModelConfig:
    """Return a pretrained model: `hf:` with what `find_files` takes, or a checkpoint's name or path."""
    if not name.startswith(PREFIX):
        return PretrainedConfig(name)
    return HuggingFaceConfig(name.removeprefix(PREFIX), chat_template=name == PREFIX + SMOLLM2)


def by_minilm() -> Dense:
    """Return retrieval by a small sentence encoder, which comes as a package of its own."""
    return Dense(PREFIX + MINILM)


def readers(k: int, oracle: Oracle = Oracle()) -> tuple[Learner, ...]:  # noqa: B008 (frozen)
    """Return the learners whose weights stay as they are, with `k` retrieved experiences before each question.

    Dense retrieval is among them where its encoder is installed; nothing is claimed of it.
    """
    retrievers = (oracle, Random(), BM25(), TfIdf(), *((by_minilm(),) if has_minilm() else ()))
    return tuple(retrieval(retriever, k) for retriever in retrievers)


def ablated(phases: tuple[Phase, ...]) -> tuple[Phase, ...]:
    """Return the phases with every kind of document that teaches reading replaced by its matched control."""
    replaced = [{MATCHED_CONTROLS.get(kind, kind): part for kind, part in phase.mixture.items()} for phase in phases]
    return tuple(dataclasses.replace(phase, mixture=mix) for phase, mix in zip(phases, replaced, strict=True))


def alternating(*, reading: int, rounds: int, main: Phase, between: Phase) -> tuple[Phase, ...]:
    """Return a phase of reading, then `rounds` times the phase `main` with the phase `between` in between.

    The phase between keeps up reading without retrieval. Its documents are longer: in a phase of their own they do not
    widen the batches of the main one. It never comes last, as a few steps of it make the weights forget.

    Args:
        reading: steps of in-context documents alone.
        rounds: times that the main phase comes.
        main: what the tests ask about.
        between: comes once less.
    """
    first = Phase(reading, {"long-in-context": 1.0}, retrieve=False)
    return (first, main, *((rounds - 1) * (between, main)))


def learners(
    k: int, trained_with: AbstractRetriever, *, trained_with_random: bool = False, **dropout: Unpack[Dropout]
) -> tuple[Learner, ...]:
    """Return the learners of a standard condition; arguments as in `DocumentPreset`, and of `parametric_retrieval`."""
    retrievers = (Oracle(), Random(), LEXICAL, TfIdf())
    return (
        parametric(),
        parametric_context(),
        *(parametric_retrieval(retriever, k, trained_with=trained_with, **dropout) for retriever in retrievers),
        *((_trained_with_random(k),) if trained_with_random else ()),
    )


TRAINED_RANDOM = "parametric-retrieval-trained-random"
"""Learns with irrelevant experiences in its context, and is given the oracle's at test."""


def _trained_with_random(k: int) -> Learner:
    return parametric_retrieval(Oracle(), k, trained_with=Random(), name=TRAINED_RANDOM)


def oracle_only(k: int, trained_with: AbstractRetriever, **dropout: Unpack[Dropout]) -> tuple[Learner, ...]:
    """Return the one learner of the ablation."""
    return (parametric_retrieval(Oracle(), k, trained_with=trained_with, **dropout),)
