"""Trajectories in reports: the choice, the wording and the pictures."""

from __future__ import annotations

import copy
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from trajectory_samples import LIMIT, agents, items, trajectories

from tolman.core.errors import UserError
from tolman.report.finding import finding
from tolman.report.pictures import pictures_of, save_trajectories
from tolman.report.site import render
from tolman.report.terminal import results
from tolman.report.trajectories import outcome, trajectory_pictures
from tolman.studies.latent.presentation import TRAJECTORIES


class Recorder:
    """A renderer that keeps what it is given."""

    def scene(self, layouts, trajectory, colour):
        return layouts["levels"][str(trajectory["level"])], trajectory, colour

    def svg(self, scenes, captions=()):
        return "<svg/>"

    def save(self, scenes, captions, path):
        self.saved = scenes


@pytest.fixture(name="summary")
def _summary(make, summed):
    def summary(**given):
        return summed(agents(make, **given))[0]

    return summary


def scenes(summary):
    """What is drawn: of each picture the level, the trajectory and the colour."""
    renderer = Recorder()
    trajectory_pictures(summary, TRAJECTORIES, renderer).save(None)
    return renderer.saved


def plain(text):
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


# ---- which


def test_pictures_go_from_a_trained_goal_to_a_latent_one_without_and_with_memory(summary, presentations):
    made = summary()
    drawings = pictures_of(made).drawings
    assert [drawing.heading for drawing in drawings] == [
        "Trained goal", "Latent goal", "Latent goal + memory", "Latent goal + lookup"]  # fmt: skip
    found = "found on a shortest path"
    assert [drawing.outcome.split(":")[0] for drawing in drawings] == [
        found, f"not found in {LIMIT} actions ({scenes(made)[1][1]['shortest']} would do)", found, found
    ]  # fmt: skip
    names = ("parametric", "parametric", "parametric-retrieval-oracle", "parametric-retrieval-bm25")
    assert [colour for _, _, colour in scenes(made)] == [presentations["mazes"].learners[n].colour for n in names]


def test_all_show_one_level_and_the_latent_ones_the_same_task(summary):
    drawn = scenes(summary())
    tasks = [(one["level"], one["goal"], one["path"][0]) for _, one, _ in drawn]
    assert {level for level, _, _ in tasks} == {tasks[0][0]}
    assert len(set(map(str, tasks[1:]))) == 1
    assert not drawn[1][1]["retrieved"]
    assert drawn[2][1]["retrieved"][0][-1] == drawn[2][1]["path"][-1][:2]


@pytest.mark.parametrize(("misses", "shown"), [((), 0), ((0,), 1), ((0, 1), 2)])
def test_the_first_contrasting_and_distant_item_is_drawn(summary, misses, shown):
    layout, one, _ = scenes(summary(misses=misses))[1]
    maze, goal, start = items(True)[shown]
    assert (one["level"], one["goal"], tuple(one["path"][0][:2])) == (maze, goal, start)
    assert layout == trajectories("parametric")["layouts"]["levels"][str(maze)]


def test_near_goals_are_drawn_only_if_there_is_nothing_else(make, summed):
    records = agents(make, seeds=1)
    for record in records:
        record.result["trajectories"] = copy.deepcopy(record.result["trajectories"])
        for one in record.result["trajectories"]["tests"]["latent"]:
            one["shortest"] = 3 if one["item"].split("|")[0] == "latent/maze1" else 2
    (made,) = summed(records)
    assert scenes(made)[1][1]["goal"] == next(goal for maze, goal, _ in items(True) if maze == 1)
    for record in records:
        for one in record.result["trajectories"]["tests"]["latent"]:
            one["shortest"] = 2
    (made,) = summed(records)
    assert scenes(made)[1][1]["goal"] == items(True)[0][1]
    assert "at least 3 actions away" not in pictures_of(made).caption


def test_the_caption_says_how_it_was_chosen_and_how_often_that_happens(summary):
    said = plain(pictures_of(summary(misses=(0,))).caption)
    n = len(items(True))
    assert f"as are {5 * (n - 1)} of {5 * n} recorded latent goals (5 seeds)" in said
    assert "the first latent goal, at least 3 actions away, that is missed without memory and found with it" in said
    assert "98 % of all trained goals and 25 % of all latent ones" in said
    assert "find 95 % (parametric-retrieval-oracle) and 93 % (parametric-retrieval-bm25) of the latent ones" in said
    assert "Grey is the path of a past episode" in said


def test_where_memory_never_helps_the_picture_says_so(summary):
    found = pictures_of(summary(misses=tuple(range(6))))
    assert "none of which is missed without memory and found with it" in found.caption
    assert all(drawing.outcome.startswith("not found") for drawing in found.drawings[1:])


@pytest.mark.parametrize(
    ("trajectory", "said"),
    [
        ({"actions": 1, "success": True, "correct": True}, "found on a shortest path: 1 action"),
        ({"actions": 6, "success": True, "correct": True}, "found by a detour: 6 actions (1 would do)"),
        ({"actions": 9, "success": True, "correct": False}, "found too late: 9 actions (1 would do)"),
        ({"actions": 1, "success": False, "correct": False}, "not found in 1 action (1 would do)"),
    ],
)
def test_outcomes_are_told_apart(trajectory, said):
    assert outcome(trajectory | {"shortest": 1}) == said


@pytest.mark.parametrize("learners", [("parametric",), ("parametric-retrieval-oracle",)])
def test_half_a_comparison_is_not_drawn(summary, learners):
    assert pictures_of(summary(learners=learners)) is None


def test_records_without_trajectories_are_not_drawn(make, study, summed):
    assert pictures_of(summed([make(study="mazes")])[0]) is None
    assert pictures_of(summed(study(2))[0]) is None


def test_seeds_that_one_learner_lacks_are_left_out(make, summed):
    records = [r for r in agents(make, seeds=2) if (r.learner, r.seeds[0]) != ("parametric-retrieval-oracle", 0)]
    assert f"of {len(items(True))} recorded latent goals (1 seed)" in pictures_of(summed(records)[0]).caption


# ---- drawn


def test_the_page_shows_pictures_with_their_texts(make, presentations):
    page = render(agents(make), [], presentations)
    assert page.count("<svg xmlns") == 4
    start = page.index('<div class="pictures">')
    for text in ("Trained goal", "never sent to", f"not found in {LIMIT} actions", "as are"):
        assert text in page[start : page.index("</figure>", start)]
    assert 'class="pictures"' not in render([make()], [])


def test_one_file_holds_pictures_and_texts(summary, tmp_path):
    made = summary()
    svg, png = (save_trajectories(made, tmp_path / f"pictures.{kind}") for kind in ("svg", "png"))
    root = ElementTree.fromstring(svg.read_text())
    words = plain(" ".join(node.text or "" for node in root.iter() if node.tag.endswith("text")))
    for drawing in pictures_of(made).drawings:
        assert f"{drawing.heading} {drawing.text} {drawing.outcome}" in words
    with Image.open(png) as image:
        assert image.width == pytest.approx(2 * float(root.get("width", 0)), abs=2)
    assert svg.read_bytes() == save_trajectories(made, tmp_path / "again.svg").read_bytes()


def test_files_say_what_is_wrong(summary, study, summed, tmp_path):
    with pytest.raises(UserError, match=r"ends in \.svg or \.png"):
        save_trajectories(summary(), tmp_path / "pictures.bmp")
    with pytest.raises(UserError, match="cannot write"):
        save_trajectories(summary(), tmp_path / "absent" / "pictures.svg")
    with pytest.raises(UserError, match="there is nothing to draw"):
        save_trajectories(summed(study(1))[0], tmp_path / "pictures.svg")


# ---- tables and sentences


def test_path_ratios_are_means_over_seeds_and_never_below_1(summary):
    score = summary().learner("parametric-retrieval-oracle").explicit
    assert score.columns["path_ratio"].mean == pytest.approx(1.03)
    # Student's t with 4 degrees of freedom: 2.776; the seeds are 1.01 to 1.05.
    assert score.columns["path_ratio"].high == pytest.approx(
        1.03 + 2.776 * np.std([1, 2, 3, 4, 5], ddof=1) / 100 / 5**0.5, abs=1e-5
    )
    assert score.columns["success"].mean == 1
    wide = summary(seeds=2).learner("parametric").explicit.columns["path_ratio"]
    assert (wide.low, wide.mean) == (1.0, pytest.approx(1.015))
    assert "path_ratio" not in summary().learner("parametric").control.columns


def test_records_without_the_columns_have_none(make, summed):
    assert summed([make(study="mazes")])[0].learners[0].latent.columns == {}


def test_the_page_has_a_table_of_path_lengths(make, study, presentations):
    page = plain(render(agents(make), [], presentations))
    assert "<h4>Path length</h4>" in page
    assert "1.03 [1.01, 1.05]" in page
    assert "Path length" not in render(study(2), [], presentations)


def test_the_terminal_has_it_too_in_80_columns(summary):
    out = io.StringIO()
    Console(file=out, width=80).print(results(summary()))
    lines = plain(out.getvalue())
    assert "│ parametric- │ 100 % │ 1.03 [1.01, 1.05] │ 95 % │ 1.04 [1.04, 1.04] │ │ retrieval-bm25 │" in lines
    assert all(len(line) <= 80 for line in out.getvalue().splitlines())


def test_what_was_found_is_said_in_words_for_mazes(summary):
    assert plain(finding(summary())) == (
        "Trained on 64 mazes (5 seeds), the model finds 98 % of the goals it was trained for, but only 25 % of the "
        "objects that it passed in training but was never sent to (chance 5 %), which guessing by elimination could "
        "explain (50 %); with the episode retrieved into its context by BM25 it finds 93 %."
    )
