"""Which walks are drawn, what is said of them, and the pictures that are made of them."""

from __future__ import annotations

import copy
import io
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image
from rich.console import Console
from walk_samples import LIMIT, agents, items, walks

from tolman.core.errors import UserError
from tolman.report.finding import finding
from tolman.report.palette import LEARNERS
from tolman.report.pictures import save_walks
from tolman.report.site import render
from tolman.report.summary import summarise
from tolman.report.terminal import results
from tolman.report.walks import outcome, story


@pytest.fixture(name="summary")
def _summary(make):
    def summary(**given):
        return summarise(agents(make, **given))[0]

    return summary


def plain(text):
    return " ".join(text.replace("\N{NO-BREAK SPACE}", " ").split())


# ---- which


def test_the_story_goes_from_what_was_trained_to_what_memory_makes_of_the_rest(summary):
    told = story(summary())
    assert [panel.heading for panel in told.panels] == [
        "Trained goal", "Latent goal", "Latent goal + memory", "Latent goal + search"]  # fmt: skip
    assert [panel.outcome.split(":")[0] for panel in told.panels] == ["straight there", "it wanders"] + 2 * [
        "straight there"
    ]
    used = [panel.scene.colour for panel in told.panels]
    assert used == [
        LEARNERS[name]
        for name in ("parametric", "parametric", "parametric-retrieval-oracle", "parametric-retrieval-bm25")
    ]


def test_all_panels_show_one_maze_and_the_latent_ones_the_same_task(summary):
    scenes = [panel.scene for panel in story(summary()).panels]
    for scene in scenes[1:]:
        np.testing.assert_array_equal(scene.params.layouts.places, scenes[0].params.layouts.places)
        np.testing.assert_array_equal(scene.path[0], scenes[1].path[0])
        assert scene.state.goal == scenes[1].state.goal
    goal = scenes[2].params.layouts.places[0, scenes[2].state.goal]
    np.testing.assert_array_equal(scenes[2].path[-1], goal)
    np.testing.assert_array_equal(scenes[2].earlier[0][-1], goal)
    assert not scenes[1].earlier


@pytest.mark.parametrize(("misses", "shown"), [((), 0), ((0,), 1), ((0, 1), 2)])
def test_the_first_telling_and_distant_item_is_drawn(summary, misses, shown):
    scene = story(summary(misses=misses)).panels[1].scene
    maze, goal, start = items(True)[shown]
    assert (int(scene.state.goal), tuple(scene.path[0])) == (goal, start)
    assert (scene.params.layouts.walls[0] == walks("parametric")["sketch"]["mazes"][str(maze)]["walls"]).all()


def test_near_goals_are_drawn_only_if_there_is_nothing_else(make):
    records = agents(make, seeds=1)
    for record in records:
        record.result["walks"] = copy.deepcopy(record.result["walks"])
        for walk in record.result["walks"]["tests"]["latent"]:
            walk["shortest"] = 3 if walk["item"].split("|")[0] == "latent/maze1" else 2
    told = story(summarise(records)[0])
    assert int(told.panels[1].scene.state.goal) == next(goal for maze, goal, _ in items(True) if maze == 1)
    for record in records:
        for walk in record.result["walks"]["tests"]["latent"]:
            walk["shortest"] = 2
    told = story(summarise(records)[0])
    assert int(told.panels[1].scene.state.goal) == items(True)[0][1]
    assert "at least 3 actions away" not in told.caption


def test_the_caption_says_how_it_was_chosen_and_how_often_that_happens(summary):
    said = plain(story(summary(misses=(0,))).caption)
    n = len(items(True))
    assert f"as are {5 * (n - 1)} of {5 * n} recorded latent goals (5 seeds)" in said
    assert "the first latent goal, at least 3 actions away, that is missed without memory and found with it" in said
    assert "98 % of all trained goals and 25 % of all latent ones" in said
    assert "find 95 % (parametric-retrieval-oracle) and 93 % (parametric-retrieval-bm25) of the latent ones" in said
    assert "Grey is the way of a past episode" in said


def test_where_memory_never_helps_the_picture_says_so(summary):
    told = story(summary(misses=tuple(range(6))))
    assert "none of which is missed without memory and found with it" in told.caption
    assert [panel.outcome.split(":")[0] for panel in told.panels[1:]] == 3 * ["it wanders"]


@pytest.mark.parametrize(
    ("walk", "said"),
    [
        ({"actions": 1, "arrived": True, "correct": True}, "straight there: 1 action"),
        ({"actions": 6, "arrived": True, "correct": True}, "by a detour: there in 6 actions (1 would do)"),
        ({"actions": 9, "arrived": True, "correct": False}, "it wanders: there in 9 actions (1 would do)"),
        ({"actions": 1, "arrived": False, "correct": False}, "it wanders: not there in 1 action (1 would do)"),
    ],
)
def test_how_a_walk_ended(walk, said):
    assert outcome(walk | {"shortest": 1}) == said


@pytest.mark.parametrize("learners", [("parametric",), ("parametric-retrieval-oracle",)])
def test_half_a_comparison_is_no_story(summary, learners):
    assert story(summary(learners=learners)) is None


def test_records_without_walks_are_no_story(study):
    assert story(summarise(study(2))[0]) is None


def test_seeds_that_one_learner_lacks_are_left_out(make):
    records = [r for r in agents(make, seeds=2) if (r.learner, r.seeds[0]) != ("parametric-retrieval-oracle", 0)]
    assert f"of {len(items(True))} recorded latent goals (1 seed)" in story(summarise(records)[0]).caption


# ---- what is made of it


def test_the_page_shows_mazes_with_their_texts(make):
    page = render(agents(make), [])
    assert page.count("<svg xmlns") == 4
    start = page.index('<div class="mazes">')
    for text in ("Trained goal", "never sent to", f"not there in {LIMIT} actions", "as are"):
        assert text in page[start : page.index("</figure>", start)]
    assert 'class="mazes"' not in render([make()], [])


def test_one_file_holds_pictures_and_texts(summary, tmp_path):
    made = summary()
    svg, png = (save_walks(made, tmp_path / f"walks.{kind}") for kind in ("svg", "png"))
    root = ElementTree.fromstring(svg.read_text())
    words = plain(" ".join(node.text or "" for node in root.iter() if node.tag.endswith("text")))
    for panel in story(made).panels:
        assert f"{panel.heading} {panel.text} {panel.outcome}" in words
    with Image.open(png) as image:
        assert image.width == pytest.approx(2 * float(root.get("width", 0)), abs=2)
    assert svg.read_bytes() == save_walks(made, tmp_path / "again.svg").read_bytes()


def test_files_say_what_is_wrong(summary, study, tmp_path):
    with pytest.raises(UserError, match=r"ends in \.png or \.svg"):
        save_walks(summary(), tmp_path / "walks.bmp")
    with pytest.raises(UserError, match="cannot write"):
        save_walks(summary(), tmp_path / "absent" / "walks.svg")
    with pytest.raises(UserError, match="no walks are recorded"):
        save_walks(summarise(study(1))[0], tmp_path / "walks.svg")


# ---- tables and sentences


def test_lengths_of_ways_are_means_over_seeds_and_never_below_the_shortest(summary):
    score = summary().arm("parametric-retrieval-oracle").explicit
    assert score.path_ratio.mean == pytest.approx(1.03)
    # Student's t with 4 degrees of freedom: 2.776; the seeds are 1.01 to 1.05.
    assert score.path_ratio.high == pytest.approx(
        1.03 + 2.776 * np.std([1, 2, 3, 4, 5], ddof=1) / 100 / 5**0.5, abs=1e-5
    )
    assert score.arrived.mean == 1
    wide = summary(seeds=2).arm("parametric").explicit.path_ratio
    assert (wide.low, wide.mean) == (1.0, pytest.approx(1.015))
    assert summary().arm("parametric").control.path_ratio is None


def test_answers_that_are_no_acts_have_no_ways(study):
    score = summarise(study(2))[0].arms[0].latent
    assert (score.arrived, score.path_ratio) == (None, None)


def test_the_page_has_a_table_of_path_lengths(make, study):
    page = plain(render(agents(make), []))
    assert "<h4>Path length</h4>" in page
    assert "1.03 [1.01–1.05]" in page
    assert "Path length" not in render(study(2), []).replace("<dt>path length", "")


def test_the_terminal_has_it_too_in_80_columns(summary):
    out = io.StringIO()
    Console(file=out, width=80).print(results(summary()))
    lines = plain(out.getvalue())
    assert "│ parametric- │ 1.03 [1.01–1.05] │ 100 % │ 1.04 [1.04–1.04] │ 95 % │ │ retrieval-bm25 │" in lines
    assert all(len(line) <= 80 for line in out.getvalue().splitlines())


def test_what_was_found_is_said_in_words_for_mazes(summary):
    assert plain(finding(summary())) == (
        "Trained on 64 mazes (5 seeds), the model finds 98 % of the goals it was trained for, but only 25 % of the "
        "objects that it passed in training but was never sent to (chance 5 %), which guessing by elimination could "
        "explain (50 %); with the episode retrieved into its context by BM25 it finds 93 %."
    )
