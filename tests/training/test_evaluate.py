"""Asking a model its tests: likelihoods of options of any length, ties, and what memory puts before a question."""

import dataclasses

import jax
import jax.numpy as jnp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import roc_auc_score

from tolman.core.experience import NONE, Chance, GenerationTest, TestSet, ragged, score, token_rows
from tolman.models.decoder import DecoderConfig, make_decoder
from tolman.retrieval.oracle import Oracle
from tolman.retrieval.random import Random
from tolman.retrieval.retriever import Retrieval
from tolman.training.evaluate import evaluate, option_logprobs, roc_auc, with_retrieval
from tolman.worlds.reversals import Reversals

VOCABULARY = 19
MODEL = make_decoder(DecoderConfig(width=8, layers=1, heads=1), VOCABULARY, jax.random.key(0))
SHARP = jax.tree.map(lambda leaf: 2 * leaf, MODEL)
LISTS = [[[3], [4], [5, 6], [5, 7], [5, 7, 8]], [[9, 1], [9, 2], [3]]]


def a_test(prompts, choice, correct=None):
    """A test that asks these prompts, item i about the options of list `choice[i]`."""
    m = len(prompts)
    most = max(map(len, LISTS))
    options = np.stack([ragged([*names, *[[]] * (most - len(names))], width=3) for names in LISTS])
    right = np.zeros((m, most), bool)
    right[np.arange(m), [0] * m if correct is None else correct] = True
    none, half = np.full((m, 1), NONE), np.full(m, 0.5)
    ids = tuple(f"t/{i}" for i in range(m))
    return TestSet(
        name="t",
        role="explicit",
        prompts=token_rows(prompts),
        options=options,
        choice=np.array(choice),
        correct=right,
        cue=np.arange(m),
        fact=np.arange(m),
        supports=none,
        topics=none,
        item_ids=ids,
        groups=("",) * m,
        chance=Chance(half, half, half),
    )


LISTED = np.array([[[3], [4], [5], [6], [7]]])


def some_prompts(count, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.integers(0, VOCABULARY, rng.integers(1, 8)).tolist() for _ in range(count)]


hidden = jax.jit(lambda model, tokens: model.hidden(tokens))
forward = jax.jit(lambda model, tokens: model(tokens))


def sixteen(tokens):
    """Tokens in a row of one length, so that one program serves them all."""
    return jnp.array([*tokens, *[0] * (16 - len(tokens))])


def brute_force(model, prompt, option):
    """The log-probability of an option after a prompt, read from the logits of the whole sequence."""
    tokens = [*prompt, *option]
    logprob = jax.nn.log_softmax(forward(model, sixteen(tokens)))
    return float(sum(logprob[i - 1, tokens[i]] for i in range(len(prompt), len(tokens))))


# ---- likelihood


def both_ways(model, count=6):
    """A test's scores `[m, o]` by shared beginnings and by brute force."""
    prompts, choice = some_prompts(count), [0, 1] * (count // 2)
    test = a_test(prompts, choice, correct=[4, 2] * (count // 2))
    expected = np.full(test.correct.shape, -np.inf)
    for i, prompt in enumerate(prompts):
        names = LISTS[choice[i]]
        expected[i, : len(names)] = [brute_force(model, prompt, option) for option in names]
    return test, option_logprobs(model, test.prompts, test), expected


def test_options_are_scored_as_if_each_were_put_to_the_model_whole():
    _, got, expected = both_ways(MODEL)
    assert got == pytest.approx(expected, abs=1e-4)


def test_options_that_are_hopeless_from_their_beginning_are_only_bounded_from_above():
    test, got, expected = both_ways(SHARP, 40)
    assert (got >= expected - 1e-4).all()
    assert (got > expected + 1).any()
    assert got[test.correct] == pytest.approx(expected[test.correct], abs=1e-4)
    assert (score(test, got).rank >= score(test, expected).rank).all()


class Chain:
    """A model whose next token depends on the last one alone: `logprob[last, next]`."""

    def __init__(self, logprob):
        self.logprob = np.array(logprob, np.float32)

    def next_logprobs(self, rows):
        last = rows.valid.sum(axis=1) - 1
        return self.logprob[rows.steps["token"][np.arange(len(last)), last]]

    def loss(self): ...
    def embed(self): ...
    def activations(self): ...
    def generate(self): ...


@pytest.mark.parametrize("options", [[[1, 2, 3], [1, 4, 5]], [[1, 2, 3], [1, 4, 5], [6]], [[1, 2, 3], [1, 4, 5], [7]]])
@pytest.mark.parametrize("correct", [0, 1])
def test_a_wrong_option_is_never_ahead_because_it_was_not_read_to_its_end(options, correct):
    logprob = np.full((8, 8), -50.0)
    logprob[0, [1, 6, 7]] = -0.1, -3.0, -9.5  # then 1 2 3 has -10.1, 1 4 5 has -29.1 but begins with -9.1
    logprob[1, [2, 4]] = -10.0, -9.0
    logprob[2, 3], logprob[4, 5] = 0.0, -20.0
    whole = [sum(logprob[a, b] for a, b in zip([0, *option], option, strict=False)) for option in options]
    test = a_test([[0]], [0], correct=[correct])
    right = np.arange(len(options)) == correct
    test = dataclasses.replace(test, options=ragged([*options], width=3)[None], correct=right[None])
    expected = score(test, np.array([whole]))
    assert (score(test, option_logprobs(Chain(logprob), test.prompts, test)).rank == 0) == (expected.rank == 0)


def test_whether_a_correct_option_is_first_is_exact():
    test, got, expected = both_ways(jax.tree.map(lambda leaf: 4 * leaf, MODEL), 40)
    assert ((score(test, got).rank == 0) == (score(test, expected).rank == 0)).all()


def test_options_that_a_list_lacks_are_impossible():
    test = a_test(some_prompts(2), [1, 0])
    got = option_logprobs(SHARP, test.prompts, test)
    assert (got[0, 3:] == -np.inf).all()
    assert np.isfinite(got[0, :3]).all()
    assert np.isfinite(got[1]).all()


def test_many_items_are_scored_as_they_are_alone():
    prompts = some_prompts(300)
    rows = token_rows(prompts)
    together = SHARP.next_logprobs(rows)
    assert together.shape == (300, VOCABULARY)
    for i in (0, 128, 255, 256, 299):
        assert together[i] == pytest.approx(SHARP.next_logprobs(token_rows([prompts[i]]))[0], abs=1e-5)


def test_padding_does_not_enter_the_score():
    prompts = some_prompts(5)
    short, long = token_rows(prompts), token_rows(prompts, 40)
    long.steps["token"][~long.valid] = 7
    assert SHARP.next_logprobs(long) == pytest.approx(SHARP.next_logprobs(short), abs=1e-5)


def test_scores_are_log_probabilities():
    total = np.exp(SHARP.next_logprobs(token_rows(some_prompts(4)))).sum(axis=1)
    assert total == pytest.approx(1, abs=1e-5)


# ---- generation


def test_a_generated_answer_is_right_if_it_is_an_option_token_for_token():
    prompts = some_prompts(4)
    made = [row.tolist() for row in SHARP.generate(token_rows(prompts), 3)]
    other = lambda token: (token + 1) % VOCABULARY  # noqa: E731
    # Whole; its beginning, which ends there; another first token; right but for its end.
    names = [made[0], made[1][:1], [other(made[2][0])], [*made[3][:2], other(made[3][2])]]
    plain = a_test(prompts, [0] * 4)
    options = np.stack([ragged([[other(name[0])], name], width=3) for name in names])
    correct = np.array([[False, True]] * 4)
    test = GenerationTest(**(vars(plain) | {"options": options, "choice": np.arange(4), "correct": correct}))
    got = option_logprobs(SHARP, test.prompts, test)
    assert got[:, 1].tolist() == [0, 0, -np.inf, -np.inf]
    assert (got[:3, 0] == -np.inf).all()
    assert score(test, got).correct.tolist() == [True, True, False, False]


# ---- ranks


def scored(logprobs, correct, choice=0):
    test = a_test([[1]] * len(logprobs), [choice] * len(logprobs), correct)
    return score(test, np.array(logprobs, float))


def test_the_best_option_is_first_and_others_follow():
    results = scored([[-1, -2, -3, -4, -5]] * 3, [0, 1, 4])
    assert results.rank.tolist() == [0, 1, 4]
    assert results.correct.tolist() == [True, False, False]
    assert results.accuracy == pytest.approx(1 / 3)


def test_ties_count_against():
    assert scored([[-1, -1, -2, -3, -4]], [0]).rank.tolist() == [1]
    assert scored([[-1.0] * 5], [2]).rank.tolist() == [4]


def test_a_model_that_says_the_same_of_everything_scores_nothing():
    test = a_test(some_prompts(8), [0] * 8)
    assert score(test, np.zeros(test.correct.shape)).accuracy == 0


def test_any_of_several_correct_options_will_do_and_they_do_not_compete():
    test = a_test([[1]], [0])
    test = dataclasses.replace(test, correct=np.array([[True, False, True, False, False]]))
    assert score(test, np.array([[-5.0, -2, -1, -3, -4]])).rank.tolist() == [0]
    assert score(test, np.array([[-1.0, -2, -1, -3, -4]])).rank.tolist() == [0]
    assert score(test, np.array([[-5.0, -1, -2, -3, -4]])).rank.tolist() == [1]


def test_options_that_do_not_exist_never_compete():
    assert scored([[-1, -2, -3, -np.inf, -np.inf]], [0], choice=1).rank.tolist() == [0]


def test_a_correct_option_of_probability_zero_comes_last():
    assert scored([[-np.inf, -2, -3, -np.inf, -np.inf]], [0]).rank.tolist() == [5]


@given(st.lists(st.integers(-9, 0), min_size=5, max_size=5), st.integers(0, 4))
def test_an_answer_is_correct_exactly_if_it_beats_every_other_strictly(values, right):
    beaten = all(values[right] > v for i, v in enumerate(values) if i != right)
    assert scored([values], [right]).correct.tolist() == [beaten]


@pytest.mark.parametrize("where", [0, 3])
def test_nan_is_an_error_that_names_the_test(where):
    logprobs = np.full((1, 5), -1.0)
    logprobs[0, where] = np.nan
    with pytest.raises(ValueError, match=r"'t'.*NaN"):
        score(a_test([[1]], [0]), logprobs)


class Constant:
    """A sequence model of another make: it always expects the same token."""

    def __init__(self, token):
        self.token, self.asked = token, 0

    def next_logprobs(self, rows):
        self.asked += 1
        return np.tile(np.where(np.arange(VOCABULARY) == self.token, 0.0, -20.0), (len(rows.valid), 1))

    def generate(self, *given, **more):
        raise NotImplementedError

    loss = embed = activations = generate


def test_any_model_with_the_methods_of_a_sequence_model_is_evaluated_on_each_test_once():
    tests = [dataclasses.replace(a_test([[1], [2, 1]], [0, 0]), name=name, options=LISTED) for name in ("a", "b")]
    right, wrong = Constant(3), Constant(4)
    assert [(r.test, r.accuracy) for r in evaluate(right, tests)] == [("a", 1), ("b", 1)]
    assert [(r.test, r.accuracy) for r in evaluate(wrong, tests)] == [("a", 0), ("b", 0)]
    assert right.asked == 2


# ---- memory before the question


@pytest.fixture(scope="module")
def instance():
    world = Reversals(entities=10, relations=1, held_out=3, fillers=2, filler=1, copies=1, max_premises=1, test_items=8)
    return world.draw(0)


def words(rows, i):
    return rows.steps["token"][i][rows.valid[i]].tolist()


def test_without_retrieval_the_question_stands_alone(instance):
    test = instance.test("latent")
    assert with_retrieval(test, instance.memory, None) == (test.prompts, None, None, None)


def test_the_oracles_support_stands_whole_before_the_question(instance):
    test, memory = instance.test("latent"), instance.memory
    prompts = with_retrieval(test, memory, Retrieval(Oracle(), 1))
    for i in range(len(test)):
        said = words(prompts.rows, i)
        supports = [words(memory.experiences, row) for row in test.supports[i] if row != NONE]
        assert said in [support + words(test.prompts, i) for support in supports]
        assert said == words(memory.experiences, prompts.found[i, 0]) + words(test.prompts, i)
    assert (prompts.recall == 1).all()
    assert (prompts.precision == 1).all()


def test_the_random_control_puts_something_but_nothing_relevant(instance):
    test = instance.test("latent")
    prompts = with_retrieval(test, instance.memory, Retrieval(Random(), 2))
    assert (prompts.rows.valid.sum(axis=1) > test.prompts.valid.sum(axis=1) + 4).all()
    assert (prompts.recall == 0).all()
    assert (prompts.precision == 0).all()


def test_the_same_seed_places_the_same_experiences(instance):
    how = Retrieval(Oracle(), 3)
    one, again, other = (with_retrieval(instance.test("latent"), instance.memory, how, seed=s).rows for s in (0, 0, 1))
    assert np.array_equal(one.steps["token"], again.steps["token"])
    assert not np.array_equal(one.steps["token"], other.steps["token"])


def test_answers_depend_on_the_retrieved_experiences(instance):
    test, oracle, memory = instance.test("latent"), Retrieval(Oracle(), 2), instance.memory
    model = make_decoder(DecoderConfig(width=8, layers=1, heads=1), len(instance.vocabulary), jax.random.key(0))
    [got] = evaluate(model, [test], memory=memory, retrieval=oracle, seed=5)
    expected = option_logprobs(model, with_retrieval(test, memory, oracle, seed=5).rows, test)
    assert np.array_equal(got.logprobs, expected)
    [without] = evaluate(model, [test])
    assert not np.allclose(got.logprobs, without.logprobs)


def test_retrieval_without_a_memory_is_refused(instance):
    with pytest.raises(ValueError, match="no memory"):
        evaluate(MODEL, [instance.test("latent")], retrieval=Retrieval(Oracle(), 1))


def test_the_models_embedding_is_the_mean_over_valid_steps():
    prompts = some_prompts(5)
    rows = token_rows(prompts, 12)
    rows.steps["token"][~rows.valid] = 3
    got = SHARP.embed(rows)
    for i, prompt in enumerate(prompts):
        expected = np.asarray(hidden(SHARP, sixteen(prompt)))[: len(prompt)].mean(axis=0)
        assert got[i] == pytest.approx(expected, abs=1e-5)


class Continuations:
    """A continuation model that prefers small tokens and writes 5, 7 and an end."""

    vocabulary = tuple(map(str, range(VOCABULARY)))

    def option_logprobs(self, rows, options):
        first = rows.steps["token"][:, :1]
        return np.where(options[..., 0] == NONE, -np.inf, -np.where(options == NONE, 0, options).sum(2) - 0.0 * first)

    def generate(self, rows, steps):
        return np.tile([5, 7, NONE][:steps], (len(rows.valid), 1))

    def option_tokens(self, rows, options):
        raise NotImplementedError

    def unconditional_logprobs(self, options):
        raise NotImplementedError

    def embed(self, rows):
        return rows.steps["token"][:, :1]

    def weights(self):
        return {}

    def with_weights(self, weights):
        return self


def test_a_continuation_model_scores_whole_options_and_has_no_next_token():
    test = a_test([[1, 2], [3]], [0, 1])
    found = option_logprobs(Continuations(), test.prompts, test)
    np.testing.assert_array_equal(found, [[-3, -4, -11, -12, -20], [-10, -11, -3, -np.inf, -np.inf]])


def test_a_continuation_model_is_asked_to_generate_where_a_test_is():
    test = GenerationTest(**vars(a_test([[1], [2]], [0, 0], correct=[3, 2])))
    assert evaluate(Continuations(), [test])[0].correct.tolist() == [True, False]


def test_roc_auc_is_the_fraction_of_wrong_options_below_the_right_one():
    test = a_test([[1]] * 4, [0] * 4, [0, 1, 2, 3])
    logprobs = np.array([[0, -1, -2, -3, -4], [-2, -1, 0, -3, -4], [-1, -1, -1, -1, -1], [-1, -1, -1, -4, -2]], float)
    assert roc_auc(test, logprobs).tolist() == [1.0, 0.75, 0.5, 0.0]


def test_of_variants_every_option_is_read_to_its_end_as_the_roc_auc_needs():
    logprob = np.full((8, 8), -50.0)
    logprob[0, [1, 2, 4]] = -12.0, -10.0, -0.1  # right; wrong and improbable; wrong and first
    logprob[2, 3], logprob[4, 5] = -20.0, -0.01
    test = a_test([[0]], [0], correct=[0])
    test = dataclasses.replace(test, options=ragged([[1], [2, 3], [4, 5]], width=2)[None], correct=np.eye(1, 3) > 0)
    found = {}
    for role in ("latent", "variant"):
        asked = dataclasses.replace(test, role=role)
        logprobs = option_logprobs(Chain(logprob), asked.prompts, asked)
        found[role] = roc_auc(asked, logprobs).item(), score(asked, logprobs).rank.item()
    assert found == {"latent": (0.0, 2), "variant": (0.5, 1)}  # elsewhere the rank is an upper bound


def test_options_that_a_shorter_list_lacks_count_for_no_roc_auc():
    test = a_test([[1], [1]], [1, 1], [0, 2])
    logprobs = np.array([[-1, -2, -0.5, -np.inf, -np.inf], [-1, -2, -0.5, -np.inf, -np.inf]])
    assert roc_auc(test, logprobs).tolist() == [0.5, 1.0]


@given(st.integers(0, 10_000))
def test_roc_auc_agrees_with_scikit_learn(seed):
    rng = np.random.default_rng(seed)
    logprobs = rng.integers(-3, 0, (5, 5)).astype(float)
    test = dataclasses.replace(a_test([[1]] * 5, [0] * 5), correct=np.arange(5) < rng.integers(1, 5, (5, 1)))
    expected = [roc_auc_score(right, scores) for right, scores in zip(test.correct, logprobs, strict=True)]
    assert roc_auc(test, logprobs) == pytest.approx(expected)
