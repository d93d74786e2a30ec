from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from audit_samples import ROWS, labels, layer

from tolman import measures
from tolman.audit import analysis, layer_analysis
from tolman.audit.activations import Layer
from tolman.audit.findings import findings
from tolman.audit.formatting import fraction
from tolman.audit.labels import Feature
from tolman.audit.results import Audit, FeatureInLayer, FeatureSummary, IntervalEstimate, LayerPair, LayerResult
from tolman.core.errors import UserError
from tolman.report.words import percent


def features(**more: np.ndarray) -> list[Feature]:
    found = [Feature(name, values, classes=True) for name, values in labels().items()]
    return found + [Feature(name, values, classes=values.dtype.kind == "U") for name, values in more.items()]


@pytest.fixture
def run(silent):
    def audit(*arrays: np.ndarray, given: list[Feature] | None = None, **options) -> Audit:
        layers = [Layer(f"layer{i}", "acts.npz", values) for i, values in enumerate(arrays)]
        return analysis.audit(layers, features() if given is None else given, silent, **options)

    return audit


def test_the_fractions_are_those_that_were_built_in(run):
    found = run(layer(0.77, 0.07))
    [result] = found.layers
    shape, tense = result.features
    assert shape.alone.value == pytest.approx(0.77, abs=0.03)
    assert tense.alone.value == pytest.approx(0.07, abs=0.03)
    assert result.joint.value == pytest.approx(0.84, abs=0.03)
    for each in (shape, tense):
        assert each.alone.low < each.alone.value < each.alone.high
        assert each.unique.low < each.unique.value < each.unique.high
        assert each.linear.value > 0.98
        assert each.knn.value > 0.9
        assert each.chance == 0.5
    assert shape.carried == pytest.approx(1, abs=0.05)
    assert shape.led + tense.led <= result.units == 24
    assert shape.led > tense.led > 0
    assert result.leader is shape
    assert len(result.components) == 10
    assert result.component_r2[0][0] > 0.9
    assert (found.rows, found.notes, found.pairs) == (ROWS, (), ())
    assert [(f.name, f.classes) for f in found.features] == [("shape", 2), ("tense", 2)]


def test_the_warning_is_a_plain_sentence(run):
    [sentence] = run(layer(0.77, 0.07)).findings
    assert sentence.startswith("shape takes 1")
    assert " × the variance of tense though " in sentence
    assert sentence.endswith("PCA, RSA and regression will mostly reflect shape.")


def test_without_disagreement_there_is_no_warning(run):
    [sentence] = run(layer(0.4, 0.35)).findings
    assert sentence.startswith("No two features that are decoded equally well differ 3 × in variance")


def test_what_cannot_be_decoded_is_no_reason_to_warn(run):
    [sentence] = run(layer(0.8, 0.0)).findings
    assert sentence.startswith("No two features")


def test_quantities_are_regressed_on_and_many_classes_decoded(run):
    rng = np.random.default_rng(5)
    length, kind = rng.standard_normal(ROWS), rng.permutation(np.resize(["a", "b", "c", "d"], ROWS))
    X = layer(0.5, 0.1)
    X[:, 0] += 2 * length
    X[:, 1:5] += 3 * (kind[:, None] == np.array(["a", "b", "c", "d"]))
    by_name = {f.feature: f for f in run(X, given=features(length=length, kind=kind)).layers[0].features}
    assert by_name["length"].linear.value > 0.8
    assert (by_name["length"].classes, by_name["length"].chance) == (False, 0.0)
    assert by_name["kind"].linear.value > 0.95
    assert by_name["kind"].chance == 0.25


def test_related_labels_are_pointed_out(run):
    shape = labels()["shape"]
    size = np.where(np.random.default_rng(0).random(ROWS) < 0.85, shape == "circle", shape == "square").astype(str)
    found = run(layer(0.5, 0.3), given=features(size=size))
    shared = {f.name: f.shared for f in found.features}
    assert shared["shape"] > 0.3
    assert shared["size"] > 0.3
    assert shared["tense"] == pytest.approx(0, abs=0.05)
    assert any("Some labels can be predicted from the others: shape" in text for text in found.findings)


def test_the_same_seed_gives_the_same_and_types_do_not_matter(run):
    X = layer(0.5, 0.3)
    assert run(X) == run(X)
    assert run(X) != run(X, seed=1)
    other = run(X.astype(np.float64)).layers[0].features[0].alone
    np.testing.assert_allclose(other, run(X).layers[0].features[0].alone, atol=1e-6)


def test_constant_units_and_more_units_than_rows_are_noted(run):
    X = layer(0.5, 0.3, units=ROWS + 40)
    X[:, :3] = 0.1
    found = run(X)
    assert found.layers[0].constant == 3
    assert found.notes == (
        "layer0: 3 of 200 units never vary; they change nothing",
        "layer0: more units than rows, so that probes depend on their penalty",
    )


def test_large_layers_are_sampled_where_that_is_enough_and_the_page_says_so(run, monkeypatch):
    for module in (analysis, layer_analysis):
        monkeypatch.setattr(module, "DECODED_ROWS", 100)
        monkeypatch.setattr(module, "COMPONENT_ROWS", 100)
    monkeypatch.setattr(layer_analysis, "BOOTSTRAP_NUMBERS", 10)
    X = layer(0.77, 0.07)
    found = run(X)
    shape = found.layers[0].features[0]
    assert shape.alone == IntervalEstimate(pytest.approx(0.77, abs=0.03))
    assert shape.linear.value > 0.98
    assert len(found.notes) == 3
    assert "probes saw 100 of 160 rows, drawn at random; variance is of all rows" in found.notes
    assert shape.alone.value == measures.variance_explained(X, labels()).alone[0]


def test_a_class_of_one_row_in_all_is_not_decoded(run):
    rare = np.full(ROWS, "a")
    rare[3] = "b"
    found = run(layer(0.5, 0.3), given=features(rare=rare)).layers[0].features[2]
    assert np.isnan(found.linear.value)
    assert found.chance == pytest.approx(1 - 1 / ROWS)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda X: X[:-1], "layer 'layer0' has 159 rows, but there are labels for 160"),
        (
            lambda X: np.where(X[7, 2] == X, np.nan, X),
            "layer 'layer0' holds 1 NaN or infinite value, in row 7 (from 0). Remove these rows here and in the",
        ),
        (
            lambda X: np.where(np.arange(24) == 3, np.nan, X),
            "layer 'layer0' holds 160 NaN or infinite values, which are all values of unit 3 (from 0). Leave it out,",
        ),
        (
            lambda X: np.where((np.arange(24) == 3) | (np.arange(24) == 5) & (X > 0), np.inf, X),
            "layer 'layer0' holds 2",
        ),
        (
            lambda X: np.where((np.arange(24) == 3) & (np.arange(ROWS)[:, None] > 9), np.inf, X),
            "layer 'layer0' holds 150 NaN or infinite values, in unit 3 (from 0). Leave these units out,",
        ),
        (np.ones_like, "all rows of layer 'layer0' are equal"),
        (lambda X: X[:, :0], "layer 'layer0' has no units"),
    ],
)
def test_activations_that_cannot_be_audited_are_refused(run, change, message):
    with pytest.raises(UserError) as caught:
        run(change(layer(0.5, 0.3)))
    assert str(caught.value).startswith(f"acts.npz: {message}")


def test_too_few_rows_are_refused(run):
    given = [dataclasses.replace(f, values=f.values[:10]) for f in features()]
    with pytest.raises(UserError, match="10 rows are too few"):
        run(layer(0.5, 0.3)[:10], given=given)


def test_similarity_is_shown_before_and_after_control(run):
    # Both layers hold shape; tense only the first.
    found = run(layer(0.7, 0.1), layer(0.7, 0.0, seed=3))
    controls = {pair.control: pair for pair in found.pairs}
    assert list(controls) == ["nothing", "shape", "all features"]
    assert controls["nothing"].cka > 0.9
    assert controls["nothing"].rsa > 0.8
    for taken in ("shape", "all features"):
        assert abs(controls[taken].cka) < 0.2
        assert abs(controls[taken].rsa) < 0.3
    assert any(text.startswith("layer0 and layer1: CKA is 0.9") for text in found.findings)


def test_similarity_is_set_against_chance(run):
    found = run(layer(0.7, 0.1), layer(0.7, 0.0, seed=3), layer(0.0, 0.0, seed=5))
    pairs = {(pair.a[-1], pair.b[-1], pair.control): pair for pair in found.pairs}
    alike, apart = pairs["0", "1", "nothing"], pairs["0", "2", "nothing"]
    assert 0.8 < alike.calibrated < alike.cka
    assert alike.p_value == 1 / 200
    assert apart.calibrated == 0.0
    assert apart.p_value > 0.05
    assert alike.knn == pytest.approx(10 / (ROWS / 2 - 1), abs=0.03)  # any of one's own shape
    assert apart.knn == pytest.approx(10 / (ROWS - 1), abs=0.03)
    # What is left without the shared feature is unrelated.
    assert pairs["0", "1", "shape"].calibrated < 0.1
    said = "No more alike than unrelated layers, by CKA: layer0 and layer2, layer1 and layer2."
    assert said in found.findings


def test_many_layers_are_compared_with_their_neighbours(run):
    found = run(*(layer(0.5, 0.3, units=4, seed=i) for i in range(13)), given=features()[:1])
    assert len({(pair.a, pair.b) for pair in found.pairs}) == 12
    assert any("only neighbours are compared" in note for note in found.notes)
    assert {pair.control for pair in found.pairs} == {"nothing", "all features"}


def one(name: str, alone: float, linear: float, chance: float = 0.5) -> FeatureInLayer:
    return FeatureInLayer(
        name,
        IntervalEstimate(alone),
        IntervalEstimate(alone),
        True,
        IntervalEstimate(linear),
        IntervalEstimate(linear),
        chance,
        1.0,
        1,
    )


def result(*found: FeatureInLayer, name: str = "late") -> LayerResult:
    return LayerResult(name, "acts.npz", 10, 0, IntervalEstimate(0.9), found, (0.5,), ((0.5,) * len(found),))


SUMMARIES = [FeatureSummary("shape", 2, 0.0), FeatureSummary("tense", 2, 0.0)]


@pytest.mark.parametrize(
    ("other", "said"),
    [
        (one("tense", 0.05, 0.99), "shape takes 11 × the variance of tense though both decode at 0.99: PCA, RSA and "
         "regression will mostly reflect shape."),
        (one("tense", 0.11, 1.0), "shape takes 5.0 × the variance of tense though they decode at 0.99 and 1.00: "
         "PCA, RSA and regression will mostly reflect shape."),
        (one("tense", -0.001, 0.99), "shape takes more than 275 × the variance of tense though both decode at 0.99: "
         "PCA, RSA and regression will mostly reflect shape."),
        (one("tense", 0.05, 0.80), None),  # decoded worse, as its variance says
        (one("tense", 0.30, 0.99), None),
        (one("tense", 0.05, 0.99, chance=0.985), None),  # hardly above chance
    ],
)  # fmt: skip
def test_what_is_warned_of(other, said):
    [sentence] = findings([result(one("shape", 0.55, 0.99), other)], SUMMARIES, ())
    if said is None:
        assert sentence.startswith("No two features")
    else:
        assert sentence == said


def test_layers_of_one_finding_share_a_sentence():
    layers = [result(one("shape", 0.1 * i, 0.99), one("tense", 0.05, 0.99), name=f"l{i}") for i in (3, 5, 8)]
    [sentence] = findings(layers, SUMMARIES, ())
    assert sentence.startswith("l8: shape takes 16 × the variance of tense")
    assert sentence.endswith("So it is, less widely, in l3, l5.")


def test_a_similarity_about_one_feature_is_named():
    pairs = [LayerPair("a", "b", c, 0.5, cka) for c, cka in (("nothing", 0.9), ("shape", 0.2), ("all features", 0.1))]
    *_, sentence = findings([result(one("shape", 0.4, 0.9), one("tense", 0.4, 0.9))], SUMMARIES, pairs)
    assert sentence == "a and b: CKA is 0.90, and 0.20 without shape. That similarity is to a good part about shape."


def test_all_of_it_is_100_percent_whatever_rounding_makes_of_it():
    assert fraction(1 - 1e-15) == fraction(1 + 1e-15) == fraction(1.0) == percent(1.0)
    assert fraction(1 - 1e-6) != fraction(1.0)
