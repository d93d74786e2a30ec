from __future__ import annotations

import dataclasses
import json

import numpy as np
import pytest
from audit_samples import labels, layer, write_csv
from click.testing import CliRunner, Result

from tolman import cli
from tolman.audit.activations import Layer
from tolman.audit.analysis import audit
from tolman.audit.formatting import coefficient, decoded, fraction, measured
from tolman.audit.labels import Feature
from tolman.audit.page import render
from tolman.audit.results import IntervalEstimate, LayerPair

EVIL = "</script><script>alert(1)</script>{{ 7*7 }}"


def call(*arguments: str) -> Result:
    return CliRunner(env={"COLUMNS": "120"}).invoke(cli.main, ["audit", *arguments], catch_exceptions=False)


def spaced(text: str) -> str:
    return text.replace("\N{NO-BREAK SPACE}", " ")


def test_the_command_prints_and_writes_the_same_numbers(files):
    done = call("acts.npz", "--layer", "late", "--features", "features.csv", "-o", "page.html")
    assert done.exit_code == 0, done.output
    numbers = call("acts.npz", "--layer", "late", "--features", "features.csv", "--json")
    found = json.loads(numbers.stdout)
    assert found["rows"] == 160
    [late] = found["layers"]
    page = spaced((files / "page.html").read_text())
    for feature in late["features"]:
        shown = spaced(measured(IntervalEstimate(**feature["alone"])))
        assert shown in spaced(done.stdout)
        value, interval = shown.rsplit(" [", 1)
        assert f"{value} <small>[{interval}</small>" in page
    assert found["findings"][0] in " ".join(done.stdout.split()).replace("→ ", "")
    assert found["findings"][0] in page
    assert done.stdout.endswith("wrote page.html\n")
    assert sorted(path.name for path in files.iterdir()) == ["acts.npz", "features.csv", "page.html"]


def test_json_is_all_that_json_prints(files):
    done = call("acts.npz", "--layer", "early", "--features", "features.csv", "--json", "-o", "page.html")
    json.loads(done.stdout)
    assert "wrote page.html" in done.stderr
    assert (files / "page.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["none.npz", "--features", "features.csv"], "none.npz: there is no such file"),
        (["acts.npz", "--features", "none.csv"], "none.csv: there is no such file"),
        (["acts.npz", "--features", "few.csv"], "acts.npz: layer 'early' has 160 rows, but there are labels for 40"),
        (["hole.npy", "--features", "features.csv"], "hole.npy: layer 'hole' holds 1 NaN or infinite value, in row 3"),
        (["acts.npz", "--features", "features.csv", "--feature", "tens"], "there is no column 'tens'. Choose 'tense'"),
        (["acts.npz", "--features", "features.csv", "--layer", "lat"], "there is no layer 'lat'. Choose 'late'"),
        (["acts.npz", "--features", "features.csv", "-o", "no/page.html"], "there is no folder no"),
        (["acts.npz", "--features", "features.csv", "--key", "id"], "there is no column 'id'"),
        (["acts.npz", "--features", "features.csv", "--key", "shape"], "'circle', 'square' stand in more than one row"),
        (
            ["acts.npz", "--features", "features.csv", "--quantity", "shape"],
            "a quantity, but holds 'circle' in",
        ),
        (["acts.npz"], "Missing option '--features'"),
        (["--features", "features.csv"], "Missing argument"),
    ],
)
def test_a_mistake_is_one_message_and_nothing_is_written(files, arguments, message):
    write_csv(files / "few.csv", labels(40))
    hole = layer(0.5, 0.3)
    hole[3, 1] = np.nan
    np.save("hole.npy", hole)
    before = sorted(files.iterdir())
    output = [] if "-o" in arguments else ["-o", "page.html"]
    done = call(*arguments, *output)
    assert (done.exit_code, done.stdout) == (2, ""), done.output
    assert message in done.stderr
    assert "Traceback" not in done.stderr
    assert sorted(files.iterdir()) == before


@pytest.fixture
def found(silent):
    """Names that no page should trust, and a quantity."""
    rng = np.random.default_rng(0)
    named = [Feature(f"{name}{EVIL}", values, True) for name, values in labels().items()]
    given = [*named, Feature("length", rng.standard_normal(160), False)]
    return audit([Layer(EVIL, EVIL, layer(0.7, 0.1))], given, silent, notes=[EVIL])


def test_no_name_is_trusted(found):
    page = render(found, EVIL, "1")
    assert "<script>alert" not in page
    assert page.count("<script") == page.count("</script>") == 2 + 3  # two figures, library, fit, draw
    assert "R²" in page


def test_figures_carry_the_numbers(found):
    page = render(found, "tolman audit", "1")
    specs = [part.split(">", 1)[1].split("</script>")[0] for part in page.split('class="spec"')[1:]]
    bars, components = map(json.loads, specs)
    rows = next(iter(bars["datasets"].values()))
    assert rows[0]["value"] == pytest.approx(found.layers[0].features[0].alone.value)
    assert len(rows) == 9
    assert {len(values) for values in components["datasets"].values()} == {10, 30}


def test_several_layers_are_compared_on_the_page(silent, found):
    layers = tuple(dataclasses.replace(found.layers[0], name=f"l{i}") for i in range(3))
    pairs = tuple(
        LayerPair("l0", "l1", c, v, v / 2)
        for c, v in (("nothing", 0.9), ("shape", 0.4), ("all features", float("nan")))
    )
    page = render(dataclasses.replace(found, layers=layers, pairs=pairs), "tolman audit", "1")
    for place in ("over-layers", "similarity-cka", "similarity-rsa", "layer2-variance"):
        assert f'id="{place}"' in page
        assert f'data-for="{place}"' in page
    assert "<td>0.90</td><td>0.45</td>" in page
    assert "<td>–</td><td>–</td>" in page
    assert "NaN" not in page.split('class="spec"', 1)[1].split("<script>")[0]


def test_two_models_are_compared(files):
    np.save("other.npy", layer(0.7, 0.0, seed=9))
    done = call("acts.npz", "other.npy", "--layer", "acts:late", "--layer", "other", "--features", "features.csv")
    assert done.exit_code == 0, done.output
    assert "acts:late – other" in done.stdout
    assert "all features" in done.stdout


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        (fraction(0.5), "50 %"),
        (fraction(-0.012), "−1.2 %"),
        (fraction(float("nan")), "–"),
        (measured(IntervalEstimate(0.05, 0.04, 0.06)), "5 % [4, 6]"),
        (measured(IntervalEstimate(0.0, -0.01, 0.01)), "0 % [−1.0, 1]"),
        (measured(IntervalEstimate(0.5)), "50 %"),
        (decoded(IntervalEstimate(0.987), True), "98.7 %".replace("98.7", "99")),
        (decoded(IntervalEstimate(-0.17), False), "R² −0.17"),
        (coefficient(-0.001), "0.00"),
    ],
)
def test_numbers_read_well(text, shown):
    assert spaced(text) == shown
