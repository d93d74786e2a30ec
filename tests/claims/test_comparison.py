"""Two sets of records are paired over seeds and items, and what does not match is refused with the reason."""

import numpy as np
import pytest
from click.testing import CliRunner
from record_samples import sample

from tolman.claims.comparison import compare, paired_proportions
from tolman.cli import main
from tolman.cli.compare import parse_selection
from tolman.core.errors import UserError
from tolman.records.statistics import difference, student, wilson
from tolman.records.store import Store


def group(rights, learner, n=40, **changes):
    """Records and their tables by key; `rights` has the number of right answers of each seed."""
    made = [
        sample(tests={"latent": (right, n)}, learner=learner, world_seed=seed, model_seed=seed, **changes)
        for seed, right in enumerate(rights)
    ]
    return [record for record, _ in made], {record.key: table for record, table in made}.__getitem__


def compared(a, b):
    return compare(a[0], b[0], a[1], b[1])


def test_the_difference_is_that_of_pairs_of_seeds():
    found = compared(group([10, 20, 12], "one"), group([20, 32, 20], "two"))
    (latent,) = (each for each in found.differences if each.kind == "test")
    assert latent.difference.mean == pytest.approx(0.25)
    assert (latent.a, latent.b, latent.items) == (pytest.approx(0.35), pytest.approx(0.6), 120)
    assert latent.difference.low <= student([0.25, 0.3, 0.2]).low
    assert latent.difference.low > 0  # unpaired, seeds vary more than that
    assert found.configuration == {"learner.name": ("one", "two")}
    assert found.seeds == ((0, 0), (1, 1), (2, 2))
    assert found.left_out == ()


def test_seeds_that_only_one_has_are_left_out_and_said():
    found = compared(group([10, 20, 12, 13], "one"), group([20, 32, 20], "two"))
    assert found.left_out == ((3, 3),)
    assert len(found.seeds) == 3


def test_a_measure_has_an_interval_over_seeds():
    found = compared(group([10, 20], "one"), group([20, 32], "two"))
    easy = next(each for each in found.differences if each.name == "variance/easy")
    assert (easy.kind, easy.difference.mean, easy.items) == ("measure", 0.0, 0)
    assert all(each.name != "variance/hard" for each in found.differences)  # it is undefined


def with_tests(tests, learner):
    made = [sample(tests=each, learner=learner, world_seed=i, model_seed=i) for i, each in enumerate(tests)]
    return [record for record, _ in made], {record.key: table for record, table in made}.__getitem__


@pytest.mark.parametrize("lacking", [{"latent": (10, 40)}, {"latent": (10, 40), "forward": (0, 0)}])
def test_a_test_that_one_seed_was_not_asked_is_not_compared_in_either_order(lacking):
    whole = {"latent": (20, 40), "forward": (40, 40)}
    some, all_of_them = with_tests([whole, lacking], "one"), with_tests([whole, whole], "two")
    for a, b in ((some, all_of_them), (all_of_them, some)):
        assert [each.name for each in compared(a, b).differences if each.kind == "test"] == ["latent"]


@pytest.mark.parametrize(
    ("b", "said"),
    [
        (lambda: group([20, 32], "one"), "the same configuration"),
        (lambda: group([], "two"), "B has no records"),
        (lambda: group([20], "two"), "needs two that both have"),
        (lambda: group([20, 32], "two", n=39), "asks 40 questions of A and 39 of B, 39 the same"),
        (
            lambda: group([20, 32], "two", n=39, world={"name": "reversals", "entities": 9}),
            r"worlds differ in world.entities",
        ),
    ],
)
def test_what_does_not_match_is_refused(b, said):
    with pytest.raises(UserError, match=said):
        compared(group([10, 20], "one"), b())


def test_a_set_of_several_configurations_is_refused():
    one, two = group([10, 20], "one"), group([10, 20], "two")
    with pytest.raises(UserError, match=r"A holds several configurations.*learner.name: 'one' and 'two'"):
        compare([*one[0], *two[0]], one[0], one[1], one[1])


def test_without_correlation_paired_proportions_are_the_unpaired_ones():
    answers = np.array([[1, 1]] * 25 + [[1, 0]] * 25 + [[0, 1]] * 25 + [[0, 0]] * 25)
    found, unpaired = paired_proportions(answers), difference(wilson(50, 100), wilson(50, 100))
    assert found[:3] == pytest.approx(unpaired[:3])


def test_answers_that_agree_give_a_narrower_interval():
    agreeing = np.array([[1, 1]] * 48 + [[1, 0]] * 2 + [[0, 1]] * 4 + [[0, 0]] * 46)
    found, unpaired = paired_proportions(agreeing), difference(wilson(52, 100), wilson(50, 100))
    assert found.mean == pytest.approx(unpaired.mean)
    assert found.high - found.low < 0.6 * (unpaired.high - unpaired.low)


def test_the_interval_holds_the_truth_about_as_often_as_it_says():
    rng, inside = np.random.default_rng(0), 0
    for _ in range(300):
        skill = rng.normal(size=200)
        p = 1 / (1 + np.exp(-2 * skill))
        answers = rng.random((200, 2)) < np.column_stack([p, np.minimum(1, p + 0.1 * (p < 0.9))])
        truth = 0.1 * (p < 0.9).mean()
        found = paired_proportions(answers)
        inside += found.low <= truth <= found.high
    assert inside >= 276  # 92 %


def test_a_selection_is_read():
    found = parse_selection("reversals:learner=parametric,world.held_out=4")
    assert (found.study, found.fields, found.overrides) == (
        "reversals",
        {"learner": "parametric"},
        {"world.held_out": "4"},
    )
    assert parse_selection("reversals").fields == {}
    with pytest.raises(UserError, match="did you mean learner"):
        parse_selection("reversals:learnr=x")
    with pytest.raises(UserError, match="expected STUDY"):
        parse_selection(":learner=x")


def test_the_command_says_what_differs(tmp_path):
    store = Store(tmp_path)
    for learner, rights in (("one", (1, 2)), ("two", (3, 4))):
        for seed, right in enumerate(rights):
            store.write(*sample(tests={"latent": (right, 4)}, learner=learner, world_seed=seed, model_seed=seed))
    runs = CliRunner()
    result = runs.invoke(
        main, ["compare", "reversals:learner=one", "reversals:learner=two", "--records", str(tmp_path)]
    )
    assert result.exit_code == 0, result.output
    assert "learner.name: one → two" in result.stdout
    assert "50.0" in result.stdout
    wrong = runs.invoke(main, ["compare", "reversals:learner=three", "reversals", "--records", str(tmp_path)])
    assert wrong.exit_code == 2
    assert "there are, for example, reversals:preset=quick,condition=standard,learner=one" in wrong.output
