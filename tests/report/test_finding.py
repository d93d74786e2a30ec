import pytest

from tolman.report.comparison import compare
from tolman.report.finding import finding
from tolman.report.presentation import Presentation
from tolman.report.summary import summarise

BM25, TFIDF, ORACLE, RANDOM = (f"parametric-retrieval-{name}" for name in ("bm25", "tfidf", "oracle", "random"))


@pytest.fixture(name="say")
def _say(study, summed):
    def say(seeds=5, **scores):
        return finding(summed(study(seeds, scores))[0]).replace("\N{NO-BREAK SPACE}", " ")

    return say


def test_the_gap_and_what_closes_it(say):
    text = say(
        parametric=(0.99, 0.01),
        **{BM25: (0.99, 0.97)},
        **{ORACLE: (1, 0.98)},
        **{RANDOM: (0.99, 0.01)},
    )
    assert text == (
        "Trained on 195 entities and 3 relations (5 seeds), the model answers 99 % of the questions it was trained "
        "for, but only 0.6 % of the reversed questions about facts it saw in one direction (chance 1 %); with the fact "
        "retrieved into its context by BM25 it answers 97 %."
    )


@pytest.mark.parametrize(
    ("learner", "means"),
    [
        (
            TFIDF,
            "with the fact retrieved into its context by TF-IDF (found for 60 %)",
        ),
        (ORACLE, "with the right fact always retrieved into its context"),
        ("parametric-context", "with the right fact placed in its prompt"),
    ],
)
def test_other_aids_are_named_for_what_they_are(say, learner, means):
    assert say(parametric=(1, 0.01), **{learner: (1, 0.97)}).endswith(f"; {means} it answers 97 %.")


@pytest.mark.parametrize(
    ("learner", "means"),
    [
        ("retrieval-bm25", "with the fact retrieved into its context by BM25"),
        ("retrieval-tfidf", "with the fact retrieved into its context by TF-IDF"),
        ("retrieval-dense", "with the fact retrieved into its context by embedding similarity"),
        ("retrieval-oracle", "with the right fact always retrieved into its context"),
        ("context", "with many facts in its context, the right one too"),
        ("parametric-context", "with the right fact placed in its prompt"),
    ],
)
def test_a_pretrained_model_is_named_by_what_it_reads(study, summed, learner, means):
    scores = {"parametric": (1, 0.01), learner: (1, 0.97), "retrieval-random": (1, 0.01)}
    text = finding(summed(study(5, scores, study="facts", condition="pretrained"))[0])
    assert text.replace("\N{NO-BREAK SPACE}", " ").endswith(f"; {means} it answers 97 %.")


def test_explicit_tests_not_learned_says_nothing_about_the_rest(say):
    text = say(parametric=(0.6, 0.01), **{BM25: (1, 0.97)})
    assert "answers only 60 % of the questions it was trained for, so nothing can be said yet" in text
    assert "but only" not in text
    assert "BM25" not in text


def test_explicit_tests_perhaps_learned_shows_the_interval(say):
    assert "answers 94 % [92, 95] of the questions it was trained for" in say(parametric=(0.94, 0.01))


def test_no_gap(say):
    text = say(parametric=(0.99, 0.99))
    assert "of the questions it was trained for, and 99 % of the reversed questions" in text
    assert text.endswith("(chance 1 %): there is no gap here.")


def test_a_small_gap_is_not_only(say):
    text = say(parametric=(1, 0.9))
    assert "but 90 % of the reversed" in text
    assert "still well above chance" in text


def test_a_partial_gap_is_above_chance(say):
    text = say(parametric=(1, 0.5))
    assert "but only 50 % of" in text
    assert "(chance 1 %), which is still well above chance" in text


def test_near_chance_what_guessing_could_do_is_said(say, make, summed):
    assert say(parametric=(1, 0.02)).endswith("(chance 1 %).")
    assert say(seeds=1, parametric=(1, 0.06)).endswith(", which is above chance.")
    assert "which may or may not be chance [0.6, 7]" in say(seeds=1, parametric=(1, 0.02))
    clever = make(1.0, 0.06)
    clever.tests["latent"]["chance"]["elimination"] = 0.09
    said = finding(summed([clever])[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert said.endswith(", which guessing by elimination could explain (9 %).")


def test_a_gap_that_straddles_is_not_settled(make, summed):
    records = [make(1.0, latent, seed=s) for s, latent in enumerate((1.0, 0.2, 1.0, 1.0, 0.6))]
    text = finding(summed(records)[0])
    assert "it is not settled whether it answers fewer of the reversed questions" in text
    assert "76\N{NO-BREAK SPACE}% [" in text


def test_latent_better_than_explicit_is_no_gap(say):
    assert say(parametric=(0.95, 1.0)).endswith(": there is no gap here.")


def test_retrieval_that_does_not_help(say):
    text = say(parametric=(1, 0.01), **{BM25: (1, 0.01)})
    assert text.endswith("; with the fact retrieved into its context by BM25 it does no better: 0.6 %.")
    assert say(parametric=(1, 0.5), **{BM25: (1, 0.2)}).endswith("it does worse: 20 %.")


def test_retrieval_that_may_help_is_not_settled(make, summed):
    weak = [make(1.0, 0.01, seed=s) for s in range(5)]
    some = [make(1.0, v, "parametric-retrieval-bm25", s) for s, v in enumerate((0.0, 0.9, 0.0, 0.4, 0.0))]
    text = finding(summed(weak + some)[0])
    assert "; whether it does better with the fact retrieved into its context by BM25 is not settled: 26" in text


def test_bad_retrieval_is_told_from_bad_reading(make, summed):
    weak = [make(1.0, 0.01, seed=s) for s in range(5)]
    bm25 = [make(1.0, 0.4, "parametric-retrieval-bm25", s, recall=0.4) for s in range(5)]
    oracle = [make(1.0, 0.98, "parametric-retrieval-oracle", s, recall=1.0) for s in range(5)]
    text = finding(summed(weak + bm25 + oracle)[0]).replace("\N{NO-BREAK SPACE}", " ")
    assert "by BM25 (found for 40 %) it answers only 40 %; with the right fact always retrieved" in text
    assert text.endswith("it answers 98 %.")


def test_a_retrieval_model_that_did_not_learn_says_so(say):
    text = say(parametric=(1, 0.01), **{ORACLE: (0.7, 0.4)})
    assert text.endswith("it answers only 40 % (and only 70 % of the explicit questions).")


def test_the_random_control_can_take_the_credit_back(say):
    aided = {"parametric": (1, 0.01), BM25: (1, 0.9)}
    assert "irrelevant experiences" not in say(**aided, **{RANDOM: (1, 0.02)})
    assert "but irrelevant experiences do as well (90 %)" in say(**aided, **{RANDOM: (1, 0.9)})
    assert "but irrelevant experiences may do as well (87 %)" in say(**aided, **{RANDOM: (1, 0.87)})


def test_one_seed_is_a_hint(say):
    assert "(one seed only, so a hint and no finding)" in say(seeds=1, parametric=(1, 0.01))


def test_parametric_alone_ends_after_the_gap(say):
    assert say(parametric=(1, 0.01)).endswith("(chance 1 %).")


def test_codebooks_and_unknown_worlds_have_words_too(make, summed):
    chance = {"uniform": 0.083, "elimination": 0.1, "constant": 0.09}
    tests = {
        name: {"role": role, "n": 100, "accuracy": value, "chance": chance}
        for name, role, value in [("encoding", "explicit", 1.0), ("latent", "latent", 0.08)]
    }
    books = {"books": 256, "entries": 12}
    text = finding(summed([make(tests=tests, study="codebooks", world=books, seed=s) for s in range(5)])[0])
    assert text.startswith("Trained on 256 books (5 seeds), the model answers")
    assert "an entry it saw defined but never used" in text
    neutral = Presentation(baseline="parametric")
    made = [make(tests=tests, study="other", world={}, seed=s) for s in range(5)]
    text = finding(summarise(made, {"other": neutral})[0])
    assert text.startswith("After training (5 seeds), the model answers")
    assert "the questions that its experiences answer but that nobody asked in training" in text


def test_a_study_that_is_not_installed_has_a_neutral_finding(make):
    said = finding(summarise([make(latent=0.5), make(latent=0.9, learner="other")])[0])
    assert said.replace("\N{NO-BREAK SPACE}", " ") == (
        "Of the latent questions (chance 1 %) other answers 90 % and parametric answers 50 %."
    )


def test_without_a_parametric_learner_the_gap_is_unknown(say):
    text = say(**{BM25: (1, 0.97)})
    assert text == (
        "Of the latent questions (chance 1 %) parametric-retrieval-bm25 answers 97 %; parametric was not measured on "
        "explicit and latent questions both, so the gap is unknown."
    )


def test_without_latent_questions_there_is_nothing_to_say(make, summed):
    assert finding(summed([make(tests={})])[0]).startswith("No latent questions were measured here")


def test_learners_without_a_common_seed_are_not_compared(make, summed):
    (one,) = summed([make(seed=0)])[0].learners
    (two,) = summed([make(seed=1)])[0].learners
    assert compare(one.explicit, two.latent) == ("unsettled", None)
