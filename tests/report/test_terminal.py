import io

import pytest
from rich.console import Console

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
    assert bm25 == ["parametric-retrieval-bm25", "99 % [98–99.5]", "97 % [95–98]", "1 %", "99 % [98–99.6]"]
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
    assert "97 % [95–98]" in text


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
