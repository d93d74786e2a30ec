"""Whatever enters a result is in its record's key: one test per field; and what does not enter is not."""

import dataclasses
import shutil
import typing
from pathlib import Path

import pytest
from tiny_checkpoint import write_tiny
from tiny_study import CONDITION, LEARNERS, Tiny

from tolman.augmentation.chained import Chained
from tolman.augmentation.closure import Closure
from tolman.augmentation.distilled import Distilled
from tolman.augmentation.inferred import Inferred
from tolman.augmentation.masked import Masked
from tolman.augmentation.permuted import Permuted
from tolman.augmentation.reversed import Reversed
from tolman.augmentation.rewritten import Rewritten
from tolman.core import registry
from tolman.core.config import canonical, override, setting, settings
from tolman.core.devices import on_accelerator
from tolman.core.errors import UserError
from tolman.core.registry import named
from tolman.experiments import condition as conditions
from tolman.experiments.weights import training_key
from tolman.learners.learner import Augment, Finetune, Learner, Step
from tolman.learners.parametric import augmented, parametric, parametric_retrieval
from tolman.learners.untouched import context, retrieval
from tolman.models.decoder import DecoderConfig
from tolman.records.schema import key_of
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.oracle_hard_negatives import OracleHardNegatives
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Retrieval
from tolman.studies.representation.analyses.feature_variance import VarianceMetric
from tolman.studies.shortcuts.attention import CuedAttentionLoss
from tolman.training.config import OptimiserConfig, Phase, PPOConfig, Seeds, TrainingConfig
from tolman.worlds.codebooks import Codebooks
from tolman.worlds.facts import Facts
from tolman.worlds.reversals import Reversals
from tolman.worlds.semantic_structure import SemanticStructure

TABLE = Path(__file__).parents[2] / "examples" / "capitals.csv"
WORLDS = {"reversals": CONDITION.world, "codebooks": Codebooks(), "facts": Facts(str(TABLE))}
ORACLE = "parametric-retrieval-oracle"
FIRST = Seeds(0, 0)
APART = (
    "phases", "learners", "ppo", "locality", "metric", "auxiliary", "training.precision", "training.max_tokens",
    "training.splitting", "world.path", "world.table_digest",
)  # fmt: skip
"""Settings that have tests of their own, below and in `test_locality.py`, by the beginnings of their paths."""


def key(condition=CONDITION, learner=ORACLE, index=0, study=("tiny", 1), preset="quick", overrides=None):
    head = {"study": study[0], "study_version": study[1], "preset": preset, "overrides": overrides or {}}
    return key_of(head | {"condition": condition.name} | condition.config(learner, index))


def weights(condition=CONDITION, learner=ORACLE, seeds=FIRST):
    return training_key(condition.spec(condition.learner(learner)), seeds)


def another(value, kind, name=""):
    """A value of the same kind that is not this one."""
    if typing.get_origin(kind) is typing.Literal:
        return next(option for option in typing.get_args(kind) if option != value)
    if isinstance(value, str):
        return "another"
    if isinstance(value, bool):
        return not value
    if value is None or isinstance(value, float):
        return value / 2 if value else 0.5
    assert isinstance(value, int), f"say how to change {name}, which is {value!r}"
    return 2 * value or 1


def swapped(name, new, condition=CONDITION):
    learners = tuple(new if learner.name == name else learner for learner in condition.learners)
    return dataclasses.replace(condition, learners=learners)


def dials():
    return list(_dials())


def _dials():
    for name, world in WORLDS.items():
        everything = settings(dataclasses.replace(CONDITION, world=world))
        fields = [path for path in everything if not path.startswith(APART)]
        for path in fields if name == "reversals" else [path for path in fields if path.startswith("world.")]:
            yield pytest.param(world, path, everything[path], id=f"{name}-{path}")


@pytest.mark.parametrize(("world", "path", "kind"), dials())
def test_a_dial_is_in_the_key(world, path, kind):
    condition = dataclasses.replace(CONDITION, world=world)
    value = another(setting(condition, path), kind, path)
    changed = override(condition, {path: str(value)})
    assert setting(changed, path) == value != setting(condition, path)
    assert key(changed) != key(condition)
    # A condition's name is no part of what is trained, and here its seed is given apart.
    assert (weights(changed) == weights(condition)) == (path == "name")


def test_every_optimiser_and_model_field_was_tried():
    tried = {param.values[1] for param in dials()}
    for prefix, config in (("training.optimiser", OptimiserConfig), ("model", DecoderConfig), ("world", Reversals)):
        assert {f"{prefix}.{field.name}" for field in dataclasses.fields(config)} <= tried


def test_what_is_measured_along_training_is_in_both_keys():
    measured = dataclasses.replace(CONDITION, metric=VarianceMetric())
    other = dataclasses.replace(CONDITION, metric=VarianceMetric(position=1))
    assert len({key(each) for each in (CONDITION, measured, other)}) == 3
    assert len({weights(each) for each in (CONDITION, measured, other)}) == 3


def test_whether_and_how_it_is_learned_by_reward_is_in_the_key():
    plain, acting = CONDITION, dataclasses.replace(CONDITION, ppo=PPOConfig())
    assert weights(plain) != weights(acting)
    assert key(plain) != key(acting)
    for path, kind in settings(acting).items():
        if path.startswith("ppo."):
            value = another(setting(acting, path), kind, path)
            assert weights(override(acting, {path: str(value)})) != weights(acting)


def test_an_auxiliary_loss_is_in_both_keys_where_there_is_one():
    one, other = (dataclasses.replace(CONDITION, auxiliary=CuedAttentionLoss(weight)) for weight in (0.5, 1.0))
    assert len({key(each) for each in (CONDITION, one, other)}) == 3
    assert len({weights(each) for each in (CONDITION, one, other)}) == 3
    assert "auxiliary" not in CONDITION.config(ORACLE, 0)["training"]


@pytest.mark.parametrize("place", [0, 1])
@pytest.mark.parametrize("field", [field.name for field in dataclasses.fields(Phase)])
def test_a_field_of_a_phase_is_in_the_key(place, field):
    old = CONDITION.phases[place]
    given = {"mixture": {"statement": 1.0}, "keep": ("embedding",)}
    value = given[field] if field in given else another(getattr(old, field), None, field)
    phases = list(CONDITION.phases)
    phases[place] = dataclasses.replace(old, **{field: value})
    changed = dataclasses.replace(CONDITION, phases=tuple(phases))
    assert key(changed) != key()
    assert weights(changed) != weights()


@pytest.mark.parametrize(
    "mixture",
    [{"statement": 0.4, "restatement": 0.3, "in-context": 0.2, "short-in-context": 0.2},
     {"statement": 0.4, "restatement": 0.3, "in-context": 0.2, "long-in-context": 0.1}],
    ids=["share", "kind"],
)  # fmt: skip
def test_a_share_and_a_kind_of_a_mixture_are_in_the_key(mixture):
    first, second = CONDITION.phases
    changed = dataclasses.replace(CONDITION, phases=(first, dataclasses.replace(second, mixture=mixture)))
    assert (key(changed), weights(changed)) != (key(), weights())
    assert weights(changed) != weights()


def test_the_order_and_number_of_phases_are_in_the_key():
    first, second = CONDITION.phases
    orders = [(first, second), (second, first), (first, first, second), (second,)]
    changed = [dataclasses.replace(CONDITION, phases=order) for order in orders]
    assert len({key(condition) for condition in changed}) == len({weights(condition) for condition in changed}) == 4


CONTEXTS = [Retrieval(Oracle(), 4), Retrieval(Random(), 2), Retrieval(OracleHardNegatives(), 2), None]


@pytest.mark.parametrize("context", CONTEXTS, ids=["k", "random", "hard-negatives", "none"])
def test_the_context_at_test_is_in_the_records_key_alone(context):
    changed = swapped(ORACLE, dataclasses.replace(CONDITION.learner(ORACLE), context=context))
    assert key(changed) != key()
    assert weights(changed) == weights()


@pytest.mark.parametrize("context", CONTEXTS, ids=["k", "random", "hard-negatives", "none"])
def test_the_context_in_training_is_in_both_keys(context):
    changed = swapped(ORACLE, dataclasses.replace(CONDITION.learner(ORACLE), steps=(Finetune(context),)))
    assert key(changed) != key()
    assert weights(changed) != weights()


def test_the_learners_name_is_in_the_records_key_alone():
    learners = (dataclasses.replace(parametric(), name="another"), *CONDITION.learners)
    renamed = dataclasses.replace(CONDITION, learners=learners)
    assert key(renamed, "another") != key(learner="parametric")
    assert weights(renamed, "another") == weights(learner="parametric")


@pytest.mark.parametrize("seeds", [Seeds(1, 0), Seeds(0, 1)], ids=["world", "model"])
def test_a_seed_is_in_the_key_of_the_weights(seeds):
    assert weights(seeds=seeds) != weights()


@pytest.mark.parametrize("name", ["world_seed", "model_seed"])
def test_a_seed_is_in_the_key(name):
    config = CONDITION.config(ORACLE, 0)
    assert config[name] == 0
    assert key_of(config | {name: 1}) != key_of(config)
    assert key(index=1) != key()


def test_a_precision_is_in_the_key_as_what_it_means_here():
    def with_precision(precision):
        training = dataclasses.replace(CONDITION.training, precision=precision)
        return dataclasses.replace(CONDITION, training=training)

    assert CONDITION.training.precision == "float32"
    assert key(with_precision("bfloat16")) != key()
    assert weights(with_precision("bfloat16")) != weights()
    here = "bfloat16" if on_accelerator() else "float32"
    assert weights(with_precision("auto")) == weights(with_precision(here))


@pytest.mark.parametrize(
    "changes",
    [{"study": ("another", 1)}, {"study": ("tiny", 2)}, {"preset": "full"}, {"overrides": {"world.entities": 12}}],
    ids=["study", "study-version", "preset", "overrides"],
)
def test_what_a_record_is_filed_under_is_in_its_key_and_not_in_the_weights(changes):
    assert key(**changes) != key()
    assert weights() not in {key(), key(**changes)}


def test_the_value_of_an_override_is_in_the_key():
    assert key(overrides={"world.entities": 12}) != key(overrides={"world.entities": 13})


@pytest.mark.parametrize("world", WORLDS)
def test_the_version_of_a_world_is_in_the_key(world, monkeypatch):
    condition = dataclasses.replace(CONDITION, world=WORLDS[world])
    before = key(condition), weights(condition)
    monkeypatch.setattr(type(condition.world), "version", 99)
    assert key(condition) != before[0]
    assert weights(condition) != before[1]


@pytest.mark.parametrize("kind", [TrainingConfig, OptimiserConfig, DecoderConfig, Oracle])
def test_the_version_of_what_trains_is_in_both_keys(kind, monkeypatch):
    before = key(), weights()
    monkeypatch.setattr(kind, "version", 99)
    assert key() != before[0]
    assert weights() != before[1]


@pytest.mark.parametrize(
    ("kind", "learner"), [(Learner, "parametric"), (Finetune, ORACLE), (Random, "parametric-retrieval-random")]
)
def test_the_version_of_what_only_tests_is_in_the_records_key_alone(kind, learner, monkeypatch):
    before = key(learner=learner), weights(learner=learner)
    monkeypatch.setattr(kind, "version", 99)
    assert key(learner=learner) != before[0]
    assert weights(learner=learner) == before[1]


def test_the_version_of_the_evaluation_is_in_the_records_key_alone(monkeypatch):
    before = key(), weights()
    monkeypatch.setattr(conditions, "EVALUATION_VERSION", 99)
    assert key() != before[0]
    assert weights() == before[1]


def retriever_parameters():
    retrievers = [registry.load("retrievers", name)() for name in registry.find("retrievers")]
    known = [(each, path, hint) for each in retrievers for path, hint in settings(each).items() if path != "embedding"]
    return [pytest.param(*each, id=f"{type(each[0]).__name__}-{each[1]}") for each in known]


@pytest.mark.parametrize(("retriever", "path", "kind"), retriever_parameters())
def test_a_parameter_of_a_retriever_is_in_the_key_of_what_it_trains_and_tests(retriever, path, kind):
    value = str(another(getattr(retriever, path), kind, path))
    tested = swapped(ORACLE, parametric_retrieval(retriever, 2, name=ORACLE))
    trained = swapped(ORACLE, parametric_retrieval(trained_with=retriever, k=2, name=ORACLE))
    other_tested = override(tested, {f"learners.{ORACLE}.context.retriever.{path}": value})
    other_trained = override(trained, {f"learners.{ORACLE}.steps.0.context.retriever.{path}": value})
    assert key(other_tested) != key(tested)
    assert weights(other_tested) == weights(tested)
    assert key(other_trained) != key(trained)
    assert weights(other_trained) != weights(trained)


def test_the_encoder_of_dense_retrieval_is_in_the_keys_of_what_it_serves_by_its_content(tmp_path):
    (tmp_path / "config.json").write_text("{}")
    (tmp_path / "model.safetensors").write_bytes(b"weights")
    own, encoder = Dense(), Dense(f"hf:{tmp_path}")
    tested, other = (swapped(ORACLE, parametric_retrieval(each, 2, name=ORACLE)) for each in (encoder, own))
    trained = swapped(ORACLE, parametric_retrieval(trained_with=encoder, k=2, name=ORACLE))
    assert key(tested) != key(other)
    before = key(tested), weights(tested), key(trained), weights(trained)
    (tmp_path / "model.safetensors").write_bytes(b"others")
    after = key(tested), weights(tested), key(trained), weights(trained)
    assert [one == two for one, two in zip(before, after, strict=True)] == [False, True, False, False]


def test_there_are_retrievers_with_parameters():
    known = {(type(param.values[0]).__name__, param.values[1]) for param in retriever_parameters()}
    assert {("BM25", "k1"), ("BM25", "b"), ("OracleHardNegatives", "similar")} <= known
    assert ("Oracle", "supports") in known


def facts(path):
    return dataclasses.replace(CONDITION, world=Facts(str(path)))


def test_a_table_is_in_the_key_by_its_content_and_not_by_its_place(tmp_path):
    copy, fewer = tmp_path / "copy.csv", tmp_path / "fewer.csv"
    shutil.copy(TABLE, copy)
    fewer.write_text("\n".join(TABLE.read_text(encoding="utf-8").splitlines()[:-1]), encoding="utf-8")
    assert (key(facts(copy)), weights(facts(copy))) == (key(facts(TABLE)), weights(facts(TABLE)))
    assert key(facts(fewer)) != key(facts(TABLE))
    assert weights(facts(fewer)) != weights(facts(TABLE))
    assert str(copy) not in str(facts(copy).config(ORACLE, 0))


def test_learners_that_are_trained_alike_share_weights_and_no_record():
    learners = [learner.name for learner in LEARNERS]
    assert len({key(learner=name) for name in learners}) == 4
    assert weights(learner="parametric") == weights(learner="parametric-context")
    assert weights(learner=ORACLE) == weights(learner="parametric-retrieval-random")
    assert len({weights(learner=name) for name in learners}) == 2


@pytest.fixture
def pretrained(tmp_path):
    """A condition whose model is pretrained, with two learners that leave it as it is."""
    learners = (Learner("closed-book", ()), context(k=2), parametric())
    model = write_tiny(tmp_path / "tiny.safetensors")
    return dataclasses.replace(CONDITION, model=model, learners=learners)


def test_the_most_tokens_of_a_batch_are_in_the_key_of_what_is_trained_once_there_is_a_limit(pretrained):
    def limited(most):
        return dataclasses.replace(pretrained, training=dataclasses.replace(pretrained.training, max_tokens=most))

    one, other = limited(100), limited(200)
    assert limited(0) == pretrained
    assert len({key(condition, "parametric") for condition in (pretrained, one, other)}) == 3
    assert len({weights(condition, "parametric") for condition in (pretrained, one, other)}) == 3
    assert "max_tokens" not in pretrained.config("parametric", 0)["training"]
    assert one.config("parametric", 0)["training"]["max_tokens"] == 100


def test_how_documents_are_split_is_in_the_key_of_what_is_trained_once_they_are():
    phases = (Phase(4, {"statement": 1.0}),)
    whole = dataclasses.replace(
        CONDITION, world=SemanticStructure(articles=22), phases=phases, learners=(parametric(),)
    )
    split = [override(whole, {"training.splitting": value}) for value in ("independent", "cumulative")]
    assert override(whole, {"training.splitting": "none"}) == whole
    assert len({key(condition, "parametric") for condition in (whole, *split)}) == 3
    assert len({weights(condition, "parametric") for condition in (whole, *split)}) == 3
    assert "splitting" not in whole.config("parametric", 0)["training"]
    assert whole.config("parametric", 0)["training"]["phases"][0]["steps"] == 4


def test_learners_without_steps_share_the_pretrained_weights_and_nobodys_else(pretrained):
    closed_book, in_context, trained = (weights(pretrained, learner) for learner in pretrained.learner_names)
    assert closed_book == in_context != trained
    assert len({key(pretrained, learner) for learner in pretrained.learner_names}) == 3


def test_learners_without_steps_are_named_by_what_stands_in_their_context():
    assert context(k=9) == Learner("context", (), Retrieval(Oracle(), 9))
    assert retrieval() == Learner("retrieval-oracle", (), Retrieval(Oracle(), 3))
    assert retrieval(BM25(), 2).name == "retrieval-bm25"
    assert retrieval(BM25(), 2, name="lexical") == Learner("lexical", (), Retrieval(BM25(), 2))


def test_what_is_trained_on_is_not_in_the_keys_of_learners_without_steps(pretrained):
    fewer = dataclasses.replace(pretrained, phases=CONDITION.phases[:1])
    for learner, matters in (("closed-book", False), ("parametric", True)):
        assert (key(fewer, learner) != key(pretrained, learner)) == matters
        assert (weights(fewer, learner) != weights(pretrained, learner)) == matters


def test_the_content_of_a_checkpoint_is_in_both_keys(pretrained, tmp_path):
    other = dataclasses.replace(pretrained, model=write_tiny(tmp_path / "tiny.safetensors", seed=1))
    for learner in pretrained.learner_names:
        assert key(other, learner) != key(pretrained, learner)
        assert weights(other, learner) != weights(pretrained, learner)


def augmenting(augmentation, name="parametric", fraction=0.5):
    """The condition with a learner that trains on what an augmentation writes, in place of `parametric`."""
    return swapped("parametric", augmented(augmentation, name, fraction))


def test_what_is_not_augmented_is_recorded_as_before_there_were_augmentations():
    config = augmenting(Reversed(), "reversed").config(ORACLE, 0)
    assert "augment" not in str(config).lower()
    assert config == CONDITION.config(ORACLE, 0)
    plain = CONDITION.config("parametric", 0)
    assert plain["learner"]["steps"] == [{"class": "Finetune", "version": 1, "context": None}]
    assert plain["training"] == canonical(CONDITION.training) | {
        "phases": canonical(CONDITION.phases),
        "retrieval": None,
    }


def test_an_augmentation_is_in_both_keys():
    conditions = [CONDITION, augmenting(Reversed()), augmenting(Masked()), augmenting(Reversed(), fraction=0.25)]
    assert len({key(condition, "parametric") for condition in conditions}) == len(conditions)
    assert len({weights(condition, "parametric") for condition in conditions}) == len(conditions)


def test_an_augmented_learner_is_written_down_with_what_writes_and_how_much():
    config = augmenting(Permuted(copies=3), "permuted", 0.25).config("permuted", 0)
    written = {"name": "permuted", "class": "Permuted", "version": 1, "copies": 3}
    assert config["training"]["augmentation"] == written
    assert config["learner"]["steps"] == [
        {"class": "Augment", "version": 1, "augmentation": written, "fraction": 0.25},
        {"class": "Finetune", "version": 1, "context": None},
    ]
    assert config["training"]["phases"] == canonical([p.with_share("augmented", 0.25) for p in CONDITION.phases])


def test_the_name_of_an_augmented_learner_is_in_the_records_key_alone():
    one, other = (augmenting(Reversed(), name) for name in ("one", "other"))
    assert key(one, "one") != key(other, "other")
    assert weights(one, "one") == weights(other, "other")


AUGMENTATIONS = {
    "chained": Chained(("what is the {r} of {s} ?",)),
    "closure": Closure(),
    "distilled": Distilled(("fill in : {s} ;",)),
    "inferred": Inferred(("so {s} and {o} ?",)),
    "masked": Masked(),
    "permuted": Permuted(),
    "reversed": Reversed(),
    "rewritten": Rewritten(("say {s} again :",)),
}


def test_all_augmentations_are_known_here():
    assert {name: found.load() for name, found in registry.find("augmentations").items()} == {
        name: type(augmentation) for name, augmentation in AUGMENTATIONS.items()
    }


@pytest.mark.parametrize("augmentation", AUGMENTATIONS.values(), ids=AUGMENTATIONS)
def test_a_parameter_and_the_version_of_an_augmentation_are_in_both_keys(augmentation, monkeypatch):
    condition = augmenting(augmentation)
    known = {key(condition, "parametric")}, {weights(condition, "parametric")}
    paths = {path: kind for path, kind in settings(augmentation).items() if path != "writer"}  # it has a test below
    for path, kind in paths.items():
        old = getattr(augmentation, path)
        others = {Inferred: "tell : {s} and {o} .", Chained: "tell the {r} of {s} ."}
        other = others.get(type(augmentation), "tell : {s} .")
        value = other if path == "instructions" else str(another(old, kind, path))
        changed = override(condition, {f"learners.parametric.steps.0.augmentation.{path}": value})
        known[0].add(key(changed, "parametric"))
        known[1].add(weights(changed, "parametric"))
    monkeypatch.setattr(type(augmentation), "version", 99)
    known[0].add(key(condition, "parametric"))
    known[1].add(weights(condition, "parametric"))
    assert [len(each) for each in known] == [2 + len(paths)] * 2


@pytest.mark.parametrize("augmentation", [each for each in AUGMENTATIONS.values() if hasattr(each, "writer")])
def test_who_writes_is_in_both_keys_by_its_content_where_it_is_another_model(augmentation, tmp_path):
    writers = [write_tiny(tmp_path / "writer.safetensors", seed) for seed in (1, 2)]
    own, *others = (augmenting(dataclasses.replace(augmentation, writer=writer)) for writer in (None, *writers))
    assert own == augmenting(augmentation)
    assert "writer" not in str(own.config("parametric", 0))
    assert len({key(condition, "parametric") for condition in (own, *others)}) == 3
    assert len({weights(condition, "parametric") for condition in (own, *others)}) == 3
    for condition, writer in zip(others, writers, strict=True):
        config = condition.config("parametric", 0)
        for part in (config["training"], config["learner"]["steps"][0]):
            assert part["augmentation"]["writer"]["digest"] == writer.digest


def test_the_fraction_is_set_like_every_setting():
    changed = override(augmenting(Reversed()), {"learners.parametric.steps.0.fraction": "0.25"})
    assert changed == augmenting(Reversed(), fraction=0.25)


def test_learners_with_one_augmentation_share_weights_whatever_they_read_at_test():
    reading = dataclasses.replace(augmented(Reversed(), "reading"), context=Retrieval(Oracle(), 2))
    condition = swapped("parametric-context", reading, augmenting(Reversed()))
    assert weights(condition, "reading") == weights(condition, "parametric")
    assert key(condition, "reading") != key(condition, "parametric")


class Unheard(Step):
    """A step that nothing carries out."""


AUGMENT = Augment(Reversed())
EXPECTED = "expected none, Finetune(...), or Augment(...) and then Finetune(...)"


@pytest.mark.parametrize(
    ("steps", "message"),
    [
        ((), "no step, but a DecoderConfig is not pretrained; add Finetune(...)"),
        ((Finetune(), Finetune()), f"the steps Finetune, Finetune; {EXPECTED}"),
        ((Unheard(),), f"the steps Unheard; {EXPECTED}"),
        ((AUGMENT,), f"the steps Augment; {EXPECTED}"),
        ((Finetune(), AUGMENT), f"the steps Finetune, Augment; {EXPECTED}"),
        ((AUGMENT, AUGMENT, Finetune()), f"the steps Augment, Augment, Finetune; {EXPECTED}"),
        ((AUGMENT, Finetune(), Finetune()), f"the steps Augment, Finetune, Finetune; {EXPECTED}"),
        ((AUGMENT, Unheard()), f"the steps Augment, Unheard; {EXPECTED}"),
    ],
    ids=["none", "two", "unheard", "not-trained-on", "too-late", "augmented-twice", "trained-twice", "unheard-after"],
)
def test_steps_that_cannot_be_taken_are_refused(steps, message):
    condition = swapped("parametric", Learner("it", steps))
    for ask in (condition.config, condition.trainings):
        with pytest.raises(UserError) as refused:
            ask("it", 0)
        assert str(refused.value) == f"learner 'it' has {message}"


@pytest.mark.parametrize("fraction", [-0.1, 1.1])
def test_a_fraction_of_documents_is_from_nought_to_one(fraction):
    with pytest.raises(UserError, match=f"Augment: fraction is {fraction}; expected 0 to 1"):
        Augment(Reversed(), fraction)


def test_a_component_is_named_as_it_is_registered():
    assert named("worlds", CONDITION.world)["name"] == "reversals"
    assert named("retrievers", OracleHardNegatives())["name"] == "oracle-hard-negatives"
    assert named("augmentations", Reversed())["name"] == "reversed"
    assert named("studies", Tiny())["name"] == "Tiny"


def test_components_of_one_installed_module_keep_their_own_names(monkeypatch):
    # Two entry points into one module, one of them by the name it is exported under elsewhere.
    targets = {"a-lexical": "tolman.retrieval.bm25:BM25", "b-chance": f"{__name__}:Random"}
    found = {name: registry.Found("retrievers", name, target) for name, target in targets.items()}
    monkeypatch.setattr(registry, "find", lambda noun: found)
    monkeypatch.setattr(registry, "_NAMES", {})
    assert named("retrievers", BM25())["name"] == "a-lexical"
    assert named("retrievers", Random())["name"] == "b-chance"

    @dataclasses.dataclass(frozen=True)
    class Unregistered(BM25):
        __module__ = "tolman.retrieval.bm25"

    assert named("retrievers", Unregistered())["name"] == "Unregistered"
