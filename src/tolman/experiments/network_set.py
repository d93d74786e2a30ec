"""Sets of networks: trained apart, and compared by their activations on the same stimuli."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tolman.core.config import canonical
from tolman.core.experience import Experiences
from tolman.core.ranges import Checked, Seed
from tolman.core.registry import named
from tolman.core.world import AbstractWorld, Instance
from tolman.experiments.condition import AbstractCondition, Measurement, evaluation_config, learner_config, seeds_of
from tolman.experiments.weights import MODEL_SEED_STEP, Training, training_config
from tolman.learners.parametric import parametric
from tolman.models.base import AbstractModelConfig, Model
from tolman.records.items import items_table
from tolman.training.config import AbstractMetric, OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.evaluate import evaluate, scores

LEARNER = "parametric"
ONLY = "only-"
"""Documents of the kind `only-NAME` ask for one feature; any other kind asks for all of them."""


class Stimuli(NamedTuple):
    """Held-out inputs that every network of a set is shown, with the values of all their features.

    Attributes:
        rows: the inputs, `[n, 1]`.
        labels: indices of the features' values, `[n, f]`.
        names: the features, in that order.
        instance: the instance of the world that they are from.
    """

    rows: Experiences
    labels: np.ndarray
    names: tuple[str, ...]
    instance: Instance


class AbstractAnalysis(Checked, abc.ABC):
    """An analysis of a set of networks: numbers from their activations. Subclasses are frozen dataclasses.

    `version` rises whenever the same networks and stimuli would give other numbers. An analysis that is computed from
    registered measures takes their names as a field (`tolman list measures`, `tolman.measures.registration`).
    """

    version: ClassVar[int]

    def check_packages(self) -> None:
        """Raise `UserError` where a package that the analysis needs is missing; called before anything is trained."""

    @abc.abstractmethod
    def analyse(self, networks: Mapping[str, Model], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        """Return numbers by name, as `column/row` where they make up a table; None where one is undefined.

        Args:
            networks: trained models by the name of their network.
            stimuli: the inputs that all of them are shown.
            seed: of whatever the analysis draws.
        """


@dataclasses.dataclass(frozen=True)
class Network(Checked):
    """One network of a set.

    Attributes:
        name: unique within the set.
        phases: the curriculum that it is trained on.
        seed: tells networks apart that differ in nothing but their initial weights and their order of inputs.
        model: its architecture, where it is not the set's.
        optimiser: its optimiser, where it is not the set's.
    """

    name: str
    phases: tuple[Phase, ...]
    seed: Seed = 0
    model: AbstractModelConfig | None = None
    optimiser: OptimiserConfig | None = None

    def trained(self, feature: str) -> bool:
        """Return whether the last phase asks for that feature."""
        kinds = self.phases[-1].mixture
        return any(not kind.startswith(ONLY) or kind == ONLY + feature for kind in kinds)


@dataclasses.dataclass(frozen=True)
class NetworkSet(AbstractCondition):
    """A condition of several networks: a world of labelled inputs, the networks, and an analysis of their activations.

    Attributes:
        name: unique within the study.
        world: where inputs and labels come from.
        model: the architecture of all networks that have none of their own.
        training: how networks are trained.
        networks: the networks, of different names.
        analysis: the numbers that are computed from their activations.
        metric: an evaluation metric along training.
    """

    name: str
    world: AbstractWorld
    model: AbstractModelConfig
    training: TrainingConfig
    networks: tuple[Network, ...]
    analysis: AbstractAnalysis
    metric: AbstractMetric | None = None

    @property
    def learner_names(self) -> tuple[str, ...]:
        return (LEARNER,)

    def check_packages(self) -> None:
        self.analysis.check_packages()

    def spec(self, network: Network) -> TrainingSpec:
        """Return the training that a network needs."""
        changed = {} if network.optimiser is None else {"optimiser": network.optimiser}
        training = dataclasses.replace(self.training, **changed)
        return TrainingSpec(self.world, network.model or self.model, training, network.phases, metric=self.metric)

    def trainings(self, learner: str, seed: int, model_seed: int | None = None) -> dict[str, Training]:
        world, model = seeds_of(seed, model_seed)
        return {n.name: Training(self.spec(n), Seeds(world, model + n.seed * MODEL_SEED_STEP)) for n in self.networks}

    def config(self, learner: str, seed: int, model_seed: int | None = None) -> dict[str, Any]:
        return {
            "learner": learner_config(parametric()),
            "evaluation": evaluation_config(),
            "world": named("worlds", self.world),
            "networks": {n.name: self._network_config(n) for n in self.networks},
            "analysis": canonical(self.analysis),
            "world_seed": seed,
            "model_seed": seeds_of(seed, model_seed).model,
        }

    def _network_config(self, network: Network) -> dict[str, Any]:
        """Return everything that enters a network's weights, apart from the record's seeds."""
        config = training_config(self.spec(network), Seeds(0, 0))
        return {key: config[key] for key in ("model", "training")} | {"seed": network.seed}

    def measure(self, learner: str, models: Mapping[str, Any], instance: Instance, seeds: Seeds) -> Measurement:
        stimuli = stimuli_of(instance)
        tests, results, groups = {}, [], {}
        for network in self.networks:
            for test, result in zip(instance.tests, self._answers(models, network, instance), strict=True):
                name = test.name if len(self.networks) == 1 else f"{network.name}/{test.name}"
                role = "explicit" if network.trained(test.name) else "control"
                tests[name] = {"role": role, **scores(result), **_NO_RETRIEVAL}
                results.append(result._replace(test=name))
                groups[name] = test.groups
        measures = self.analysis.analyse(models, stimuli, seeds.world)
        return Measurement(tests, items_table(results, groups, {}, {}), measures)

    def _answers(self, models: Mapping[str, Any], network: Network, instance: Instance) -> list[Any]:
        return evaluate(models[network.name], instance.tests)


_NO_RETRIEVAL: dict[str, Any] = {"recall": None, "precision": None, "exposure": None, "groups": {}}


def stimuli_of(instance: Instance) -> Stimuli:
    """Return the stimuli that all tests of an instance share, with the value of every feature."""
    tests = [test for test in instance.tests if test.role == "explicit"]
    labels = np.stack([test.correct.argmax(axis=1) for test in tests], axis=1)
    # Where features are emitted one after another, the shortest prompt is the input alone.
    bare = min(tests, key=lambda test: int(test.prompts.valid.sum()))
    return Stimuli(bare.prompts, labels, tuple(test.name for test in tests), instance)
