"""An environment that the package does not know is trained in, tested, recorded, reported and looked at by plugins."""

import dataclasses
from importlib import metadata

import numpy as np
import pytest
from click.testing import CliRunner

from tiny_corridor import Corridors, CorridorStudy
from tolman.cli.commands import main
from tolman.core import registry
from tolman.core.world import check_leaks
from tolman.experiments.load import load
from tolman.records.store import Store
from tolman.report.pictures import save_trajectories
from tolman.report.summary import summarise

PLUGINS = {"worlds": "Corridors", "studies": "CorridorStudy"}


def installed(group):
    """The entry points of a package that brings the world and the study."""
    name = PLUGINS.get(group.removeprefix("tolman."))
    return [metadata.EntryPoint("corridors", f"tiny_corridor:{name}", group)] if name else []


def command(*arguments):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry.metadata, "entry_points", lambda group: installed(group))
        result = CliRunner(env={"COLUMNS": "120"}).invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def ran(tmp_path_factory):
    """The folder of records of a run, and what it printed."""
    folder = tmp_path_factory.mktemp("corridors")
    printed = command(
        "run", "corridors", "--preset", "smoke", "--records", str(folder), "-o", str(folder / "page.html")
    )
    return folder, printed


@pytest.fixture(scope="module")
def records(ran):
    return Store(ran[0]).records()


def test_the_world_leaks_no_latent_answer():
    instance = Corridors().draw(0)
    assert set(check_leaks(instance)) == {"latent"}
    assert instance.corpus.size == len(np.unique(instance.corpus.topics)) * 4


def test_it_is_learned_by_reward_and_by_imitation(records):
    found = {(r.condition, r.learner, r.seeds): r.tests["explicit"]["accuracy"] for r in records}
    assert {key[:2] for key in found} == {
        ("by-reward", "parametric"),
        ("by-reward", "parametric-retrieval-oracle"),
        ("by-imitation", "parametric"),
    }
    assert len(found) == 6
    # Chance is one half.
    # How far so short a training gets depends on the last bits.
    assert all(accuracy >= 0.8 for (_, learner, _), accuracy in found.items() if learner == "parametric")


def test_records_hold_trajectories(records):
    for record in records:
        trajectories = record.result["trajectories"]
        assert set(trajectories["tests"]) == {"explicit", "latent"}
        for test, found in trajectories["tests"].items():
            assert len(found) == 6
            for one in found:
                ends = trajectories["layouts"]["ends"][str(one["level"])]
                assert one["path"][0] == [1]
                assert len(one["path"]) == one["actions"] + 1
                assert one["success"] == (one["path"][-1] == [ends[one["goal"]]])
                assert one["correct"] == (one["success"] and one["actions"] == one["shortest"] == 1)
                assert all(cells[0] == [1] for cells in one["retrieved"])
            assert 0 <= record.tests[test]["accuracy"] <= record.tests[test]["success"] <= 1


def test_retrieved_episodes_showed_the_goal(records):
    found = [r.result["trajectories"] for r in records if r.learner == "parametric-retrieval-oracle"]
    every = [(one, kept["layouts"]) for kept in found for test in kept["tests"].values() for one in test]
    # By the end, agents go straight to their goal: what they remember rarely shows the other end.
    retrieved = [(one, layouts) for one, layouts in every if one["retrieved"]]
    assert retrieved
    for one, layouts in retrieved:
        goal = layouts["ends"][str(one["level"])][one["goal"]]
        assert all([goal] in cells for cells in one["retrieved"])


def test_the_terminal_and_the_page_tell_of_it(ran):
    folder, printed = ran
    page = (folder / "page.html").read_text()
    for text in (printed, page):
        assert "the ends it was sent to" in " ".join(text.split())
        assert "reached" in text
    assert "Trained end" in page
    assert "object 0 of [" in page
    assert command("report", "--records", str(folder), "-o", str(folder / "again.html")).startswith("wrote")


def test_pictures_are_saved_by_the_studys_renderer(records, tmp_path):
    (main_part,) = [
        s for s in summarise(records, {"corridors": CorridorStudy.presentation()}) if s.condition == "by-reward"
    ]
    assert "object" in save_trajectories(main_part, tmp_path / "picture.svg").read_text()


def test_models_come_back_with_their_world(records, ran):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(registry.metadata, "entry_points", lambda group: installed(group))
        loaded = load(records[0], ran[0])
    assert {t.name for t in loaded.instance.tests} == {"explicit", "latent"}


def test_look_shows_it():
    shown = command("look", "corridors", "-n", "2", "-P", "levels=4")
    assert "numbers: cells of a corridor" in shown
    assert "1 → " in shown
    assert "test: latent" in shown
    assert "in corridor" in shown


def test_lists_name_it():
    assert "corridors" in command("list", "worlds")
    assert "corridors" in command("list", "studies")


def test_every_field_of_the_environment_is_an_array():
    assert [field.name for field in dataclasses.fields(Corridors().draw(0).tests[0].environment)] == ["ends"]
