"""What every retriever owes the rest, and what each of ours promises besides."""

import functools
from collections import Counter

import numpy as np
import pytest

from tolman.core.assemble import take_rows
from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, ragged, token_rows
from tolman.core.registry import find, load
from tolman.envs.maze import MazeConfig
from tolman.models.decoder import DecoderConfig
from tolman.retrieval.bm25 import BM25
from tolman.retrieval.dense import Dense
from tolman.retrieval.everything import Everything
from tolman.retrieval.irrelevant import irrelevant, one_support, related, shuffled
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.quality import precision, recall
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Queries, Retrieval
from tolman.retrieval.tfidf import TfIdf
from tolman.training.config import Phase, TrainingConfig, TrainingSpec
from tolman.training.data import neighbours_of
from tolman.worlds.codebooks import Codebooks
from tolman.worlds.mazes import Mazes
from tolman.worlds.reversals import Reversals
from tolman.worlds.two_hop import TwoHop

SLOTS = 3


def memory_of(rows, topics=None):
    """A memory of these lists of tokens; each row is its own topic if none are given."""
    empty = np.full((len(rows), 1), NONE)
    experiences = token_rows(rows)
    nothing = np.full(experiences.valid.shape, NONE)
    topics = np.arange(len(rows))[:, None] if topics is None else ragged(topics)
    return Corpus(experiences, np.zeros(len(rows), int), nothing, nothing, empty, topics)


def queries_of(rows, supports=None, topics=None, own=None):
    """Queries about nothing in particular, unless said."""
    none = [[] for _ in rows]
    own = np.full(len(rows), NONE) if own is None else np.array(own)
    return Queries(token_rows(rows), ragged(supports or none), ragged(topics or none), own)


def rows_as_queries(corpus, own):
    """Rows as they are asked in training: what they answer is hidden."""
    visible = corpus.experiences.valid & (corpus.cue == NONE)
    return Queries(corpus.experiences._replace(valid=visible), corpus.supports, corpus.topics, own)


def questions(test):
    return Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))


@functools.cache
def mazes():
    """Mazes of the dials that worlds are tested with."""
    maze = MazeConfig(size=4, objects=5, view_size=3, max_steps=8)
    return Mazes(maze, mazes=5, held_out=2, latent_goals=1, episodes=16, test_items=30).draw(0)


@pytest.fixture(scope="module", params=["reversals", "codebooks", "mazes"])
def instance(request):
    if request.param == "mazes":
        return mazes()
    if request.param == "codebooks":
        return Codebooks(books=12, entries=6, encodings=4, in_context=1, test_items=40).draw(0)
    return Reversals(entities=20, relations=3, held_out=10, copies=1, max_premises=2, test_items=40).draw(0)


@pytest.fixture(params=["questions", "rows", "samplers"])
def queries(request, instance):
    if request.param == "questions":
        return questions(instance.test("latent"))
    if request.param == "rows":
        return rows_as_queries(instance.memory, np.arange(instance.memory.size))
    lessons = instance.samplers["long-in-context"](np.random.default_rng(0), 40)
    return rows_as_queries(lessons, np.full(40, NONE))


@pytest.fixture(params=[*sorted(find("retrievers")), "oracle of imperfect recall"])
def retriever(request):
    return Oracle(recall=0.5) if request.param not in find("retrievers") else load("retrievers", request.param)()


def embed(rows):
    """Any embedding will do where a retriever wants the model's."""
    if "input" in rows.steps:
        return rows.steps["input"].mean(axis=1, where=rows.valid[..., None])[:, :3]
    return np.stack([np.cos(rows.steps["token"] * f).sum(axis=1, where=rows.valid) for f in (0.3, 0.7, 1.1)], axis=1)


def ask(retriever, memory, queries, k=SLOTS, seed=0):
    return retriever.neighbours(memory, queries, k, np.random.default_rng(seed), embed)


# ---- every retriever


def test_every_query_gets_a_row_of_memory_or_nothing_in_each_slot(retriever, instance, queries):
    for k in (1, SLOTS):
        found = ask(retriever, instance.memory, queries, k)
        assert found.shape == (len(queries.own), k)
        assert np.issubdtype(found.dtype, np.integer)
        assert found.min() >= NONE
        assert found.max() < instance.memory.size


def test_no_query_gets_its_own_row(retriever, instance):
    queries = rows_as_queries(instance.memory, np.arange(instance.memory.size))
    for seed in range(3):
        assert not (ask(retriever, instance.memory, queries, seed=seed) == queries.own[:, None]).any()


def test_the_same_generator_gives_the_same_neighbours(retriever, instance, queries):
    one, again = (ask(retriever, instance.memory, queries, seed=5) for _ in range(2))
    assert np.array_equal(one, again)


def test_the_memory_and_the_queries_are_left_as_they_were(retriever, instance, queries):
    before = [leaf.copy() for leaf in (instance.memory.topics, queries.supports, queries.experiences.valid)]
    ask(retriever, instance.memory, queries)
    after = (instance.memory.topics, queries.supports, queries.experiences.valid)
    assert all(map(np.array_equal, before, after))


# ---- oracle and random


def test_the_oracle_gives_one_support_where_there_is_one(instance, queries):
    found = ask(Oracle(), instance.memory, queries)
    hits = ((found[:, :, None] == queries.supports[:, None, :]) & (found[:, :, None] != NONE)).any(axis=2).sum(axis=1)
    assert np.array_equal(hits, (queries.supports != NONE).any(axis=1))


def test_what_else_the_oracle_gives_shares_no_topic(instance, queries):
    found = ask(Oracle(), instance.memory, queries)
    relevant = related(instance.memory.topics[found], queries.topics[:, None, :]) & (found != NONE)
    assert np.array_equal(relevant.sum(axis=1), (queries.supports != NONE).any(axis=1))


def test_without_support_the_oracle_leaves_one_slot_empty(instance):
    lessons = instance.samplers["long-in-context"](np.random.default_rng(0), 20)
    found = ask(Oracle(), instance.memory, rows_as_queries(lessons, np.full(20, NONE)))
    assert ((found == NONE).sum(axis=1) == 1).all()


def test_the_oracle_shuffles_where_the_support_stands(instance):
    queries = questions(instance.test("latent"))
    places = Counter()
    for seed in range(20):
        found = ask(Oracle(), instance.memory, queries, seed=seed)
        places.update(np.argwhere((found[:, :, None] == queries.supports[:, None, :]).any(axis=2))[:, 1].tolist())
    share = np.array([places[i] for i in range(SLOTS)]) / sum(places.values())
    assert share == pytest.approx(1 / SLOTS, abs=0.1)


def test_the_oracle_uses_all_supports(instance):
    queries = questions(instance.test("latent"))
    found = [ask(Oracle(), instance.memory, queries, 1, seed) for seed in range(160)]
    for i, supports in enumerate(queries.supports):
        assert {int(f[i, 0]) for f in found} == set(supports.tolist()) - {NONE}


@functools.cache
def chained():
    """Chains of two facts, each stated three times; questions about both have six supports."""
    return TwoHop(12).draw(0)


def supports_of(queries, found):
    """Which retrieved rows `[m, k]` support their query."""
    return ((found[:, :, None] == queries.supports[:, None, :]) & (found[:, :, None] != NONE)).any(axis=2)


@pytest.mark.parametrize("k", [2, SLOTS, 5])
def test_the_oracle_of_two_supports_gives_one_of_each_topic(k):
    queries, memory = questions(chained().test("composed")), chained().memory
    found = ask(Oracle(supports=2), memory, queries, k)
    supporting = supports_of(queries, found)
    assert (found != NONE).all()
    assert (supporting.sum(axis=1) == 2).all()
    for rows, support, topics in zip(found, supporting, queries.topics, strict=True):
        assert set(memory.topics[rows[support], 0].tolist()) == set(topics.tolist()) - {NONE}
        assert not related(memory.topics[rows[~support]], topics[None]).any()


@pytest.mark.parametrize("supports", [2, 3])
def test_the_oracle_fills_places_without_a_support_with_irrelevant_experiences(supports):
    memory = chained().memory
    for test, linked in (("first", 1), ("composed", 2)):
        queries = questions(chained().test(test))
        found = ask(Oracle(supports=supports), memory, queries)
        supporting = supports_of(queries, found)
        assert (found != NONE).all()
        assert (supporting.sum(axis=1) == linked).all()
        relevant = related(memory.topics[found], queries.topics[:, None, :])
        assert np.array_equal(relevant, supporting)


def test_of_supports_that_share_a_topic_the_oracle_gives_one():
    memory = memory_of([[i] for i in range(6)], topics=[[0], [0, 1], [1], [2], [3], [3]])
    queries = queries_of([[9]] * 200, supports=[[0, 1, 2]] * 200, topics=[[0, 1]] * 200)
    given = [set(rows.tolist()) & {0, 1, 2} for rows in ask(Oracle(supports=3), memory, queries)]
    assert {frozenset(rows) for rows in given} == {frozenset({0, 2}), frozenset({1})}


def test_supports_without_a_topic_are_not_given_twice():
    memory = memory_of([[i] for i in range(4)], topics=[[], [], [1], [2]])
    queries = queries_of([[9]] * 50, supports=[[0, 1]] * 50, topics=[[0]] * 50)
    assert {tuple(sorted(rows)) for rows in ask(Oracle(supports=2), memory, queries, 2).tolist()} == {(0, 1)}


def test_without_support_the_oracle_of_several_leaves_one_slot_empty_too():
    memory = memory_of([[1], [2], [3]])
    found = ask(Oracle(supports=2), memory, queries_of([[9]] * 20))
    assert ((found == NONE).sum(axis=1) == 1).all()


def test_the_oracle_of_two_supports_uses_all_of_each_topic_and_shuffles_where_they_stand():
    queries = questions(chained().test("composed"))
    found = np.stack([ask(Oracle(supports=2), chained().memory, queries, seed=seed) for seed in range(60)])
    for i, supports in enumerate(queries.supports):
        counts = Counter(row for row in found[:, i].ravel().tolist() if row in supports)
        assert counts.keys() == set(supports.tolist()) - {NONE}
    places = np.mean([supports_of(queries, each).mean(axis=0) for each in found], axis=0)
    assert places == pytest.approx(2 / SLOTS, abs=0.05)


@pytest.mark.parametrize(("supports", "k"), [(2, 1), (4, SLOTS)])
def test_the_oracle_refuses_fewer_places_than_supports(supports, k):
    queries = questions(chained().test("composed"))
    with pytest.raises(UserError, match=f"k is {k}, but the oracle places {supports} supporting experiences"):
        ask(Oracle(supports=supports), chained().memory, queries, k)


def test_the_oracle_refuses_to_place_no_support():
    with pytest.raises(UserError, match="supports is 0; expected 1 or more"):
        Oracle(supports=0)


@pytest.mark.parametrize("k", [1, SLOTS])
def test_the_oracle_of_one_support_gives_what_it_gave_before_it_could_give_several(instance, queries, k):
    rng = np.random.default_rng(0)
    one = one_support(queries.supports, rng)[:, None]
    before = shuffled(np.concatenate([one, irrelevant(instance.memory, queries.topics, k - 1, rng)], axis=1), rng)
    for oracle in (Oracle(), Oracle(supports=1)):
        assert np.array_equal(ask(oracle, instance.memory, queries, k), before)


def test_the_oracle_of_one_support_is_recorded_as_before_it_could_give_several():
    assert canonical(Oracle(supports=1)) == {"class": "Oracle", "version": 1}
    assert canonical(Oracle(supports=2)) == {"class": "Oracle", "version": 1, "supports": 2}


@pytest.mark.parametrize("share", [0.0, 0.3, 0.8])
def test_the_oracle_retrieves_supports_as_often_as_its_recall_says(instance, share):
    queries = questions(instance.test("latent"))
    found = [ask(Oracle(recall=share), instance.memory, queries, seed=seed) for seed in range(60)]
    n = 60 * len(queries.own)
    assert np.mean([recall(queries, each) for each in found]) == pytest.approx(share, abs=4.5 * (0.25 / n) ** 0.5)
    expected = pytest.approx(share / SLOTS, abs=4.5 * (0.25 / n) ** 0.5)
    assert np.mean([precision(instance.memory, queries, each) for each in found]) == expected
    assert all((each != NONE).all() for each in found)


def test_without_recall_the_oracle_is_random_retrieval():
    memory, queries = memory_of([[i] for i in range(5)]), queries_of([[9]] * 4000, supports=[[0]] * 4000)
    queries = queries._replace(topics=np.zeros((4000, 1), int))
    found = ask(Oracle(recall=0.0), memory, queries)
    assert not (found == 0).any()
    assert np.bincount(found.ravel(), minlength=5)[1:] / found.size == pytest.approx(0.25, abs=0.02)


def test_of_several_supports_each_is_missed_on_its_own():
    queries = questions(chained().test("composed"))
    counts = np.concatenate([
        supports_of(queries, ask(Oracle(supports=2, recall=0.5), chained().memory, queries, seed=seed)).sum(axis=1)
        for seed in range(200)
    ])  # fmt: skip
    assert np.bincount(counts) / len(counts) == pytest.approx([0.25, 0.5, 0.25], abs=0.04)


def test_a_missed_support_leaves_no_slot_empty_and_an_absent_one_does():
    found = ask(Oracle(recall=0.0), memory_of([[1], [2], [3]]), queries_of([[9]] * 20))
    assert ((found == NONE).sum(axis=1) == 1).all()


def test_perfect_recall_is_recorded_as_before_recall_could_be_set():
    assert canonical(Oracle(recall=1.0)) == {"class": "Oracle", "version": 1}
    assert canonical(Oracle(recall=0.5)) == {"class": "Oracle", "version": 1, "recall": 0.5}
    with pytest.raises(UserError, match=r"recall is 1.5; expected 0 to 1"):
        Oracle(recall=1.5)


def test_random_retrieval_is_never_relevant_and_leaves_no_slot_empty(instance, queries):
    for seed in range(5):
        found = ask(Random(), instance.memory, queries, seed=seed)
        assert (found != NONE).all()
        assert not related(instance.memory.topics[found], queries.topics[:, None, :]).any()


@pytest.mark.parametrize(("empty", "others"), [(0.0, 0.0), (0.3, 0.0), (0.0, 0.3), (0.25, 0.25), (0.5, 0.5)])
def test_retrieval_dropout_leaves_contexts_empty_or_irrelevant_as_often_as_it_says(empty, others):
    instance = mazes()
    many = np.arange(2000) % instance.memory.size
    part = take_rows(instance.memory.experiences, many), instance.memory.supports[many], instance.memory.topics[many]
    queries = Queries(*part, own=np.full(len(many), NONE))
    how = Retrieval(Oracle(), 2, empty=empty, irrelevant=others)
    found = neighbours_of(how, instance.memory, queries, np.random.default_rng(0))
    relevant = related(instance.memory.topics[found], queries.topics[:, None]) & (found != NONE)
    left_empty, helps = (found == NONE).all(axis=1), relevant.any(axis=1)
    assert ((found == NONE).any(axis=1) == left_empty).all()  # a context is left out as a whole
    for share, expected in ((left_empty, empty), (helps, 1 - empty - others)):
        assert share.mean() == pytest.approx(expected, abs=4.5 * np.sqrt(0.25 / len(many)) * (0 < expected < 1))
    plain = Oracle().neighbours(instance.memory, queries, 2, np.random.default_rng(0))
    assert np.array_equal(found[helps], plain[helps])  # what is kept is what is retrieved without dropout


def test_more_dropout_than_there_are_contexts_is_refused():
    with pytest.raises(UserError, match=r"empty is 0\.7 and irrelevant 0\.4; expected at most 1 together"):
        TrainingSpec(
            world=Reversals(),
            model=DecoderConfig(),
            training=TrainingConfig(),
            phases=(Phase(1, {"statement": 1.0}),),
            retrieval=Retrieval(Oracle(), 2, empty=0.7, irrelevant=0.4),
        )


def test_random_retrieval_reaches_every_irrelevant_row():
    memory = memory_of([[1], [2], [3], [4]], topics=[[0], [0], [1], [2]])
    found = ask(Random(), memory, queries_of([[9]] * 100, topics=[[0]] * 100))
    assert set(found.ravel().tolist()) == {2, 3}


def test_a_memory_that_is_all_about_the_query_is_refused():
    memory = memory_of([[1], [2]], topics=[[0], [0]])
    with pytest.raises(UserError, match="no irrelevant experience"):
        ask(Random(), memory, queries_of([[1]], topics=[[0]]))


# ---- everything


@pytest.mark.parametrize("k", [5, 8])
def test_everything_is_all_of_memory_in_one_order_for_all_queries(k):
    memory = memory_of([[1], [2], [3], [4], [5]])
    found = ask(Everything(), memory, queries_of([[9], [1], [7]]), k)
    assert found.shape == (3, k)
    assert sorted(found[0, :5].tolist()) == [0, 1, 2, 3, 4]
    assert (found == found[0]).all()
    assert (found[:, 5:] == NONE).all()


def test_everything_but_the_own_row_which_leaves_its_slot_empty():
    memory = memory_of([[1], [2], [3], [4], [5]])
    alike = ask(Everything(), memory, queries_of([[9]] * 3), 5)
    found = ask(Everything(), memory, queries_of([[1], [3], [9]], own=[0, 2, NONE]), 5)
    expected = [[NONE if row == own else row for row in alike[0]] for own in (0, 2, NONE)]
    assert found.tolist() == expected


def test_of_a_larger_memory_everything_takes_the_first_rows_of_its_order():
    memory, queries = memory_of([[i] for i in range(1, 31)]), queries_of([[1]] * 4)
    order = ask(Everything(), memory, queries, 30)
    for k in (1, 7, 29):
        assert np.array_equal(ask(Everything(), memory, queries, k), order[:, :k])


def test_the_order_of_everything_is_the_seeds_and_reaches_all_rows():
    memory, queries = memory_of([[i] for i in range(1, 31)]), queries_of([[1]])
    orders = [ask(Everything(), memory, queries, 10, seed)[0].tolist() for seed in range(40)]
    assert orders == [ask(Everything(), memory, queries, 10, seed)[0].tolist() for seed in range(40)]
    assert len(set(map(tuple, orders))) == 40
    assert {row for each in orders for row in each} == set(range(30))


# ---- BM25


@pytest.mark.parametrize(
    ("wrong", "expected"),
    [({"k1": -1.0}, "k1 is -1.0; expected 0 or more"), ({"b": 1.5}, "b is 1.5; expected 0 to 1")],
)
def test_bm25_refuses_numbers_that_mean_nothing(wrong, expected):
    with pytest.raises(UserError, match=expected):
        BM25(**wrong)


def lucene(memory, queries, k1, b):
    """BM25 as Lucene computes it, one term and one document at a time: `[queries, documents]`."""
    documents = [
        m[v].tolist() for m, v in zip(memory.experiences.steps["token"], memory.experiences.valid, strict=True)
    ]
    asked = [q[v].tolist() for q, v in zip(queries.experiences.steps["token"], queries.experiences.valid, strict=True)]
    average = sum(map(len, documents)) / len(documents)
    scores = np.zeros((len(asked), len(documents)))
    for i, terms in enumerate(asked):
        for j, document in enumerate(documents):
            for term in set(terms):  # a query's terms are a set
                containing = sum(term in d for d in documents)
                idf = np.log(1 + (len(documents) - containing + 0.5) / (containing + 0.5))
                frequency = document.count(term)
                scores[i, j] += idf * frequency / (frequency + k1 * (1 - b + b * len(document) / average))
    return scores


def random_rows(rng, count, longest):
    return [rng.integers(0, 12, rng.integers(1, longest + 1)).tolist() for _ in range(count)]


@pytest.mark.parametrize("seed", range(4))
def test_bm25_finds_the_best_by_lucenes_formula(seed):
    rng = np.random.default_rng(seed)
    memory, queries = memory_of(random_rows(rng, 30, 8)), queries_of(random_rows(rng, 20, 5))
    scores = lucene(memory, queries, BM25().k1, BM25().b)
    found = ask(BM25(), memory, queries)
    for i, rows in enumerate(found):
        best = np.sort(scores[i])[::-1][:SLOTS]
        given = [scores[i, r] for r in rows[::-1] if r != NONE]
        assert given == pytest.approx(best[best > 0], rel=1e-4)


@pytest.mark.parametrize(("k1", "b"), [(0.4, 0.0), (2.0, 1.0)])
def test_bm25s_numbers_matter_as_the_formula_says(k1, b):
    rng = np.random.default_rng(1)
    memory, queries = memory_of(random_rows(rng, 30, 8)), queries_of(random_rows(rng, 20, 5))
    scores = lucene(memory, queries, k1, b)
    found = ask(BM25(k1=k1, b=b), memory, queries, k=1)[:, 0]
    assert scores[np.arange(20), found] == pytest.approx(scores.max(axis=1), rel=1e-4)


def test_bm25_puts_the_best_last_and_skips_the_own_row():
    memory = memory_of([[1, 2, 3], [1, 2, 9], [1, 8, 9], [7, 7, 7]])
    found = ask(BM25(), memory, queries_of([[1, 2, 3]], own=[0]))
    assert found.tolist() == [[NONE, 2, 1]]


def test_bm25_gives_nothing_where_no_term_matches():
    found = ask(BM25(), memory_of([[1, 2], [3, 4]]), queries_of([[99], [1]]), k=2)
    assert found.tolist() == [[NONE, NONE], [NONE, 0]]


def test_bm25_does_not_read_padding():
    memory = memory_of([[1], [2, 2, 2, 2], [0, 5]])
    found = ask(BM25(), memory, queries_of([[1], [9, 9, 9]]), k=2)
    assert found.tolist() == [[NONE, 0], [NONE, NONE]]


@pytest.mark.parametrize("retriever", [BM25(), TfIdf(), Dense()], ids=["bm25", "tfidf", "dense"])
def test_more_slots_than_memories_stay_empty(retriever):
    memory = memory_of([[1, 2], [1, 3]])
    found = ask(retriever, memory, queries_of([[1, 2]], own=[1]), k=4)
    assert found.shape == (1, 4)
    assert set(found[0].tolist()) == {NONE, 0}


# ---- dense


@pytest.mark.parametrize("seed", range(3))
def test_dense_search_with_a_models_embedding_is_exact(seed):
    rng = np.random.default_rng(seed)
    memory, queries = memory_of(random_rows(rng, 1500, 8)), queries_of(random_rows(rng, 20, 5))
    table = rng.normal(size=(12, 6))
    mean = lambda rows: np.einsum("nt,ntd->nd", rows.valid.astype(float), table[rows.steps["token"]])  # noqa: E731
    cosine = np.array(
        [
            [q @ m / np.linalg.norm(q) / np.linalg.norm(m) for m in mean(memory.experiences)]
            for q in mean(queries.experiences)
        ]
    )
    found = Dense().neighbours(memory, queries, SLOTS, rng, mean)
    assert np.take_along_axis(cosine, found, axis=1) == pytest.approx(np.sort(cosine, axis=1)[:, -SLOTS:], abs=2e-5)


def test_tfidf_weighs_rare_ones_more():
    memory = memory_of([[1, 5], [1, 6], [1, 7], [1, 8], [2, 9]])
    found = ask(TfIdf(), memory, queries_of([[1, 7], [2, 1]]), k=1)
    assert found.tolist() == [[2], [4]]


def test_tfidf_ignores_padding_and_unknown_tokens():
    memory = memory_of([[0, 0, 0], [3], [4]])
    found = ask(TfIdf(), memory, queries_of([[3, 99], [4, 99, 99]]), k=1)
    assert found.tolist() == [[1], [2]]


def test_a_models_embedding_needs_a_model():
    with pytest.raises(ValueError, match="needs a trained model; pass embed="):
        Dense().neighbours(memory_of([[1]]), queries_of([[1]]), 1, np.random.default_rng(0))


def test_a_sentence_encoder_is_asked_for_by_its_name():
    assert Dense("hf:some/encoder").encoder == "hf:some/encoder"
    assert Dense().encoder == BM25().encoder == ""
    with pytest.raises(ValueError, match=r"needs the encoder 'hf:some/encoder'; pass embed="):
        Dense("hf:some/encoder").neighbours(memory_of([[1]]), queries_of([[1]]), 1, np.random.default_rng(0))


@pytest.mark.parametrize("embedding", ["", "bag", "hf:", "some/encoder"])
def test_an_embedding_that_is_none_is_refused(embedding):
    with pytest.raises(UserError, match=f"Dense: embedding is '{embedding}'; expected 'model', or 'hf:' and an enc"):
        Dense(embedding)


# ---- mazes


@pytest.mark.parametrize(("retriever", "least"), [(BM25(k1=0.6, b=0.0), 1.0), (TfIdf(), 0.9)], ids=["bm25", "tfidf"])
@pytest.mark.parametrize("test", ["latent", "explicit"])
def test_appearance_leads_to_the_same_maze_with_the_goal_in_view(retriever, least, test):
    queries = questions(mazes().test(test))
    found = ask(retriever, mazes().memory, queries, 1)
    # Cues of three digits differ between mazes, and the goal is a mark of its own. Cosines favour episodes that show
    # little else, so that one without the goal may come first.
    assert precision(mazes().memory, queries, found).mean() == 1
    assert recall(queries, found).mean() >= least


@pytest.mark.parametrize("retriever", [BM25(), TfIdf()], ids=["bm25", "tfidf"])
def test_a_hidden_goal_leaves_only_the_maze_to_search_by(retriever):
    queries = questions(mazes().test("goal-masked"))
    found = ask(retriever, mazes().memory, queries, 1)
    assert precision(mazes().memory, queries, found).mean() == 1


def test_at_random_no_episode_of_the_maze_is_found():
    queries = questions(mazes().test("latent"))
    found = ask(Random(), mazes().memory, queries)
    assert recall(queries, found).max() == precision(mazes().memory, queries, found).max() == 0


# ---- quality


def test_recall_is_whether_a_support_is_there():
    queries = queries_of([[1]] * 4, supports=[[0, 1], [2], [], [3]])
    found = np.array([[5, 1], [1, NONE], [NONE, NONE], [NONE, 3]])
    assert recall(queries, found).tolist() == [1, 0, 0, 1]


def test_precision_is_the_share_of_filled_slots_that_share_a_topic():
    memory = memory_of([[1]] * 4, topics=[[0], [0, 1], [2], [1]])
    queries = queries_of([[1]] * 4, topics=[[0], [1], [1, 2], [7]])
    found = np.array([[0, 1, 2], [0, 3, NONE], [NONE, NONE, NONE], [0, 1, 2]])
    assert precision(memory, queries, found) == pytest.approx([2 / 3, 1 / 2, 0, 0])


def test_the_oracle_has_perfect_recall_and_imperfect_precision(instance):
    queries = questions(instance.test("latent"))
    found = ask(Oracle(), instance.memory, queries)
    assert (recall(queries, found) == 1).all()
    assert precision(instance.memory, queries, found) == pytest.approx(1 / SLOTS)


def test_topics_never_match_in_empty_slots():
    assert not related(np.array([NONE, 3]), np.array([NONE, 4]))
    assert related(np.array([NONE, 3]), np.array([3, NONE]))
