"""What every augmentation owes the rest, on two small worlds."""

import dataclasses
import functools
import itertools
from typing import NamedTuple

import numpy as np
import pytest
from small_sources import SOMETHING, ParrotConfig, Told

from tolman.augmentation.augmentation import AbstractAugmentation, AbstractGeneration, Source
from tolman.core.assemble import tree_map
from tolman.core.experience import NONE
from tolman.core.registry import find, load
from tolman.core.world import Instance
from tolman.models.decoder import DecoderConfig
from tolman.training.augment import augmented
from tolman.training.config import AUGMENTED, Seeds, TrainingConfig, TrainingSpec
from tolman.worlds.reversal_curse import ReversalCurse
from tolman.worlds.two_hop import TwoHop

WORLDS = {
    "reversal-curse": ReversalCurse(4, 4, 4, paraphrases=1, test_items=8),
    "two-hop": TwoHop(8, paraphrases=1, test_items=8),
}
PARAMETERS = {
    "chained": {"instructions": ("{s} → {r} ?", "{s} has which {r} ?")},
    "distilled": {"instructions": ("{s} → ;", "which name : {s} ?")},
    "inferred": {"instructions": ("{s} and {o} .", "so {s} = {o} ?")},
    "rewritten": {"instructions": ("{s} . → again :", "twice : {s} .")},
}
"""Of those that need some; a parrot has an answer to them that is kept."""
NOTHING = {("chained", "reversal-curse"), ("inferred", "reversal-curse")}
"""Worlds that an augmentation finds nothing to write from: no two statements share a name and differ in the other."""
SEEDS = (Seeds(0, 0), Seeds(1, 1))


class Case(NamedTuple):
    """An augmentation, two draws of a world, what it is given of each, and both as they are trained on."""

    augmentation: AbstractAugmentation
    sources: list[Source]
    drawn: tuple[Instance, ...]
    whole: tuple[Instance, ...]

    def write(self, source, seed=0):
        return self.augmentation.write(source, np.random.default_rng(seed))


@functools.cache
def made(name, world):
    augmentation, drawn = load("augmentations", name)(**PARAMETERS.get(name, {})), draw(world)
    told = Told(SOMETHING, words=augmentation.words)
    augment(told, drawn)
    return Case(augmentation, told.sources, drawn, augment(augmentation, drawn))


def draw(world):
    return tuple(WORLDS[world].draw(each.world) for each in SEEDS)


def augment(augmentation, drawn, model=ParrotConfig()):  # noqa: B008 (without fields)
    spec = TrainingSpec(WORLDS["two-hop"], model, TrainingConfig(), (), augmentation=augmentation)
    return augmented(spec, SEEDS, drawn)[0]


PAIRS = sorted({*itertools.product(find("augmentations"), WORLDS)} - NOTHING)


@pytest.fixture(params=PAIRS, ids="-".join)
def case(request):
    return made(*request.param)


def alike(one, other):
    """Whether two trees have the same leaves, of the same types."""
    pairs = []
    tree_map(lambda *leaves: pairs.append(leaves), one, other)
    return all(a.dtype == b.dtype and np.array_equal(a, b) for a, b in pairs)


def as_tree(corpus):
    return corpus._replace(experiences=corpus.experiences._asdict())


# ---- what it writes


def test_the_same_seed_gives_the_same_documents(case):
    for source in case.sources:
        assert case.write(source, seed=3) == case.write(source, seed=3)


def test_the_same_seeds_give_the_same_instances(case, request):
    again = augment(case.augmentation, draw(request.node.callspec.params["case"][1]))
    for one, other in zip(case.whole, again, strict=True):
        assert alike(as_tree(one.corpus), as_tree(other.corpus))
        assert one.vocabulary == other.vocabulary


def test_every_document_has_something_to_predict_after_its_first_word(case):
    for source in case.sources:
        documents = case.write(source).documents
        assert documents
        for tokens, weight in documents:
            assert len(tokens) == len(weight)
            assert set(weight) == {0.0, 1.0}
            assert weight[0] == 0.0


def test_every_word_of_a_document_is_in_the_vocabulary(case):
    for source in case.sources:
        used = {token for document in case.write(source).documents for token in document.tokens}
        assert used <= set(range(len(source.vocabulary)))


def test_documents_are_counted_as_dropped_or_not_at_all(case):
    for source in case.sources:
        _, generated, dropped = case.write(source)
        assert generated >= 0 <= dropped
        assert generated or not dropped


def test_what_it_is_given_stays_as_it_was(case):
    (source, _), statements = case.sources, [list(tokens) for tokens in case.sources[0].statements]
    is_name = source.is_name.copy()
    case.write(source)
    assert source.statements == statements
    assert np.array_equal(source.is_name, is_name)


def other_answers(test):
    return dataclasses.replace(test, correct=np.roll(test.correct, 1, axis=1))


def test_only_the_closure_looks_at_the_tests(case, request):
    looks = request.node.callspec.params["case"][0] == "closure"
    for source in case.sources:
        before = case.write(source)
        for tests in (source.tests[:1], tuple(map(other_answers, source.tests))):
            assert (case.write(dataclasses.replace(source, tests=tests)) != before) == looks


def test_those_that_ask_a_model_can_ask_another_one():
    asking = {name for name in find("augmentations") if issubclass(load("augmentations", name), AbstractGeneration)}
    assert asking == set(PARAMETERS)


@pytest.mark.parametrize("pair", [pair for pair in PAIRS if pair[0] in PARAMETERS], ids="-".join)
def test_another_model_writes_what_it_writes_where_it_is_trained_itself(pair):
    found, untrained = made(*pair), DecoderConfig(width=16, layers=1, heads=2)
    other = dataclasses.replace(found.augmentation, writer=ParrotConfig())
    for one, expected in zip(augment(other, found.drawn, untrained), found.whole, strict=True):
        assert alike(as_tree(one.corpus), as_tree(expected.corpus))
        assert one.vocabulary == expected.vocabulary


# ---- what is trained on


def test_words_keep_their_numbers_and_new_ones_come_last(case):
    for drawn, whole in zip(case.drawn, case.whole, strict=True):
        more = whole.vocabulary[len(drawn.vocabulary) :]
        assert whole.vocabulary == (*drawn.vocabulary, *more)
        assert whole.palette == (*drawn.palette, *["marker"] * len(more))
        assert set(more) == set(case.augmentation.words) - set(drawn.vocabulary)


def test_there_are_as_many_words_for_every_seed_and_none_twice(case):
    first, second = (whole.vocabulary for whole in case.whole)
    assert len(first) == len(second) == len(set(first)) == len(set(second))


def test_memory_and_tests_are_those_of_the_world(case):
    for drawn, whole in zip(case.drawn, case.whole, strict=True):
        assert alike(as_tree(whole.memory), as_tree(drawn.memory))
        assert whole.tests is drawn.tests
        for name in ("memory_kinds", "memory_length", "samplers", "groups", "task_samplers"):
            assert getattr(whole, name) == getattr(drawn, name)


def test_the_worlds_own_documents_come_first_as_they_are(case):
    for drawn, whole in zip(case.drawn, case.whole, strict=True):
        rows, width = drawn.corpus.size, drawn.corpus.experiences.length
        assert whole.kinds == (*drawn.kinds, AUGMENTED)
        assert not whole.corpus.experiences.valid[:rows, width:].any()
        head = tree_map(lambda leaf, rows=rows: leaf[:rows], as_tree(whole.corpus))
        cut = {name: leaf for name, leaf in head.experiences.items() if name != "steps"}
        cut = {name: leaf[:, :width] for name, leaf in cut.items()} | {
            "steps": {name: leaf[:, :width] for name, leaf in head.experiences["steps"].items()}
        }
        head = head._replace(experiences=cut, cue=head.cue[:, :width], fact=head.fact[:, :width])
        assert alike(head, as_tree(drawn.corpus))


def test_what_is_written_stands_behind_them_and_answers_no_question(case):
    for drawn, whole, source, seeds in zip(case.drawn, case.whole, case.sources, SEEDS, strict=True):
        expected = case.augmentation.write(source, np.random.default_rng([seeds.model, 4])).documents
        rows = tree_map(lambda leaf, rows=drawn.corpus.size: leaf[rows:], as_tree(whole.corpus))
        assert (rows.kind == whole.kinds.index(AUGMENTED)).all()
        assert all((ids == NONE).all() for ids in (rows.cue, rows.fact, rows.supports, rows.topics))
        valid, weight, tokens = (
            rows.experiences["valid"],
            rows.experiences["weight"],
            rows.experiences["steps"]["token"],
        )
        assert [row[here].tolist() for row, here in zip(tokens, valid, strict=True)] == [d.tokens for d in expected]
        assert [row[here].tolist() for row, here in zip(weight, valid, strict=True)] == [d.weight for d in expected]
        assert not weight[~valid].any()
        assert valid[:, 0].all()
        assert (valid[:, :-1] >= valid[:, 1:]).all()


def test_rows_of_two_seeds_have_the_same_shapes(case):
    shapes = []
    for whole in case.whole:
        tree_map(lambda leaf: shapes.append(leaf.shape[1:]), as_tree(whole.corpus))
    assert shapes[: len(shapes) // 2] == shapes[len(shapes) // 2 :]
    first, second = case.whole
    assert first.most_targets == second.most_targets
    most = max(int((whole.corpus.experiences.weight > 0).sum(axis=1).max()) for whole in case.whole)
    assert first.most_targets >= most
