import pytest

from tolman.records.statistics import Interval
from tolman.report.words import (
    amounts,
    bound_text,
    count,
    effect_text,
    estimate,
    index_text,
    limits,
    listed,
    percent,
    signed,
)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0, "0"), (1, "100"), (0.0004, "<0.1"), (0.9996, ">99.9"), (0.005, "0.5"), (0.99, "99"), (0.995, "99.5"),
     (0.5, "50"), (-0.041, "−4.1"), (0.083, "8.3"), (0.0997, "10"), (0.05, "5"), (0.999, "99.9")],
)  # fmt: skip
def test_only_all_reads_as_all(value, text):
    assert percent(value) == f"{text}\N{NO-BREAK SPACE}%"


def test_intervals():
    assert limits(Interval(0.5, 0.4, 0.601, 5)) == "[40, 60]"
    assert estimate(Interval(0.5, 0.4, 0.6, 5)) == "50\N{NO-BREAK SPACE}% [40, 60]"
    assert estimate(None) == "–"


def test_signed_numbers_have_no_negative_zero():
    assert [signed(v) for v in (-0.0001, -0.031, 0.5)] == ["0.0", "−3.1", "50.0"]
    assert index_text(Interval(-0.001, -0.2, -0.004, 5)) == "0.00 [−0.20, 0.00]"


def test_verdicts(verdict):
    assert effect_text(verdict("x", effect=-0.02, low=-0.07, high=0.03)) == "−2.0 [−7.0, 3.0]"
    assert effect_text(verdict("x", effect=None)) == "–"
    assert bound_text(verdict("x", bound=0.05, direction="within")).replace("\N{NO-BREAK SPACE}", " ") == "within ±5.0"


def test_nouns():
    assert (count(1, "seed"), count(1200, "seed"), count(2, "entity", "entities")) == (
        "1 seed", "1,200 seeds", "2 entities")  # fmt: skip
    assert listed(["a", "b", "c"]) == "a, b and c"
    nouns = {name: (name.removesuffix("s"), name) for name in ("subjects", "relations", "books")}
    sizes = {"subjects": 195, "relations": ["a", "b", "c"], "books": True, "others": 3}
    assert amounts(sizes, nouns) == "195 subjects and 3 relations"
    assert amounts({}, nouns) == ""
