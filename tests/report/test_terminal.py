import io

import pytest
from rich.console import Console

from tolman.claims.published import Cause, Published
from tolman.claims.verdict import Estimate
from tolman.report.claim_words import tally_fdr
from tolman.report.terminal import claims_table, results_table


def printed(table, width=200, **options):
    out = io.StringIO()
    Console(file=out, width=width, **options).print(table)
    return out.getvalue().replace("\N{NO-BREAK SPACE}", " ")


def row(text, start):
    return next(line for line in text.splitlines() if start in line)


def test_results_have_a_row_per_learner_with_intervals(study, summed):
    text = printed(results_table(summed(study(5))[0]))
    assert "reversals · quick · version 1 · standard · 5 seeds" in text
    assert "recall@3" in text
    bm25 = [cell.strip() for cell in row(text, "parametric-retrieval-bm25").strip("│\n").split("│")]
    assert bm25 == ["parametric-retrieval-bm25", "99 % [98, 99.5]", "97 % [95, 98]", "1 %", "99 % [98, 99.6]"]
    assert row(text, "parametric").rstrip(" │").endswith("–")


def test_without_retrieval_there_is_no_such_column(make, summed):
    assert "recall" not in printed(results_table(summed([make()])[0]))


def test_missing_tests_are_dashes(make, summed):
    text = row(printed(results_table(summed([make(tests={})])[0])), "parametric")
    assert text.count("–") == 3


def test_names_are_no_markup(make, verdict, summed):
    name = "[bold red]x[/] [link=http://a]"
    assert name in printed(results_table(summed([make(learner=name, condition=name)])[0]))
    assert (
        printed(claims_table([verdict(name, study=name, source=name, note=name)])).count(name) == 6
    )  # twice in the table, four times in the line below it


def test_it_fits_a_narrow_terminal(study, summed):
    text = printed(results_table(summed(study(5))[0]), width=80)
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "97 % [95, 98]" in text


@pytest.mark.parametrize(
    ("status", "colour"), [("holds", "32"), ("fails", "1;31"), ("inconclusive", "33"), ("not testable", "35")]
)
def test_a_status_has_its_colour(verdict, status, colour):
    text = printed(claims_table([verdict("a", status=status)]), force_terminal=True, color_system="standard")
    assert f"\x1b[{colour}m{status}" in text


def test_claims_show_effect_bound_and_note(verdict):
    text = printed(
        claims_table(
            [
                verdict("latent", note="met in 5 of 5 seeds"),
                verdict("other", status="not run", effect=None, low=None, high=None, direction="within", seeds=0),
            ]
        )
    )
    assert "1.0 [0.0, 3.0]" in text
    assert "≤ 6.0" in text
    assert "within ±6.0" in text
    assert "met in 5 of 5 seeds" in text
    assert "arXiv 2509.16189" in text


def test_claims_show_p_publication_cause_and_the_effect_over_all_seeds(verdict):
    text = printed(
        claims_table(
            [
                verdict(
                    "left-out",
                    p=0.0004,
                    p_adjusted=0.012,
                    unconditional=Estimate(0.31, 0.1, 0.5, seeds=8),
                    published=Published("A paper", value=0.02),
                    reproduction="value reproduced",
                    floor="none",
                ),
                verdict("failed", status="fails", cause=Cause("defect", "the world leaks", "docs/log.md#x")),
                verdict("crowded", p=0.02, p_adjusted=0.08, holds_under_fdr=False),
            ]
        )
    )
    lines = text.splitlines()
    below = lines[next(i for i, line in enumerate(lines) if "│ left-out" in line) + 1]
    assert [cell.strip() for cell in below.split("│")] == ["", "", "", "31.0 [10.0, 50.0]", "p .012", "all 8", ""]
    assert "value reproduced, published value 2.0, setting unknown (ours); floor: none" in text
    assert "defect: the world leaks (docs/log.md#x)" in text
    assert "does not hold at a false-discovery rate of 5 %" in text


def test_the_tally_counts_what_survives_the_table(verdict):
    found = [verdict(name, p_adjusted=p, holds_under_fdr=p < 0.05) for name, p in (("a", 0.01), ("b", 0.2))]
    unjudged = verdict("c", status="not run")
    assert tally_fdr([*found, unjudged]) == (
        "1 of 2 that hold do so at a false-discovery rate of 5 % over 2 judged claims"
    )
    assert tally_fdr([unjudged]) == ""
