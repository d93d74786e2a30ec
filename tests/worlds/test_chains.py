"""Questions about two facts of a table: which there are, what is right, and what supports them."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tolman.core.experience import NONE
from tolman.core.world import check_leaks
from tolman.worlds import facts as module
from tolman.worlds.documents import Wording
from tolman.worlds.facts import Facts
from tolman.worlds.facts.chains import chains
from tolman.worlds.relations import FactBase

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES, RELATIONS = 5, 3


def base_of(facts, templates=()) -> FactBase:
    """Facts (subject, relation, object) by number; relations with templates begin with a word of their own."""
    wordings = [
        (Wording((90 + r,) if r in templates else (), (10 + r,), (99,)), Wording((), (20 + r,), (99,)))
        for r in range(RELATIONS)
    ]
    rows = np.array(facts, int).reshape(-1, 3)
    return FactBase(rows, np.zeros(len(rows), bool), tuple((n,) for n in range(NAMES)), tuple(wordings))


NAME = st.integers(0, NAMES - 1)
TABLE = st.lists(st.tuples(NAME, st.integers(0, RELATIONS - 1), NAME), max_size=14, unique=True)


@given(facts=TABLE, templates=st.sets(st.integers(0, RELATIONS - 1)))
def test_chains_are_those_of_a_search_through_all_pairs(facts, templates):
    follows: dict[tuple[int, int, int], set[int]] = {}
    for (start, first, between), (other, second, end) in itertools.product(facts, facts):
        if between == other and first != second and not {first, second} & templates:
            follows.setdefault((start, first, second), set()).add(end)
    found = chains(base_of(facts, templates).facts, [r not in templates for r in range(RELATIONS)])
    keys = [(facts[c.first][0], facts[c.first][1], facts[c.second][1]) for c in found]
    assert len(keys) == len(set(keys))
    assert {key for key, ends in follows.items() if key[0] not in ends} <= set(keys)
    assert set(keys) <= {key for key, ends in follows.items() if ends != {key[0]}}
    for key, chain in zip(keys, found, strict=True):
        assert set(chain.ends) - {key[0]} == follows[key] - {key[0]}
        assert facts[chain.second][2] != key[0], "what is asked about does not lead back"
        assert facts[chain.first][2] == facts[chain.second][0]
        assert facts[chain.second][2] in chain.ends
        assert list(chain.ends) == sorted(set(chain.ends))


# --- in a world


CITIES = [(f"city {i}", "country", f"land {i % 10}") for i in range(20)]
LANDS = [(f"land {i}", "continent", f"part {i % 4}") for i in range(10)]
ROWS = [*CITIES, *LANDS]


@pytest.fixture
def world(tmp_path):
    def make(rows=ROWS, columns=("subject", "relation", "object"), **options) -> Facts:
        path = tmp_path / "facts.csv"
        path.write_text("\n".join(",".join(row) for row in [columns, *rows]) + "\n", encoding="utf-8")
        return Facts(str(path), **options)

    return make


def asked(test):
    """The two facts of each question."""
    cells = [item.removeprefix("two-hop/").split("|") for item in test.item_ids]
    return [(tuple(each[:3]), tuple(each[3:])) for each in cells]


def offered(instance, test, i):
    """The options of a question as names, each with whether it is right."""
    options = test.options[test.choice[i]]
    there = [j for j in range(len(options)) if options[j][0] != NONE]
    return {instance.text(options[j]).removesuffix(" ."): bool(test.correct[i, j]) for j in there}


def following(rows, start, first, second):
    """Every name that follows from two facts of these relations."""
    return {o for s, r, b in rows for t, q, o in rows if (s, r, q, b) == (start, first, second, t)}


def names_of(world, seed=0):
    return [test.name for test in world.draw(seed).tests]


def test_each_chain_is_asked_once_in_the_words_of_both_relations(world):
    instance = world().draw(0)
    test = instance.test("two-hop")
    assert test.role == "latent"
    assert sorted(asked(test)) == sorted((city, land) for city in CITIES for land in LANDS if city[2] == land[0])
    for i, ((start, first, _), (_, second, _)) in enumerate(asked(test)):
        prompt = instance.text(test.prompts.steps["token"][i][test.prompts.valid[i]])
        assert prompt == f"{start} {first} → {second} →"
        assert test.groups[i] == second
    assert len(set(test.cue.tolist())) == len(test.cue), "each is a question of its own"


def test_what_follows_is_right_and_options_are_ends_of_the_second_relation(world):
    instance = world().draw(0)
    test = instance.test("two-hop")
    for i, ((start, first, _), (_, second, _)) in enumerate(asked(test)):
        found = offered(instance, test, i)
        assert {name for name, right in found.items() if right} == following(ROWS, start, first, second)
        assert set(found) == {f"part {n}" for n in range(4)}
        assert test.chance.uniform[i] == pytest.approx(1 / 4)


def test_supports_state_both_facts(world):
    instance = world().draw(0)
    test, memory = instance.test("two-hop"), instance.memory.experiences
    for i, facts in enumerate(asked(test)):
        rows = [row for row in test.supports[i] if row != NONE]
        texts = {instance.text(memory.steps["token"][row][memory.valid[row]]) for row in rows}
        forward = {f"{s} {r} → {o} ." for s, r, o in facts}
        assert forward <= texts <= forward | {f"{o} {r} ← {s} ." for s, r, o in facts}


@pytest.mark.parametrize("seed", range(3))
def test_no_answer_is_trained_in_its_questions_frame(world, seed):
    assert set(check_leaks(world().draw(seed))) == {"latent", "two-hop"}


SEVERAL = [("land 0", "continent", "part 1"), ("land 1", "continent", "part 3"), ("city 2", "country", "land 7")]


def test_all_of_several_ends_are_right(world):
    rows = [*ROWS, *SEVERAL, ("city 3", "country", "land 5")]
    instance = world(rows).draw(0)
    test = instance.test("two-hop")
    starts = [start for (start, *_), _ in asked(test)]
    assert sorted(starts) == sorted(city for city, *_ in CITIES), "one question, however many ends"
    counts = set()
    for i, ((start, first, _), (_, second, _)) in enumerate(asked(test)):
        right = {name for name, right in offered(instance, test, i).items() if right}
        assert right == following(rows, start, first, second)
        counts.add(len(right))
    assert counts == {1, 2}


FRIENDS = [(f"person {i}", "friend", f"person {(i + 1) % 10}") for i in range(10)]


def test_what_leads_back_is_not_asked(world):
    rows = [*FRIENDS, *((f"person {(i + 1) % 10}", "guest", f"person {i}") for i in range(10))]
    assert not world(rows).composes
    assert "two-hop" not in names_of(world(rows))


def test_a_name_that_follows_is_not_a_wrong_answer_because_it_leads_back(world):
    """The friend of person 0 has two guests, person 0 and person 5: neither is wrong."""
    guests = [(f"person {(i + 1) % 10}", "guest", f"person {(i + j) % 10}") for i in range(10) for j in (0, 5)]
    rows = [*FRIENDS, *guests]
    instance = world(rows).draw(0)
    test = instance.test("two-hop")
    assert len(test.item_ids) > 0
    for i, ((start, first, _), (_, second, _)) in enumerate(asked(test)):
        wrong = {name for name, right in offered(instance, test, i).items() if not right}
        assert not wrong & following(rows, start, first, second)


@pytest.mark.parametrize("template", ["The country of {subject} is {object}", "{subject} lies in {object}"])
def test_relations_with_a_sentence_of_their_own_are_left_out(world, template):
    rows = [(*row, template if row[1] == "country" else "") for row in ROWS]
    found = world(rows, ("subject", "relation", "object", "template"))
    assert not found.composes
    assert "two-hop" not in names_of(found)


def test_the_same_relation_twice_is_not_asked(world):
    rows = [(f"person {i}", "parent", f"person {i + 1}") for i in range(12)]
    assert not world(rows).composes
    assert names_of(world(rows)) == ["forward", "reverse", "latent", "in-context"]


@pytest.mark.parametrize("items", [1, 5, 96])
def test_there_are_no_more_questions_than_wanted_and_seeds_choose_them(world, items):
    found = [world(test_items=items).draw(seed).test("two-hop") for seed in range(3)]
    assert {len(test.item_ids) for test in found} == {min(items, 20)}
    if items == 5:
        assert len({tuple(sorted(test.item_ids)) for test in found}) > 1


def same(one, other):
    assert (one.name, one.role, one.item_ids, one.groups) == (other.name, other.role, other.item_ids, other.groups)
    for name in ("choice", "correct", "cue", "fact", "supports", "topics", "options"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    np.testing.assert_array_equal(one.prompts.steps["token"], other.prompts.steps["token"])
    np.testing.assert_array_equal(one.prompts.valid, other.prompts.valid)


def test_questions_about_two_facts_change_nothing_else(world, monkeypatch):
    with_chains = world().draw(1)
    monkeypatch.setattr(module, "chains", lambda base, composable: ())
    without = world().draw(1)
    assert [test.name for test in without.tests] == [test.name for test in with_chains.tests[:-1]]
    for one, other in zip(with_chains.tests[:-1], without.tests, strict=True):
        same(one, other)
    np.testing.assert_array_equal(
        with_chains.corpus.experiences.steps["token"], without.corpus.experiences.steps["token"]
    )


@pytest.mark.parametrize("name", ["capitals", "rivers", "prefectures"])
def test_a_world_composes_where_it_asks_about_two_facts(name):
    found = Facts(str(EXAMPLES / f"{name}.csv"), test_items=8)
    assert found.composes == ("two-hop" in names_of(found))
    assert found.composes == bool(
        {row.object for row in found.rows}
        & {row.subject for row in found.rows}
        and [1 for a in found.rows for b in found.rows
             if a.object == b.subject and a.relation != b.relation and b.object != a.subject]
    )  # fmt: skip
