"""The type of a column of labels, for columns of every kind."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.audit.columns import FEW, MISSING, Column, NotNumbers, decide, same_looking, values_of

numbers = st.one_of(
    st.integers(-(2**70), 2**70).map(str),
    st.integers(0, 40).map(str),
    st.floats(allow_nan=False, allow_infinity=False).map(repr),
    st.decimals(-1000, 1000, places=3, allow_nan=False, allow_infinity=False).map(str),
    st.integers(2**53 - 2, 2**53 + 6).map(str),
)
codes = st.one_of(
    st.from_regex(r"[0-9]{1,3}(_[0-9])?", fullmatch=True),
    st.from_regex(r"[0-9]{1,2}[eE][0-9]{1,2}", fullmatch=True),
    st.sampled_from(["?", "inf", "x", "01", "1_1", "1e5", "10e4", "+5", "\u0663", "\u22123", "1.0", "1", "-0", "0"]),
    st.text(st.characters(codec="ascii", exclude_characters="\0"), min_size=1, max_size=4).map(str.strip).filter(bool),
)
cells = st.one_of(
    st.lists(numbers, min_size=1, max_size=30),
    st.lists(codes, min_size=1, max_size=30),
    st.lists(st.one_of(numbers, codes, st.sampled_from(sorted(MISSING))), min_size=1, max_size=30),
)
asked = st.sampled_from([None, "classes", "quantity"])
declared = st.sampled_from(["", "text", "number"])


def column(texts, kind=""):
    return Column("x", np.array(texts, object), declared=kind)


def decided(texts, kind="", wanted=None):
    """The decision, or the cell for which there is none."""
    try:
        return decide(column(texts, kind), wanted)
    except NotNumbers as error:
        return error.text


@settings(max_examples=100, deadline=None)
@given(cells, declared, asked, st.randoms(use_true_random=False))
def test_the_order_of_rows_has_no_part_in_the_decision(texts, kind, wanted, random):
    shuffled = list(texts)
    random.shuffle(shuffled)
    assert decided(texts, kind, wanted) == decided(shuffled, kind, wanted)


@settings(max_examples=200, deadline=None)
@given(cells, declared, asked)
def test_different_labels_are_never_merged(texts, kind, wanted):
    found = decided(texts, kind, wanted)
    if isinstance(found, str):
        assert found in texts
        return
    made = column(texts, kind)
    values = values_of(made, found.kind)
    assert len(values) == len(texts)
    if found.kind == "classes":
        assert [value for value, text in zip(values, texts, strict=True) if text] == [text for text in texts if text]
        return
    assert (np.isnan(values) == made.missing).all()
    of = {}
    for value, text in zip(values, texts, strict=True):
        if text not in MISSING:
            of.setdefault(float(value), set()).add(Decimal(text.replace("\u2212", "-")))
    assert all(len(same) == 1 for same in of.values()) or wanted == "quantity"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.one_of(numbers, codes), min_size=1, max_size=30), declared)
def test_what_is_said_decides(texts, kind):
    assert decide(column(texts, kind), "classes").kind == "classes"
    found = decided(texts, kind, "quantity")
    assert isinstance(found, str) or found.kind == "quantity"


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(-999, 999), min_size=1, max_size=30), st.sampled_from(["007", "1_1", "1e5", "3a"]))
def test_one_code_makes_a_column_of_codes(integers, code):
    found = decided([*map(str, integers), code])
    assert found.kind == "classes"
    assert decide(column(list(map(str, integers)))).kind == ("quantity" if len(set(integers)) > FEW else "classes")


@pytest.mark.parametrize("start", [0, 1, 2])
def test_numbers_of_rows_are_known_in_any_order(start):
    counted = [str(i + start) for i in np.random.default_rng(0).permutation(40)]
    assert column(counted).counts_rows == (start < 2)
    assert not column([*counted[:-1], counted[0]]).counts_rows
    assert not column([f"0{text}" for text in counted]).counts_rows


def test_what_looks_the_same_is_named():
    assert same_looking(column(["1", "1.0", "01", "2", "1e2", "100"])) == [["01", "1", "1.0"], ["100", "1e2"]]
    assert same_looking(column(["A", "a", "b"])) == [["A", "a"]]
    assert same_looking(column(["1", "2", "a"])) == []


@pytest.mark.parametrize("texts", [["1,5", "2,25", "1,5", "-3,0"], [f"{i},5" for i in range(40)], ["1", "2,5", "3,5"]])
def test_decimal_commas_are_classes_and_a_note_says_so(texts):
    decision = decided(texts)
    assert decision.kind == "classes"
    assert "write decimal commas as points for a quantity" in decision.why
    assert "decimal commas" not in decided(["1,5", "a"]).why
