"""Conditions of a study: what is trained for each learner, how it is tested, and under which key it is recorded."""

from __future__ import annotations

import abc
import dataclasses
import functools
from collections.abc import Mapping
from typing import Any, NamedTuple

import pyarrow as pa

from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.core.experience import score
from tolman.core.registry import named
from tolman.core.world import AbstractWorld, Instance, check_leaks
from tolman.experiments.locality import NAME as LOCALITY
from tolman.experiments.locality import Locality
from tolman.experiments.trajectories import example_trajectories
from tolman.experiments.weights import Training, retrieval_config, training_config
from tolman.learners.learner import Augment, Finetune, Learner, Step
from tolman.models.base import AbstractModelConfig, Model
from tolman.records.items import items_table
from tolman.retrieval.retriever import Retrieval
from tolman.training.auxiliary import AbstractAuxiliaryLoss
from tolman.training.config import AUGMENTED, AbstractMetric, Phase, PPOConfig, Seeds, TrainingConfig, TrainingSpec
from tolman.training.evaluate import option_logprobs, summary, with_retrieval
from tolman.training.options import normalisers
from tolman.training.splitting import matched_phases

EVALUATION_VERSION = 2
"""Rises whenever the same model and tests would be scored differently."""


class Measurement(NamedTuple):
    """The results of one learner at one seed.

    Attributes:
        tests: the summary of each test, by name.
        items: the results of every item of every test.
        measures: numbers other than accuracies, by name; None where one is undefined.
        trajectories: examples of rollouts, where there are tests by rollout.
    """

    tests: dict[str, dict[str, Any]]
    items: pa.Table
    measures: dict[str, float | None]
    trajectories: dict[str, Any] = {}  # noqa: RUF012 (never written to)


class AbstractCondition(abc.ABC):
    """One way of running a study. Subclasses are frozen dataclasses.

    Each of its learners has one record per seed.
    """

    name: str
    world: AbstractWorld

    def check_packages(self) -> None:  # noqa: B027
        """Raise `UserError` if a package that the measuring needs is missing; called before anything is trained."""

    @property
    @abc.abstractmethod
    def learner_names(self) -> tuple[str, ...]:
        """The names of the learners that are compared."""

    @abc.abstractmethod
    def trainings(self, learner: str, seed: int, model_seed: int | None = None) -> dict[str, Training]:
        """Return the models that a learner needs, by name; without a model seed, at the world's."""

    @abc.abstractmethod
    def config(self, learner: str, seed: int, model_seed: int | None = None) -> dict[str, Any]:
        """Return everything that enters a result, with the keys `learner`, `world_seed` and `model_seed`.

        Without a model seed it is the world's.
        """

    @abc.abstractmethod
    def measure(self, learner: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measurement:
        """Test a learner's trained models."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Condition(AbstractCondition):
    """A world, a model, a training curriculum, and the learners that are compared.

    All learners see the same experiences in the same order and take the same number of steps: they are matched in data
    and in query-target tokens. One that augments takes documents written from the same experiences for a part of them.

    Attributes:
        name: unique within the study, e.g. `"standard"`.
        world: what is learned.
        model: the architecture, initialised at random.
        training: batch size, optimiser and the like.
        phases: the curriculum.
        learners: how experiences reach the model.
        ppo: learn by reward in the phases whose documents are tasks to act in; None = learn by imitation only.
        locality: questions about something else, put to every finetuned model; None = there are none.
        metric: an evaluation metric along training.
        auxiliary: a loss that training adds to that of documents; None = none.
    """

    name: str
    world: AbstractWorld
    model: AbstractModelConfig
    training: TrainingConfig
    phases: tuple[Phase, ...]
    learners: tuple[Learner, ...]
    ppo: PPOConfig | None = None
    locality: Locality | None = None
    metric: AbstractMetric | None = None
    auxiliary: AbstractAuxiliaryLoss | None = None

    @property
    def learner_names(self) -> tuple[str, ...]:
        return tuple(learner.name for learner in self.learners)

    def learner(self, name: str) -> Learner:
        """Return the learner of that name."""
        return next(learner for learner in self.learners if learner.name == name)

    def spec(self, learner: Learner) -> TrainingSpec:
        """Return what must be trained for a learner; equal for learners that share weights."""
        augment, step = weight_steps(learner)
        if step is None and not self.model.pretrained:
            model = type(self.model).__name__
            raise UserError(f"learner {learner.name!r} has no step, but a {model} is not pretrained; add Finetune(...)")
        phases = self.phases if step else ()
        if phases and self.training.splitting != "none":
            phases = matched_phases(self.world, self.model, self.training, phases)
        context = step.context if step else None
        if augment:
            longer = 1.0 / (1.0 - augment.fraction) if augment.matched == "passes" else 1.0
            phases = tuple(phase.with_share(AUGMENTED, augment.fraction, longer) for phase in phases)
        augmentation = augment.augmentation if augment else None
        return TrainingSpec(
            world=self.world,
            model=self.model,
            training=self.training,
            phases=phases,
            retrieval=context,
            augmentation=augmentation,
            metric=self.metric,
            ppo=self.ppo,
            auxiliary=self.auxiliary,
        )

    def trainings(self, learner: str, seed: int, model_seed: int | None = None) -> dict[str, Training]:
        return {"model": Training(self.spec(self.learner(learner)), seeds_of(seed, model_seed))}

    def config(self, learner: str, seed: int, model_seed: int | None = None) -> dict[str, Any]:
        found = self.learner(learner)
        return {
            "learner": learner_config(found),
            "evaluation": evaluation_config(),
            **training_config(self.spec(found), seeds_of(seed, model_seed)),
            **({"locality": self.locality.config()} if self.locality and _finetunes(found) else {}),
        }

    def measure(self, learner: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measurement:
        found, model = self.learner(learner), models["model"]
        measured = measure(model, instance, found.context, seeds.world, normalised=self.model.pretrained)
        if self.locality is None or not _finetunes(found):
            return measured
        test, items = self.locality.measure(self.model, model, instance, seeds.world)
        return measured._replace(
            tests={**measured.tests, LOCALITY: test},
            items=pa.concat_tables([measured.items, items], promote_options="default").combine_chunks(),
        )


def seeds_of(world: int, model: int | None) -> Seeds:
    """Return world and model seed; without one for the model it is the world's."""
    return Seeds(world, world if model is None else model)


def _finetunes(learner: Learner) -> bool:
    """Return whether a learner asks finetuned weights alone."""
    return learner.context is None and weight_steps(learner)[1] is not None


def evaluation_config() -> dict[str, Any]:
    """Return the configuration of how tests are scored."""
    return {"version": EVALUATION_VERSION}


def learner_config(learner: Learner) -> dict[str, Any]:
    """Return a learner's configuration, its retrievers' included."""
    steps = [_step_config(step) for step in learner.steps]
    return canonical(learner) | {"steps": steps, "context": retrieval_config(learner.context)}


def _step_config(step: Step) -> dict[str, Any]:
    config = canonical(step)
    if isinstance(step, Finetune):
        return config | {"context": retrieval_config(step.context)}
    return config | ({"augmentation": named("augmentations", step.augmentation)} if isinstance(step, Augment) else {})


def weight_steps(learner: Learner) -> tuple[Augment | None, Finetune | None]:
    """Return the steps that change a learner's weights; None, None = they stay as they were pretrained.

    Raises:
        UserError: they are others than `Finetune`, or `Augment` and then `Finetune`.
    """
    match learner.steps:
        case ():
            return None, None
        case (Finetune() as finetune,):
            return None, finetune
        case (Augment() as augment, Finetune(context=None) as finetune):
            return augment, finetune
        case _:
            kinds = ", ".join(type(step).__name__ for step in learner.steps)
            raise UserError(
                f"learner {learner.name!r} has the steps {kinds}; "
                "expected none, Finetune(...), or Augment(...) and then Finetune(...)"
            )


def measure(
    model: Model, instance: Instance, context: Retrieval | None, seed: int, *, normalised: bool = False
) -> Measurement:
    """Test a model on every test of an instance, each question after the experiences that `context` retrieves.

    With `normalised`, options are also scored per token and against their unconditional log-probability.

    Raises:
        LeakError: a latent answer was a training target for its own question.
    """
    exposure = check_leaks(instance)
    tests = instance.tests
    search = functools.partial(with_retrieval, seed=seed, embed=model.embed, vocabulary=instance.vocabulary)
    prompts = {test.name: search(test, instance.memory, context) for test in tests}
    by = normalisers(model, instance.vocabulary, tests) if normalised else {}
    asked = [(test, prompts[test.name].rows, by.get(test.name)) for test in tests]
    results = [score(test, option_logprobs(model, rows, test, how), how) for test, rows, how in asked]
    summaries = {
        test.name: summary(test, result, prompts[test.name], exposure.get(test.name))
        for test, result in zip(tests, results, strict=True)
    }
    recall = {name: put.recall for name, put in prompts.items() if put.recall is not None}
    precision = {name: put.precision for name, put in prompts.items() if put.precision is not None}
    items = items_table(results, {test.name: test.groups for test in tests}, recall, precision)
    acting = any(not test.ranks_options for test in tests)
    return Measurement(summaries, items, {}, example_trajectories(model, instance, prompts) if acting else {})
