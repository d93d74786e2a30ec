"""What finetuning takes and breaks, from records whose learning curves and other answers are chosen here."""

from __future__ import annotations

import json

import pytest
from advice_samples import USUAL, Did, advice, changed, spaced, told
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.advise.finetuning import MARGIN
from tolman.advise.page import render

CURVE = ((0.30, 0.05), (0.97, 0.20), (0.99, 0.60), (1.0, 0.62), (1.0, 0.62))
"""As stated it has learned after two points, latent after three."""


def of(name: str, did: Did, **options):
    """The outcome of a learner among the usual ones."""
    found = advice(changed(**{name: did}), **options)
    return next(each for each in found.outcomes if each.approach.name == name)


# --- how much is enough


def test_it_is_enough_from_where_on_both_kinds_are_as_good_as_in_the_end():
    found = of("masked", Did(1.0, 0.62, 4, curve=CURVE)).enough
    assert found == (300, 3_000, 500, 5_000)
    assert found.early


def test_what_falls_again_had_not_learned():
    curve = ((1.0, 0.62), (1.0, 0.62), (1.0, 0.30), (1.0, 0.62))
    assert of("masked", Did(1.0, 0.62, 4, curve=curve)).enough == (400, 4_000, 400, 4_000)


@pytest.mark.parametrize("curve", [(), CURVE[-1:], CURVE[-2:]])
def test_without_a_curve_nothing_is_said(curve):
    found = advice(changed(masked=Did(1.0, 0.6, 4, curve=curve)))
    assert all(each.enough is None for each in found.outcomes)
    assert not [said for said in found.sentences if "steps" in said]


@settings(max_examples=30)
@given(st.lists(st.tuples(st.integers(0, 20), st.integers(0, 20)), min_size=3, max_size=6))
def test_from_there_on_no_mean_falls_short_and_before_something_may(points):
    curve = [(a / 20, b / 20) for a, b in points]
    found = of("masked", Did(*curve[-1], 4, curve=curve)).enough
    first = found.step // 100 - 1
    for one, other in zip(curve[-1], zip(*curve[first:], strict=True), strict=True):
        assert all(value >= one - MARGIN - 1e-6 for value in other)
    if first:
        assert any(value < one - MARGIN for value, one in zip(curve[first - 1], curve[-1], strict=True))


def test_the_smallest_budgets_are_said():
    did = changed(
        parametric=Did(1.0, 0.02, 4, trained=5_000, curve=((0.2, 0.0), (1.0, 0.02), (1.0, 0.02))),
        masked=Did(1.0, 0.62, 4, trained=5_000, curve=(*CURVE[:2], (1.0, 0.5), (1.0, 0.62))),
    )
    (said,) = [spaced(each) for each in advice(did, items=1_000).sentences if each.startswith("The smallest budget")]
    assert said == (
        "The smallest budget at which that holds: 18 tokens in the prompt of each question (3 facts in the prompt, "
        "found by BM25); plain finetuning takes 200 of its 300 steps (2,000 tokens); "
        '"finetune, also to fill in a masked name" takes all of its 400 steps (4,000 tokens).'
    )


def test_what_did_not_learn_has_no_smallest_budget():
    did = {"parametric": Did(0.3, 0.02, 4, curve=((0.3, 0.02),) * 3)}
    assert "smallest budget" not in told(advice(did))


# --- what else broke


def test_what_broke_is_said_of_plain_finetuning_and_of_what_is_recommended():
    did = changed(
        parametric=Did(1.0, 0.02, 4, before=0.96, after=0.10), masked=Did(1.0, 0.62, 4, before=0.96, after=0.90)
    )
    (said,) = [spaced(each) for each in advice(did).sentences if each.startswith("What else broke")]
    assert said == (
        "What else broke: of questions about invented facts the model answers 96 % [94, 97] as it is, "
        '10 % [7.8, 13] after plain finetuning and 90 % [87, 92] after "finetune, also to fill in a masked name".'
    )


def test_a_model_that_guesses_tells_nothing():
    did = changed(parametric=Did(1.0, 0.02, 4, before=0.05, after=0.02))
    said = told(advice(did, chance=0.05))
    assert "What else broke" not in said
    assert "no more than guessing (5 %)" in said


def test_of_what_it_knew_it_is_said_how_much_it_still_knows():
    found = of("masked", Did(1.0, 0.62, 4, before=0.8, after=0.4), items=100).locality
    assert (found.before.mean, found.after.mean, found.kept.mean) == pytest.approx((0.8, 0.4, 0.5))
    assert found.before.low < 0.8 < found.before.high
    assert of("masked", Did(1.0, 0.62, 4, before=0.0)).locality.kept is None
    assert of("masked", USUAL["masked"]).locality is None


def test_numbers_and_page_say_the_same():
    did = changed(masked=Did(1.0, 0.62, 4, trained=5_000, curve=CURVE, before=0.8, after=0.4))
    found = advice(did, items=1_000)
    rows = {row["learner"]: row for row in json.loads(json.dumps(found.plain(), allow_nan=False))["approaches"]}
    assert rows["masked"]["tokens_enough"] == {"step": 300, "tokens": 3_000, "steps": 500, "all_tokens": 5_000}
    assert rows["masked"]["locality"]["after"]["mean"] == pytest.approx(0.4)
    assert rows["retrieval-bm25"]["tokens_enough"] is rows["retrieval-bm25"]["locality"] is None
    page = spaced(render(found, "tolman advise", "1"))
    assert "<td>3,000</td>" in page
    assert "<td>40 % [39, 41]</td>" in page
    assert "of them enough" not in render(advice(), "tolman advise", "1")
