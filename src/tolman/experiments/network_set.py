"""Networks that are trained apart and looked at together, on the same stimuli."""

from __future__ import annotations

import abc
import dataclasses
from collections.abc import Mapping
from typing import Any, ClassVar, NamedTuple

import numpy as np

from tolman.core.config import canonical
from tolman.core.experience import Experiences
from tolman.core.registry import named
from tolman.core.world import AbstractWorld, Instance
from tolman.experiments.condition import AbstractCondition, Measurement, evaluation_config, learner_config, scores
from tolman.experiments.weights import MODEL_SEED_STEP, Training, training_config
from tolman.learners.learner import Phase
from tolman.learners.parametric import parametric
from tolman.models.base import AbstractModelConfig
from tolman.records.items import items_table
from tolman.training.config import AbstractMetric, Seeds, TrainingConfig, TrainingSpec
from tolman.training.evaluate import evaluate
from tolman.training.optim import OptimiserConfig

LEARNER = "parametric"
ONLY = "only-"
"""Documents of the kind `only-NAME` ask for one feature; any other kind asks for all of them."""


class Stimuli(NamedTuple):
    """What every network of a panel is shown: held-out inputs with all their features' values.

    `rows[n, 1]` are inputs, `labels[n, f]` value indices, `names` the features in that order.
    """

    rows: Experiences
    labels: np.ndarray
    names: tuple[str, ...]
    instance: Instance


class AbstractAnalysis(abc.ABC):
    """Hyperparameters about a panel's networks. Subclasses are frozen dataclasses.

    `version` rises whenever the same networks and stimuli would give other numbers.
    """

    version: ClassVar[int]

    def check_packages(self) -> None:  # noqa: B027
        """Raises `UserError` where a package that the analysis needs is missing; called before anything is trained."""

    @abc.abstractmethod
    def measures(self, networks: Mapping[str, Any], stimuli: Stimuli, seed: int) -> dict[str, float | None]:
        """Hyperparameters by name, as `column/row` where they make up a table; None where one is undefined."""


@dataclasses.dataclass(frozen=True)
class Network:
    """One network of a panel.

    Attributes:
        name: unique within the panel.
        phases: what it is trained on.
        replica: tells networks apart that differ in nothing but their model seed.
        model: its shape, where it is not the panel's.
        optimiser: its optimiser, where it is not the panel's.
    """

    name: str
    phases: tuple[Phase, ...]
    replica: int = 0
    model: AbstractModelConfig | None = None
    optimiser: OptimiserConfig | None = None

    def trained(self, feature: str) -> bool:
        """Whether the last phase asks for that feature."""
        kinds = self.phases[-1].mixture
        return any(not kind.startswith(ONLY) or kind == ONLY + feature for kind in kinds)


@dataclasses.dataclass(frozen=True)
class NetworkSet(AbstractCondition):
    """A world of labelled inputs, the networks trained on it, and what is computed from their activations."""

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
        """What must be trained for a network."""
        changed = {} if network.optimiser is None else {"optimiser": network.optimiser}
        training = dataclasses.replace(self.training, **changed)
        return TrainingSpec(self.world, network.model or self.model, training, network.phases, metric=self.metric)

    def trainings(self, learner: str, seed: int) -> dict[str, Training]:
        return {n.name: Training(self.spec(n), Seeds(seed, seed + n.replica * MODEL_SEED_STEP)) for n in self.networks}

    def config(self, learner: str, seed: int) -> dict[str, Any]:
        return {
            "learner": learner_config(parametric()),
            "evaluation": evaluation_config(),
            "world": named("worlds", self.world),
            "networks": {n.name: self._network_config(n) for n in self.networks},
            "analysis": canonical(self.analysis),
            "world_seed": seed,
            "model_seed": seed,
        }

    def _network_config(self, network: Network) -> dict[str, Any]:
        """Everything that enters a network's weights; its seed is the record's, `replica` times a large step apart."""
        config = training_config(self.spec(network), Seeds(0, 0))
        return {key: config[key] for key in ("model", "training")} | {"replica": network.replica}

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
        measures = self.analysis.measures(models, stimuli, seeds.world)
        return Measurement(tests, items_table(results, groups, {}, {}), measures)

    def _answers(self, models: Mapping[str, Any], network: Network, instance: Instance) -> list[Any]:
        return evaluate(models[network.name], instance.tests)


_NO_RETRIEVAL: dict[str, Any] = {"recall": None, "precision": None, "exposure": None, "groups": {}}


def stimuli_of(instance: Instance) -> Stimuli:
    """The stimuli that all tests of an instance share, with the value of every feature."""
    tests = [test for test in instance.tests if test.role == "explicit"]
    labels = np.stack([test.correct.argmax(axis=1) for test in tests], axis=1)
    # Where features are emitted one after another, the shortest prompt is the input alone.
    bare = min(tests, key=lambda test: int(test.prompts.valid.sum()))
    return Stimuli(bare.prompts, labels, tuple(test.name for test in tests), instance)
