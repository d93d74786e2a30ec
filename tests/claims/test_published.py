"""What is published, what a verdict says of it, and what is said of a claim that fails."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

import pytest
from test_verdict import LATENT, PARAMETRIC, STUDY, claim, record, seeds

from tolman.claims.effects import Accuracy
from tolman.claims.published import Cause, Published
from tolman.claims.verdict import judge
from tolman.core.registry import find, load

PAPER = Published("A paper")
ROOT = Path(__file__).parents[2]
CLAIMS = {
    (name, claim.name): claim
    for name in find("studies")
    for preset in ("full", "quick")
    for claim in load("studies", name)().claims(preset)
}


def judged(accuracy, **changes):
    made = claim(Accuracy(PARAMETRIC, "latent"), 0.9, ">=")
    return judge(dataclasses.replace(made, **changes), seeds(latent=accuracy), STUDY, "quick")


@pytest.mark.parametrize(
    ("accuracy", "value", "expected"),
    [
        (0.96, None, "direction reproduced"), (0.96, 0.95, "value reproduced"), (0.96, 0.92, "direction reproduced"),
        (0.5, 0.5, "not reproduced"), (0.9, 0.9, "undecided"),
    ],
)  # fmt: skip
def test_a_value_is_reproduced_where_the_claim_holds_and_the_interval_has_it(accuracy, value, expected):
    assert judged(accuracy, source=dataclasses.replace(PAPER, value=value)).reproduction == expected


def test_nothing_is_reproduced_where_nothing_is_published_or_judged():
    assert judged(0.96, source="our own").published is None
    assert judged(0.96, source="our own").reproduction is None
    unjudged = judge(dataclasses.replace(LATENT, source=PAPER), [], STUDY, "quick")
    assert (unjudged.published, unjudged.reproduction, unjudged.source) == (PAPER, None, "A paper")


def test_the_source_says_what_is_ours():
    assert str(PAPER.with_our("bound")) == "A paper; the bound is ours"
    assert PAPER.with_our("bound").source == "A paper"


def test_a_cause_is_given_of_claims_that_fail_and_of_no_others():
    known = Cause("defect", "it is so", "docs/log.md#x")
    assert judged(0.5, cause=known).cause == known
    assert judged(0.5).cause == Cause("mismatch unexplained")
    assert judged(0.96, cause=known).cause is None


def test_the_effect_over_all_seeds_stands_beside_that_over_those_that_count():
    good, bad = seeds(forward=0.95, latent=0.0, k=6), record(seed=9, forward=0.5, latent=1.0)
    verdict = judge(LATENT, [*good, bad], STUDY, "quick")
    assert (verdict.seeds, verdict.effect) == (6, pytest.approx(-0.01))
    assert verdict.unconditional.seeds == 7
    assert verdict.unconditional.effect == pytest.approx(1 / 7 - 0.01)
    assert verdict.unconditional.high > verdict.high
    assert verdict.over_all == verdict.unconditional
    assert judge(LATENT, good, STUDY, "quick").over_all is None


def test_a_verdict_that_is_not_testable_has_an_effect_over_all_seeds():
    verdict = judge(LATENT, seeds(forward=0.01, latent=0.3), STUDY, "quick")
    assert (verdict.effect, verdict.unconditional.effect, verdict.unconditional.seeds) == (None, pytest.approx(0.29), 5)
    assert judged(0.96).unconditional is None


def anchors():
    """Return the anchors that the site gives to the log's entries."""
    headings = re.findall(r"^## (.+)$", (ROOT / "docs" / "log.md").read_text(), re.M)
    return {re.sub(r"[-\s]+", "-", re.sub(r"[^\w\s-]", "", heading).strip().lower()) for heading in headings}


def test_every_known_cause_has_an_entry_in_the_log():
    causes = {claim.cause for claim in CLAIMS.values() if claim.cause is not None}
    assert causes
    for cause in causes:
        page, _, anchor = cause.log.partition("#")
        assert (page, anchor in anchors(), cause.why != "") == ("docs/log.md", True, True), cause


def test_published_values_lie_within_the_limits_of_their_effect():
    valued = [claim for claim in CLAIMS.values() if claim.published and claim.published.value is not None]
    assert valued
    for each in valued:
        low, high = each.effect.limits
        assert low <= each.published.value <= high
        assert each.published.note
