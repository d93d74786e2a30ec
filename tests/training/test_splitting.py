"""Documents of several sentences as training documents: which they are, how much is read of them, what is refused."""

import dataclasses
import json

import numpy as np
import pytest

from tolman.augmentation.reversed import Reversed
from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.core.world import check_leaks
from tolman.experiments.condition import Condition
from tolman.learners.learner import Augment, Finetune, Learner
from tolman.learners.parametric import parametric
from tolman.models.decoder import DecoderConfig
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.retriever import Retrieval
from tolman.training.config import OptimiserConfig, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.data import PhaseDocuments
from tolman.training.splitting import matched_phases, split_corpus
from tolman.training.trainer import Trainer
from tolman.worlds.builder import Builder, Question, Target
from tolman.worlds.features import Features
from tolman.worlds.semantic_structure import SemanticStructure
from tolman.worlds.texts import Texts
from tolman.worlds.two_hop import TwoHop

SPLITTINGS = ("none", "independent", "cumulative")
TEXTS = {
    "a": "Ilse taught Odell. Odell taught Bram. Once Bram left.",
    "b": "Perrin taught Ilse.",
    "c": "Who met Perrin? Odell. He met Ilse.",
}
QUESTIONS = [
    {"prompt": "Odell taught", "answer": "Bram", "role": "explicit", "supports": ["a"]},
    {"prompt": "Ilse was taught by", "answer": "Odell", "role": "latent", "supports": ["a"]},
]


def texts(folder, documents=None, questions=QUESTIONS):
    """The world of these documents, by id."""
    paths = folder / "documents.jsonl", folder / "tests.jsonl"
    rows = [{"id": id, "text": text} for id, text in (documents or TEXTS).items()], questions
    for path, lines in zip(paths, rows, strict=True):
        path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return Texts(*map(str, paths))


@pytest.fixture
def instance(tmp_path):
    return texts(tmp_path).draw(0)


def said(instance, corpus):
    """The documents of a corpus: their words, those that are learned in brackets."""
    rows = corpus.experiences
    return [
        " ".join(f"[{instance.vocabulary[t]}]" if w else instance.vocabulary[t] for t, w in zip(*pair, strict=True))
        for pair in ((tokens[v], weight[v]) for tokens, v, weight in zip(rows.steps["token"], rows.valid, rows.weight,
                                                                        strict=True))
    ]  # fmt: skip


A = ["Ilse [taught] [Odell] [.]", "Odell [taught] [Bram] [.]", "Once [Bram] [left] [.]"]
B = "Perrin [taught] [Ilse] [.]"
C = ["Who [met] [Perrin] [?] [Odell] [.]", "He [met] [Ilse] [.]"]
WHOLE = [
    "Ilse [taught] [Odell] [.] [Odell] [taught] [Bram] [.]",
    " [Once] [Bram] [left] [.]",
    C[0] + " [He] [met] [Ilse] [.]",
]
EXPECTED = {
    "none": {WHOLE[0] + WHOLE[1], B, WHOLE[2]},
    "independent": {*A, B, *C},
    "cumulative": {A[0], WHOLE[0], WHOLE[0] + WHOLE[1], B, C[0], WHOLE[2]},
}


@pytest.mark.parametrize("splitting", SPLITTINGS)
def test_the_documents_of_a_known_text(instance, splitting):
    found = said(instance, split_corpus(instance, splitting).corpus)
    assert len(found) == len(EXPECTED[splitting])
    assert set(found) == EXPECTED[splitting]


def test_without_splitting_the_corpus_is_the_same_object(instance):
    assert split_corpus(instance, "none").corpus is instance.corpus


@pytest.mark.parametrize("splitting", SPLITTINGS[1:])
def test_parts_know_their_document_its_topics_and_its_facts(instance, splitting):
    whole, (corpus, rows) = instance.corpus, split_corpus(instance, splitting)
    assert sorted(set(rows.tolist())) == list(range(whole.size))
    np.testing.assert_array_equal(corpus.topics, whole.topics[rows])
    np.testing.assert_array_equal(corpus.supports, whole.supports[rows])
    facts = lambda corpus: set(corpus.fact[corpus.fact != NONE].tolist())  # noqa: E731
    assert facts(corpus) == facts(whole) != set()
    assert (corpus.fact[~corpus.experiences.valid] == NONE).all()
    assert not corpus.experiences.weight[~corpus.experiences.valid].any()
    token = lambda corpus: corpus.experiences.steps["token"][corpus.fact != NONE]  # noqa: E731
    assert set(token(corpus)) == set(token(whole))
    check_leaks(dataclasses.replace(instance, corpus=corpus))


def several():
    """Statements of two sentences in memory, and a drill of two that is not."""
    builder = Builder()
    builder.document("a is", Target("b"), ". c is", Target("d"), ". e .", kind="statement")
    builder.document("a is", Target("b"), ". c is", Target("d"), ".", kind="drill")
    builder.test("latent", "latent", [Question("b of", "d")], options=["b", "d"])
    return builder.build(memory=["statement"])


def test_only_what_memory_holds_is_split_and_parts_in_which_nothing_is_learned_are_left_out():
    instance = several()
    found = said(instance, split_corpus(instance, "independent").corpus)
    assert found == ["a is [b] .", "c is [d] .", "a is [b] . c is [d] ."]


def test_memory_and_its_rows_are_whole_documents(instance):
    training = TrainingConfig(batch=4, chunk=2, splitting="independent")
    spec = TrainingSpec(Features(), DecoderConfig(), training, (), Retrieval(Oracle(), 1))
    documents = PhaseDocuments(spec, Phase(2, {"document": 1.0}), instance, 0)
    chunk = documents.chunk(0)
    assert chunk.sizes.tolist() == [6]
    assert len(chunk.memory.valid) == instance.memory.size == 3
    (part,) = documents.persistent
    long, short = np.argsort(-instance.memory.experiences.valid.sum(axis=1))[[0, 2]]
    assert np.bincount(part.memory_rows).tolist() == [{long: 3, short: 1}.get(row, 2) for row in range(3)]
    assert (chunk.neighbours[:, 0] != part.memory_rows).all()  # a sentence is not put before itself


def test_articles_become_their_sentences():
    instance = SemanticStructure(articles=30).draw(0)
    rows, parts = instance.corpus.experiences, split_corpus(instance, "independent").corpus.experiences
    stop = instance.vocabulary.index(".")
    held = instance.corpus.kind == 0
    count = (rows.steps["token"][held] == stop).sum()
    assert (parts.steps["token"] == stop).sum() == count
    assert len(parts.valid) == count + (~held).sum()
    assert parts.valid.sum() == rows.valid.sum()


# ---- how much is read


EVEN = {f"d{i}": f"x{i} likes y{i}. y{i} likes z{i}. z{i} likes x{i}." for i in range(4)}
ASKED = [
    {"prompt": "x0 likes", "answer": "y0", "role": "explicit", "supports": ["d0"]},
    {"prompt": "y1 is liked by", "answer": "x1", "role": "latent", "supports": ["d1"]},
]


def condition(world, splitting="none", **changes):
    training = TrainingConfig(OptimiserConfig(warmup=1), batch=8, chunk=4, parallel_seeds=1, curve_points=1,
                              splitting=splitting)  # fmt: skip
    given = {"phases": (Phase(8, {"document": 1.0}),), "learners": (parametric(),), **changes}
    return Condition(name="standard", world=world, model=DecoderConfig(width=8, layers=1, heads=1), training=training,
                     **given)  # fmt: skip


@pytest.mark.parametrize(("splitting", "steps"), [("none", 8), ("independent", 24), ("cumulative", 12)])
def test_as_many_tokens_are_read_and_counted(tmp_path, splitting, steps):
    # Documents of 12 words; sentences of 4; the first, the first two and all three have 8 in the mean.
    made = condition(texts(tmp_path, EVEN, ASKED), splitting)
    spec = made.spec(made.learners[0])
    assert spec.steps == steps
    (trained,) = Trainer(spec, (Seeds(0, 0),), (made.world.draw(0),)).train()
    if splitting == "cumulative":
        assert trained.tokens == pytest.approx(8 * 8 * 12, rel=0.1)
        assert trained.tokens % 4 == 0
    else:
        assert trained.tokens == 8 * 8 * 12
    learned = {"none": 11, "independent": 3, "cumulative": None}[splitting]
    assert learned is None or trained.targets == steps * 8 * learned


def test_learners_that_augment_are_matched_to_the_others_as_before(tmp_path):
    world = texts(tmp_path, EVEN, ASKED)
    found = {}
    for splitting in SPLITTINGS:
        made = condition(world, splitting)
        steps = [made.spec(learner).steps for learner in learners()]
        found[splitting] = [count / steps[0] for count in steps]
    assert found["none"] == found["independent"] == found["cumulative"] == [1.0, 1.0, 2.0]


def learners():
    more = [Learner(m, steps=(Augment(Reversed(), matched=m), Finetune())) for m in ("tokens", "passes")]
    return (parametric(), *more)


def test_steps_are_bounded_in_tokens_where_batches_are_packed(tmp_path):
    world, packs = texts(tmp_path, EVEN, ASKED), dataclasses.make_dataclass("Packs", ["packed_length"], frozen=True)
    phases, training = (Phase(8, {"document": 1.0}),), condition(world, "independent").training

    def steps(most, length):
        packed = dataclasses.replace(training, max_tokens=most)
        return matched_phases(world, packs(length), packed, phases)[0].steps

    assert steps(96, 12) == 24  # 96 of 8 whole documents
    assert steps(32, 12) == 8  # 32 either way
    assert steps(48, 12) == 12
    assert steps(32, 11) == 24  # too long to be packed


# ---- refusals


def test_documents_of_one_sentence_each_are_refused(tmp_path):
    made = condition(TwoHop(8, paraphrases=1, test_items=8), "independent", phases=(Phase(8, {"statement": 1.0}),))
    with pytest.raises(UserError, match="splitting is independent, but each document of this world is one sentence"):
        made.spec(parametric())


def test_a_world_without_text_is_refused():
    made = condition(Features(train_items=32, test_items=16), "cumulative")
    with pytest.raises(UserError, match="splits documents of text; this world has none"):
        made.spec(parametric())


def test_answers_that_would_never_be_learned_are_refused(tmp_path):
    documents = {"a": "Once Odell taught Bram. Ilse left.", "b": "Then Bram met Odell."}
    asked = [QUESTIONS[0], {"prompt": "who left was", "answer": "Ilse", "role": "latent", "supports": ["a"]}]
    world = texts(tmp_path, documents, asked)
    with pytest.raises(UserError, match=r"'Ilse', in an answer of the test 'latent', .* choose cumulative"):
        condition(world, "independent").spec(parametric())
    assert condition(world, "cumulative").spec(parametric()).steps
