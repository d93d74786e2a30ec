"""Instances that would be too large are refused before anything is drawn."""

from __future__ import annotations

import dataclasses
import math
import typing

import pytest

from tolman.core.errors import UserError
from tolman.core.extent import MOST_NUMBERS, check_extents
from tolman.core.ranges import MOST, Range
from tolman.core.registry import find, load
from tolman.core.world import AbstractWorld
from tolman.worlds.reading.names import MOST_WORDS
from tolman.worlds.reversals import Reversals

OF_FILES = {"facts", "reversal-curse-files", "texts"}
"""Worlds that are as large as the files that they are made from."""

UPPER_ENDS = {"test_items"}
"""Fields that say how much is taken of what there is."""


def unbounded() -> list[tuple[str, str]]:
    """Every field that counts something in a world and has no upper end of its own, by world."""
    found = []
    for name in sorted(find("worlds").keys() - OF_FILES):
        hints = typing.get_type_hints(load("worlds", name), include_extras=True)
        for field in dataclasses.fields(load("worlds", name)):
            kind, *more = typing.get_args(hints[field.name]) or (None,)
            if kind is int and any(isinstance(part, Range) and part.high == math.inf for part in more):
                found.append((name, field.name))
    return found


def test_there_are_fields_without_an_upper_end_in_most_worlds():
    assert len({world for world, _ in unbounded()}) >= 9


@pytest.mark.parametrize(("name", "field"), unbounded())
def test_a_world_refuses_an_absurd_count_before_it_draws(name, field, monkeypatch):
    kind = load("worlds", name)
    with pytest.raises(UserError, match=rf"{field} is 1000000000; expected \d+ or more, at most 10,000,000"):
        kind(**{field: 10**9})
    if field in UPPER_ENDS:
        return
    monkeypatch.setattr("numpy.random.default_rng", lambda *_: pytest.fail("something was drawn"))
    with pytest.raises(UserError, match=rf"{MOST:,}|{MOST}|[\d,]{{11,}} numbers to keep; expected at most 500,000,000"):
        kind(**{field: MOST}).draw(0)


def test_the_message_names_the_factors_and_what_fits():
    with pytest.raises(UserError) as error:
        Reversals(entities=100_000).draw(0)
    assert str(error.value) == (
        "Reversals: 100,000 entities x 8 relations x 18 documents of each fact x 22 tokens of each x 20 numbers of "
        "each token are 6,336,000,000 numbers to keep; expected at most 500,000,000. Make one of the factors smaller."
    )


def test_factors_that_are_together_too_large_are_refused_where_each_alone_is_not():
    Reversals(entities=4000).extents()
    check_extents(Reversals(entities=4000))
    check_extents(Reversals(copies=200))
    with pytest.raises(UserError, match="Make one of the factors smaller"):
        check_extents(Reversals(entities=4000, copies=200))


@pytest.mark.parametrize("name", sorted(find("worlds").keys() - OF_FILES))
def test_the_estimate_is_no_less_than_what_a_world_draws(name):
    """Else a world could be refused too late."""
    world: AbstractWorld = load("worlds", name)()
    drawn = world.draw(0).corpus.experiences.valid.sum()
    assert drawn <= max(math.prod(factors.values()) for factors in world.extents()) <= MOST_NUMBERS


def test_words_that_cannot_be_invented_are_refused():
    two_hop = load("worlds", "two-hop")
    with pytest.raises(UserError, match=rf"120,000 invented words are needed; there are {MOST_WORDS:,}"):
        two_hop(chains=20_000, test_items=8).draw(0)


@pytest.mark.parametrize(
    ("kind", "given", "message"),
    [
        ("decoder", {"width": 65_536, "layers": 1000}, "1,000 layers x 51,539,607,552 weights of each are"),
        ("decoder", {"width": 10**9}, "width is 1000000000; expected 1 to 65,536"),
        ("decoder", {"layers": 10**6}, "layers is 1000000; expected 1 to 1000"),
        ("decoder", {"hidden": MOST, "layers": 100}, "100 layers x 1,280,016,384 weights of each"),
        ("parallel-context", {"hidden": MOST, "layers": 100}, "100 layers x 2,560,065,536 weights of each"),
        ("mlp", {"widths": (65_536,) * 5}, "17,179,869,184 weights of each"),
        ("convnet", {"channels": (65_536,)}, "27 convolutions x 4,294,967,296 weights of each"),
    ],
)
def test_models_of_absurd_size_are_refused(kind, given, message):
    with pytest.raises(UserError, match=message):
        load("models", kind)(**given)
