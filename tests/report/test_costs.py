"""What is read for each question, against what is answered."""

import pytest
import vl_convert

from tolman.report.costs import costs, prompt_tokens
from tolman.report.palette import colours
from tolman.report.words import SPACE

READ = {"parametric": (7.0, 8.0), "parametric-context": (28.0, 30.04), "parametric-retrieval-oracle": (1800.0, 1900.0)}
"""Mean tokens of latent questions at two seeds."""


@pytest.fixture
def read(make):
    """`read(tokens)`: records of learners at two seeds, which answer 20 % and 40 % of the latent questions."""

    def made(tokens=READ):
        records = [
            make(1.0, (0.2, 0.4)[seed], learner, seed) for learner in tokens for seed in range(len(tokens[learner]))
        ]
        for record in records:
            for test in record.tests.values():
                test["prompt_tokens"] = tokens[record.learner][record.seeds[0]] if test["role"] == "latent" else 5000.0
        return records

    return made


def rows_of(chart):
    (rows,) = chart.to_dict()["datasets"].values()
    return rows


def test_tokens_are_averaged_over_latent_tests_and_records(make):
    first, second = make(), make(seed=1)
    first.tests["latent"]["prompt_tokens"] = 10.0
    second.tests["latent"]["prompt_tokens"] = 13.0
    second.tests["another"] = second.tests["latent"] | {"prompt_tokens": 19.0}
    first.tests["forward"]["prompt_tokens"] = 1000.0
    assert prompt_tokens([first]) == 10.0
    assert prompt_tokens([first, second]) == 14.0


def test_tokens_that_were_not_recorded_are_none(make):
    old, new, never = make(), make(seed=1), make(seed=2)
    new.tests["latent"]["prompt_tokens"] = 12.0
    never.tests["latent"]["prompt_tokens"] = None
    assert prompt_tokens([]) is None
    assert prompt_tokens([old]) is None
    assert prompt_tokens([never]) is None
    assert prompt_tokens([old, never, new]) == 12.0
    old.tests["forward"]["prompt_tokens"] = 9.0
    assert prompt_tokens([old]) is None


def test_a_row_says_what_a_learner_reads_answers_and_was_trained_on(read, summed):
    records = read()
    for record in records:
        if record.learner == "parametric":
            record.result["budget"] |= {"tokens": 1_234_567, "augmentation": {"documents": 1_350, "dropped": 2}}
    (summary,) = summed(records)
    parametric, context, oracle = rows_of(costs(summary))
    scores = {learner.label: learner.latent.accuracy for learner in summary.learners}
    for row in (parametric, context, oracle):
        mean, low, high = scores[row["learner"]][:3]
        assert (row["mean"], row["low"], row["high"]) == (mean, low, high)
        assert row["mean"] == pytest.approx(0.3)
        assert 0 <= row["low"] < 0.3 < row["high"] <= 1
        assert row["accuracy"].startswith(f"30{SPACE}% [")
    assert [(row["learner"], row["tokens"]) for row in (parametric, context, oracle)] == [
        ("parametric", 7.5),
        ("parametric-context", 29.0),
        ("parametric-retrieval-oracle", 1850.0),
    ]
    assert (parametric["trained on"], parametric["written"]) == ("1,234,567 tokens", "1,350 documents")
    assert (context["trained on"], context["written"]) == ("96,000 tokens", "none")


def test_learners_have_the_colours_that_they_have_in_other_figures(read, summed, presentations):
    (summary,) = summed(read())
    found = colours(READ, presentations["reversals"].learners)
    for layer in costs(summary).to_dict()["layer"]:
        scale = layer["encoding"]["color"]["scale"]
        assert dict(zip(scale["domain"], scale["range"], strict=True)) == found


@pytest.mark.parametrize(
    ("most", "drawn"), [(10.0, False), (14.9, False), (15.0, True), (40.0, True)], ids=["same", "less", "just", "more"]
)
def test_nothing_is_drawn_where_learners_hardly_differ(read, summed, most, drawn):
    (summary,) = summed(read({"parametric": (10.0, 10.0), "parametric-context": (most, most)}))
    assert (costs(summary) is not None) == drawn


def test_learners_whose_records_have_no_lengths_are_left_out(read, make, summed):
    (summary,) = summed([*read(), make(learner="older"), make(learner="silent", tests={})])
    assert {learner.label for learner in summary.learners} > set(READ)
    assert {row["learner"] for row in rows_of(costs(summary))} == set(READ)
    assert costs(summed(read({"parametric": (7.0, 8.0)}))[0]) is None


def test_nothing_is_drawn_of_records_without_lengths(study, summed):
    assert costs(summed(study(2))[0]) is None


def test_the_figure_can_be_drawn(read, summed):
    (summary,) = summed(read())
    picture = vl_convert.vegalite_to_svg(costs(summary).to_dict() | {"width": 600})
    assert picture.count('aria-roledescription="point"') == len(READ)
    assert picture.count('aria-roledescription="rule mark"') == len(READ)
    for text in ("tokens read for each question", "latent accuracy"):
        assert text in picture
