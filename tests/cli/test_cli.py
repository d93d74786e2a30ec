"""The command line, from outside: what it prints, where, and with which exit code."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

import tolman
from prompt_folders import write
from tolman.claims.runs import RunGroup
from tolman.cli import commands as cli
from tolman.cli import options
from tolman.cli.look import make_world
from tolman.cli.progress import Lines, duration
from tolman.cli.run import RunRequest
from tolman.cli.verify import KEYS, chosen, tally
from tolman.core.registry import find, load
from tolman.experiments.study import PRESETS, AbstractStudy
from tolman.records.schema import Record
from tolman.records.store import Store

ROOT = Path(__file__).parents[2]
CAPITALS = str(ROOT / "examples/capitals.csv")
FILES = {
    "facts": {"facts": CAPITALS},
    "texts": {name: str(ROOT / f"examples/texts_{name}.jsonl") for name in ("documents", "tests")},
}
HEAVY = (
    "jax",
    "numpy",
    "equinox",
    "optax",
    "pyarrow",
    "duckdb",
    "altair",
    "rich",
    "bm25s",
    "scipy",
    "importlib.metadata",
)


def call(*arguments: str, width: int = 160) -> Result:
    return CliRunner(env={"COLUMNS": str(width)}).invoke(cli.main, arguments, catch_exceptions=False)


def said(*arguments: str) -> str:
    result = call(*arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def refused(*arguments: str) -> str:
    """The message of a command that must be refused without having printed anything else."""
    result = call(*arguments)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    return result.stderr


def python(code: str, *arguments: str) -> str:
    """What another interpreter prints."""
    run = subprocess.run(
        [sys.executable, "-c", code, *arguments], capture_output=True, text=True, timeout=60, check=True
    )
    return run.stdout


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["--version"], *([command, "--help"] for command in ("run", "pretrain", "audit", "export"))],
)
def test_help_imports_nothing_heavy(arguments):
    code = (
        "import atexit, sys\n"
        f"atexit.register(lambda: print('LOADED', *[m for m in {HEAVY} if m in sys.modules]))\n"
        "from tolman.cli import main; main(prog_name='tolman')"
    )
    printed = python(code, *arguments).splitlines()
    assert printed[-1] == "LOADED"
    assert "tolman" in printed[0]


def test_the_package_can_be_run_as_a_module():
    run = subprocess.run([sys.executable, "-m", "tolman", "--version"], capture_output=True, text=True, timeout=60)
    assert (run.returncode, run.stdout) == (0, said("--version"))


def test_help_names_the_files_that_a_component_is_made_from():
    assert "--facts FILE" not in said("run", "--help")
    for command in ("look", "run", "verify"):
        assert "--facts FILE" in said(command, "reversals", "--help")
        assert "--facts FILE" not in said(command, "codebooks", "--help")
        assert "--folder DIR" in said(command, "reversal-curse", "--help")


def test_the_package_imports_nothing_until_asked():
    code = (
        f"import sys, tolman; print([m for m in {(*HEAVY, 'click')} if m in sys.modules]); print(tolman.Store.__name__)"
    )
    assert python(code).splitlines() == ["[]", "Store"]


def test_every_public_name_is_there():
    for name in tolman.__all__:
        assert getattr(tolman, name) is not None
    assert set(tolman.__all__) <= set(dir(tolman))
    with pytest.raises(AttributeError, match="no attribute 'lod'"):
        tolman.lod  # noqa: B018


def test_the_version_is_the_packages():
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert said("--version") == f"tolman {declared}\n"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lst"], "unknown command 'lst': did you mean list?"),
        (["list", "worldz"], "unknown noun 'worldz': did you mean worlds?"),
        (["look", "reversal"], "unknown world 'reversal': did you mean reversals?"),
        (["look", "codebooks", "-P", "boks=3"], "unknown setting 'boks': did you mean books?"),
        (["look", "codebooks", "-P", "books=few"], "books=few: expected a whole number."),
        (["look", "codebooks", "-P", "books"], "expected NAME=VALUE"),
        (["look", "codebooks", "-P", "latent_fraction=1"], "expected between 1 and 10"),
        (["look", "codebooks", "--facts", CAPITALS], "there is no option --facts; it belongs to facts, reversals."),
        (["look", "facts"], "is made from a file of yours: give --facts FILE"),
        (["look", "reversal-curse-files"], "is made from a folder of yours: give --folder DIR"),
        (["run", "reversal"], "unknown study 'reversal': did you mean reversals?"),
        (["run", "facts"], "is made from a file of yours: give --facts FILE"),
        (
            ["run", "codebooks", "--facts", CAPITALS],
            "there is no option --facts; it belongs to facts, reversals.",
        ),
        (["run", "codebook", "--facts", CAPITALS], "unknown study 'codebook': did you mean codebooks?"),
        (["run", "reversals", "--preset", "quik"], "'quik' is not one of 'smoke', 'quick', 'full'"),
        (["run", "reversals", "--seeds", "0"], "0 is not in the range x>=1"),
        (["run", "reversals", "-o", "/no/such/place/report.html"], "there is no folder /no/such/place"),
        (["run", "reversals", "-o", "/"], "this is a directory"),
        (["export", "codebooks", "-o", "demos"], "is no world to act in: it has no expert"),
        (["export", "mazes", "-o", "demos", "-P", "siez=3"], "unknown setting 'siez': did you mean size?"),
        (["export", "mazes", "-o", "demos", "-P", "size=1"], "size is 1; expected 2 to 32"),
        (["export", "mazes", "-o", "demos", "--levels", "5000"], "make 4096 cues, and 5000 mazes need one each"),
        (["export", "mazes", "-o", "demos", "--noise", "2"], "2.0 is not in the range 0<=x<=1"),
        (["export", "mazes", "-o", "/"], "exists already: name another folder"),
        (["pretrain", "raeder"], "'raeder' is not one of 'reader', 'control'"),
        (["pretrain", "reader", "--preset", "quik"], "'quik' is not one of 'smoke', 'quick', 'gpu', 'full'"),
        (["pretrain", "reader", "--first-seed", "-1"], "-1 is not in the range"),
        (["pretrain", "reader", "--seeds", "0"], "0 is not in the range"),
        (["pretrain", "reader", "--workers", "-1"], "-1 is not in the range"),
        (
            ["pretrain", "reader", "--seeds", "2", "-o", "reader.safetensors"],
            "-o reader.safetensors: 2 seeds give as many checkpoints; drop -o, and each gets its own name",
        ),
        (
            ["pretrain", "reader", "-o", "reader.npz"],
            "-o reader.npz: this command writes .safetensors; end the name so",
        ),
        (["pretrain", "reader", "-o", "/no/such/place/a.safetensors"], "there is no folder /no/such/place"),
        (["sweep", "facts", "--facts", CAPITALS], "for example --over world.held_out_fraction=VALUE,VALUE."),
        (["run", "codebooks", "-P", "seed=3"], "seed is no setting: choose it by --first-seed."),
        (["sweep", "codebooks", "--over", "preset=quick,full"], "preset is no setting: choose it by --preset."),
        (["report", "--records", ""], "expected a folder"),
        (["run", "reversals", "--records", " "], "expected a folder"),
        (["verify", "reversal"], "unknown study 'reversal': did you mean reversals?"),
        (["verify", "codebooks", "--facts", CAPITALS], "codebooks: there is no option --facts"),
        (["report", "--records", "/no/such/place"], "there are no records in /no/such/place: first run a study"),
    ],
)
def test_mistakes_are_answered_with_a_way_out(arguments, message, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert message in refused(*arguments)
    assert list(tmp_path.iterdir()) == []


ROWS = [f"s{i},capital,o{i}" for i in range(20)]
TABLES = {
    "empty": (b"", "the file is empty"),
    "no rows": (b"subject,relation,object\n", "columns but no rows"),
    "no such column": (b"subject,relation\na,b\n", "object"),
    "not UTF-8": ("subject,relation,object\nBogotá,a,b\n".encode("latin-1"), "UTF-8"),
    "NUL": (b"subject,relation,object\na,b,c\x00d\n", "line 2"),
    "repeated": ("\n".join(["subject,relation,object", *ROWS, ROWS[0]]).encode(), "lines 2 and 22"),
    "contradictory": ("\n".join(["subject,relation,object", *ROWS, "s0,capital,other"]).encode(), "lines 2 and 22"),
    "one row": (b"subject,relation,object\na,b,c\n", ""),
    "too many": (
        "\n".join(["subject,relation,object", *(f"s{i},capital,o{i}" for i in range(100_000))]).encode(),
        "more than 20,000 rows",
    ),
}


@pytest.mark.parametrize(
    "command", [["run", "reversals", "-o", "report.html"], ["verify", "facts"], ["look", "reversals"]]
)
@pytest.mark.parametrize("kind", TABLES)
def test_a_table_that_cannot_be_used_is_refused_and_nothing_is_written(kind, command, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    content, message = TABLES[kind]
    Path("table.csv").write_bytes(content)
    answer = refused(*command, "--facts", "table.csv")
    assert "table.csv" in answer
    assert message in answer
    assert [path.name for path in tmp_path.iterdir()] == ["table.csv"]


def test_an_unlike_setting_names_ten_known_ones_and_what_lists_all():
    said = refused("run", "codebooks", "-P", "zzzzzzzz=1")
    assert "unknown setting 'zzzzzzzz': known: " in said
    assert said.count(", ") == 9
    assert "more; `tolman show STUDY` lists them." in said


def test_what_is_no_file_is_refused(tmp_path):
    assert "this is a directory" in refused("run", "reversals", "--facts", str(tmp_path))
    assert "there is no such file" in refused("run", "reversals", "--facts", str(tmp_path / "none.csv"))


def test_what_is_no_folder_is_refused_and_nothing_is_written(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    Path("people.jsonl").touch()
    for command in ("look", "run"):
        answer = refused(command, "reversal-curse", "--folder", "people.jsonl")
        assert "people.jsonl: this is a file. Name the folder that it is in." in answer
    assert [path.name for path in tmp_path.iterdir()] == ["people.jsonl"]


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may read everything")
def test_a_table_without_permission_is_refused(tmp_path):
    table = tmp_path / "table.csv"
    table.touch(mode=0o000)
    assert "not permitted" in refused("run", "reversals", "--facts", str(table))


def test_list_shows_every_component_with_what_it_is():
    lines = [line.split() for line in said("list").splitlines()]
    for noun in ("worlds", "learners", "retrievers", "augmentations", "measures", "studies"):
        for name in find(noun):
            assert any(line[:1] == [name] and len(line) > 1 for line in lines), name


def test_list_as_json_is_one_list():
    rows = json.loads(said("list", "retrievers", "--json"))
    assert [row["name"] for row in rows] == [
        "bm25", "dense", "everything", "oracle", "oracle-hard-negatives", "random", "tfidf",
    ]  # fmt: skip
    assert rows[0] == {
        "noun": "retrievers",
        "name": "bm25",
        "description": "Lexical retrieval over an inverted index.",
        "target": "tolman.retrieval.bm25",
    }
    assert {row["noun"] for row in json.loads(said("list", "--json"))} == {
        "worlds",
        "learners",
        "retrievers",
        "augmentations",
        "models",
        "measures",
        "studies",
    }


@pytest.mark.parametrize("world", sorted(find("worlds")))
def test_look_shows_every_kind_of_document_and_every_test(world, tmp_path):
    folders = {"reversal-curse-files": {"folder": str(tmp_path)}}
    write(tmp_path)
    files = {**FILES, **folders}.get(world, {})
    given = [word for option, path in files.items() for word in (f"--{option}", path)]
    shown = said("look", world, "-n", "2", *given)
    assert shown == said("look", world, "-n", "2", *given)
    assert shown != said("look", world, "-n", "2", "--seed", "1", *given)
    instance = make_world(world, [], files).draw(0)
    for title in (*instance.kinds, *instance.samplers, *(f"test: {test.name}" for test in instance.tests)):
        assert f"\n{title}  " in shown
    for test in instance.tests:
        assert f"\ntest: {test.name}  {test.role}: " in shown
    assert shown.count("sampled afresh throughout training") == len(instance.samplers)


DIALS = (
    "entities=4 coverage=1.0 relations=1 held_out=1 fillers=1 filler=0 inner_filler=0 copies=2 max_premises=1 "
    "test_items=8 full_stop=False targets=answers"
)
TINY = ["-n", "1", *(word for dial in DIALS.split() for word in ("-P", f"world.{dial}"))]


def test_look_shows_documents_as_the_model_sees_them():
    shown = said("look", "reversals", *TINY)
    assert shown.splitlines()[:2] == ["reversals, seed 0 · 9 words · 20 documents · 4 tests", DIALS]
    [question] = shown.split("test: latent  ")[1].splitlines()[1:2]
    subject, answer = question.split()[1], question.split()[-1]
    assert question == f"· {subject} r0 ←  ⟶  {answer}"
    assert f"    supported by  {answer} r0 → {subject}\n" in shown
    assert "latent: in the experiences, never asked for · 1 question · chance: uniform 0.250" in shown


def test_look_underlines_what_is_learned(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    shown = said("look", "reversals", *TINY)
    [line] = shown.split("statement")[1].splitlines()[1:2]
    assert line.count("\x1b[4;36m") == 1  # underlined, and in the colour of entities
    assert line.split()[-1].startswith("\x1b[4;36me")


def test_names_are_never_taken_for_markup(tmp_path):
    table = tmp_path / "table.csv"
    rows = [f"[red]s{i}[/red],[bold],<b>o{i}</b>" for i in range(10)]
    table.write_text("\n".join(["subject,relation,object", *rows]))
    shown = said("look", "reversals", "--facts", str(table), "-n", "10")
    assert "[red]s0[/red] [bold] → <b>o0</b> ." in shown


def test_a_folder_replaces_invented_people(tmp_path):
    write(tmp_path)
    shown = said("look", "reversal-curse", "--folder", str(tmp_path), "-n", "40", "-P", "paraphrases=0")
    assert "reversal-curse, seed 0" in shown
    assert "Ever heard of Ann AlderP2D ?" in shown
    assert str(tmp_path) not in shown
    assert chosen(["reversal-curse", "two-hop"], {"folder": "people"}) == ["reversal-curse-files", "two-hop"]


def test_a_table_given_to_verify_replaces_reversals():
    files = {"facts": "table.csv"}
    assert chosen(["reversals", "codebooks"], files) == ["facts", "codebooks"]
    assert chosen(["reversals", "facts"], files) == ["reversals", "facts"]
    assert chosen(["reversals", "reversals"], {}) == ["reversals"]
    assert chosen([], {}) == list(find("studies"))


def test_verdicts_are_counted():
    assert tally(["holds", "fails", "holds", "not run"]) == "2 hold, 1 fails, 1 not run"
    assert tally([]) == "nothing is claimed of this preset"


@pytest.mark.parametrize(
    ("seconds", "text"), [(0.4, "0 s"), (59.7, "1 min 0 s"), (125, "2 min 5 s"), (3840, "1 h 4 min")]
)
def test_durations_read_well(seconds, text):
    assert duration(seconds) == text


def test_a_log_gets_lines(capsys):
    from rich.console import Console

    lines = Lines(Console(width=40))
    lines.start("seed 0", 100)
    lines.update("seed 0", 50, "latent 0.1")  # too soon to repeat
    lines.said["seed 0"] -= 60
    lines.update("seed 0", 60, "latent 0.2")
    lines.finish("seed 0")
    lines.finish("seed 0")
    assert capsys.readouterr().out == "seed 0 …\nseed 0: 60 of 100, latent 0.2\nseed 0: done, 0 s\n"


@pytest.mark.parametrize(
    ("arguments", "hint"),
    [
        (["look", "reversals"], ""),
        (["run", "reversals"], " The same command goes on where this one stopped."),
        (["pretrain", "reader"], " The same command goes on where this one stopped."),
    ],
)
def test_an_interruption_is_quiet_and_tells_how_to_go_on(arguments, hint, monkeypatch):
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("tolman.cli.look.look", interrupted)
    monkeypatch.setattr("tolman.cli.run.make_study", interrupted)
    monkeypatch.setattr("tolman.cli.pretrain.check_output", interrupted)
    result = call(*arguments)
    assert (result.exit_code, result.stdout, result.stderr) == (130, "", f"\nInterrupted.{hint}\n")


@pytest.fixture(scope="module")
def smoke(tmp_path_factory):
    """Reversals at the smallest preset, run once: the folder, and what the command printed."""
    folder = tmp_path_factory.mktemp("smoke")
    where = ["--records", str(folder / "records")]
    result = call("run", "reversals", "--preset", "smoke", *where, "-o", str(folder / "report.html"))
    assert result.exit_code == 0, result.output
    return folder, where, result


@pytest.mark.slow
def test_run_prints_results_and_writes_the_report(smoke):
    folder, _, result = smoke
    for learner in (
        "parametric",
        "parametric-context",
        "parametric-retrieval-oracle",
        "parametric-retrieval-bm25",
        "parametric-retrieval-random",
    ):
        assert any(learner in line and "%" in line for line in result.stdout.splitlines())
    assert f"reversals · smoke · version {load('studies', 'reversals').version} · standard · 2 seeds" in result.stdout
    assert "Trained on 16 entities and 2 relations (2 seeds), the model answers" in result.stdout
    assert result.stdout.endswith(f"wrote {folder / 'report.html'}\n")
    assert "seeds 0-1: done" in result.stderr
    assert "<title>" in (folder / "report.html").read_text()


@pytest.mark.slow
def test_run_again_trains_nothing_and_prints_the_same(smoke):
    folder, where, result = smoke
    again = call("run", "reversals", "--preset", "smoke", *where, "-o", str(folder / "report.html"))
    assert (again.stdout, again.stderr) == (result.stdout, "")


@pytest.mark.slow
def test_the_command_is_in_the_provenance(smoke):
    _, where, _ = smoke
    assert {r.provenance["command"].split()[0] for r in Store(where[1]).records()} == {"tolman"}


@pytest.mark.slow
def test_report_gathers_what_is_there(smoke, tmp_path):
    _, where, _ = smoke
    assert said("report", *where, "-o", str(tmp_path / "all.html")) == f"wrote {tmp_path / 'all.html'}\n"
    assert "no-in-context" in (tmp_path / "all.html").read_text()


@pytest.mark.slow
def test_report_draws_a_figure_where_its_name_asks_for_one(smoke, tmp_path):
    _, where, _ = smoke
    assert said("report", *where, "-o", str(tmp_path / "figure.svg")) == f"wrote {tmp_path / 'figure.svg'}\n"
    assert "reversals (smoke, 2 seeds)" in (tmp_path / "figure.svg").read_text()


@pytest.mark.slow
def test_an_unknown_setting_is_refused_before_training(smoke):
    _, where, _ = smoke
    answer = refused("run", "reversals", "--preset", "smoke", *where, "-P", "training.bach=8")
    assert "unknown setting 'training.bach': did you mean training.batch" in answer


@pytest.mark.slow
def test_smoke_claims_nothing(smoke):
    _, where, _ = smoke
    first = call("verify", "reversals", "--preset", "smoke", *where, "--json")
    assert first.stdout == "[]\n"
    assert first.stderr.startswith("reversals: nothing is claimed of the preset smoke;")
    assert said("verify", "reversals", "--preset", "smoke", *where) == "nothing is claimed of this preset\n"


@pytest.fixture
def as_claimed(monkeypatch):
    """In place of training: records as a world would give in which all claims about reversals hold, save one."""
    monkeypatch.syspath_prepend(ROOT / "tests/records")
    from record_samples import sample

    def execute(request: RunRequest, study: AbstractStudy, store: object, progress: Lines) -> list[Record]:
        progress.note("training")
        run_groups = {cell for claim in study.claims("quick") for cell in claim.run_groups}
        knows = {RunGroup("standard", f"parametric-retrieval-{r}") for r in ("oracle", "bm25")}
        knows |= {RunGroup("pretrained", learner) for learner in ("context", "retrieval-oracle")}
        knows |= {RunGroup("wd=1", "parametric"), RunGroup("masked", "masked")}
        # and not "parametric-context", as claimed
        tests = {"forward": (200, 200), "reverse": (200, 200), "wrong-frame": (50, 200)}
        chosen = {RunGroup("no-filler", "masked")}
        return [
            sample(
                {
                    **tests,
                    "latent": (200 if cell in knows else 50, 200),
                    "latent-untrained": (200 if cell in chosen else 50, 200),
                },
                recall=1.0, study_version=study.version, condition=cell.condition, learner=cell.learner,
                world_seed=seed, model_seed=seed,
            )[0]
            for cell in run_groups
            for seed in range(6)
        ]  # fmt: skip

    monkeypatch.setattr("tolman.cli.verify.execute", execute)


def test_verify_as_json_is_a_list_of_verdicts_and_nothing_else(as_claimed, tmp_path):
    result = call("verify", "reversals", "facts", "--json", "--records", str(tmp_path))
    assert (result.exit_code, result.stderr) == (0, "training\n")
    rows = json.loads(result.stdout)
    assert all(tuple(row)[:9] == KEYS for row in rows)
    status = {(row["study"], row["claim"]): row["status"] for row in rows}
    assert status["reversals", "parametric-latent"] == "holds"
    assert status["reversals", "oracle-latent"] == "holds"
    assert status["reversals", "context-latent"] == "fails"
    assert {status["reversals", f"{aid}-latent-pretrained"] for aid in ("context", "oracle")} == {"holds"}
    assert {s for (study, _), s in status.items() if study == "facts"} == {"not run"}
    [failed] = [row for row in rows if row["status"] == "fails"]
    assert (failed["effect"], failed["bound"], failed["seeds"]) == (0.25, 0.9, 6)
    assert failed["low"] < 0.25 < failed["high"]
    assert (failed["floor"], failed["holds_under_fdr"], failed["reproduction"]) == ("items", False, "not reproduced")
    assert failed["p"] > 0.975
    assert failed["cause"] == {"kind": "mismatch unexplained", "why": "", "log": ""}
    assert failed["unconditional"] == {name: failed[name] for name in ("effect", "low", "high", "seeds")}
    assert failed["published"]["value"] is None
    held = next(row for row in rows if (row["study"], row["claim"]) == ("reversals", "parametric-forward"))
    assert held["p"] < held["p_adjusted"] < 0.05
    assert (held["holds_under_fdr"], held["reproduction"], held["cause"]) == (True, "direction reproduced", None)
    assert {row["note"] for row in rows if row["study"] == "facts"} == {"needs a file: give --facts FILE"}


def test_verify_says_what_a_study_of_a_folder_needs(tmp_path):
    rows = json.loads(said("verify", "reversal-curse-files", "--json", "--records", str(tmp_path)))
    assert {(row["status"], row["note"]) for row in rows} == {("not run", "needs a folder: give --folder DIR")}


def test_verify_prints_every_claim(as_claimed, tmp_path):
    shown = said("verify", "reversals", "--records", str(tmp_path))
    claims = load("studies", "reversals")().claims("quick")
    for claim in claims:
        assert f"reversals: {claim.name}" in shown
    held = len(claims) - 1
    survive = f"{held} of {held} that hold do so at a false-discovery rate of 5 % over {len(claims)} judged claims"
    assert shown.splitlines()[-1] == f"{held} hold, 1 fails; {survive}"


def test_presets_are_those_of_the_studies():
    assert options.PRESETS == PRESETS


def dialled(*dials):
    """`tolman look features` with a few samples and these dials."""
    return ["look", "features", "-n", "3", *(word for dial in dials for word in ("-P", dial))]


def test_look_shows_labelled_bits_in_blocks_with_their_labels():
    shown = said(*dialled("prevalence=0.5,1", "features=one:bit,two:xor", "block=4", "test_items=16"))
    assert "\n1: +1   0: -1   ·: 0, the feature is absent\n" in shown
    lines = [line for line in shown.split("test: two")[1].splitlines()[1:] if line]
    assert len(lines) == 3
    for line in lines:
        bullet, one, two, arrow, answer = line.split()
        assert (bullet, arrow) == ("·", "⟶")
        assert len(one) == 4
        assert answer == f"two={int(two[0] != two[1])}"


SMALL_IMAGES = ("form=image", "size=16", "train_items=8", "test_items=8")


def test_look_draws_images_in_two_rows_of_pixels_per_line(monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")
    monkeypatch.setenv("COLORTERM", "truecolor")
    image = make_world("features", SMALL_IMAGES, {}).draw(0)
    shown = said(*dialled(*SMALL_IMAGES)).split("fresh-labelled")[0]
    assert "\x1b[38;2;128;128;128;48;2;128;128;128m▀" in shown
    colours = {tuple(pixel) for pixel in image.corpus.experiences.steps["input"][:8, 0].reshape(-1, 3).tolist()}
    drawn = {tuple(map(int, m)) for m in re.findall(r"\x1b\[38;2;(\d+);(\d+);(\d+)", shown)}
    assert len(drawn) > 10
    assert drawn <= colours


@pytest.mark.parametrize(("width", "beside"), [(160, 3), (90, 2), (20, 1)])
def test_look_shades_images_where_there_are_no_colours_and_sets_as_many_side_by_side_as_fit(width, beside):
    shown = call(*dialled(*SMALL_IMAGES), width=width).stdout
    lines = shown.split("\nlabelled  ")[1].splitlines()[1:]
    assert all(re.fullmatch(r"[ .:\-=+*#%@]{16,}", line) for line in lines[:8])
    assert re.findall("shape=", lines[8]) == ["shape="] * beside


MAZES = ("mazes=4", "held_out=1", "episodes=16", "test_items=12", "latent_goals=1", "maze.size=4", "maze.objects=5")


def mazes(*dials: str, n: int = 3) -> str:
    """What `tolman look mazes` prints of small ones."""
    return said("look", "mazes", "-n", str(n), *(word for dial in (*MAZES, *dials) for word in ("-P", dial)))


def drawings(section: str) -> list[tuple[dict[tuple[int, int], str], str]]:
    """The rooms of a section, side by side, each as its run_groups of three characters and its caption."""
    block = section.split("\n\n")[0].splitlines()[1:]
    lines, found = [line.ljust(160) for line in block], []
    for start in (m.start() for m in re.finditer("┌", lines[0])):
        run_groups = {(r, c): lines[1 + 2 * r][start + 1 + 4 * c :][:3] for r in range(4) for c in range(4)}
        width = (lines[0].find("┌", start + 1) - start) if lines[0].find("┌", start + 1) > 0 else 160
        found.append((run_groups, " ".join(line[start : start + width].strip() for line in lines[9:]).strip()))
    return found


def the(run_groups: dict[tuple[int, int], str], sign: str) -> tuple[int, int]:
    """The only cell with that sign."""
    [cell] = [cell for cell, text in run_groups.items() if sign in text]
    return cell


@pytest.mark.parametrize("kind", ["episode", "elsewhere"])
def test_look_draws_episodes_as_their_actions_went(kind: str) -> None:
    found = drawings(mazes().split(f"\n{kind}  ")[1])
    assert len(found) == 3
    for run_groups, caption in found:
        goal, actions = re.fullmatch(r"maze \d, to ([A-E]): ([a-z ]+)", caption).groups()  # pyright: ignore
        at = the(run_groups, "○")
        came = {at}
        for action in actions.split():
            down, right = {"north": (-1, 0), "east": (0, 1), "south": (1, 0), "west": (0, -1)}[action]
            at = at[0] + down, at[1] + right
            came.add(at)
        assert run_groups[at] == "[●]" == run_groups[the(run_groups, "[")]
        assert came == {cell for cell, text in run_groups.items() if set(text) & set("○•●")}
        assert set(re.findall("[A-E]", "".join(run_groups.values()))) == set("ABCDE") - {goal}


def test_look_draws_questions_with_start_goal_and_what_supports_them() -> None:
    shown = mazes()
    for test in ("explicit", "latent", "goal-masked", "held-out"):
        found = drawings(shown.split(f"\ntest: {test}  ")[1])
        assert len(found) == 3
        for run_groups, caption in found:
            pattern = r"maze (\d), to ([A-E])" + (", which is hidden" if test == "goal-masked" else "") + r": (\d) away"
            maze, goal, away = re.fullmatch(pattern, caption).groups()  # pyright: ignore
            start, end = the(run_groups, "●"), the(run_groups, "[")
            assert goal in run_groups[end]
            assert abs(start[0] - end[0]) + abs(start[1] - end[1]) == int(away)
            assert (maze == "4") == (test == "held-out")
            assert any("○" in text for text in run_groups.values()) or "●" in run_groups[start]


def test_look_tells_lessons_step_by_step(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = mazes(n=2).split("\nlong-in-context  ")[1].split("\n\n")[0].splitlines()[1:]
    assert [line[0] for line in lines] == ["·", " ", " "] * 2
    for lesson in (lines[:3], lines[3:]):
        trials = [re.fullmatch(r"[· ] maze ([\d-]+)  to ([A-E]): (.+)", line).groups() for line in lesson]  # pyright: ignore
        maze, goal, _ = trials[-1]
        assert any(where == maze and goal in re.findall(r"\b[A-E]\b", told) for where, _, told in trials[:-1])
    monkeypatch.setenv("FORCE_COLOR", "1")
    coloured = mazes(n=1).split("long-in-context\x1b")[1].split("\n\n")[0].splitlines()[1:]
    assert ["\x1b[4m" in line for line in coloured] == [False, False, True]


def test_look_draws_walls_and_headings() -> None:
    shown = mazes("maze.actions=turn-move", "maze.wall_density=1", "maze.max_steps=40")
    assert re.search(r"\[[▲▶▼◀]\]", shown)
    assert any(joint in shown for joint in "╶╴╷╵")


def test_look_tells_in_words_where_positions_are_hidden_and_actions_alone_of_pixels() -> None:
    shown = mazes("maze.observation=pixels", "maze.observe_position=false").split("\nepisode  ")[1].split("\n\n")[0]
    lines = shown.splitlines()[1:]
    assert len(lines) == 3
    assert all(re.fullmatch(r"· maze [\d-]+  to [A-E]:( · (north|east|south|west))+", line) for line in lines)


def test_export_writes_what_the_library_does(tmp_path, monkeypatch):
    from tolman.envs import maze

    given = [
        "--episodes",
        "40",
        "--levels",
        "5",
        "--seed",
        "3",
        "--noise",
        "0.2",
        "-P",
        "size=3",
        "-P",
        "maze.objects=4",
    ]
    monkeypatch.setattr(sys, "argv", ["tolman", "export", "mazes", *given])
    printed = said("export", "mazes", "-o", str(tmp_path / "demos"), *given)
    assert printed == f"wrote {tmp_path / 'demos'}: 40 episodes, drawn from 5 levels; README.md in it describes them.\n"
    params, steps = maze.load_demonstrations(tmp_path / "demos")
    assert params.config == maze.MazeConfig(size=3, objects=4)
    expected = maze.demonstrations(maze.make_params(params.config, 5, 3), 40, 3, 0.2)
    assert all((one == other).all() for one, other in zip(steps, expected, strict=True))
    assert "```bash\ntolman export mazes --episodes 40 " in (tmp_path / "demos" / "README.md").read_text()
    assert "exists already" in call("export", "mazes", "-o", str(tmp_path / "demos")).stderr
