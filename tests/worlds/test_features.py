"""The world of features: known values, realised dials, tests apart from training, three forms of one input."""

import itertools

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import binom, chi2_contingency

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.worlds.features import Features
from tolman.worlds.features.boolean import function

RULES = {
    "bit": (1, lambda b: b[0]),
    "xor": (2, lambda b: b[0] != b[1]),
    "parity2": (2, lambda b: b[0] != b[1]),
    "parity4": (4, lambda b: sum(b) % 2),
    "majority3": (3, lambda b: sum(b) >= 2),
    "andor": (4, lambda b: (b[0] and b[1]) or (b[2] and b[3])),
    "andor3": (6, lambda b: (b[0] and b[1]) or (b[2] and b[3]) or (b[4] and b[5])),
    "mod3": (3, lambda b: sum(b) % 3),
    "mod4x5": (5, lambda b: sum(b) % 4),
}


def instance(seed=0, **dials):
    return Features(**{"test_items": 64, "train_items": 1024, **dials}).draw(seed)


def rows(drawn, kind="labelled"):
    """Inputs `[n, ...]` and labels `[n, l]` of a kind."""
    mine = drawn.corpus.kind == drawn.kinds.index(kind)
    steps = drawn.corpus.experiences.steps
    return steps["input"][mine, 0], steps["label"][mine, 0]


def right(test):
    return test.correct.argmax(axis=1)


def plausible(hits, probability):
    """Whether a count could come from that probability: within the central 1 - 1e-6 of the binomial."""
    low, high = binom.interval(1 - 1e-6, len(hits), probability)
    return low <= hits.sum() <= high


# ---- functions


@pytest.mark.parametrize("name", RULES)
def test_functions_have_the_values_of_their_rule(name):
    units, rule = RULES[name]
    bits = np.array(list(itertools.product((False, True), repeat=units)))
    made = function(name)
    assert made.units == units
    assert made(bits).tolist() == [int(rule(row)) for row in bits.tolist()]
    assert set(made.table.tolist()) == set(range(made.values))


@given(st.sampled_from(sorted(RULES)), st.integers(0, 2**32 - 1))
@settings(max_examples=40, deadline=None)
def test_bits_are_drawn_with_the_value_that_was_asked_for(name, seed):
    made, rng = function(name), np.random.default_rng(seed)
    values = rng.integers(0, made.values, 50)
    assert (made(made.draw(values, rng)) == values).all()


def test_bits_are_uniform_among_those_with_the_value():
    made, rng = function("andor"), np.random.default_rng(0)
    bits = made.draw(np.ones(7000, int), rng)
    seen, counts = np.unique(bits, axis=0, return_counts=True)
    assert len(seen) == 7
    assert all(
        binom.interval(1 - 1e-6, 7000, 1 / 7)[0] <= c <= binom.interval(1 - 1e-6, 7000, 1 / 7)[1] for c in counts
    )


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("exclusive", "no function"),
        ("parity0", "0 bits"),
        ("parity99", "99 bits"),
        ("majority4", "tie"),
        ("mod1x3", "modulus"),
        ("mod9x3", "9 values"),
        ("andor7", "14 bits"),
        ("parity-2", "no function"),
    ],
)
def test_impossible_functions_are_refused(name, message):
    with pytest.raises(UserError, match=message):
        function(name)


def test_terms_of_an_xor_make_it_up_in_both_natural_codings():
    world = Features(availability=(1, 2))
    inputs, labels = rows(world.draw(0))
    terms = {name.removeprefix("hard: "): column for name, column in world.terms(inputs).items()}
    hard = labels[:, 1].astype(bool)
    assert (terms["x0"] == (inputs[:, 16] > 0)).all()
    assert (terms["x1"] == (inputs[:, 18] > 0)).all()
    assert ((terms["x0 or x1"] & ~terms["x0 and x1"]) == hard).all()
    assert ((terms["x0 and not x1"] | terms["x1 and not x0"]) == hard).all()


@pytest.mark.parametrize(("name", "combine"), [("parity3", "x2"), ("andor", None), ("mod3", None)])
def test_terms_of_other_functions_determine_them(name, combine):
    world = Features(features=(f"f:{name}", "g:bit"))
    inputs, labels = rows(world.draw(0))
    terms = {key.removeprefix("f: "): column for key, column in world.terms(inputs).items()}
    if combine:
        assert ((terms["x0 xor x1"] ^ terms[combine]) == labels[:, 0]).all()
    elif name == "andor":
        assert ((terms["x0 and x1"] | terms["x2 and x3"]) == labels[:, 0]).all()
    else:
        assert (sum(terms[f"sum >= {i}"].astype(int) for i in (1, 2, 3)) % 3 == labels[:, 0]).all()


# ---- training inputs


def test_inputs_are_those_of_hermann_and_lampinen():
    inputs, labels = rows(instance(train_items=4096))
    assert inputs.shape == (4096, 32)
    assert inputs.dtype == np.float32
    assert set(np.unique(inputs)) == {-1, 1}
    assert ((inputs[:, 0] > 0) == labels[:, 0]).all()
    assert ((inputs[:, 16] != inputs[:, 17]) == labels[:, 1]).all()
    assert all(plausible(column > 0, 0.5) for column in inputs.T)
    free = inputs[:, 1:16].T @ inputs[:, [0]] / 4096
    assert np.abs(free).max() < 6 / 64


@pytest.mark.parametrize("name", ["mod3", "andor", "parity4"])
def test_values_are_equally_frequent_however_the_function_is_skewed(name):
    labels = rows(instance(features=(f"f:{name}",), train_items=3000))[1][:, 0]
    count = function(name).values
    assert all(plausible(labels == value, 1 / count) for value in range(count))


def test_availability_copies_the_units_that_carry_a_feature():
    inputs, labels = rows(instance(availability=(4, 3)))
    assert all(((inputs[:, i] > 0) == labels[:, 0]).all() for i in range(4))
    assert (inputs[:, 16:19] == inputs[:, [16]]).all()
    assert (inputs[:, 19:22] == inputs[:, [19]]).all()
    assert ((inputs[:, 16] != inputs[:, 19]) == labels[:, 1]).all()
    assert not (inputs[:, 4] == inputs[:, 0]).all()


def test_absent_features_leave_their_domain_at_zero_and_are_not_labelled():
    inputs, labels = rows(instance(prevalence=(0.3, 0.8), train_items=4096))
    for k, share in enumerate((0.3, 0.8)):
        domain, present = inputs[:, 16 * k : 16 * k + 16], labels[:, k] != NONE
        assert ((domain != 0) == present[:, None]).all()
        assert plausible(present, share)
    assert chi2_contingency(np.histogram2d(*(labels.T == NONE), bins=2)[0]).pvalue > 1e-6


@pytest.mark.parametrize(("easy", "hard"), [(0.5, 0.9), (0.8, 0.7), (1.0, 0.0)])
def test_predictivity_is_how_often_a_feature_agrees_with_the_target(easy, hard):
    labels = rows(instance(predictivity=(easy, hard), train_items=4096, seed=3), "target")[1]
    assert (labels[:, :2] == NONE).all()
    features = rows(instance(predictivity=(easy, hard), train_items=4096, seed=3))[1]
    assert (features[:, 2] == NONE).all()
    assert plausible(labels[:, 2] == 1, 0.5)
    for k, share in enumerate((easy, hard)):
        for value in (0, 1):
            mine = labels[:, 2] == value
            assert plausible(features[mine, k] == value, share)


@pytest.mark.parametrize(("form", "names"), [("binary", ("a:bit", "b:xor", "c:andor")), ("image", ())])
def test_correlation_is_that_of_any_two_features(form, names):
    labels = rows(instance(form=form, features=names, correlation=0.5, train_items=1500, size=16, test_items=4))[1]
    for a, b in itertools.combinations(range(3), 2):
        table = np.histogram2d(labels[:, a], labels[:, b], bins=labels.max() + 1)[0]
        joint = table / table.sum()
        paired = joint.max(axis=1).sum()  # share of the values that go together
        count = len(table)
        assert plausible_share(paired, 1 / count + 0.5 * (1 - 1 / count), 1500)
    assert all(plausible(column == 0, 1 / count) for column in labels.T)


def plausible_share(share, probability, n):
    return abs(share - probability) < 5 * np.sqrt(probability * (1 - probability) / n)


def test_noise_flips_units_of_training_and_not_of_tests():
    drawn = instance(noise=0.1, train_items=4096)
    inputs, labels = rows(drawn)
    assert plausible((inputs[:, 0] > 0) != labels[:, 0], 0.1)
    assert plausible((inputs[:, 16] != inputs[:, 17]) != labels[:, 1], 2 * 0.1 * 0.9)
    tests = drawn.test("easy").prompts.steps["input"][:, 0]
    assert ((tests[:, 0] > 0) == right(drawn.test("easy"))).all()


def test_every_kind_has_the_same_inputs_and_its_own_labels():
    drawn = instance(predictivity=(0.9,), features=("easy:bit", "hard:xor"))
    assert drawn.kinds == ("labelled", "only-easy", "only-hard", "target")
    inputs, _ = rows(drawn)
    shown = [(0, 1), (0,), (1,), (2,)]
    for kind, columns in zip(drawn.kinds, shown, strict=True):
        same, labels = rows(drawn, kind)
        assert np.array_equal(same, inputs)
        assert tuple(np.flatnonzero((labels != NONE).all(axis=0))) == columns
        assert (np.delete(labels, columns, axis=1) == NONE).all()
        fresh = drawn.samplers[f"fresh-{kind}"](np.random.default_rng(0), 40).experiences.steps
        assert fresh["input"].shape == (40, 1, 32)
        assert ((fresh["label"][:, 0] != NONE) == (labels[0] != NONE)).all()


# ---- tests


@pytest.mark.parametrize(
    "dials", [{}, {"form": "image", "size": 16}, {"form": "tokens"}, {"features": ("a:mod3", "b:bit")}]
)
def test_features_of_test_inputs_are_balanced_and_unrelated(dials):
    skewed = {"prevalence": (0.2,)} if "features" in dials else {"correlation": 0.9, "prevalence": (0.2,)}
    drawn = instance(**dials, **skewed, test_items=384, train_items=64)
    values = np.stack([right(test) for test in drawn.tests])
    for a, b in itertools.combinations(values, 2):
        table = np.histogram2d(a, b, bins=(a.max() + 1, b.max() + 1))[0]
        assert (table == table[0, 0]).all()


def test_fewer_test_items_than_combinations_are_balanced_per_feature():
    drawn = instance(form="image", values=8, size=16, test_items=64, train_items=8)
    assert all((np.bincount(right(test)) == 8).all() for test in drawn.tests)
    assert len({tuple(v) for v in np.stack([right(test) for test in drawn.tests], axis=1)}) > 40


def test_all_tests_share_their_inputs_and_know_their_values():
    drawn = instance()
    easy, hard = drawn.test("easy"), drawn.test("hard")
    inputs = easy.prompts.steps["input"][:, 0]
    assert np.array_equal(inputs, hard.prompts.steps["input"][:, 0])
    assert (easy.prompts.steps["label"] == NONE).all()
    assert ((inputs[:, 0] > 0) == right(easy)).all()
    assert ((inputs[:, 16] != inputs[:, 17]) == right(hard)).all()


def test_options_are_the_columns_that_the_vocabulary_names():
    drawn = instance(features=("a:mod3", "b:bit", "c:mod3"), predictivity=())
    assert drawn.vocabulary == ("a=0", "a=1", "a=2", "b=0", "b=1", "c=0", "c=1", "c=2")
    assert drawn.palette == ("mod3",) * 3 + ("bit",) * 2 + ("mod3",) * 3
    assert [test.options[0, :, 0].tolist() for test in drawn.tests] == [[0, 1, 2], [3, 4], [5, 6, 7]]
    assert instance(form="image", size=16).vocabulary[:2] == ("shape=triangle", "shape=square")


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("features", [(), ("f:mod3", "g:parity3")])
def test_no_test_input_occurs_in_training(seed, features):
    drawn = instance(seed, features=features, block=5, noise=0.2, test_items=128, train_items=2048)
    held = {row.tobytes() for row in drawn.test(drawn.tests[0].name).prompts.steps["input"][:, 0]}
    fresh = drawn.samplers["fresh-labelled"](np.random.default_rng(seed), 1000).experiences.steps["input"][:, 0]
    inputs, labels = rows(drawn)
    assert not held & {row.tobytes() for row in (*inputs, *fresh)}
    assert plausible(labels[:, 0] == 0, 1 / (labels[:, 0].max() + 1))


def test_tests_that_leave_no_input_for_training_are_refused():
    with pytest.raises(UserError, match="raise block"):
        instance(block=2, test_items=1024)


def test_reliance_on_a_feature_is_asked_of_the_target_on_unrelated_inputs():
    drawn = instance(predictivity=(0.7, 0.9))
    for name in ("easy", "hard"):
        test = drawn.test(f"target-as-{name}")
        assert test.role == "control"
        assert test.options[0, :, 0].tolist() == [4, 5]
        assert np.array_equal(test.correct, drawn.test(name).correct)


def test_values_of_an_image_pair_with_the_target_in_the_way_that_is_asked():
    drawn = instance(form="image", size=16, predictivity=(1.0, 1.0, 0.25), train_items=200, seed=5)
    labels, target = rows(drawn)[1], rows(drawn, "target")[1][:, 3]
    shape, asked = drawn.test("shape"), drawn.test("target-as-shape")
    stands_for = dict(zip(right(shape), right(asked), strict=True))
    assert [stands_for[value] for value in labels[:, 0]] == target.tolist()
    assert len({(int(s), int(c)) for s, c in labels[:, :2]}) == 4


# ---- tokens


def test_tokens_are_bits_then_features_in_the_order_asked_for():
    drawn = instance(form="tokens", order=("hard", "easy"))
    words = np.array(drawn.vocabulary)[drawn.corpus.experiences.steps["token"]]
    binary, labels = rows(instance())
    assert words.shape[1] == 35
    assert np.array_equal(words[: len(binary), :32] == "1", binary > 0)
    assert (words[:, 32] == "→").all()
    assert words[: len(labels), 33].tolist() == [f"hard={v}" for v in labels[:, 1]]
    assert words[: len(labels), 34].tolist() == [f"easy={v}" for v in labels[:, 0]]
    weight = drawn.corpus.experiences.weight
    asked = {kind: weight[drawn.corpus.kind == i, 32:].max(axis=0).tolist() for i, kind in enumerate(drawn.kinds)}
    assert asked == {"labelled": [0, 1, 1], "only-easy": [0, 0, 1], "only-hard": [0, 1, 0]}
    assert (weight[:, :33] == 0).all()


def test_a_prompt_gives_the_input_and_the_true_values_before():
    drawn = instance(form="tokens", order=("hard", "easy"))
    easy, hard = drawn.test("easy"), drawn.test("hard")
    first, second = (t.prompts.steps["token"] for t in (hard, easy))
    assert first.shape[1] == 33
    assert np.array_equal(second[:, :33], first)
    assert np.array_equal(second[:, 33], hard.options[0, right(hard), 0])


def test_absent_features_are_emitted_without_loss():
    drawn = instance(form="tokens", prevalence=(0.5, 1.0))
    steps, weight = drawn.corpus.experiences.steps["token"], drawn.corpus.experiences.weight
    absent = np.array(drawn.vocabulary)[steps] == "_"
    first = drawn.corpus.kind == 0
    assert plausible(absent[first, 33], 0.5)
    assert (absent[:, :16] == absent[:, [33]]).all()
    assert np.array_equal(weight[first, 33] == 0, absent[first, 33])
    assert (weight[first, 34] == 1).all()


# ---- dials


@pytest.mark.parametrize(
    ("dials", "message"),
    [
        ({"features": ("easy",)}, "name:function"),
        ({"features": ("a:bit", "a:xor")}, "different names"),
        ({"features": ("target:bit",)}, "name:function"),
        ({"features": ("a:bit", "b:mod3"), "correlation": 0.5}, "cannot agree"),
        ({"features": ("a:bit", "b:mod3"), "predictivity": (0.9, 0.9)}, "cannot agree"),
        ({"predictivity": (0.9, 0.9), "correlation": 0.5}, "leave correlation"),
        ({"availability": (1, 2, 3)}, "3 entries"),
        ({"availability": (1, 9)}, "does not fit"),
        ({"availability": (0, 1)}, "availability"),
        ({"prevalence": (1.5, 1)}, "prevalence"),
        ({"noise": 0.6}, "noise"),
        ({"correlation": 1.0}, "correlation"),
        ({"order": ("easy",)}, "order"),
        ({"form": "image", "features": ("size",)}, "feature of an image"),
        ({"form": "image", "availability": (2,)}, "availability"),
        ({"form": "image", "values": 11}, "values"),
    ],
)
def test_impossible_dials_are_refused(dials, message):
    with pytest.raises(UserError, match=message):
        Features(**dials)


def test_one_entry_holds_for_all_features():
    one, all_alike = Features(prevalence=(0.5,)), Features(prevalence=(0.5, 0.5))
    assert np.array_equal(rows(one.draw(0))[0], rows(all_alike.draw(0))[0])


def test_any_number_of_features_of_each_kind():
    easy = [f"f{i}:bit" for i in range(5)]
    inputs, labels = rows(instance(features=(*easy, "g:parity3", "h:andor"), block=4))
    assert inputs.shape[1] == 28
    assert all(((inputs[:, 4 * k] > 0) == labels[:, k]).all() for k in range(5))
    assert ((inputs[:, 20:23] > 0).sum(axis=1) % 2 == labels[:, 5]).all()
