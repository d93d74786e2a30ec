"""Advice on a terminal and as a page: every number is there, and no name is trusted."""

from __future__ import annotations

import dataclasses
import html
import json
import re

import pytest
from advice_samples import MATERIAL, USUAL, Did, advice, spaced
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from tolman.advise.page import render
from tolman.advise.terminal import euros, table
from tolman.report.words import limits, percent

EVIL = "</script><script>alert(1)</script>{{ 7*7 }}<img src=x onerror=alert(2)>"
LINKED = {name: did._replace(two_hop=0.05 + 0.9 * did.latent) for name, did in USUAL.items()}


def printed(found, width=80):
    console = Console(width=width, highlight=False, color_system=None)
    with console.capture() as capture:
        console.print(table(found))
    return capture.get()


WIDE = {
    name: Did(0.9995, [0.0005, 0.999, 0.5, 0.42, 0.33, 0.77], 12_345, two_hop=[0.9995] * 6, trained=9)
    for name in USUAL
}  # fmt: skip
"""Numbers that take as much room as any."""


@pytest.mark.parametrize("found", [advice(), advice(LINKED), advice(WIDE, items=2_000, price=15), advice(seeds=1)])
def test_a_terminal_of_80_columns_shows_every_number_whole(found):
    shown = printed(found)
    assert max(map(len, shown.splitlines())) <= 80
    assert "…" not in shown
    for each in found.outcomes:
        for interval in filter(None, (each.stated, each.latent, each.two_hop)):
            assert percent(interval.mean) in shown
            assert limits(interval) in shown
        assert f"{each.tokens:,.0f}" in shown
        assert euros(found.euros(each)) in shown


def test_there_is_a_row_for_each_approach_in_whole_words():
    shown = printed(advice(), width=200)
    for each in advice().outcomes:
        assert shown.count(f" {each.text} ") == 1
    assert "two" not in shown
    assert re.search(r"two\s.*\n.*facts", printed(advice(LINKED), width=200))
    assert "reversed" in shown
    assert "6 seeds" in shown


def test_markup_in_a_name_is_shown_as_it_is():
    found = advice(material=dataclasses.replace(MATERIAL, name="[bold]t.csv[/bold]"))
    assert "[bold]t.csv[/bold]" in printed(found, 120)


@pytest.mark.parametrize(("amount", "shown"), [(0, "0"), (0.35, "0.35"), (1.94, "1.9"), (12.4, "12"), (1_234, "1,234"),
                                               (9.96, "10"), (99.7, "100"), (0.004, "0.004")])  # fmt: skip
def test_euros_have_two_digits_that_matter(amount, shown):
    assert euros(amount) == shown


@given(st.floats(1e-3, 1e7))
def test_euros_are_written_out(amount):
    shown = float(euros(amount).replace(",", ""))
    assert "e" not in euros(amount)
    assert shown == pytest.approx(amount, rel=0.06, abs=1e-4)


# --- the page


def test_the_page_says_what_the_terminal_says():
    found = advice(LINKED)
    page = spaced(html.unescape(render(found, "tolman advise t.csv", "1.2")))
    for said in (*found.sentences, found.material.example, found.material.amount, "tolman advise t.csv", "Tolman 1.2"):
        assert spaced(said) in page
    rows = [part.split("</tr>")[0] for part in page.split("<tbody>")[1].split("</tbody>")[0].split("<tr>")[1:]]
    assert len(rows) == len(found.outcomes)
    for row, each in zip(rows, found.outcomes, strict=True):
        assert each.text in row
        for interval in (each.stated, each.latent, each.two_hop):
            assert spaced(f"{percent(interval.mean)} {limits(interval)}") in row
        assert f"<td>{euros(found.euros(each))}</td>" in row
        assert ("<strong>" in row) == (each is found.recommended)


def test_the_page_shows_doubts_and_no_column_of_what_was_not_asked():
    page = render(advice(seeds=2), "tolman", "1")
    assert page.count("Doubt:") == len(advice(seeds=2).doubts) == 1
    assert "two facts" not in page
    assert "two facts" in render(advice(LINKED), "tolman", "1")
    assert "None" not in page.split("<script")[0]


@pytest.mark.parametrize("did", [USUAL, LINKED], ids=["single facts", "two facts too"])
def test_the_figure_shows_the_approaches_and_their_numbers(did):
    found = advice(did)
    spec = render(found, "tolman", "1").split('class="spec"')[1].split(">", 1)[1].split("</script>")[0]
    (rows,) = json.loads(spec)["datasets"].values()
    shown = {row["learner"]: (row["mean"], row["tokens"]) for row in rows}
    expected = {each.approach.name: (pytest.approx(each.latent.mean), each.tokens) for each in found.outcomes}
    assert shown == expected


def test_the_page_trusts_no_name_and_loads_nothing():
    material = dataclasses.replace(MATERIAL, name=EVIL, amount=EVIL, one=EVIL, many=EVIL, latent=EVIL, example=EVIL,
                                   notes=(EVIL,))  # fmt: skip
    page = render(advice(LINKED, material=material), EVIL, EVIL)
    assert "<script>alert" not in page
    assert "{{ 7*7 }}" in page
    assert (
        page.count("<script") == page.count("</script>") == 1 + 3
    )  # a figure, the library, and what fits and draws it
    assert "default-src 'none'" in page
    body = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert "<img" not in body
    assert "src=x" in body
    assert not re.search(r"""<[^>]*\b(src|href)\s*=|url\(|@import|https?:""", body.replace(html.escape(EVIL), ""))


def test_groups_of_questions_are_told_apart():
    found = advice()
    summary = found.outcomes[0].summary
    score = summary.tests["latent"]
    for names, shown in ((("capital", "river"), True), (("capital",), False), (map(str, range(25)), False)):
        groups = {"latent": dict.fromkeys(names, score), "forward": {"other": score}}
        outcome = dataclasses.replace(found.outcomes[0], summary=dataclasses.replace(summary, groups=groups))
        page = render(dataclasses.replace(found, outcomes=(outcome, *found.outcomes[1:])), "tolman", "1")
        assert ("questions by group" in page) == shown
        assert ("river" in page.split("<script")[0]) == shown
