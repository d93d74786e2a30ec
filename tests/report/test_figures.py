import dataclasses

import pytest
import vl_convert

from tolman.cli.report import write
from tolman.core.errors import UserError
from tolman.report.claim_figures import claims_figure as claims
from tolman.report.figures import bars, curves, own_curves
from tolman.report.palette import SPARE, colours
from tolman.report.paper import save_bars


def rows_of(chart):
    return max(chart.to_dict()["datasets"].values(), key=len)


def test_bars_show_the_summary(study, summed):
    summary = summed(study(5))[0]
    rows = rows_of(bars(summary))
    assert len(rows) == 12
    for row in rows:
        score = getattr(summary.learner(row["learner"]), row["role"])
        assert (row["mean"], row["low"], row["high"]) == score.accuracy[:3]
        assert row["chance"] == score.chance.uniform


def test_bars_leave_out_what_was_not_measured(make, summed):
    assert rows_of(bars(summed([make(tests={})])[0])) == []


def test_curves_show_each_training_once(study, summed):
    summary = summed(study(5))[0]
    assert [learner.label for learner in own_curves(summary)] == ["parametric", "parametric-retrieval-oracle"]
    assert "query-target tokens" in str(curves(summary).to_dict())


def test_no_curves_without_evaluations(make, summed):
    record = make()
    record.result["curves"].clear()
    assert curves(summed([record])[0]) is None


def test_no_curves_of_a_single_point(make, summed):
    record = make()
    del record.result["curves"][1:]
    assert curves(summed([record])[0]) is None


def test_claims_show_what_was_judged(verdict):
    verdicts = [
        verdict("a"),
        verdict("b", effect=None, status="not run"),
        verdict("c", direction="within", bound=0.05),
        verdict("d", direction=">=", bound=0.9, effect=0.97, low=None, high=None),
    ]
    rows = rows_of(claims(verdicts))
    assert [row["claim"] for row in rows] == ["reversals: a", "reversals: c", "reversals: d"]
    assert [(row["from"], row["to"]) for row in rows[1:2]] == [(-0.05, 0.05)]
    assert rows[0]["from"] < rows[0]["low"]
    assert rows[0]["to"] == 0.06
    assert (rows[2]["from"], rows[2]["low"], rows[2]["high"]) == (0.9, 0.97, 0.97)
    assert claims([verdicts[1]]) is None


def test_every_figure_can_be_drawn(study, verdict, summed):
    summary = summed(study(2))[0]
    for chart in (bars(summary), curves(summary), claims([verdict("a")])):
        picture = vl_convert.vegalite_to_svg(chart.to_dict() | {"width": 600})
        assert picture.count("<path") > 5


def test_a_learner_keeps_its_colour(presentations):
    styles = presentations["reversals"].learners
    assert colours(["parametric-retrieval-bm25", "other", "parametric"], styles) == {
        "parametric-retrieval-bm25": styles["parametric-retrieval-bm25"].colour,
        "parametric": styles["parametric"].colour,
        "other": SPARE[0],
    }
    # A retriever has the same colour with a finetuned model and with one that is as it was.
    for finetuned in (True, False):
        some = [style.colour for name, style in styles.items() if name.startswith("parametric-") == finetuned]
        assert len(set(some)) == len(some)


@pytest.mark.parametrize(("suffix", "magic"), [(".png", b"\x89PNG"), (".svg", b"<?xml"), (".pdf", b"%PDF")])
def test_the_paper_figure_is_the_same_bytes_every_time(study, tmp_path, suffix, magic, summed):
    summary = summed(study(2))[0]
    one, two = (save_bars(summary, tmp_path / f"{name}{suffix}").read_bytes() for name in "ab")
    assert one.startswith(magic)
    assert one == two


def test_the_paper_figure_says_what_is_wrong(make, tmp_path, summed):
    summary = summed([make()])[0]
    with pytest.raises(UserError, match=r"ends in \.png"):
        save_bars(summary, tmp_path / "figure.bmp")
    with pytest.raises(UserError, match="cannot write"):
        save_bars(summary, tmp_path / "absent" / "figure.png")
    with pytest.raises(UserError, match="no explicit or latent tests to draw"):
        save_bars(dataclasses.replace(summary, learners=()), tmp_path / "figure.png")


def test_a_figure_of_two_studies_is_refused(make, tmp_path):
    with pytest.raises(UserError, match=r"one study, and there are records of codebooks, reversals: `tolman run"):
        write([make(), make(study="codebooks")], str(tmp_path / "figure.png"))
