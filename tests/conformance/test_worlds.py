"""The contract of every world, and what each of ours promises besides."""

import dataclasses
import functools
import itertools
import re
from collections import Counter
from pathlib import Path

import numpy as np
import pytest

from prompt_folders import write
from tolman.core.config import canonical
from tolman.core.errors import UserError
from tolman.core.experience import NONE, score
from tolman.core.registry import find, load
from tolman.core.world import LeakError, check_leaks
from tolman.envs.maze import MazeConfig
from tolman.worlds.codebooks import Codebooks
from tolman.worlds.facts import Facts
from tolman.worlds.relations import KINDS
from tolman.worlds.reversals import Reversals

SMALL = {
    "reversals": {"entities": 24, "relations": 3, "held_out": 12, "copies": 2, "max_premises": 3, "test_items": 64},
    "codebooks": {"books": 6, "encodings": 16, "in_context": 2, "entries": 8, "test_items": 64},
    "reversals-stopped": {
        "entities": 24,
        "relations": 3,
        "held_out": 12,
        "copies": 2,
        "max_premises": 3,
        "test_items": 64,
        "full_stop": True,
    },
    "facts": {"test_items": 80},
    "facts-sampled": {"test_items": 80, "max_facts": 50, "max_options": 6},
    "features": {"train_items": 96, "test_items": 64, "prevalence": (0.5, 1.0), "noise": 0.1},
    "features-image": {
        "form": "image",
        "size": 16,
        "train_items": 48,
        "test_items": 64,
        "predictivity": (0.9, 0.7, 0.25),
    },
    "agreement": {"examples": 96, "test_items": 64},
    "agreement-marked": {"shortcut": "marked", "length": 8, "examples": 96, "test_items": 64},
    "features-tokens": {"form": "tokens", "train_items": 96, "test_items": 64, "prevalence": (0.5, 1.0)},
    "mazes": {
        "maze": MazeConfig(size=4, objects=5, view_size=3, max_steps=8),
        "mazes": 5,
        "held_out": 2,
        "latent_goals": 1,
        "episodes": 16,
        "test_items": 30,
    },
    "reading": {"words": 512, "context": 192, "test_items": 10},
    "reversal-curse": {"name_first": 8, "description_first": 8, "both": 8, "test_items": 32},
    "reversal-curse-files": {"test_items": 8},
    "two-hop": {"chains": 12, "test_items": 32},
    "comparisons": {"groups": 8, "test_items": 32},
    "semantic-structure": {"paraphrases": 2, "cues": 0.5, "test_items": 32},
}
"""Parameters that make a world small; what follows a hyphen tells several sets for one world apart."""

EXAMPLES = Path(__file__).parents[2] / "examples"
WORLDS = sorted({*find("worlds"), *SMALL})
STATEMENTS = ["facts", "facts-sampled", "reversals", "reversals-stopped"]
LINKING = {("two-hop", "composed"), ("semantic-structure", "syllogism"), ("semantic-structure", "holdout")}
"""Tests whose questions link several facts, of which one spells the answer."""
SENTENCES = {("syllogisms", "asked"), ("syllogisms", "conclusion")}
"""Tests of worlds whose answers are sentences that no statement spells: the supports are about the same."""


@pytest.fixture(scope="session")
def facts_path(tmp_path_factory):
    """Three relations of 24 subjects: one to one, many to one, and names that need quoting."""
    lines = ["subject,relation,object,inverse_relation"]
    for i in range(24):
        subject = ["Isle of {}", 'The "{}"', "<b>{}</b> & Sons", "{}"][i % 4].format(f"S{i}")
        quoted = '"' + subject.replace('"', '""') + '"'
        lines += [
            f"{quoted},capital,New Town {i},capital of",
            f"{quoted},currency,C{i // 3},currency of",
            f"{quoted},colour,shade {i} of <i>red</i>,colour of",
        ]
    path = tmp_path_factory.mktemp("table") / "facts.csv"
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(scope="session")
def world(facts_path, tmp_path_factory):
    """`world(name)`: a small world, made from files where it takes some."""
    files = {
        "facts": facts_path,
        "documents": EXAMPLES / "texts_documents.jsonl",
        "tests": EXAMPLES / "texts_tests.jsonl",
        "folder": write(tmp_path_factory.mktemp("prompts")),
    }

    @functools.cache
    def made(name):
        cls = load("worlds", name if name in find("worlds") else name.split("-")[0])
        taken = {file.field: str(files[option]) for option, file in cls.inputs.items() if file.field}
        return cls(**taken, **SMALL.get(name, {}))

    return made


@pytest.fixture(scope="session")
def draw(world):
    """`draw(name, seed)`: a small instance of a world."""
    cached = functools.cache(lambda name, seed: world(name).draw(seed))

    def drawn(name, seed=0, fresh=False):
        return world(name).draw(seed) if fresh else cached(name, seed)

    return drawn


@pytest.fixture(params=WORLDS)
def name(request):
    return request.param


@pytest.fixture
def instance(name, draw):
    return draw(name)


@pytest.fixture
def partly(instance):
    """An instance some of whose questions are latent."""
    return offering(instance, "latent questions", latent_tests(instance))


@pytest.fixture
def ranked(instance):
    """An instance whose questions are answered by ranking options."""
    return offering(instance, "options to rank", all(test.ranks_options for test in instance.tests))


@pytest.fixture
def worded(instance):
    """An instance whose steps are tokens."""
    return offering(instance, "tokens", "token" in instance.corpus.experiences.steps)


@pytest.fixture
def factual(worded, partly):
    """An instance whose documents tell facts in words."""
    return offering(worded, "documents in memory", partly.memory_kinds)


def offering(instance, what, offered):
    if not offered:
        pytest.skip(f"this world has no {what}")
    return instance


def corpora(instance, n=300, seed=7):
    """The persistent experiences, then `n` of each kind that is sampled afresh."""
    rng = np.random.default_rng(seed)
    return [instance.corpus, *(make(rng, n) for make in instance.samplers.values())]


def leaves(value):
    """All arrays and texts of an instance's part, in a fixed order."""
    if isinstance(value, dict):
        return [leaf for key in sorted(value) for leaf in leaves(value[key])]
    if dataclasses.is_dataclass(value):
        return [leaf for f in dataclasses.fields(value) for leaf in leaves(getattr(value, f.name))]
    if isinstance(value, tuple):
        return [leaf for item in value for leaf in leaves(item)]
    return [value]


def alike(a, b):
    a, b = leaves(a), leaves(b)
    return len(a) == len(b) and all(np.array_equal(x, y) for x, y in zip(a, b, strict=True))


def everything(instance):
    return (instance.vocabulary, instance.palette, tuple(corpora(instance, 32)), instance.tests)


def latent_tests(instance):
    return [t for t in instance.tests if t.role == "latent"]


def exists(test):
    """Which options `[m, o]` there are for each item."""
    return test.options[test.choice][:, :, 0] != NONE


def tokens(rows, i):
    return rows.steps["token"][i][rows.valid[i]].tolist()


# ---- draws


def test_the_same_seed_gives_the_same_bits(name, draw):
    assert alike(everything(draw(name, 3)), everything(draw(name, 3, fresh=True)))


def test_another_seed_gives_another_corpus_and_other_tests(name, draw):
    one, other = draw(name, 0), draw(name, 1)
    assert not alike(one.corpus.experiences, other.corpus.experiences)
    assert not alike(one.tests, other.tests)


def test_another_seed_leaves_other_facts_latent_unless_a_file_says_which(name, partly, world, draw):
    one, other = draw(name, 0), draw(name, 1)
    if {"tests", "folder"} & {option for option, file in world(name).inputs.items() if file.field}:
        return
    assert {i for t in latent_tests(one) for i in t.item_ids} != {i for t in latent_tests(other) for i in t.item_ids}


def test_samplers_depend_on_their_generator(instance):
    for make in instance.samplers.values():
        one, again, other = (make(np.random.default_rng(s), 16) for s in (0, 0, 1))
        assert alike(one, again)
        assert not alike(one, other)


def test_shapes_are_the_same_for_every_seed(name, draw):
    def shape(i):
        lengths = [c.experiences.length for c in corpora(i, 8)]
        return len(i.vocabulary), i.kinds, i.memory_kinds, i.memory_length, i.most_targets, lengths, [*i.samplers]

    assert shape(draw(name, 0)) == shape(draw(name, 1)) == shape(draw(name, 2))


def test_every_token_has_a_text_and_a_sort(worded):
    used = max(int(c.experiences.steps["token"].max()) for c in corpora(worded))
    assert used < len(worded.vocabulary) == len(worded.palette)


# ---- rows


def test_real_steps_come_first_and_only_they_carry_anything(instance):
    for corpus in corpora(instance):
        rows = corpus.experiences
        assert (np.diff(rows.valid.astype(int), axis=1) <= 0).all()
        assert (rows.weight[~rows.valid] == 0).all()
        assert (corpus.cue[~rows.valid] == NONE).all()
        assert (corpus.fact[~rows.valid] == NONE).all()


def test_first_steps_are_never_targets(worded):
    assert all((corpus.experiences.weight[:, 0] == 0).all() for corpus in corpora(worded))


@pytest.mark.parametrize("name", ["codebooks", "comparisons", "reversal-curse", "two-hop", *STATEMENTS])
def test_every_weighted_step_says_what_it_answers(name, draw):
    """A name alone answers nothing."""
    instance = draw(name)
    for corpus in corpora(instance):
        name_alone = np.array([instance.kinds[kind] == "name" for kind in corpus.kind])
        said = corpus.experiences.weight > 0
        assert (corpus.cue[~name_alone][said[~name_alone]] != NONE).all()
        assert (corpus.cue[name_alone] == NONE).all()
        assert (corpus.fact[name_alone] == NONE).all()


def test_no_row_has_more_targets_than_announced(instance):
    most = max(int((c.experiences.weight > 0).sum(axis=1).max()) for c in corpora(instance, 1500))
    assert 0 < most <= instance.most_targets


def test_kinds_that_memory_holds_come_first(instance):
    held = len(instance.memory_kinds)
    assert instance.kinds[:held] == instance.memory_kinds
    assert (np.diff(instance.corpus.kind) >= 0).all()
    assert set(instance.corpus.kind.tolist()) == set(range(len(instance.kinds)))
    assert instance.memory.size == (instance.corpus.kind < held).sum()


def test_memory_is_the_corpus_cut_to_its_length_and_loses_nothing(instance):
    memory, rows = instance.memory, instance.corpus.experiences
    assert memory.experiences.length == instance.memory_length
    assert memory.experiences.steps.keys() == rows.steps.keys()
    for name, leaf in memory.experiences.steps.items():
        for i in range(0, memory.size, 7):
            assert np.array_equal(leaf[i][memory.experiences.valid[i]], rows.steps[name][i][rows.valid[i]])


def test_fresh_documents_say_nothing_about_the_world(instance):
    """Some are the world's own experiences with the question taken away; retrieval knows what these are about."""
    known = set(map(tuple, instance.corpus.topics.tolist()))
    for corpus in corpora(instance)[1:]:
        assert (corpus.fact == NONE).all()
        if (corpus.topics != NONE).any():
            assert set(map(tuple, corpus.topics.tolist())) <= known
        else:
            assert (corpus.supports == NONE).all()


# ---- supports


def test_what_supports_a_row_states_what_it_asks_for_and_is_in_memory(factual):
    corpus = factual.corpus
    asked = np.where(corpus.experiences.weight > 0, corpus.fact, NONE)
    rows = np.flatnonzero((corpus.supports != NONE).any(axis=1))
    assert len(rows)
    for row in rows:
        wanted = set(asked[row].tolist()) - {NONE}
        for support in set(corpus.supports[row].tolist()) - {NONE}:
            assert support != row
            assert support < factual.memory.size
            assert wanted & set(corpus.fact[support].tolist())


def test_what_supports_an_item_states_its_fact_and_spells_an_answer(name, factual):
    """Where a question links several facts, they all support it, and one of them spells the answer if it is a name."""
    corpus = factual.corpus
    for test in factual.tests:
        for i in range(len(test)):
            rows = set(test.supports[i].tolist()) - {NONE}
            assert rows
            assert max(rows) < factual.memory.size
            linked = set(test.topics[i].tolist()) - {NONE}
            if (name, test.name) in SENTENCES:
                assert _topics(corpus, rows) >= linked
                continue
            assert any(test.fact[i] in corpus.fact[row] for row in rows)
            answers = [[t for t in o if t != NONE] for o in test.options[test.choice[i]][test.correct[i]].tolist()]
            spelling = {row for row in rows if _spells(factual, row, answers)}
            if (name, test.name) not in LINKING:
                assert spelling == rows
                continue
            assert _topics(corpus, rows) == linked
            assert len(_topics(corpus, spelling)) == 1
            assert _topics(corpus, rows - spelling) == linked - _topics(corpus, spelling) != set()


def _topics(corpus, rows):
    return {topic for row in rows for topic in corpus.topics[row].tolist()} - {NONE}


def _spells(instance, row, answers):
    said = tokens(instance.corpus.experiences, row)
    return any(_within(answer, said) for answer in map(_unclosed(instance), answers))


def _unclosed(instance):
    """Options without the mark that closes a name which begins another."""
    return lambda answer: answer[:-1] if instance.palette[answer[-1]] == "marker" else answer


def _within(part, whole):
    return any(whole[i : i + len(part)] == part for i in range(len(whole) - len(part) + 1))


def test_supports_share_a_topic_with_what_they_support(instance):
    topics = instance.corpus.topics
    for test in instance.tests:
        for i in range(len(test)):
            for row in set(test.supports[i].tolist()) - {NONE}:
                assert (set(test.topics[i].tolist()) & set(topics[row].tolist())) - {NONE}


# ---- tests


def test_item_ids_are_unique_across_all_tests(instance):
    ids = [i for test in instance.tests for i in test.item_ids]
    assert len(set(ids)) == len(ids) >= len(instance.tests)


def test_names_of_tests_differ_and_some_are_explicit(instance):
    assert "explicit" in {t.role for t in instance.tests}
    assert len({t.name for t in instance.tests}) == len(instance.tests)


def test_what_is_experienced_is_partly_latent(partly):
    assert latent_tests(partly)


def test_latent_and_explicit_questions_are_disjoint(partly):
    explicit = {int(c) for t in partly.tests if t.role == "explicit" for c in t.cue}
    latent = {int(c) for t in latent_tests(partly) for c in t.cue}
    assert latent
    assert not latent & explicit


def test_explicit_questions_are_trained_for(partly):
    trained = set(partly.corpus.cue[partly.corpus.experiences.weight > 0].tolist())
    assert all(int(c) in trained for t in partly.tests if t.role == "explicit" for c in t.cue)


def test_prompts_carry_no_loss_and_end_before_the_answer(worded):
    for test in worded.tests:
        assert (test.prompts.weight == 0).all()
        assert test.prompts.valid.any(axis=1).all()
        for i in range(len(test)):
            last = tokens(test.prompts, i)[-1]
            assert last not in {int(o[0]) for o in test.options[test.choice[i]][test.correct[i]]}


def test_correct_options_exist_and_are_distinct(instance):
    for test in instance.tests:
        assert test.correct.any(axis=1).all()
        assert not (test.correct & ~exists(test)).any()
        assert (test.correct.sum(axis=1) < exists(test).sum(axis=1)).all()
        for options in test.options.tolist():
            there = [tuple(o) for o in options if o[0] != NONE]
            assert len(set(there)) == len(there)


def test_no_option_begins_another(instance):
    for test in instance.tests:
        for options in test.options.tolist():
            spelled = sorted(tuple(t for t in o if t != NONE) for o in options if o[0] != NONE)
            assert not any(b[: len(a)] == a for a, b in itertools.pairwise(spelled))


def test_a_policy_that_knows_scores_one(instance):
    for test in instance.tests:
        assert score(test, np.where(exists(test), test.correct, -np.inf)).accuracy == 1


def test_guessing_scores_the_stated_uniform_chance(ranked):
    rng, rounds = np.random.default_rng(0), 400
    for test in ranked.tests:
        guesses = [score(test, np.where(exists(test), rng.random(test.correct.shape), -np.inf)) for _ in range(rounds)]
        p = test.chance.uniform
        error = np.sqrt((p * (1 - p)).mean() / (rounds * len(test)))
        assert abs(np.mean([g.accuracy for g in guesses]) - p.mean()) < 5 * error


def test_the_best_constant_answer_scores_the_stated_constant_chance(ranked):
    """The best of all questions with the same options; where options are a sample, of a group, or of the test."""
    for test in ranked.tests:
        pools = [_best_constant(test, by) for by in (test.choice.tolist(), test.groups, [0] * len(test))]
        assert any(test.chance.constant == pytest.approx(best) for best in pools)


def _best_constant(test, pools):
    right = {pool: Counter() for pool in pools}
    for pool, choice, correct in zip(pools, test.choice, test.correct, strict=True):
        right[pool].update(tuple(test.options[choice, place].tolist()) for place in np.flatnonzero(correct))
    counts = Counter(pools)
    return [max(right[pool].values()) / counts[pool] for pool in pools]


def test_chances_are_probabilities_and_elimination_helps_latent_guessing(instance):
    for test in instance.tests:
        for chance in (test.chance.uniform, test.chance.elimination, test.chance.constant):
            assert ((chance >= 0) & (chance <= 1)).all()
        if test.role == "latent":
            assert (test.chance.elimination >= test.chance.uniform).all()


# ---- leaks


def test_nothing_leaks_and_exposure_is_counted_per_item(name, factual):
    exposure = check_leaks(factual)
    assert {t.name: len(t) for t in latent_tests(factual)} == {k: len(v) for k, v in exposure.items()}
    stated = {test: (counts > 0).all() for test, counts in exposure.items()}
    assert stated == {test: (name, test) not in SENTENCES for test in exposure}


def test_a_latent_answer_that_is_trained_is_caught(partly):
    test, corpus = latent_tests(partly)[0], partly.corpus
    row, step = np.argwhere(corpus.experiences.weight > 0)[-1]
    cue = corpus.cue.copy()
    cue[row, step] = test.cue[-1]
    asked = test.item_ids[int(np.flatnonzero(test.cue == test.cue[-1])[0])]
    with pytest.raises(LeakError, match=re.escape(asked)):
        check_leaks(dataclasses.replace(partly, corpus=corpus._replace(cue=cue)))


def test_a_latent_answer_that_only_fresh_documents_train_is_caught(partly):
    test = latent_tests(partly)[0]
    offering(partly, "documents sampled afresh", partly.samplers)

    def leaky(rng, n):
        corpus = next(iter(partly.samplers.values()))(rng, n)
        return corpus._replace(cue=np.where(corpus.experiences.weight > 0, test.cue[0], corpus.cue))

    with pytest.raises(LeakError, match=re.escape(test.item_ids[0])):
        check_leaks(dataclasses.replace(partly, samplers={"leaky": leaky}))


def test_an_answer_that_is_never_a_target_is_caught(factual):
    test, corpus = latent_tests(factual)[0], factual.corpus
    rows = corpus.experiences
    answer = test.options[test.choice[0]][test.correct[0]][0, 0]
    untrained = rows._replace(weight=np.where(rows.steps["token"] == answer, 0, rows.weight))
    tampered = dataclasses.replace(factual, corpus=corpus._replace(experiences=untrained), samplers={})
    with pytest.raises(LeakError, match="never a target"):
        check_leaks(tampered)


# ---- statements: reversals and facts, read from their tokens alone


def question(instance, test, i):
    """A plain prompt without the filler it opens with."""
    asked = tokens(test.prompts, i)
    return tuple(itertools.dropwhile(lambda t: instance.palette[t] == "filler", asked))


def trained_questions(corpus, length):
    """Every run of `length` tokens that a weighted token follows."""
    rows = corpus.experiences
    found = set()
    for row, step in np.argwhere(rows.weight > 0):
        if step >= length:
            found.add(tuple(rows.steps["token"][row, step - length : step].tolist()))
    return found


@pytest.mark.parametrize("name", STATEMENTS)
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_no_latent_question_stands_before_a_target_anywhere(name, seed, draw):
    instance = draw(name, seed)
    asked = {t.name: [question(instance, t, i) for i in range(len(t))] for t in instance.tests}
    lengths = {len(q) for name in ("latent", "reverse") for q in asked[name]}
    trained = set.union(*(trained_questions(c, n) for c in corpora(instance) for n in lengths))
    assert not set(asked["latent"]) & trained
    assert set(asked["reverse"]) <= trained


@pytest.mark.parametrize("name", STATEMENTS)
def test_the_corpus_alone_puts_held_out_subjects_and_objects_into_one_statement(name, draw):
    instance = draw(name)
    latent = instance.test("latent")
    held = {
        (subject, of_sorts(instance, question(instance, latent, i), NAMES))
        for i in range(len(latent))
        for subject in names(instance, latent, i)
    }
    corpus, *fresh = corpora(instance, 500)
    assert _stated(instance, corpus, held) == held
    assert not any(_stated(instance, premises, held) for premises in fresh)


def names(instance, test, i):
    """The right answers, each without the mark that closes it."""
    answers = test.options[test.choice[i]][test.correct[i]].tolist()
    return {tuple(t for t in answer if t != NONE and instance.palette[t] != "marker") for answer in answers}


NAMES, BETWEEN = ("entity",), ("relation", "direction")
"""Sorts of tokens: those of names, and those that stand between the two names of a statement."""


def of_sorts(instance, row, sorts):
    return tuple(t for t in row if instance.palette[t] in sorts)


def statements(instance, row):
    """(first name, what stands between, second name) of every statement in a row of tokens, which may share names."""
    runs = [(between, tuple(run)) for between, run in itertools.groupby(row, lambda t: instance.palette[t] in BETWEEN)]
    for (_, first), (between, words), (_, second) in zip(runs, runs[1:], runs[2:], strict=False):
        if between:
            yield first, words, second


def _stated(instance, corpus, pairs):
    """Which pairs (subject, object) a statement holds, whichever of them comes first."""
    found = set()
    for i in range(corpus.size):
        for first, words, second in statements(instance, tokens(corpus.experiences, i)):
            onward = "→" in {instance.vocabulary[t] for t in words}
            for subject, obj in pairs:
                a, b = (subject, obj) if onward else (obj, subject)
                if first[-len(a) :] == a and second[: len(b)] == b:
                    found.add((subject, obj))
    return found


@pytest.mark.parametrize("name", STATEMENTS)
def test_every_held_out_subject_is_a_target_in_another_document_of_the_corpus(name, draw):
    instance = draw(name)
    latent, rows = instance.test("latent"), instance.corpus.experiences
    runs = set()
    for row in range(instance.corpus.size):
        weighted = np.flatnonzero(rows.weight[row] > 0)
        said = [rows.steps["token"][row, run].tolist() for run in np.split(weighted, _breaks(weighted))]
        runs |= {tuple(t for t in run if instance.palette[t] != "marker") for run in said}
    for i in range(len(latent)):
        assert names(instance, latent, i) <= runs


def _breaks(steps):
    return np.flatnonzero(np.diff(steps) > 1) + 1


@pytest.mark.parametrize("name", STATEMENTS)
def test_in_context_questions_contain_their_answer_and_latent_ones_do_not(name, draw):
    instance = draw(name)
    for test, stated in ((instance.test("in-context"), True), (instance.test("latent"), False)):
        for i in range(len(test)):
            answers = [[t for t in o if t != NONE] for o in test.options[test.choice[i]][test.correct[i]].tolist()]
            said = tokens(test.prompts, i)
            assert stated == any(_within(a, said) for a in map(_unclosed(instance), answers))


@pytest.mark.parametrize("name", STATEMENTS)
def test_a_statement_before_a_question_is_an_experience_of_its_own(name, draw):
    instance = draw(name)
    latent, stated = instance.test("latent"), instance.test("in-context")
    for test in instance.tests:
        assert set(test.prompts.segment[test.prompts.valid].tolist()) == ({0, 1} if test is stated else {0})
    for i in range(len(stated)):
        asked = stated.prompts.segment[i] == 1
        assert tuple(stated.prompts.steps["token"][i][asked].tolist()) == question(instance, latent, i)
        assert question(instance, latent, i) != tuple(tokens(stated.prompts, i))


def reversals(**parameters):
    return Reversals(**{**SMALL["reversals"], **parameters})


def test_relations_are_one_to_one_over_half_of_the_entities():
    instance = reversals(test_items=1000).draw(0)
    forward = instance.test("forward")
    asked = [question(instance, forward, i) for i in range(len(forward))]
    answers = forward.options[forward.choice][forward.correct][:, 0].tolist()
    by_relation = {}
    for (subject, *relation), answer in zip(asked, answers, strict=True):
        by_relation.setdefault(tuple(relation), []).append((subject, answer))
    assert len(by_relation) == 3
    for pairs in by_relation.values():
        assert len(pairs) == len({s for s, _ in pairs}) == len({o for _, o in pairs}) == 12


def test_as_many_facts_are_held_out_as_asked():
    assert len(reversals(test_items=1000).draw(0).test("latent")) == SMALL["reversals"]["held_out"]


def test_elimination_leaves_the_held_out_answers_of_a_relation():
    latent = reversals(test_items=1000).draw(0).test("latent")
    groups = np.array(latent.groups)
    expected = [1 / (groups == g).sum() for g in groups]
    assert latent.chance.elimination == pytest.approx(expected)


def test_wrong_frames_ask_only_what_training_never_asked():
    for seed in range(6):
        instance = reversals(test_items=1000).draw(seed)
        wrong = instance.test("wrong-frame")
        trained = trained_questions(instance.corpus, 3)
        asked = {question(instance, wrong, i) for i in range(len(wrong))}
        assert asked
        assert asked.isdisjoint(trained)


def test_where_every_entity_is_a_subject_there_is_no_wrong_frame_to_ask():
    assert "wrong-frame" not in [test.name for test in reversals(coverage=1.0).draw(0).tests]


def test_options_that_were_never_a_target_are_the_held_out_answers_of_the_relation():
    instance = reversals(test_items=1000).draw(0)
    latent, left = instance.test("latent"), instance.test("latent-untrained")
    kept = [
        i for i, item in enumerate(latent.item_ids) if item.replace("latent/", "latent-untrained/") in left.item_ids
    ]
    assert [question(instance, latent, i) for i in kept] == [question(instance, left, i) for i in range(len(left))]
    held = {}
    for i, group in enumerate(latent.groups):
        held.setdefault(group, set()).add(_answer(latent, i))
    for i, group in enumerate(left.groups):
        offered = left.options[left.choice[i]][exists(left)[i]][:, 0].tolist()
        assert set(offered) == held[group]
    assert left.role == "variant"
    assert left.chance.uniform == pytest.approx(latent.chance.elimination[kept])


def test_a_test_that_the_facts_allow_no_question_of_is_left_out(tmp_path):
    table = tmp_path / "two_way.csv"
    rows = [f"person {i + j},friend,person {i + 1 - j}" for i in range(0, 12, 2) for j in (0, 1)]
    table.write_text("subject,relation,object\n" + "\n".join(rows) + "\n")
    names = [test.name for test in Facts(str(table)).draw(0).tests]
    assert names == ["forward", "reverse", "latent", "in-context"]


def test_books_with_one_latent_entry_leave_no_choice_among_answers_that_were_never_targets():
    instance = codebooks(entries=6, latent_fraction=0.2).draw(0)
    assert "latent-untrained" not in [test.name for test in instance.tests]


def test_no_question_of_a_test_stands_in_training_as_it_is():
    instance = reversals(test_items=1000, copies=16).draw(0)
    rows = instance.corpus.experiences
    begun = {tuple(tokens(rows, i)[:length]) for i in range(instance.corpus.size) for length in range(3, 12)}
    for test in instance.tests:
        assert begun.isdisjoint(tuple(tokens(test.prompts, i)) for i in range(len(test)))


def test_unrelated_documents_never_pair_a_fact_with_itself():
    for seed in range(20):
        corpus = reversals().draw(seed).corpus
        unrelated = corpus.topics[corpus.kind == KINDS.index("unrelated")]
        assert (unrelated >= 0).sum(axis=1).tolist() == [2] * len(unrelated)


def test_controls_of_documents_of_premises_ask_neither_what_they_state_nor_what_the_world_states():
    instance = reversals().draw(0)
    plain = {(s, r, o) for corpus in [instance.corpus] for s, r, o in stated_facts(instance, corpus)}
    asked = []
    for kind in ("long-unrelated", "short-unrelated"):
        corpus = instance.samplers[kind](np.random.default_rng(0), 100)
        for row in range(100):
            said, weight = tokens(corpus.experiences, row), corpus.experiences.weight[row]
            facts = list(directed(instance, said))
            given = {(r, o) for s, r, o, at in facts if weight[at] == 0}
            turned = [(s, r, o) for s, r, o, at in facts if weight[at] > 0]
            assert given.isdisjoint((r, o) for _, r, o in turned)
            asked += turned
    # By chance alone a fresh fact is one of the world's now and then; the control of old asked for nothing else.
    assert np.mean([fact in plain for fact in asked]) < 0.1


def directed(instance, said):
    """Every statement of a document as (subject, relation, object, step of the answer)."""
    for at, token in enumerate(said):
        if instance.vocabulary[token] in ("→", "←"):
            first, relation, second = said[at - 2], said[at - 1], said[at + 1]
            ends = (first, second) if instance.vocabulary[token] == "→" else (second, first)
            yield ends[0], relation, ends[1], at + 1


def stated_facts(instance, corpus):
    for i in np.flatnonzero(corpus.kind == KINDS.index("statement")):
        for *fact, _ in directed(instance, tokens(corpus.experiences, i)):
            yield fact


def _answer(test, i):
    return int(test.options[test.choice[i]][test.correct[i]][0, 0])


def test_wrong_frames_use_the_forward_question_and_ask_for_the_subject():
    instance = reversals(test_items=1000).draw(0)
    wrong, forward, latent = (instance.test(n) for n in ("wrong-frame", "forward", "latent"))
    relations = {question(instance, forward, i)[1:] for i in range(len(forward))}
    assert {question(instance, wrong, i)[1:] for i in range(len(wrong))} <= relations
    assert set(wrong.cue.tolist()).isdisjoint(forward.cue.tolist())
    held = {(question(instance, latent, i)[0], _answer(latent, i)) for i in range(len(latent))}
    assert {(question(instance, wrong, i)[0], _answer(wrong, i)) for i in range(len(wrong))} <= held


def premises(instance, kind, count=200):
    """Per document of that kind, the statements that carry no loss: (first name, relation, direction, second name)."""
    corpus = instance.samplers[kind](np.random.default_rng(0), count)
    direction = [t for t, sort in enumerate(instance.palette) if sort == "direction"]
    for row in range(count):
        said, weight = tokens(corpus.experiences, row), corpus.experiences.weight[row]
        ways = [j for j, t in enumerate(said) if t in direction and weight[j + 1] == 0]
        yield [(said[j - 2], said[j - 1], instance.vocabulary[said[j]], said[j + 1]) for j in ways]


def test_premises_confuse_roles_and_only_short_documents_reverse_some(draw):
    instance = draw("reversals")
    both_roles = [
        any(a[1] == b[1] and a[3] == b[0] for a in facts for b in facts)
        for facts in premises(instance, "long-in-context")
    ]
    assert np.mean(both_roles) > 0.1  # among 24 names drawn at random this is rarer
    assert {way for facts in premises(instance, "long-in-context") for _, _, way, _ in facts} == {"→"}
    ways = [way for facts in premises(instance, "short-in-context") for _, _, way, _ in facts]
    assert 0.08 < np.mean([way == "←" for way in ways]) < 0.22


@pytest.mark.parametrize(
    "parameters",
    [
        {"held_out": 0},
        {"held_out": 36},
        {"max_premises": 0},
        {"max_premises": 13},
        {"coverage": 0.0},
        {"coverage": 1.5},
    ],
)
def test_impossible_reversals_are_refused(parameters):
    with pytest.raises(UserError, match=str(next(iter(parameters)))):
        reversals(**parameters)


# ---- facts


def test_all_subjects_of_a_held_out_question_are_correct(draw):
    found = set()
    for latent in (draw("facts", seed).test("latent") for seed in range(5)):
        found |= set(zip(latent.groups, latent.correct.sum(axis=1).tolist(), strict=True))
    assert found == {("capital", 1), ("colour", 1), ("currency", 3)}


@pytest.mark.parametrize("seed", range(5))
def test_subjects_of_a_many_to_one_question_are_held_out_together(seed, draw):
    latent = draw("facts", seed).test("latent")
    held = [i.split("/", 1)[1].split("|") for i in latent.item_ids]
    for cue in {obj for _, relation, obj in held if relation == "currency"}:
        assert sum(obj == cue for _, _, obj in held) == 3


def test_names_keep_quotes_and_markup_and_take_several_tokens(draw):
    instance = draw("facts")
    assert {'"S1"', "<b>S2</b>", "&", "<i>red</i>"} <= set(instance.vocabulary)
    options = instance.test("reverse").options
    spelled = {instance.text(o) for o in options.reshape(-1, options.shape[-1])}
    assert {"Isle of S0", 'The "S1"', "<b>S2</b> & Sons", "S3"} <= spelled


def test_groups_are_relations_and_chances_differ_between_them(draw):
    forward = draw("facts").test("forward")
    groups = np.array(forward.groups)
    assert set(groups) == {"capital", "currency", "colour"}
    assert set(forward.chance.uniform[groups == "currency"]) == {1 / 8}
    assert set(forward.chance.uniform[groups == "capital"]) == {1 / 24}


def test_the_order_of_a_tables_rows_changes_nothing(facts_path, tmp_path):
    header, *rows = facts_path.read_text().splitlines()
    turned = tmp_path / "turned.csv"
    turned.write_text("\n".join([header, *rows[::-1]]))
    one, other = (Facts(path=str(p), test_items=20, max_facts=50) for p in (facts_path, turned))
    assert one.table_digest == other.table_digest
    assert alike(everything(one.draw(0)), everything(other.draw(0)))


def test_a_name_that_begins_another_is_scored_with_its_end(tmp_path):
    path = tmp_path / "guinea.csv"
    names = ["Guinea", "Guinea Bissau", *(f"Land{i}" for i in range(8))]
    path.write_text("\n".join(["subject,relation,object", *(f"{n},capital,City{i}" for i, n in enumerate(names))]))
    reverse = Facts(path=str(path), held_out_fraction=0.2, test_items=20).draw(0)
    options = reverse.test("reverse").options
    spelled = {reverse.text(o) for o in options.reshape(-1, options.shape[-1])}
    assert "Guinea Bissau" in spelled
    assert "Guinea" not in spelled


# ---- codebooks, read from their tokens alone


COMBINATIONS = list(
    itertools.product(
        ("fixed", "shuffled"),
        ("input-output", "output-input"),
        (False, True),
        ("interleaved", "blocked"),
        ("same", "distinct"),
    )
)


def codebooks(
    order="shuffled", direction="output-input", names_book=True, layout="interleaved", wording="same", **parameters
):
    small = {**SMALL["codebooks"], **parameters}
    return Codebooks(order=order, direction=direction, names_book=names_book, layout=layout, wording=wording, **small)


def sections(words):
    """A document's definitions and encodings: (`define` or `encode`, the steps of its other words)."""
    starts = [i for i, w in enumerate(words) if w in ("define", "encode")]
    ends = [*starts[1:], len(words)]
    return [(words[a], range(a + 1, b)) for a, b in zip(starts, ends, strict=True)]


def entries(words):
    """Every (section, book, input, output, step of the output), whatever the layout."""
    found = []
    for sort, steps in sections(words):
        book, xs, ys = None, [], []
        for step in steps:
            if words[step][0] in "BT":
                book = words[step]
            elif words[step][0] == "x":
                xs.append(words[step])
            elif words[step][0] == "y":
                ys.append((book, words[step], step))
        found += [(sort, b, x, y, step) for x, (b, y, step) in zip(xs, ys, strict=False)]
    return found


def read(instance, corpus):
    """Every row's entries, each with whether its output is a target."""
    rows = corpus.experiences
    for i in range(corpus.size):
        words = [instance.vocabulary[t] for t in tokens(rows, i)]
        yield [(*entry, rows.weight[i, entry[-1]] > 0) for entry in entries(words)]


def asked_entries(instance, name):
    """(book, input, output) of each item of a test of encoding, read from the prompt and the right answer."""
    test = instance.test(name)
    found = []
    for i in range(len(test)):
        words = [instance.vocabulary[t] for t in [*tokens(test.prompts, i), _answer(test, i)]]
        found.append(entries(words)[-1][1:4])
    return found


@pytest.mark.parametrize("name", ["codebooks", "reversals", "reversals-stopped"])
def test_worlds_with_loss_on_all_tokens_are_the_same_documents(name, world):
    usual, every = (dataclasses.replace(world(name), targets=targets) for targets in ("answers", "all"))
    assert "targets" not in canonical(usual)  # keys of records stay as they were
    one, other = usual.draw(0), every.draw(0)
    assert np.array_equal(one.corpus.experiences.steps["token"], other.corpus.experiences.steps["token"])
    drawn = [draw(np.random.default_rng(0), 40) for draw in other.samplers.values()]
    for found in (corpus.experiences for corpus in (other.corpus, *drawn)):
        assert np.array_equal(found.weight[:, 1:] > 0, found.valid[:, 1:])
        assert not found.weight[:, 0].any()
        assert found.weight.sum(axis=1).max() <= other.most_targets
    check_leaks(other)


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=lambda parameters: "-".join(map(str, parameters)))
def test_codebooks_of_every_form_define_everything_and_never_encode_what_is_latent(parameters):
    instance = codebooks(*parameters, test_items=1000).draw(0)
    check_leaks(instance)
    latent, explicit = (set(asked_entries(instance, n)) for n in ("latent", "encoding"))
    assert len(latent) == 6 * 2
    assert len(explicit) == 6 * 6
    defined, encoded = set(), set()
    for corpus in corpora(instance):
        for row in read(instance, corpus):
            defined |= {(b, x, y) for sort, b, x, y, _, _ in row if sort == "define"}
            encoded |= {(b, x, y) for sort, b, x, y, _, weighted in row if sort == "encode" and weighted}
    own = {e for e in encoded if e[0].startswith("B")}
    assert own == explicit
    assert {e for e in defined if e[0].startswith("B")} == explicit | latent


@pytest.mark.parametrize("parameters", COMBINATIONS, ids=lambda parameters: "-".join(map(str, parameters)))
def test_in_context_documents_encode_by_their_own_definitions_under_reserved_names(parameters):
    instance = codebooks(*parameters).draw(0)
    documents = instance.samplers["long-in-context"](np.random.default_rng(0), 64)
    for row in read(instance, documents):
        defined = {(b, x): y for sort, b, x, y, *_ in row if sort == "define"}
        encoded = [(b, x, y) for sort, b, x, y, *_ in row if sort == "encode"]
        assert encoded
        assert all(b.startswith("T") and defined[b, x] == y for b, x, y in encoded)


def test_where_wordings_differ_no_definition_trains_what_an_encoding_asks():
    """The two tokens before an output never stand before it in a definition."""

    def before(wording):
        instance = codebooks(wording=wording, direction="input-output", order="shuffled").draw(0)
        found = {0: set(), 1: set()}
        for i in np.flatnonzero(instance.corpus.kind < 2):
            said = tokens(instance.corpus.experiences, i)
            found[int(instance.corpus.kind[i])] |= set(zip(said, said[1:], said[2:], strict=False))
        outputs = {t for t, sort in enumerate(instance.palette) if sort == "answer"}
        return [{run for run in runs if run[2] in outputs} for runs in found.values()]

    defined, encoded = before("same")
    assert encoded <= defined
    defined, encoded = before("distinct")
    assert encoded
    assert encoded.isdisjoint(defined)


def test_controls_of_fresh_documents_encode_by_a_book_that_is_defined_nowhere():
    instance = codebooks().draw(0)
    for row in read(instance, instance.samplers["short-unrelated"](np.random.default_rng(0), 64)):
        encoded = {b for sort, b, *_ in row if sort == "encode"}
        assert all(book.startswith("T") for book in encoded)


def test_options_left_by_elimination_are_the_latent_outputs_of_the_book():
    instance = codebooks(test_items=1000).draw(0)
    left = instance.test("latent-untrained")
    outputs = {}
    for book, _, y in asked_entries(instance, "latent"):
        outputs.setdefault(book, set()).add(y)
    for i, (book, _, y) in enumerate(asked_entries(instance, "latent-untrained")):
        offered = {instance.vocabulary[t] for t in left.options[left.choice[i]][exists(left)[i]][:, 0]}
        assert offered == outputs[book]
        assert y in offered


@pytest.mark.parametrize("kind", ["long-unrelated", "unrelated"])
def test_unrelated_documents_define_another_book_than_they_encode_by(kind):
    instance = codebooks().draw(0)
    if kind in instance.samplers:
        corpus = instance.samplers[kind](np.random.default_rng(0), 64)
        rows = read(instance, corpus)
    else:
        which = np.flatnonzero(instance.corpus.kind == instance.kinds.index(kind))
        rows = [row for i, row in enumerate(read(instance, instance.corpus)) if i in which]
    for row in rows:
        defined, encoded = ({b for sort, b, *_ in row if sort == s} for s in ("define", "encode"))
        assert defined
        assert not defined & encoded


def test_unrelated_documents_replace_related_ones_token_for_token():
    instance = codebooks().draw(0)
    rows = instance.corpus.experiences
    related, unrelated = (instance.corpus.kind == instance.kinds.index(k) for k in ("in-context", "unrelated"))
    assert np.array_equal(np.sort(rows.valid[related].sum(axis=1)), np.sort(rows.valid[unrelated].sum(axis=1)))
    assert rows.weight[related].sum() == rows.weight[unrelated].sum()


@pytest.mark.parametrize(("order", "forms"), [("fixed", 1), ("shuffled", 4)])
def test_definitions_list_their_pairs_in_the_order_asked_for(order, forms):
    instance = codebooks(order=order, definitions=4).draw(0)
    definitions = [tokens(instance.corpus.experiences, i) for i in np.flatnonzero(instance.corpus.kind == 0)]
    assert len({tuple(d) for d in definitions[:4]}) == forms


def test_elimination_leaves_the_latent_entries_of_a_book():
    latent = codebooks().draw(0).test("latent")
    assert set(latent.chance.elimination) == {1 / 2}
    assert set(latent.chance.uniform) == {1 / 8}


def test_tests_in_context_ask_what_the_plain_ones_ask():
    instance = codebooks().draw(0)
    for name in ("definition", "encoding", "latent"):
        plain, defined = instance.test(name), instance.test(f"{name}-in-context")
        assert np.array_equal(plain.cue, defined.cue)
        assert np.array_equal(plain.correct, defined.correct)
        assert (defined.prompts.valid.sum(axis=1) > plain.prompts.valid.sum(axis=1)).all()


@pytest.mark.parametrize(
    "parameters", [{"latent_fraction": 0.0}, {"latent_fraction": 0.9}, {"max_definitions": 0}, {"max_definitions": 16}]
)
def test_impossible_codebooks_are_refused(parameters):
    with pytest.raises(UserError, match=next(iter(parameters))):
        codebooks(**parameters)
