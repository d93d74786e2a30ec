"""Numbers that an audit cannot stand behind: too few rows, repeats, similarities without a value. It says so."""

from __future__ import annotations

import json
import warnings

import numpy as np
import pytest
from audit_samples import ROWS, labels, layer, write_csv
from click.testing import CliRunner, Result
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedGroupKFold, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from tolman import cli
from tolman.audit import analysis
from tolman.audit.activations import Layer
from tolman.audit.labels import Feature
from tolman.audit.repeats import near_duplicates
from tolman.audit.results import Audit
from tolman.core.errors import UserError


@pytest.fixture
def run(silent):
    def audit(columns: dict[str, np.ndarray], *arrays: np.ndarray, **options) -> Audit:
        layers = [Layer(f"layer{i}", "acts.npz", values) for i, values in enumerate(arrays)]
        given = [Feature(name, values, classes=values.dtype.kind == "U") for name, values in columns.items()]
        return analysis.audit(layers, given, silent, **options)

    return audit


def call(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "160"}).invoke(cli.main, ["audit", *arguments], catch_exceptions=False)


def words(kinds: int, seed: int = 0, rows: int = ROWS) -> np.ndarray:
    return np.array([f"w{i}" for i in np.random.default_rng(seed).integers(0, kinds, rows)])


def repeats(stimuli: int = 20, times: int = 6) -> tuple[np.ndarray, dict[str, np.ndarray]]:
    """Activations of repeated stimuli, whose labels were drawn at random."""
    rng = np.random.default_rng(5)
    stimulus = rng.permutation(np.repeat(np.arange(stimuli), times))
    label = rng.permutation(np.resize(["no", "yes"], stimuli))[stimulus]
    X = rng.normal(size=(stimuli, 16))[stimulus] + 0.3 * rng.normal(size=(len(stimulus), 16))
    return X, {"label": label, "stimulus": np.array([f"s{i}" for i in stimulus])}


def test_too_many_classes_are_said_first_and_make_no_headline(run):
    found = run(labels() | {"word": words(34), "speaker": words(32, 1)}, layer(0.77, 0.07, units=12))
    assert {f.name for f in found.features if f.crowded} == {"word", "speaker"}
    first, second, third = found.findings
    kinds = len(np.unique(words(34)))
    assert first.startswith(
        f"word has {kinds} classes, too many classes for these rows: a regression fits {kinds - 1} weights for each "
        f"unit on 128 rows, {128 / (kinds - 1):.1f} for each, and wants 5."
    )
    assert second.startswith("speaker has")
    assert third.startswith("shape takes 1")
    assert third.partition(" though ")[0].endswith(" the variance of tense")
    assert min(feature.unique.low for feature in found.layers[0].features) < -0.1
    assert any(note.startswith("shares and interval ends below 0 % or above 100 %") for note in found.notes)


@pytest.mark.parametrize(("kinds", "rows", "said"), [(26, 160, False), (27, 160, True), (5, 20, True), (4, 20, False)])
def test_five_rows_of_the_fit_for_each_class_are_enough(run, kinds, rows, said):
    word = np.resize([f"w{i}" for i in range(kinds)], rows)
    found = run({"word": word}, np.random.default_rng(0).normal(size=(rows, 8)))
    assert found.features[0].crowded is said
    assert any("too many classes for these rows" in text for text in found.findings) is said


def test_features_that_only_together_have_too_many_classes_are_told_apart(run):
    found = run({"one": words(20), "two": words(20, 1)}, np.random.default_rng(0).normal(size=(ROWS, 8)))
    assert not any(feature.crowded for feature in found.features)
    assert found.findings[0].startswith("Together the features have too many classes for these rows: ")


def test_repeats_count_once_where_labels_are_theirs(run):
    X, columns = repeats()
    given = {"label": columns["label"], "kind": np.array([f"k{int(s[1:]) % 6}" for s in columns["stimulus"]])}
    assert not run(given, X).features[1].crowded
    found = run(given, X, groups=columns["stimulus"])
    assert found.features[1].crowded
    assert "on 16 groups, 3.2 for each" in found.findings[0]


def test_what_is_well_measured_is_left_unsaid(run):
    found = run(labels(), layer(0.6, 0.3))
    assert found.notes == ()
    assert not any("too many" in text for text in found.findings)


def test_repeats_are_noticed_and_grouped(run):
    X, columns = repeats()
    given = {"label": columns["label"]}
    by_rows, by_groups = run(given, X), run(given, X, groups=columns["stimulus"])
    [warning] = [note for note in by_rows.notes if "--group COLUMN" in note]
    assert warning.startswith("layer0: ")
    assert not any("--group" in note for note in by_groups.notes)
    assert "rows of a group stay together in every split and draw: 20 groups" in by_groups.notes
    assert (by_rows.groups, by_groups.groups) == (0, 20)
    [before], [after] = (found.layers[0].features for found in (by_rows, by_groups))
    assert before.linear.value > after.linear.value + 0.1
    assert before.knn.value > 0.95 > 0.8 > after.knn.value
    assert after.linear.low < 0.5 < after.linear.high
    assert after.linear.high - after.linear.low > 2 * (before.linear.high - before.linear.low)
    assert after.alone.high - after.alone.low > 1.5 * (before.alone.high - before.alone.low)
    probe = make_pipeline(StandardScaler(), LogisticRegression(max_iter=300))
    split = StratifiedGroupKFold(5, shuffle=True, random_state=0)
    held_out = cross_val_score(probe, X, columns["label"], cv=split, groups=columns["stimulus"])
    assert after.linear.value == pytest.approx(np.average(held_out), abs=0.03)


def test_few_groups_and_classes_of_one_group_are_said(run):
    X, columns = repeats(stimuli=8)
    one = np.where(columns["stimulus"] == "s0", "a", "b")
    found = run({"one": one, "label": columns["label"]}, X, groups=columns["stimulus"])
    assert (
        "rows of a group stay together in every split and draw: 8 groups; intervals over so few are rough"
        in found.notes
    )
    assert "one is not decoded: fewer than two of its classes are in two groups or more" in found.notes
    assert np.isnan(found.layers[0].features[0].linear.value)
    assert np.isfinite(found.layers[0].features[1].linear.value)


def test_one_group_is_refused(run):
    with pytest.raises(UserError, match="all rows are of one group, so that none can be held out"):
        run(labels(), layer(0.5, 0.3), groups=np.full(ROWS, "a"))


@pytest.mark.parametrize("times", [2, 3, 6])
def test_near_duplicates_are_found(times):
    X, _ = repeats(stimuli=60, times=times)
    assert near_duplicates(X).mean() > 0.6
    assert near_duplicates(np.repeat(X, times, axis=0)).mean() == 1
    assert near_duplicates(1e200 * X).mean() == near_duplicates(X).mean()


@pytest.mark.parametrize("units", [1, 2, 3, 5, 40])
@pytest.mark.parametrize("seed", range(3))
def test_independent_rows_are_no_duplicates(units, seed):
    rng = np.random.default_rng(seed)
    for X in (
        rng.normal(size=(300, units)),
        rng.normal(size=(300, units)) * np.logspace(0, -2, units),
        rng.random((300, units)) ** 3,
        4 * rng.integers(0, 2, (300, units)) + rng.normal(size=(300, units)),
        np.zeros((300, units)),
    ):
        assert near_duplicates(X).mean() < 0.6


def test_the_group_column_is_an_option_and_no_feature(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    X, columns = repeats()
    np.savez("acts.npz", layer=X.astype(np.float32))
    write_csv(tmp_path / "features.csv", columns)
    found = json.loads(call("acts.npz", "--features", "features.csv", "--group", "stimulus", "--json").stdout)
    assert [feature["name"] for feature in found["features"]] == ["label"]
    assert found["groups"] == 20
    assert found["layers"][0]["features"][0]["linear"]["value"] < 0.8
    both = call("acts.npz", "--features", "features.csv", "--group", "stimulus", "--feature", "stimulus", "--json")
    assert [feature["name"] for feature in json.loads(both.stdout)["features"]] == ["stimulus"]
    wrong = call("acts.npz", "--features", "features.csv", "--group", "stimuli")
    assert wrong.exit_code == 2
    assert "stimulus" in wrong.output
    write_csv(tmp_path / "only.csv", {"stimulus": columns["stimulus"]})
    none = call("acts.npz", "--features", "only.csv", "--group", "stimulus")
    assert none.exit_code == 2
    assert "besides 'stimulus', which groups rows, there is none" in none.output


def dead(rows: list[int], **options) -> np.ndarray:
    found = layer(0.5, 0.3, **options)
    found[rows] = 0.3
    return found


def test_rsa_of_dead_rows_is_undefined_with_its_reason_and_rows(run):
    found = run(labels(), dead([3, 8]), layer(0.5, 0.3, seed=1), dead(list(range(20, 32)), seed=2))
    by_name = {(pair.a, pair.b): pair for pair in found.pairs if pair.control == "nothing"}
    one, both = by_name["layer0", "layer1"], by_name["layer0", "layer2"]
    assert np.isnan(one.rsa)
    assert np.isfinite(one.cka)
    assert [(why.layer, why.rows) for why in one.rsa_undefined] == [("layer0", (3, 8))]
    assert [(why.layer, why.rows) for why in both.rsa_undefined] == [
        ("layer0", (3, 8)), ("layer2", tuple(range(20, 32)))
    ]  # fmt: skip
    assert not one.cka_undefined
    assert found.notes == (
        "RSA with layer0 is undefined: rows 3 and 8 have the same value in every unit (counted from 0)",
        "RSA with layer2 is undefined: rows 20, 21, 22, 23, 24, 25, 26, 27 and 4 more have the same value in every "
        "unit (counted from 0)",
    )


def test_rows_are_those_of_the_file_where_a_sample_is_compared(run, monkeypatch):
    from tolman.audit import similarity

    monkeypatch.setattr(similarity, "SIMILARITY_ROWS", 100)
    wrong = list(range(0, ROWS, 2))
    found = run(labels(), dead(wrong), layer(0.5, 0.3, seed=1))
    [why] = found.pairs[0].rsa_undefined
    assert set(why.rows) <= set(wrong)
    assert 30 < len(why.rows) < 70


def test_rsa_of_one_unit_is_undefined_with_its_reason(run):
    found = run(labels(), layer(0.5, 0.3)[:, :1], layer(0.5, 0.3, seed=1))
    assert np.isnan(found.pairs[0].rsa)
    assert "RSA with layer0 is undefined: it has one unit, and rows are correlated over units" in found.notes


def test_a_layer_that_features_explain_entirely_says_so(run):
    shape = np.where(labels()["shape"] == "circle", 1.0, -1.0)
    found = run({"shape": labels()["shape"]}, shape[:, None] * np.arange(1.0, 5.0), layer(0.5, 0.3))
    without = found.pairs[1]
    assert np.isnan(without.cka)
    [why] = without.cka_undefined
    assert "layer0" in why.reason
    assert any(note.startswith("CKA of layer0 and layer1 without all features is undefined: ") for note in found.notes)


def test_terminal_page_and_json_show_the_dash_and_why(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    np.savez("acts.npz", a=dead([3, 8]), b=layer(0.5, 0.3, seed=1))
    write_csv(tmp_path / "features.csv", labels())
    done = call("acts.npz", "--features", "features.csv", "-o", "page.html")
    reason = "RSA with a is undefined: rows 3 and 8 have the same value in every unit (counted from 0)"
    assert reason in " ".join(done.stdout.split())
    assert "│ a – b  │ nothing      │   – │" in done.stdout
    page = (tmp_path / "page.html").read_text()
    assert f'<p class="note">{reason}</p>' in page
    assert "<td>–</td>" in page
    assert '"similarity-cka"' in page
    assert '"similarity-rsa"' not in page, "a figure of nothing"
    pair = json.loads(call("acts.npz", "--features", "features.csv", "--json").stdout)["pairs"][0]
    assert pair["rsa"] is None
    assert pair["rsa_undefined"] == [
        {"layer": "a", "reason": "rows 3 and 8 have the same value in every unit (counted from 0)", "rows": [3, 8]}
    ]


@pytest.mark.parametrize("size", [1e-200, 1e200])
def test_activations_of_any_size_are_audited_alike(run, size):
    X = layer(0.77, 0.07).astype(np.float64)
    plain, sized = run(labels(), X, X[:, :12]), run(labels(), size * X, X[:, :12])
    for a, b in zip(plain.layers[0].features, sized.layers[0].features, strict=True):
        np.testing.assert_allclose((*a.alone, *a.unique, *a.linear), (*b.alone, *b.unique, *b.linear), rtol=1e-9)
    np.testing.assert_allclose(
        [(pair.rsa, pair.cka) for pair in plain.pairs], [(pair.rsa, pair.cka) for pair in sized.pairs], rtol=1e-9
    )
    assert sized.notes == plain.notes


def test_difficult_numbers_are_audited_without_a_warning(run):
    rng = np.random.default_rng(0)
    X = dead([3, 8], units=6)
    X[:, 1] *= 1e30
    rare = np.where(np.arange(ROWS) == 5, "one", "many")
    columns = {"word": words(34), "rare": rare, "size": 1e12 + rng.normal(size=ROWS)}
    found = run(columns, X, np.round(rng.normal(size=(ROWS, 170)), 1))  # a warning is an error here
    assert any("too many classes" in text for text in found.findings)


def test_a_warning_of_a_library_does_not_reach_the_user(files, monkeypatch):
    measured = analysis.audit

    def warning(*given, **options):
        warnings.warn("of a library", UserWarning, stacklevel=1)
        return measured(*given, **options)

    monkeypatch.setattr(analysis, "audit", warning)
    done = call("acts.npz", "--layer", "early", "--features", "features.csv")
    assert done.exit_code == 0
    assert "of a library" not in done.output


@pytest.mark.parametrize(("stimuli", "known"), [(4, False), (5, True)])
def test_there_are_no_intervals_over_a_handful_of_groups(run, stimuli, known):
    X, columns = repeats(stimuli=stimuli)
    found = run({"label": columns["label"]}, X, groups=columns["stimulus"])
    [feature] = found.layers[0].features
    for each in (found.layers[0].joint, feature.alone, feature.unique, feature.linear, feature.knn):
        assert np.isfinite(each.value)
        assert (each.low is not None, each.high is not None) == (known, known)
    assert any("no intervals over fewer than 5" in note for note in found.notes) is not known
    assert not any("too large for intervals" in note for note in found.notes)
