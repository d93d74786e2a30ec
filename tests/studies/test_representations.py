"""Studies of representations: sets of networks, analyses of representations that are known, and claims."""

import dataclasses
from typing import ClassVar

import equinox as eqx
import jax
import numpy as np
import pytest

from tolman import measures
from tolman.core.errors import UnknownName, UserError
from tolman.core.registry import load
from tolman.experiments.load import load as load_record
from tolman.experiments.network_set import AbstractAnalysis, Network, NetworkSet, Stimuli, stimuli_of
from tolman.experiments.runner import planned_runs, run
from tolman.experiments.study import PRESETS, AbstractStudy, Plan
from tolman.models.mlp import MLPConfig
from tolman.records.store import Store
from tolman.studies.representation.analyses.feature_variance import FeatureVariance, VarianceMetric, steering
from tolman.studies.representation.analyses.pairwise_similarity import PairwiseSimilarity, group_of, pair_of
from tolman.studies.representation.common import constant, training
from tolman.training.config import Phase
from tolman.worlds.features import Features

STUDIES = (
    "representation-bias", "learning-order", "prevalence", "output-position", "image-bias", "rsa-misleads",
    "decoder-preference", "origins",
)  # fmt: skip
WORLD = Features(block=4, train_items=64, test_items=64)


@dataclasses.dataclass(frozen=True)
class Mean(AbstractAnalysis):
    """The networks' mean activation: enough to tell networks apart."""

    version: ClassVar[int] = 1

    site: str = "layers.0"

    def analyse(self, networks, stimuli, seed):
        assert (stimuli.names, seed in (0, 1)) == (("easy", "hard"), True)
        return {
            f"mean/{name}": float(net.activations(stimuli.rows)[self.site].mean()) for name, net in networks.items()
        }


NETWORKS = (
    Network("easy", (Phase(4, {"only-easy": 1.0}),)),
    Network("both", (Phase(4, {"labelled": 1.0}),)),
    Network("both2", (Phase(4, {"labelled": 1.0}),), seed=1),
)
TRAINING = dataclasses.replace(training(constant("adam", 1e-2), 2, batch=8, curve_points=2), chunk=2)
NETWORK_SET = NetworkSet("standard", WORLD, MLPConfig(widths=(8, 4)), TRAINING, NETWORKS, Mean(), VarianceMetric())


@dataclasses.dataclass(frozen=True)
class TinySets(AbstractStudy):
    """One set of three networks."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "sets for tests"
    seeds: ClassVar[range] = range(2)

    def plan(self, preset):
        return Plan(2, (NETWORK_SET,))

    def claims(self, preset):
        return ()


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("sets"))


@pytest.fixture(scope="module")
def records(store):
    return run(TinySets(), "tiny-sets", "smoke", store)


def test_a_set_has_one_record_per_seed_that_rests_on_all_its_networks(records, store):
    assert [r.seeds for r in records] == [(0, 0), (1, 1)]
    for record in records:
        assert set(record.result["trainings"]) == {"easy", "both", "both2"}
        assert len(set(record.result["trainings"].values())) == 3
        assert set(record.measures) == {"mean/easy", "mean/both", "mean/both2"}
        assert len(set(record.measures.values())) == 3
        assert {n: t["role"] for n, t in record.tests.items()} == {
            "easy/easy": "explicit", "easy/hard": "control", "both/easy": "explicit", "both/hard": "explicit",
            "both2/easy": "explicit", "both2/hard": "explicit",
        }  # fmt: skip
        assert {"explained/easy", "explained/hard"} == set(record.result["curves"][0]["measures"])


def test_a_second_run_trains_nothing_and_gives_the_same_bits_elsewhere(records, store, tmp_path, monkeypatch):
    elsewhere = run(TinySets(), "tiny-sets", "smoke", Store(tmp_path))
    assert [r.result["digest"] for r in elsewhere] == [r.result["digest"] for r in records]
    monkeypatch.setattr("tolman.experiments.runner.train", None)
    assert run(TinySets(), "tiny-sets", "smoke", store) == records


def test_a_sets_record_gives_back_all_its_networks(records, store):
    loaded = load_record(records[1], store.root)
    stimuli = stimuli_of(loaded.instance)
    assert Mean().analyse(loaded.models, stimuli, 1) == pytest.approx(records[1].measures)


CHANGES = {
    "world": {"world": dataclasses.replace(WORLD, noise=0.1)},
    "model": {"model": MLPConfig(widths=(8, 5))},
    "training": {"training": dataclasses.replace(TRAINING, batch=9)},
    "optimiser": {"training": dataclasses.replace(TRAINING, optimiser=constant("sgd", 1e-2))},
    "analysis": {"analysis": Mean("layers.1")},
    "metric": {"metric": None},
    "name": {"name": "another"},
    "a network less": {"networks": NETWORKS[:2]},
    "phases": {"networks": (dataclasses.replace(NETWORKS[0], phases=NETWORKS[1].phases), *NETWORKS[1:])},
    "a network's seed": {"networks": (*NETWORKS[:2], dataclasses.replace(NETWORKS[2], seed=2))},
    "a network's model": {"networks": (dataclasses.replace(NETWORKS[0], model=MLPConfig(widths=(3,))), *NETWORKS[1:])},
    "a network's optimiser": {
        "networks": (dataclasses.replace(NETWORKS[0], optimiser=constant("sgd", 0.1)), *NETWORKS[1:])
    },
    "a network's name": {"networks": (dataclasses.replace(NETWORKS[0], name="first"), *NETWORKS[1:])},
}


def _key(network_set):
    return planned_runs({"study": "tiny-sets"}, Plan(1, (network_set,)), 0)[0].key


@pytest.mark.parametrize("change", CHANGES)
def test_every_field_of_a_set_is_in_its_key(change):
    assert _key(dataclasses.replace(NETWORK_SET, **CHANGES[change])) != _key(NETWORK_SET)


def test_every_field_of_a_set_was_tried():
    tried = {name for change in CHANGES.values() for name in change}
    assert tried == {field.name for field in dataclasses.fields(NetworkSet)}


@pytest.mark.parametrize("kind", [Mean, VarianceMetric, MLPConfig])
def test_the_version_of_what_a_set_is_made_of_is_in_its_key(kind, monkeypatch):
    before = _key(NETWORK_SET)
    monkeypatch.setattr(kind, "version", 99)
    assert _key(NETWORK_SET) != before


# ---- analyses on representations that are known


class Known:
    """A network whose only hidden layer is what we say."""

    groups = ()

    def __init__(self, X):
        self.X = X

    def activations(self, rows):
        return {"layers.0": self.X}


@pytest.fixture(scope="module")
def stimuli():
    drawn = stimuli_of(Features(train_items=64, test_items=1024).draw(0))
    return Stimuli(*drawn)


def built(stimuli, easy, hard, seed=0, noise=0.4, width=40):
    """sqrt(easy) f1 u1 + sqrt(hard) f2 u2 + noise of that total variance."""
    rng = np.random.default_rng(seed)
    u = np.linalg.qr(rng.normal(size=(width, 2)))[0]
    signs = 2.0 * stimuli.labels - 1
    clean = signs[:, :1] * easy**0.5 @ u[:, :1].T + signs[:, 1:] * hard**0.5 @ u[:, 1:].T
    return clean + rng.normal(size=clean.shape) * (noise / width) ** 0.5


def test_variance_is_what_was_built_in(stimuli):
    found = FeatureVariance().analyse({"network": Known(built(stimuli, 0.55, 0.05))}, stimuli, 0)
    assert (found["variance/easy"], found["variance/hard"]) == pytest.approx((0.55, 0.05), abs=0.02)
    assert found["unique/easy"] == pytest.approx(found["variance/easy"], abs=0.01)
    assert found["pc1/easy"] > 0.9 > 0.1 > found["pc1/hard"]
    assert found["decodability/easy"] == pytest.approx(1.0, abs=0.01)
    assert found["units/easy"] + found["units/hard"] == pytest.approx(1)
    assert "dose/easy" not in found


@pytest.mark.parametrize("hard", [0.4, 0.04])
def test_in_distances_of_class_means_steering_does_not_depend_on_variance(stimuli, hard):
    X = built(stimuli, 0.5, hard, noise=0.02)
    directions = np.stack([X[y == 1].mean(0) - X[y == 0].mean(0) for y in stimuli.labels.T], axis=1)
    network = MLPConfig(widths=(40,)).make((4,), (2, 2), jax.random.key(0))
    weight = np.zeros((40, 4))
    weight[:, 1::2] = directions
    network = eqx.tree_at(lambda net: net.head.weight, network, weight)
    found = steering(network, X, stimuli, 0)
    assert [found["dose"][name] for name in ("easy", "hard")] == pytest.approx([0.5, 0.5], abs=0.06)
    assert found["flips"] == {"easy": 1.0, "hard": 1.0}
    assert found["cross flips"] == {"easy": 0.0, "hard": 0.0}
    assert max(found["random flips"].values()) < 0.05


def test_the_answers_that_flip_beside_those_about_the_feature_are_counted(stimuli):
    X = built(stimuli, 0.5, 0.4, noise=0.02)
    easy = X[stimuli.labels[:, 0] == 1].mean(0) - X[stimuli.labels[:, 0] == 0].mean(0)
    network = MLPConfig(widths=(40,)).make((4,), (2, 2), jax.random.key(0))
    # Both answers are read from the easy feature.
    network = eqx.tree_at(lambda net: net.head.weight, network, np.stack([0 * easy, easy, 0 * easy, easy], axis=1))
    found = steering(network, X, stimuli, 0)
    assert (found["flips"]["easy"], found["cross flips"]["easy"]) == (1.0, 1.0)
    assert (found["flips"]["hard"], found["cross flips"]["hard"]) == pytest.approx((0, 0), abs=0.02)


def test_columns_name_their_network_where_there_are_several(stimuli):
    pair = {"a": Known(built(stimuli, 0.5, 0.1)), "b": Known(built(stimuli, 0.1, 0.5))}
    found = FeatureVariance(measures=()).analyse(pair, stimuli, 0)
    assert found["variance a/easy"] > 0.4 > 0.2 > found["variance b/easy"]


def test_a_group_is_a_name_without_its_number():
    assert (group_of("hard"), group_of("hard2"), pair_of("hard2", "easy")) == ("hard", "hard", "easy~hard")


def test_an_analysis_takes_any_measure_by_name(stimuli):
    pair = {"a": Known(built(stimuli, 0.5, 0.1)), "b": Known(built(stimuli, 0.1, 0.5))}
    X, Y = (network.X[:512].astype(float) for network in pair.values())
    found = PairwiseSimilarity(measures=("cka_rbf?threshold=0.5", "svcca")).analyse(pair, stimuli, 0)
    assert found["cka_rbf?threshold=0.5/a~b"] == measures.cka_rbf(X, Y, 0.5)
    assert found["svcca/a~b"] == measures.svcca(X, Y)
    assert "rsa-correlation/a~b" not in found
    by_neighbours = FeatureVariance(measures=("decodability?kind=knn",)).analyse({"a": pair["a"]}, stimuli, 3)
    expected = measures.decodability(pair["a"].X, stimuli.labels[:, 0], "knn", seed=3)
    assert by_neighbours["decodability?kind=knn/easy"] == expected


def test_every_layer_is_compared_where_that_is_wanted(stimuli):
    class Deep(Known):
        def activations(self, rows):
            return {"layers.0": self.X, "layers.1": self.X[:, :9]}

    pair = {"a": Deep(built(stimuli, 0.5, 0.1)), "b": Deep(built(stimuli, 0.1, 0.5))}
    found = PairwiseSimilarity(measures=("rsa",), layers=True, stimuli=64).analyse(pair, stimuli, 0)
    X, Y = (network.X[:64].astype(float) for network in pair.values())
    assert found["rsa-correlation layers.0/a~b"] == measures.rsa(X, Y)
    assert found["rsa-correlation layers.1/a~b"] == measures.rsa(X[:, :9], Y[:, :9])
    last = PairwiseSimilarity(measures=("rsa",), stimuli=64).analyse(pair, stimuli, 0)
    assert last["rsa-correlation/a~b"] == found["rsa-correlation layers.1/a~b"]


def test_measures_that_do_not_exist_or_do_not_fit_are_refused_before_anything_is_trained():
    with pytest.raises(UnknownName, match="did you mean rsa"):
        PairwiseSimilarity(measures=("rsaa",)).check_packages()
    with pytest.raises(UserError, match="decodability is computed from X, y; expected a measure of X, Y, F"):
        PairwiseSimilarity(measures=("decodability",)).check_packages()
    with pytest.raises(UserError, match="rsa is computed from X, Y; expected a measure of X, y"):
        FeatureVariance(measures=("rsa",)).check_packages()


def test_similar_variance_looks_alike_and_control_undoes_it(stimuli):
    networks = {
        "easy": Known(built(stimuli, 0.6, 0.0, 1)),
        "hard": Known(built(stimuli, 0.0, 0.6, 2)),
        "both": Known(built(stimuli, 0.5, 0.1, 3)),
    }
    found = PairwiseSimilarity().analyse(networks, stimuli, 0)
    for column in ("rsa-correlation", "cka-linear", "cka-debiased", "procrustes"):
        assert found[f"{column}/both~easy"] > found[f"{column}/both~hard"] + 0.02, column
    for column in ("partial-rsa", "cka-controlled"):
        assert found[f"{column}/both~hard"] > found[f"{column}/both~easy"] + 0.02, column


# ---- the studies as they are


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("name", STUDIES)
def test_every_record_has_a_key_of_its_own_and_every_claim_its_run_groups(name, preset):
    study = load("studies", name)()
    plan = study.plan(preset)
    runs = planned_runs({"study": name}, plan, 0)
    assert len({run.key for run in runs}) == len(runs)
    run_groups = {(c.name, learner) for c in plan.conditions for learner in c.learner_names}
    for claim in study.claims(preset):
        if preset in claim.presets:
            assert {(group.condition, group.learner) for group in claim.run_groups} <= run_groups
        assert plan.seeds >= claim.min_seeds
    assert (study.claims(preset) == ()) == (preset == "smoke")


@dataclasses.dataclass(frozen=True)
class _First(AbstractStudy):
    """A study cut down to its first condition: what is measured has the same names under each."""

    version: ClassVar[int] = 1
    title: ClassVar[str] = "for tests"
    seeds: ClassVar[range] = range(2)

    whole: AbstractStudy
    conditions: int = 1

    def plan(self, preset):
        return Plan(1, self.whole.plan(preset).conditions[: self.conditions])

    def claims(self, preset):
        return self.whole.claims(preset)


MEASURED_APART = {"rsa-misleads": 2}
"""The first conditions of a study that measure different things; elsewhere the first stands for all."""


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_what_a_study_claims_is_measured(name, tmp_path):
    study = _First(load("studies", name)(), MEASURED_APART.get(name, 1))
    record, *others = run(study, name, "smoke", Store(tmp_path))
    measured = {each.condition: each for each in others}
    for claim in (claim for claim in study.claims("quick") if "quick" in claim.presets):
        runs = {group: {record.seeds: measured.get(group.condition, record)} for group in claim.run_groups}
        # A name that no record has is an error; what is undefined after so few steps is not.
        assert claim.effect.defined(runs, record.seeds) in (True, False)
        assert all(0 <= requirement.value(runs, record.seeds) <= 1 for requirement in claim.requires)
