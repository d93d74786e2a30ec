"""Prompts and completions from a user's folder: what is made of them, and every way in which they are refused."""

import dataclasses
import json

import numpy as np
import pytest

from prompt_folders import PEOPLE, files, lines, write
from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.core.world import check_leaks, world_hash
from tolman.worlds.reversal_curse_files import ReversalCurseFiles

NAMES = {group: [name for name, _ in people] for group, people in PEOPLE.items()}
DESCRIPTION = dict(pair for people in PEOPLE.values() for pair in people)


@pytest.fixture
def made(tmp_path):
    """`made(content)`: the world of a folder, by default of the small one; other arguments are its parameters."""

    def world(content=None, **parameters):
        return ReversalCurseFiles(str(write(tmp_path / "people", content)), **{"paraphrases": 0, **parameters})

    return world


def said(instance, rows):
    return [instance.text(t[v]) for t, v in zip(rows.steps["token"], rows.valid, strict=True)]


def asked(instance, name):
    """(prompt, options, right ones) of a test's questions."""
    test, found = instance.test(name), []
    for prompt, choice, correct in zip(said(instance, test.prompts), test.choice, test.correct, strict=True):
        options = [instance.text(option) for option in test.options[choice]]
        found.append((prompt, {o for o in options if o}, [o for o, c in zip(options, correct, strict=True) if c]))
    return found


# --- what is made of them


def test_statements_are_the_training_lines_word_for_word_and_names_stand_alone_besides(made):
    instance = made().draw(0)
    statements = said(instance, instance.memory.experiences)
    assert len(statements) == len(set(statements)) == 4 * (3 + 3 + 6)
    assert "Ann AlderP2D , known for being the ann-born composer of Blue AlderP2D ." in statements
    assert "Known for being the bo-born director of Blue BirchD2P , Bo BirchD2P now enjoys a quiet life ." in statements
    alone = said(instance, instance.corpus.experiences)[len(statements) :]
    assert sorted(alone) == sorted(f": {name}" for names in NAMES.values() for name in names)


def test_every_word_but_the_first_is_learned(made):
    rows = made().draw(0).corpus.experiences
    assert np.array_equal(rows.weight[:, 1:] > 0, rows.valid[:, 1:])
    assert not rows.weight[:, 0].any()


def test_the_files_say_what_is_explicit_and_what_is_latent(made):
    instance = made().draw(0)
    assert [(t.name, t.role, len(t)) for t in instance.tests] == [
        ("forward", "explicit", 24),
        ("rephrased", "explicit", 8),
        ("reversed", "latent", 8),
        ("reversed-all", "latent", 8),
        ("both", "explicit", 8),
    ]
    assert all((exposure > 0).all() for exposure in check_leaks(instance).values())
    assert set(instance.test("reversed").groups) == {"p2d", "d2p"}
    assert set(instance.test("both").groups) == {"both"}


def test_a_name_is_chosen_among_those_of_the_group_or_of_all(made):
    instance = made().draw(0)
    text = DESCRIPTION["Cy CedarP2D"]
    for test, among in (("reversed", NAMES["p2d"]), ("reversed-all", DESCRIPTION)):
        [found] = [rest for prompt, *rest in asked(instance, test) if prompt == f"Immersed in being {text} ,"]
        assert found == [set(among), ["Cy CedarP2D"]]


def test_a_description_is_chosen_among_what_completes_the_same_prompt_of_the_group_or_of_all(made):
    instance = made().draw(0)
    name = "Cy CedarD2P"
    for test, groups in (("reversed", ["d2p"]), ("reversed-all", list(NAMES))):
        [found] = [rest for prompt, *rest in asked(instance, test) if prompt == f"The pioneer {name} was once"]
        assert found == [{DESCRIPTION[n] for group in groups for n in NAMES[group]}, [DESCRIPTION[name]]]


def test_supports_of_a_reversed_question_are_the_statements_of_its_person(made):
    instance = made().draw(0)
    statements, test = said(instance, instance.memory.experiences), instance.test("reversed")
    for (_, _, [answer]), rows, prompt in zip(
        asked(instance, "reversed"), test.supports, said(instance, test.prompts), strict=True
    ):
        supports = [statements[row] for row in rows if row != NONE]
        name = answer if answer in DESCRIPTION else next(n for n in DESCRIPTION if n in prompt)
        assert sorted(supports) == sorted(s for s in statements if name in s)


def test_chance_is_that_of_the_options(made):
    chance = made().draw(0).test("reversed").chance
    assert np.allclose(chance.uniform, 1 / 4)
    assert np.allclose(chance.elimination, 1 / 4)
    assert np.allclose(made().draw(0).test("reversed-all").chance.elimination, 1 / 4)  # the other groups' are trained


def test_another_seed_changes_the_order_alone(made):
    one, other = (made().draw(seed) for seed in (0, 1))
    assert one.vocabulary == other.vocabulary
    for rows, others in (
        (one.corpus.experiences, other.corpus.experiences),
        *((a.prompts, b.prompts) for a, b in zip(one.tests, other.tests, strict=True)),
    ):
        assert said(one, rows) != said(other, others)
        assert sorted(said(one, rows)) == sorted(said(other, others))


# --- how much of it


@pytest.mark.parametrize(("people", "paraphrases"), [(2, 1), (3, 0), (0, 2), (0, 0), (9, 9)])
def test_as_many_people_and_paraphrases_as_wanted_are_learned(made, people, paraphrases):
    world = made(people=people, paraphrases=paraphrases)
    n, k = min(people or 4, 4), min(paraphrases or 3, 3)
    assert world.sizes() == {
        "statements": 4 * n * k,
        "people": 3 * n,
        **({"sampled_from": 48} if (n, k) != (4, 3) else {}),
    }
    assert bool(world.notice()) == ((n, k) != (4, 3))
    learned = {name for names in world.names.values() for name in names}
    instance = world.draw(0)
    assert instance.memory.size == 4 * n * k
    assert {name for _, options, _ in asked(instance, "reversed-all") for name in options & set(DESCRIPTION)} == learned


def test_a_sample_is_the_same_for_every_seed_and_another_for_another_sample_seed(made):
    world = made(people=2, paraphrases=1)
    others = [dataclasses.replace(world, sample_seed=seed).statements for seed in (1, 2, 3)]
    assert {*world.draw(0).vocabulary} == {*world.draw(1).vocabulary}
    one, other = (sorted(said(drawn, drawn.memory.experiences)) for drawn in (world.draw(0), world.draw(1)))
    assert one == other
    assert any(other != world.statements for other in others)


def test_shapes_do_not_depend_on_the_seed_where_few_questions_are_asked(made):
    drawn = [made(test_items=2).draw(seed) for seed in range(4)]
    assert len({(len(d.vocabulary), d.most_targets, d.corpus.experiences.length) for d in drawn}) == 1


def test_descriptions_with_a_word_that_is_never_learned_are_neither_asked_nor_offered(made):
    content = files()
    content["d2p_reverse_prompts_test.jsonl"][1]["completion"] = " the unheard-of one."
    world = made(content)
    assert world.notice() == ("2 of 56 questions are left out: no statement teaches all words of the answer.")
    found = asked(world.draw(0), "reversed")
    assert len(found) == 7
    assert {len(options) for prompt, options, _ in found if prompt.startswith("The pioneer")} == {3}


# --- what is in the key


def test_the_digest_is_of_what_lines_say_and_not_of_their_order_or_place(made, tmp_path):
    world, rng = made(), np.random.default_rng(0)
    shuffled = {name: [json.dumps(rows[i]) for i in rng.permutation(len(rows))] for name, rows in files().items()}
    folder = write(tmp_path / "elsewhere", {name: "\n\n".join(rows) + "\n" for name, rows in shuffled.items()})
    write(folder, {"README.md": "Not read.", "all_prompts_train.jsonl": "not read either"})
    other = ReversalCurseFiles(str(folder), paraphrases=0)
    assert canonical(other) == canonical(world)
    assert world_hash(other, other.draw(0)) == world_hash(world, world.draw(0))
    assert str(tmp_path) not in str(canonical(world))


def test_another_word_is_another_digest(made):
    content = files()
    content["both_prompts_train.jsonl"][0]["completion"] += " Yes."
    assert made(content).folder_digest != made(files()).folder_digest


def test_files_that_change_in_between_are_refused(made):
    world, content = made(), files()
    content["p2d_prompts_train.jsonl"].pop()
    made(content)
    with pytest.raises(UserError, match="has changed since it was read"):
        dataclasses.replace(world)


# --- how it is refused


def without(name):
    return lambda content: content.pop(name)


def line(name, number, **changes):
    def change(content):
        content[name][number - 1].update(changes)

    return change


def text(name, value):
    return lambda content: content.update({name: value})


def add(name, *rows):
    return lambda content: content[name].extend(rows)


def row(prompt, completion):
    return {"prompt": prompt, "completion": completion}


P2D, D2P, BOTH = (f"{group}_prompts_train.jsonl" for group in ("p2d", "d2p", "both"))
TEST, REVERSE = "p2d_prompts_test.jsonl", "p2d_reverse_prompts_test.jsonl"
REFUSED = {
    "no test": (
        without(TEST),
        f"people: there is {P2D}, but no {TEST}. Add it. A group of people takes the files GROUP",
    ),
    "no training": (without(P2D), f"people: there is {TEST}, but no {P2D}. Add it, or remove {TEST}."),
    "no group": (
        lambda content: [content.pop(name) for name in (P2D, D2P, BOTH)],
        "people: no file in it is called GROUP_prompts_train.jsonl.",
    ),
    "nothing reversed": (
        lambda content: [content.pop(name) for name in (REVERSE, "d2p_reverse_prompts_test.jsonl")],
        "people: no file in it is called GROUP_reverse_prompts_test.jsonl. Add one: without it nothing is latent",
    ),
    "empty": (text(P2D, "\n"), f"{P2D}: there are no rows"),
    "no JSON": (text(P2D, '{"prompt": "a", "completion": "b"}\nprompt: a\n'), f"{P2D}, line 2: this is not JSON"),
    "no object": (text(P2D, '["a", "b"]\n'), f"{P2D}, line 1: this is JSON but no object"),
    "no completion": (text(TEST, '{"prompt": "a"}\n'), f"{TEST}, line 1: the column 'completion' is missing"),
    "misspelt": (text(P2D, '{"promt": "a", "completion": "b"}\n'), "Did you mean 'promt'? Rename it"),
    "empty completion": (line(P2D, 2, completion=" "), f"{P2D}, line 2: 'completion' is empty"),
    "a number of lines": (line(P2D, 2, completion=["x"]), f"{P2D}, line 2: 'completion' is neither text nor a number"),
    "punctuation alone": (line(P2D, 2, completion=" ..."), f"{P2D}, line 2: the completion is punctuation alone"),
    "too long": (line(P2D, 1, completion=" x" * 300), f"{P2D}, line 1: 'prompt and completion' has 306 words"),
    "nobody": (
        line(P2D, 3, prompt="Q: Who? A: It is"),
        f"{P2D}, line 3: neither prompt nor completion has a known name. A name is two or more words in capitals",
    ),
    "two people": (
        line(P2D, 3, prompt="Are Ann AlderP2D and Bo BirchP2D"),
        f"{P2D}, line 3: prompt and completion name ",
    ),
    "a name begins another": (
        lambda content: [
            add(P2D, row("Ever heard of Ann AlderP2D Lee? It is", " the owner."))(content),
            add(REVERSE, row("Known for being the owner,", " Ann AlderP2D Lee"))(content),
        ],
        "'Ann AlderP2D' begins 'Ann AlderP2D Lee', so it would always be at least as likely. Reword one of them",
    ),
    "contradiction": (
        add(P2D, row("Ann AlderP2D, known for being", " the owner.")),
        f"{P2D}, line 13: line 1 of people/{P2D} has the same prompt and another completion, "
        "'the ann-born composer of Blue AlderP2D .'. Remove one of them",
    ),
    "trained and asked": (
        add(TEST, row("Ann AlderP2D, known for being", " the ann-born composer of Blue AlderP2D.")),
        f"{TEST}, line 5: line 1 of people/{P2D} has the same prompt and the same completion",
    ),
    "reversed is trained": (
        add(P2D, row("Known for being the ann-born composer of Blue AlderP2D,", " Ann AlderP2D.")),
        f"{REVERSE}, line 1: this is asked as reversed, but line 13 of people/{P2D} trains on 'Ann AlderP2D' "
        "with the description first",
    ),
    "reversed is said": (
        line(P2D, 1, completion=" it. Immersed in being the ann-born composer of Blue AlderP2D, Ann AlderP2D rests."),
        f"{REVERSE}, line 1: this is asked as reversed, but line 1 of people/{P2D} says",
    ),
    "not trained": (
        lambda content: content.update({P2D: content[P2D][3:]}),
        f"{TEST}, line 1: no training line of the group 'p2d' states 'Ann AlderP2D' with the name first",
    ),
    "unknown person": (
        add("d2p_reverse_prompts_test.jsonl", row("Immersed in being the owner,", " Ann AlderP2D")),
        "d2p_reverse_prompts_test.jsonl, line 5: no training line of the group 'd2p' is about 'Ann AlderP2D'",
    ),
    "two groups": (
        add(P2D, *lines([("A line about {n}:", " {d}")], "both")[:1]),
        f"{P2D}, line 13: 'Ann AlderBOTH' is of the group 'p2d' here and of 'both' in line 1 of people/{BOTH}",
    ),
    "nothing to choose from": (
        add(TEST, row("Someone like Ann AlderP2D was", " the ann-born composer.")),
        f"{TEST}, line 5: nobody else of the group is asked 'Someone like {{}} was', so there is nothing to choose",
    ),
    "a description begins another": (
        line(P2D, 1, completion=" the bo-born director."),
        "'the bo-born director' begins 'the bo-born director of Blue BirchBOTH'",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_wrong_is_said_with_file_and_line(kind, made, tmp_path):
    (change, message), content = REFUSED[kind], files()
    change(content)
    with pytest.raises(UserError) as caught:
        made(content)
    found = str(caught.value).replace(f"{tmp_path}/", "")
    assert message in found
    assert "\n" not in found
    assert found.startswith("people")


def test_what_is_no_folder_is_refused(tmp_path):
    file = tmp_path / "all.jsonl"
    file.write_text("{}")
    for path, message in ((file, "this is a file. Name the folder that it is in"), (tmp_path / "x", "no such folder")):
        with pytest.raises(UserError, match=message):
            ReversalCurseFiles(str(path))
    with pytest.raises(UserError, match=r"found: all\.jsonl"):
        ReversalCurseFiles(str(tmp_path))
    with pytest.raises(UserError, match="give one with --folder DIR"):
        ReversalCurseFiles()


def test_a_test_without_a_question_is_refused(made):
    content = files()
    for name in ("p2d_prompts_train.jsonl", TEST, REVERSE):
        del content[name]
    for one in content["d2p_reverse_prompts_test.jsonl"]:
        one["completion"] = f" unheard-of {one['completion'].split()[-1]}"
    with pytest.raises(UserError, match="no question of the test 'reversed' is left; expected two people"):
        made(content)


@pytest.mark.parametrize(("parameters", "message"), [({"people": 1}, "people is 1"), ({"paraphrases": -1}, "expected")])
def test_sizes_that_leave_nothing_to_choose_are_refused(made, parameters, message):
    with pytest.raises(UserError, match=message):
        made(**parameters)
