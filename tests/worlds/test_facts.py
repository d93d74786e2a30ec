"""Facts from a user's table: which are learned, what documents say of them, and which answers are offered."""

import itertools
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.core.world import check_leaks
from tolman.worlds.facts import Facts, hold_out
from tolman.worlds.facts.table import read_facts

EXAMPLES = Path(__file__).parents[2] / "examples"
CAPITALS = str(EXAMPLES / "capitals.csv")
TABLES = {name: str(EXAMPLES / f"{name}.csv") for name in ("capitals", "rivers", "prefectures")}


def saved(folder, rows, columns="subject,relation,object"):
    path = folder / "facts.csv"
    path.write_text("\n".join([columns, *rows]) + "\n", encoding="utf-8")
    return str(path)


def documents(instance, kind):
    """Every document of a kind as words, and which of them are targets."""
    rows = instance.corpus.experiences
    for i in np.flatnonzero(instance.corpus.kind == instance.kinds.index(kind)):
        valid = rows.valid[i]
        words = [instance.vocabulary[t] for t in rows.steps["token"][i][valid]]
        yield words, [word for word, weight in zip(words, rows.weight[i][valid], strict=True) if weight > 0]


def stated(instance):
    return [" ".join(words) for words, _ in documents(instance, "statement")]


def offered(instance, test, i):
    """The options of a question as names, each with whether it is right."""
    options = test.options[test.choice[i]]
    there = [j for j in range(len(options)) if options[j][0] != NONE]
    return {instance.text(options[j]).removesuffix(" ."): bool(test.correct[i, j]) for j in there}


def asked(test):
    """The fact (subject, relation, object) of each question."""
    return [tuple(item.split("/", 1)[1].split("|")) for item in test.item_ids]


def test_a_bar_in_a_name_is_a_part_of_the_name(tmp_path):
    rows = [f"land{i},capital,city{i}" for i in range(14)]
    rows += ["AC|DC,capital,Sydney", "U|2,capital,Dublin", "land0,river|lake,x|y", "land1,river|lake,x", "x|y,in,land3"]
    rows += ["x,in,land4", "a|b,capital,c", "a,b|capital,c", "q,b|capital,d"]
    instance = Facts(saved(tmp_path, rows)).draw(0)
    for test in instance.tests:
        assert set(test.groups) <= {"capital", "river|lake", "in", "b|capital"}
        assert len(set(test.item_ids)) == len(test.item_ids)
    forward = instance.test("forward")
    group = dict(zip(forward.item_ids, forward.groups, strict=True))
    assert group[r"forward/AC\|DC|capital|Sydney"] == group[r"forward/a\|b|capital|c"] == "capital"
    assert group[r"forward/a|b\|capital|c"] == "b|capital"
    assert group["forward/land3|capital|city3"] == "capital"


def test_names_that_differ_in_case_only_are_pointed_out(tmp_path):
    rows = [f"land{i},capital,city{i}" for i in range(14)]
    assert Facts(saved(tmp_path, rows)).notice() == ""
    found = Facts(saved(tmp_path, [*rows, "Land3,river,City4", "land4,river,x"])).notice()
    assert found == (
        "Names that differ only in case or the like are taken as different: 'City4' and 'city4', 'Land3' and 'land3'."
    )


# --- which facts are learned


def test_a_large_table_is_sampled_and_every_seed_has_the_same_facts():
    world = Facts(CAPITALS, max_facts=50)
    assert len(world.rows) == len(set(world.rows)) == 50
    assert set(world.rows) < set(world.table.rows)
    facts = [sorted(asked(world.draw(seed).test("forward"))) for seed in range(3)]
    assert facts[0] == facts[1] == facts[2] == sorted(row[:3] for row in world.rows)
    held = [asked(world.draw(seed).test("latent")) for seed in range(3)]
    assert held[0] != held[1] != held[2]


def test_another_sample_is_asked_for_by_its_seed():
    samples = [set(Facts(CAPITALS, max_facts=50, sample_seed=seed).rows) for seed in range(3)]
    assert len(samples[0] | samples[1] | samples[2]) > 100
    assert Facts(CAPITALS, max_facts=50).rows == Facts(CAPITALS, max_facts=50, sample_seed=0).rows


def test_a_sample_has_about_as_much_of_every_relation_as_the_table():
    world = Facts(CAPITALS, max_facts=300)
    table, sample = (Counter(row.relation for row in rows) for rows in (world.table.rows, world.rows))
    assert {relation: sample[relation] / 300 for relation in table} == pytest.approx(
        {relation: count / 547 for relation, count in table.items()}, abs=0.06
    )


def test_a_sample_says_how_large_it_is_and_how_to_change_that():
    world = Facts(CAPITALS, max_facts=50)
    sizes = world.sizes()
    assert (sizes["facts"], sizes["sampled_from"], sizes["relations"]) == (50, 547, 3)
    assert sizes["subjects"] == len({row.subject for row in world.rows}) < 193
    assert world.notice() == (
        "The table has 547 facts; a random sample of 50 of them is learned. "
        "-P world.max_facts=N changes that, at the price of time."
    )


def test_large_numbers_are_said_in_thousands(tmp_path):
    path = saved(tmp_path, [f"s{i},r,o{i}" for i in range(1_500)])
    assert "has 1,500 facts; a random sample of 1,200 of" in Facts(path, max_facts=1_200).notice()


@pytest.mark.parametrize("most", [547, 600])
def test_a_table_that_is_small_enough_is_learned_whole_and_says_nothing(most):
    world = Facts(CAPITALS, max_facts=most)
    assert world.rows == world.table.rows
    assert world.notice() == ""
    assert world.sizes() == {"facts": 547, "subjects": 193, "relations": 3}


# --- what documents say


ROWS = [*(f"s{i},r,o{i}" for i in range(10)), "s1,q,New York", "s1,q,York", "s2,q,York", "s2,q,Leeds", "s3,q,Leeds"]


def test_statements_say_each_fact_once_in_each_direction_that_is_told(tmp_path):
    instance = Facts(saved(tmp_path, ROWS)).draw(0)
    held = set(asked(instance.test("latent")))
    facts = [tuple(row.split(",")) for row in ROWS]
    forward = [f"{s} {r} → {o} ." for s, r, o in facts]
    reverse = [f"{o} {r} ← {s} ." for s, r, o in facts if (s, r, o) not in held]
    assert 0 < len(held) < len(facts)
    assert Counter(stated(instance)) == Counter([*forward, *reverse])
    assert instance.memory.size == len(forward) + len(reverse)


def test_what_follows_the_arrow_is_learned(tmp_path):
    instance = Facts(saved(tmp_path, ROWS)).draw(0)
    for words, learned in documents(instance, "statement"):
        arrow = next(i for i, word in enumerate(words) if word in "→←")
        assert learned == words[arrow + 1 :]
        assert len(learned) <= instance.most_targets


def test_names_alone_are_all_subjects_and_say_no_fact(tmp_path):
    rows = [f"Isle of S{i},r,o{i}" for i in range(10)]
    instance = Facts(saved(tmp_path, rows)).draw(0)
    names = {" ".join(words): " ".join(learned) for words, learned in documents(instance, "name")}
    assert names == {f": Isle of S{i}": f"Isle of S{i}" for i in range(10)}
    alone = instance.corpus.kind == instance.kinds.index("name")
    assert alone.sum() == 10
    for annotated in (instance.corpus.fact, instance.corpus.cue, instance.corpus.supports, instance.corpus.topics):
        assert (annotated[alone] == NONE).all()
    assert instance.memory_kinds == ("statement",)
    assert not instance.samplers


def test_a_relations_own_name_in_reverse_stands_before_the_arrow(tmp_path):
    rows = [f"s{i},capital,o{i},capital of" for i in range(10)]
    said = stated(Facts(saved(tmp_path, rows, "subject,relation,object,inverse_relation")).draw(0))
    assert sum("capital of" in each for each in said) == 9  # one is held out
    for each in said:
        assert f"capital {'capital of ← s' if '←' in each else '→ o'}" in each


def test_a_template_words_the_fact_forward_alone(tmp_path):
    rows = [f's{i},capital,o{i},"The capital of {{subject}} is {{object}}"' for i in range(10)]
    said = stated(Facts(saved(tmp_path, rows, "subject,relation,object,template")).draw(0))
    assert {each for each in said if "←" not in each} == {f"The capital of s{i} is o{i} ." for i in range(10)}
    assert {each for each in said if "←" in each} < {f"o{i} capital ← s{i} ." for i in range(10)}


# --- which answers are offered


def answers(world):
    """(direction, given, relation) -> every right answer that the facts have."""
    right = {}
    for subject, relation, obj, *_ in world.rows:
        right.setdefault(("forward", subject, relation), set()).add(obj)
        right.setdefault(("reverse", obj, relation), set()).add(subject)
    return right


@pytest.mark.parametrize("path", TABLES.values(), ids=TABLES)
@pytest.mark.parametrize("most", [0, 6])
def test_all_right_answers_and_no_others_are_right_however_few_are_offered(path, most):
    world = Facts(path, max_options=most)
    instance, right = world.draw(0), answers(world)
    for name in ("forward", "reverse", "latent", "in-context"):
        test = instance.test(name)
        for i, (subject, relation, obj) in enumerate(asked(test)):
            asks = ("forward", subject) if name == "forward" else ("reverse", obj)
            found = offered(instance, test, i)
            assert {option for option, correct in found.items() if correct} == right[(*asks, relation)]


def frame(world, name):
    """relation -> every name that answers one of its questions of that test."""
    column = 2 if name == "forward" else 0
    known = {}
    for row in world.rows:
        known.setdefault(row.relation, set()).add(row[column])
    return known


@pytest.mark.parametrize("name", ["forward", "reverse", "latent", "in-context", "wrong-frame"])
@pytest.mark.parametrize("path", TABLES.values(), ids=TABLES)
def test_no_more_answers_are_offered_than_asked_for_and_all_are_of_the_frame(path, name):
    world = Facts(path, max_options=6)
    instance, known = world.draw(0), frame(world, name)
    test = instance.test(name)
    for i, (_, relation, _) in enumerate(asked(test)):
        found = offered(instance, test, i)
        right = sum(found.values())
        assert len(found) == min(len(known[relation]), max(6, right + 1))
        assert set(found) <= known[relation]
        assert test.chance.uniform[i] == pytest.approx(right / len(found))


def test_without_a_limit_every_name_of_the_frame_is_offered():
    world = Facts(TABLES["rivers"], max_options=0)
    instance = world.draw(0)
    for name in ("forward", "latent"):
        test, known = instance.test(name), frame(world, name)
        for i, (_, relation, _) in enumerate(asked(test)):
            assert set(offered(instance, test, i)) == known[relation]


def test_wrong_answers_share_words_with_a_right_one_first(tmp_path):
    towns = [f"{side} {kind} {i}" for side, kind, i in itertools.product(("Old", "New"), ("Port", "Fort"), range(5))]
    instance = Facts(saved(tmp_path, [f"s{i},r,{town}" for i, town in enumerate(towns)]), max_options=7).draw(0)
    test = instance.test("forward")
    shared = set()
    for i, (_, _, right) in enumerate(asked(test)):
        wrong = [option for option, correct in offered(instance, test, i).items() if not correct]
        shared.add(tuple(sorted(len(set(option.split()) & set(right.split())) for option in wrong)))
    # Four others share side and kind, one kind and number, one side and number; all the rest share a word at most.
    assert shared == {(2, 2, 2, 2, 2, 2)}


def test_among_answers_that_are_equally_like_it_the_seed_chooses(tmp_path):
    world = Facts(saved(tmp_path, [f"s{i},r,o{i}" for i in range(40)]), max_options=4)
    lists = [
        [offered(instance, instance.test("forward"), i) for i in range(40)] for instance in map(world.draw, (0, 1))
    ]
    assert all(len(found) == 4 for each in lists for found in each)
    wrong = [Counter(option for found in each for option, correct in found.items() if not correct) for each in lists]
    assert wrong[0] != wrong[1]
    assert len(wrong[0]) > 30


# --- the tables that come with the repository


def test_rivers_flow_through_several_countries_and_every_one_is_right():
    world = Facts(TABLES["rivers"])
    through = answers(world)["forward", "Danube", "flows through"]
    assert {"Germany", "Austria"} < through
    test = world.draw(0).test("forward")
    counts = {
        (subject, relation): int(n) for (subject, relation, _), n in zip(asked(test), test.correct.sum(1), strict=True)
    }
    assert max(counts.values()) > 2
    assert {relation for (_, relation), n in counts.items() if n > 1} == {"flows through"}


def test_prefectures_are_read_in_their_own_script():
    rows = read_facts(TABLES["prefectures"]).rows
    assert {("北海道", "ローマ字", "Hokkaido"), ("北海道", "番号", "01")} <= {row[:3] for row in rows}
    assert "北海道 番号 → 01 ." in stated(Facts(TABLES["prefectures"]).draw(0))


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("name", TABLES)
def test_examples_draw_without_leaks_and_hold_out_a_tenth(name, seed):
    world = Facts(TABLES[name], test_items=1_000)
    instance = world.draw(seed)
    exposure = check_leaks(instance)["latent"]
    assert (exposure > 0).all()
    assert 0.06 * len(world.rows) <= len(exposure) <= 0.1 * len(world.rows)
    for test in instance.tests:
        assert (test.correct.sum(axis=1) < (test.options[test.choice][:, :, 0] != NONE).sum(axis=1)).all()


def test_where_nothing_can_be_held_out_the_fraction_that_works_is_named(tmp_path):
    """Eight subjects, two objects with four each: a tenth is less than a whole object."""
    rows = [f"s{i},lives in,{'ab'[i % 2]}" for i in range(8)]
    path = saved(tmp_path, rows)
    with pytest.raises(
        UserError, match=r"4 subjects or more, and at most 2 of .* -P world\.held_out_fraction=0\.5, or"
    ):
        Facts(path=path, held_out_fraction=0.3).draw(0)
    Facts(path=path, held_out_fraction=0.5).draw(0)
    with pytest.raises(UserError, match=r"are held out\. Give facts whose objects have fewer subjects"):
        hold_out(np.array([[i, 0, 9] for i in range(8)]), 0.5, np.random.default_rng(0))
