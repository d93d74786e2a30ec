import json
import re
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from tolman.claims.components import Components
from tolman.claims.published import Cause, Published
from tolman.claims.verdict import Estimate
from tolman.core.errors import UserError
from tolman.core.experience import Chance, ItemResults
from tolman.records.items import items_table
from tolman.records.schema import make_record
from tolman.records.store import Store
from tolman.report import document
from tolman.report.reproduction import commands
from tolman.report.site import render, write_report
from tolman.report.summary import summarise
from tolman.report.words import limits, percent

EVIL = "</script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&\u2028{{ 7*7 }}-->"


class Page(HTMLParser):
    """Tags with attributes, scripts, and the visible text."""

    def __init__(self, text):
        super().__init__()
        self.tags, self.scripts, self.words, self._in = [], [], [], []
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        self._in.append(tag)
        if tag == "script":
            self.scripts.append("")

    def handle_endtag(self, tag):
        if tag in self._in:
            while self._in.pop() != tag:
                pass

    def handle_data(self, data):
        if self._in[-1:] == ["script"]:
            self.scripts[-1] += data
        elif self._in[-1:] != ["style"]:
            self.words.append(data)

    @property
    def text(self):
        return re.sub(r"\s+", " ", " ".join(self.words).replace("\N{NO-BREAK SPACE}", " "))

    def all(self, tag):
        return [attributes for name, attributes in self.tags if name == tag]


def test_the_page_shows_the_aggregated_numbers(study, verdict, presentations):
    records = study(5, groups=["capital", "currency"])
    page = Page(render(records, [verdict("parametric-latent", note="in 5 of 5 seeds")], presentations))
    for learner in summarise(records)[0].learners:
        scores = (learner.explicit, learner.latent, learner.control)
        for score in (*scores, *learner.tests.values(), *learner.groups["latent"].values()):
            shown = f"{percent(score.accuracy.mean)} {limits(score.accuracy)}".replace("\N{NO-BREAK SPACE}", " ")
            assert shown in page.text
        if learner.latent.recall:
            assert limits(learner.latent.recall) in page.text
    for text in ("1.0 [0.0, 3.0]", "≤ 6.0", "arXiv 2509.16189", "in 5 of 5 seeds", "holds", "99 % of the questions"):
        assert text in page.text
    for text in ("tolman run reversals --preset quick", "jax 0.10.2", "A processor, 2 threads", "wrong frame"):
        assert text in page.text


def test_the_page_shows_p_publication_cause_and_the_effect_over_all_seeds(make, verdict):
    failed = verdict(
        "failed",
        status="fails",
        p=0.9,
        p_adjusted=1.0,
        unconditional=Estimate(0.31, 0.1, 0.5, seeds=8),
        published=Published("A paper", value=0.02),
        reproduction="not reproduced",
        cause=Cause("mismatch explained", "the reader looks elsewhere", "docs/log.md#x"),
        components=Components(0.1, 0.02, 0.003, worlds=6, models=2),
    )
    held = verdict("held", p=0.001, p_adjusted=0.004, holds_under_fdr=True)
    text = Page(render([make()], [failed, held])).text
    for said in (
        "31.0 [10.0, 50.0], all 8 seeds", "not reproduced, published value 2.0, setting unknown (ours)",
        "mismatch explained: the reader looks elsewhere (docs/log.md#x)", ".004",
        "standard deviation: world 0.100, model 0.020, residual 0.003 (6 worlds x 2 model seeds)",
        "1 of 1 that hold do so at a false-discovery rate of 5 % over 2 judged claims",
    ):  # fmt: skip
        assert said in text


def test_the_figures_carry_the_aggregated_numbers(study, verdict):
    records = study(5)
    page = Page(render(records, [verdict("a")]))
    names = [s["data-for"] for s in page.all("script") if "data-for" in s]
    assert names == ["s0p0-bars", "s0p0-curves", "claims-fraction"]
    assert set(names) <= {tag.get("id") for tag in page.all("div")}
    specs = dict(zip(names, map(json.loads, page.scripts), strict=False))
    (rows,) = specs["s0p0-bars"]["datasets"].values()
    latent = next(r for r in rows if (r["learner"], r["role"]) == ("parametric-retrieval-bm25", "latent"))
    assert latent["mean"] == summarise(records)[0].learner("parametric-retrieval-bm25").latent.accuracy.mean


def test_the_page_shows_what_is_read_for_each_question_where_learners_differ(study):
    records = study(2)
    assert "s0p0-costs" not in str(Page(render(records, [])).tags)
    for record in records:
        record.tests["latent"]["prompt_tokens"] = 30.0 if "retrieval" in record.learner else 7.5
    page = Page(render(records, []))
    names = [s["data-for"] for s in page.all("script") if "data-for" in s]
    assert names == ["s0p0-bars", "s0p0-curves", "s0p0-costs"]
    assert set(names) <= {tag.get("id") for tag in page.all("div")}
    (rows,) = json.loads(page.scripts[2])["datasets"].values()
    tokens = {
        learner.label: 30.0 if "retrieval" in learner.label else 7.5 for learner in summarise(records)[0].learners
    }
    assert {row["learner"]: row["tokens"] for row in rows} == tokens
    assert re.search(r"Accuracy on latent questions against what is read for each\. [^.]* over 2 seeds\.", page.text)


def test_nothing_is_loaded_from_anywhere(study, verdict):
    text = render(study(2), [verdict("a")])
    page = Page(text)
    for tag, attributes in page.tags:
        assert not {"src", "srcset", "data", "action", "poster", "background"} & set(attributes), tag
        assert attributes.get("href", "#").startswith("#")
        assert tag not in {"link", "iframe", "object", "embed", "base", "form", "img"}
    style = text[text.index("<style>") : text.index("</style>")]
    assert not re.search(r"url\(|@import|https?:", style)
    policy = page.all("meta")[1]["content"]
    assert policy.startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy
    assert "connect-src" not in policy


def test_the_library_is_there_once(study):
    text = render(study(2) + study(2, preset="full"), [])
    assert text.count("window.vegaEmbed=") == 1
    assert len([s for s in Page(text).scripts if len(s) > 100_000]) == 1


def test_the_policy_names_the_scripts_as_they_stand_in_the_page(make):
    page = Page(render([make()], []))
    scripts = [s for s, a in zip(page.scripts, page.all("script"), strict=True) if "type" not in a]
    assert len(scripts) == 3
    assert all(document._hash(script) in page.all("meta")[1]["content"] for script in scripts)


def test_names_cannot_leave_their_place(make, verdict):
    plain = render([make()], [verdict("a")])
    evil = make(
        learner=EVIL, condition=EVIL, groups=[EVIL], study=EVIL, preset=EVIL, overrides={EVIL: EVIL},
        world={"class": EVIL}, provenance={"command": EVIL, "host": EVIL, "packages": {EVIL: EVIL}, "tolman": EVIL},
    )  # fmt: skip
    evil.tests[EVIL] = evil.tests["latent"]
    text = render([evil], [verdict(EVIL, study=EVIL, status=EVIL, source=EVIL, note=EVIL)])
    page = Page(text)
    assert len(page.all("script")) == len(Page(plain).all("script"))
    assert not page.all("img")
    assert "alert(1)</script>" not in text
    assert all("<" not in s and "\u2028" not in s for s in page.scripts[:-3])
    (rows,) = json.loads(page.scripts[0])["datasets"].values()
    assert rows[0]["learner"] == EVIL
    assert "49" not in Page(render([make(learner="{{ 7*7 }}")], [])).text


def test_studies_presets_and_conditions_stand_apart(study):
    few = {"parametric": (0.9, 0.1), "parametric-retrieval-bm25": (0.9, 0.5)}
    records = [
        *study(5),
        *study(5, few, condition="no-in-context"),
        *study(1, few, preset="smoke"),
        *study(1, few, study="codebooks"),
        *study(1, few, overrides={"world.entities": 16}),
    ]
    page = Page(render(records, []))
    headings = ["reversals · quick · version 1", "reversals · smoke · version 1", "codebooks · quick · version 1",
                "reversals · quick -P world.entities=16 · version 1"]  # fmt: skip
    assert all(heading in page.text for heading in headings)
    assert page.text.count("Conditions compared") == 1
    assert page.text.count("Exploratory") == 1
    ids = [a["id"] for _, a in page.tags if "id" in a]
    assert len(ids) == len(set(ids))
    assert page.text.count("no claim") == 1


def test_the_command_is_made_up_from_the_configuration_if_none_is_recorded(make):
    page = Page(render([make(overrides={"world.name": "a b"}, provenance={"command": None})], []))
    assert "tolman run reversals --preset quick -P 'world.name=a b' --first-seed 0 --seeds 1" in page.text


def test_a_made_up_command_names_files_and_seeds_and_stands_beside_typed_ones(make):
    old = {"command": None, "files": {"facts": "my facts.csv"}}
    changed = {"training.stop": None, "world.order": ["a", "b"], "world.tied": True}
    records = [make(seed=seed, provenance=old, overrides=changed) for seed in (3, 4, 7)]
    (summary,) = summarise([*records, make(seed=8, overrides=changed)])
    run = "tolman run reversals --facts 'my facts.csv' --preset quick"
    given = "-P training.stop=none -P world.order=a,b -P world.tied=true"
    assert commands(summary) == (
        "tolman run reversals --preset quick",
        f"{run} {given} --first-seed 3 --seeds 2",
        f"{run} {given} --first-seed 7 --seeds 1",
    )


@pytest.mark.parametrize("tests", [{}, None])
def test_missing_tests_curves_and_provenance_are_no_error(make, tests):
    record = make(tests=tests)
    record.result["curves"].clear()
    record.provenance.clear()
    page = Page(render([record], []))
    assert "No claims were judged" in page.text
    assert "s0p0-curves" not in str(page.tags)


def test_the_same_records_give_the_same_page(study, verdict):
    assert render(study(2), [verdict("a")]) == render(study(2)[::-1], [verdict("a")])


def test_a_store_is_read(tmp_path):
    config = {"study": "reversals", "study_version": 1, "preset": "quick", "overrides": {}, "condition": "standard",
              "learner": {"name": "parametric"}, "world": {}, "world_seed": 0, "model_seed": 0}  # fmt: skip
    half = np.full(4, 0.5)
    results = [
        ItemResults(name, tuple("abcd"), np.zeros((4, 2)), np.zeros(4, int), np.ones(4, bool), Chance(half, half, half))
        for name in ("forward", "latent")
    ]
    items = items_table(results, {"forward": list("gggg"), "latent": list("gggg")})
    chance = {"uniform": 0.5, "elimination": 0.5, "constant": 0.5}
    tests = {name: {"role": role, "n": 4, "accuracy": 1.0, "chance": chance}
             for name, role in [("forward", "explicit"), ("latent", "latent")]}  # fmt: skip
    store = Store(tmp_path / "records")
    store.write(
        make_record(config, {"tests": tests, "curves": [], "measures": {}, "trainings": {"model": "t"}}, {}, items),
        items,
    )
    path = write_report(store, [], tmp_path / "report.html")
    assert "100 % [51, 100]" in Page(path.read_text(encoding="utf-8")).text


def test_without_records_it_says_what_to_do(tmp_path):
    with pytest.raises(UserError, match=r"no records in .*empty to report: first run a study"):
        write_report(Store(tmp_path / "empty"), [], tmp_path / "report.html")
    with pytest.raises(UserError, match="no records to report"):
        write_report([], [], tmp_path / "report.html")
    assert list(tmp_path.iterdir()) == []


def test_writing_replaces_the_page_whole_or_not_at_all(make, tmp_path, monkeypatch):
    path = tmp_path / "report.html"
    path.write_text("old")

    def fail(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(document.os, "fsync", fail)
    with pytest.raises(UserError, match=r"cannot write .*No space left on device: choose another place with -o"):
        write_report([make()], [], path)
    assert path.read_text() == "old"
    monkeypatch.undo()
    write_report([make()], [], path)
    assert [p.name for p in Path(tmp_path).iterdir()] == ["report.html"]
    assert path.read_text(encoding="utf-8").startswith("<!doctype html>")


def test_a_place_that_cannot_be_written_is_named(make, tmp_path):
    with pytest.raises(UserError, match="cannot write"):
        write_report([make()], [], tmp_path / "absent" / "report.html")
    with pytest.raises(UserError, match="cannot write"):
        write_report([make()], [], tmp_path)
