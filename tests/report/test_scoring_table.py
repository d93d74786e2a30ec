"""The table of scores beside the main one: what it shows, and that it is absent where nothing differs."""

import io

import pytest
from rich.console import Console

from tolman.report.site import render
from tolman.report.terminal import results


def a_test(role, accuracy, *others, n=100):
    names = ("accuracy_per_token", "accuracy_unconditional")
    chance = dict.fromkeys(("uniform", "elimination", "constant"), 0.1)
    base = {"role": role, "n": n, "accuracy": accuracy, "chance": chance, "groups": {}}
    return base | dict(zip(names, others, strict=False))


def printed(summary, width=100):
    out = io.StringIO()
    Console(file=out, width=width).print(results(summary))
    return out.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def cells(text, learner):
    lines = [line for line in text[text.index("Scoring") :].splitlines() if learner in line]
    return [cell.strip() for cell in lines[0].strip("│ ").split("│")]


def records(make, *latent, learner="parametric"):
    tests = {"forward": a_test("explicit", 0.9, 0.9, 0.8), "latent": a_test("latent", *latent)}
    return [make(learner=learner, tests=tests, seed=seed) for seed in range(2)]


def test_each_score_has_its_mean_of_explicit_and_of_latent_tests(make, summed):
    text = printed(summed(records(make, 0.2, 0.3, 0.4))[0])
    assert cells(text, "parametric") == ["parametric", "90 %", "90 %", "80 %", "20 %", "30 %", "40 %"]


def test_it_fits_a_narrow_terminal(make, summed):
    name = "parametric-context"
    text = printed(summed(records(make, 1.0, 0.3, 1.0, learner=name))[0], width=80)
    assert max(map(len, text.splitlines())) <= 80
    shown = text[text.index("Scoring") :]
    assert "│ parametric-" in shown
    assert "│ context" in shown
    assert cells(text, "parametric-")[1:] == ["90 %", "90 %", "80 %", "100 %", "30 %", "100 %"]


def test_learners_whose_scores_agree_are_left_out(make, summed):
    same = {"forward": a_test("explicit", 0.9, 0.9, 0.9), "latent": a_test("latent", 0.2, 0.2, 0.2)}
    both = [*records(make, 0.2, 0.3, 0.4), make(learner="parametric-context", tests=same)]
    text = printed(summed(both)[0])
    assert "parametric-context" in text
    assert "parametric-context" not in text[text.index("Scoring") :]
    assert "Scoring" not in printed(summed([make(tests=same)])[0])


def test_records_without_other_scores_show_no_table(make, summed):
    assert "Scoring" not in printed(summed([make()])[0])


def test_a_score_is_compared_over_the_tests_that_have_it(make, summed):
    # Generated answers have one score only, old records none but the main one.
    tests = {"chosen": a_test("latent", 0.4, 0.4, 0.4), "generated": a_test("latent", 0.0)}
    assert "Scoring" not in printed(summed([make(tests=tests, seed=0)])[0])
    old = {"chosen": a_test("latent", 0.0)}
    differing = tests | {"chosen": a_test("latent", 0.4, 0.5, 0.6)}
    text = printed(summed([make(tests=differing, seed=0), make(tests=old, seed=1)])[0])
    assert cells(text, "parametric")[-3:] == ["40 %", "50 %", "60 %"]


def test_without_unconditional_values_the_column_is_empty(make, summed):
    tests = {"latent": a_test("latent", 0.4, 0.5)}
    assert cells(printed(summed([make(tests=tests)])[0]), "parametric")[-3:] == ["40 %", "50 %", "–"]


@pytest.mark.parametrize("others", [(0.3, 0.4), (0.2, 0.2), ()])
def test_the_page_has_it_where_the_terminal_has(make, summed, others):
    record = make(tests={"latent": a_test("latent", 0.2, *others)})
    shown = "Scoring" in printed(summed([record])[0])
    page = render([record], [])
    assert ("<h4>Scoring</h4>" in page) == ("latent unconditional" in page) == shown == (others == (0.3, 0.4))
