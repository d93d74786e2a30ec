"""Questions that take several statements: what each statement leads to, and where a row says so."""

import itertools
import random
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.core.experience import NONE
from tolman.worlds.reading import CHAINED, FOCUSED, Reading
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.categories import state_inheritance
from tolman.worlds.reading.documents import draw_document, new_draft
from tolman.worlds.reading.draft import HOPS, SKILLS, Fact, Question, Style
from tolman.worlds.reading.facts import ask_two_hops, chains, draw_plan, draw_relations, state_fact
from tolman.worlds.reading.rows import Row

OPEN = len(w.CLOSED)
STYLE = Style(range(OPEN, OPEN + 2048), block=32, noise=0.0)
WORLD = Reading(words=512, context=256, test_items=0)
SEEDS = st.integers(0, 2**32)
CHAINS = ("plain-chained", "chained")
ANNOTATED = [SKILLS.index(skill) for skill in ("two-hop", "inheritance")]


def holds(tokens, name):
    """Whether a name stands in a text."""
    return any(tuple(tokens[i : i + len(name)]) == tuple(name) for i in range(len(tokens)))


# --- questions


def test_the_first_fact_of_two_leads_to_its_object_and_the_second_to_the_answer():
    draft = new_draft(random.Random(0), STYLE, 14, room=768)
    one = Fact((OPEN, OPEN + 1), (OPEN + 2,), (OPEN + 3, OPEN + 4), forward=False)
    other = Fact(one.object, (OPEN + 5,), (OPEN + 6, OPEN + 7), forward=True)
    question = ask_two_hops(draft, one, other)
    assert (question.skill, question.hops, tuple(question.answer)) == ("two-hop", (OPEN + 3,), other.object)


@given(SEEDS, st.booleans())
@settings(max_examples=20)
def test_two_hops_lead_to_the_first_word_of_the_name_between_two_facts(seed, plain):
    draft = new_draft(random.Random(seed), STYLE._replace(plain=plain), 20, room=768)
    plan = draw_plan(draft, 20)
    for _ in range(60):
        state_fact(draft, plan)
    for first, second in chains(draft):
        question = ask_two_hops(draft, first, second)
        assert first.object == second.subject
        assert question.hops == (second.subject[0],)
        assert tuple(question.answer) == second.object


def test_without_inferences_a_chain_is_asked_for_its_second_fact_and_leads_nowhere_between():
    draft = new_draft(random.Random(0), STYLE._replace(inferences=False), 14, room=768)
    one, other = (Fact((OPEN + i,), (OPEN + 5 + i,), (OPEN + i + 1,), forward=True) for i in range(2))
    question = ask_two_hops(draft, one, other)
    assert (question.skill, question.hops) == ("same", ())


def open_runs(statement):
    """The longest stretches of open words in a statement."""
    runs = itertools.groupby(statement, key=lambda token: token >= OPEN)
    return [tuple(run) for is_open, run in runs if is_open]


class Hierarchy(NamedTuple):
    """Questions about a hierarchy, whether the first one asks for what its member has, and its two categories."""

    question: Question
    link: Question
    of_member: bool
    low: tuple
    high: tuple


def hierarchies(levels, count=120, **style):
    """Hierarchies of so many levels, with the categories as they were drawn and are stated."""
    found = []
    for seed in range(count):
        draft, drawn = new_draft(random.Random(seed), STYLE._replace(**style), 14, room=768), []
        name = draft.names.name
        draft.names.name = lambda *given, name=name, drawn=drawn, **more: (
            drawn.append(name(*given, **more)) or drawn[-1]
        )
        if asked := state_inheritance(draft, draw_relations(draft, 1), levels):
            member, _, low, high = drawn
            said, kind, held = draft.statements
            assert low in open_runs(said)
            assert set(open_runs(kind)) >= {low, high}
            assert holds(held, high if levels == 2 else low)
            names = [name for name in (member, low) if holds(asked.question.prompt, name)]
            found.append(Hierarchy(*asked, max(names, key=len, default=None) == member, low, high))
    return found


@pytest.mark.parametrize("plain", [False, True])
def test_what_a_category_has_is_found_by_way_of_the_category(plain):
    found = hierarchies(1, plain=plain)
    assert len(found) > 100
    assert all(each.of_member and each.question.hops == (each.low[0],) for each in found)


@pytest.mark.parametrize("held_out", [False, True])
def test_what_a_category_above_it_has_is_found_by_way_of_the_categories_in_between_in_order(held_out):
    found = hierarchies(2, held_out=held_out)
    of_member = [each for each in found if each.of_member]
    assert all(each.question.hops == (each.low[0], each.high[0]) for each in of_member)
    assert all(each.question.hops == (each.high[0],) for each in found if not each.of_member)
    assert len(of_member) > 60
    assert (len(found) - len(of_member) > 15) == (not held_out)


@pytest.mark.parametrize("levels", [1, 2])
def test_what_one_statement_says_leads_nowhere_between(levels):
    assert {each.link.hops for each in hierarchies(levels)} == {()}
    for each in hierarchies(levels, inferences=False):
        assert each.question.hops == each.link.hops == ()


def test_only_questions_over_several_statements_have_results_in_between():
    documents = [draw_document(random.Random(seed), STYLE._replace(shares=CHAINED), 20, 768) for seed in range(60)]
    questions = [question for document in documents for question in document.questions]
    assert {q.skill for q in questions if q.hops} == {"two-hop", "inheritance"}
    assert all(bool(q.hops) == (q.skill in ("two-hop", "inheritance")) for q in questions)
    assert {len(q.hops) for q in questions} == {0, 1, HOPS}
    assert max(len(q.hops) for q in questions if q.skill == "two-hop") == 1
    for document in documents:
        middles = {}
        for fact, follower in itertools.product(document.facts, repeat=2):
            if fact.object == follower.subject:
                middles.setdefault(follower.object, set()).add(fact.object[0])
        for question in document.questions:
            if question.skill == "two-hop":
                assert question.hops[0] in middles[tuple(question.answer)]


# --- rows


def test_results_in_between_stand_where_the_answer_begins():
    row = Row()
    row.add([OPEN, OPEN + 1, w.STOP], 0)
    row.ask(Question("inheritance", [OPEN + 2, OPEN + 3], (OPEN + 4, OPEN + 5), (OPEN + 6, OPEN + 7)), 0)
    row.ask(Question("two-hop", [OPEN], [OPEN + 1], (OPEN + 8,)), 0)
    row.ask(Question("same", [OPEN], [OPEN + 1]), 0)
    nothing = (NONE, NONE)
    assert row.hops == [
        *[nothing] * 5,
        (OPEN + 6, OPEN + 7),
        *[nothing] * 3,
        (OPEN + 8, NONE),
        *[nothing] * 4,
    ]
    assert [row.token[i] for i, hops in enumerate(row.hops) if hops != nothing] == [OPEN + 4, OPEN + 1]
    assert len(row.hops) == len(row.token)


def annotated(kind, seed, rows=4, **changes):
    """Rows of a kind, and for each step the skill of the question that it answers."""
    sampler = Reading(**{"words": 512, "context": 256, "test_items": 0, **changes}).draw(0).samplers[kind]
    corpus, skills = sampler.annotated(np.random.default_rng(seed), rows)
    return corpus.experiences, skills


def answers_begin(rows):
    """The steps at which the answer of a question begins."""
    weighted = rows.weight > 0
    return weighted & ~np.pad(weighted, ((0, 0), (1, 0)))[:, :-1]


@given(SEEDS, st.sampled_from(CHAINS))
@settings(max_examples=15)
def test_rows_say_what_statements_lead_to_at_the_first_step_of_an_answer_and_nowhere_else(seed, kind):
    rows, skills = annotated(kind, seed)
    hops = rows.steps["hops"]
    assert hops.shape == (*rows.valid.shape, HOPS)
    begins, several = answers_begin(rows), np.isin(skills, ANNOTATED)
    assert np.array_equal(hops[..., 0] != NONE, begins & several)
    assert (hops[..., 1] == NONE)[skills != SKILLS.index("inheritance")].all()
    assert (hops[..., 0] != NONE)[hops[..., 1] != NONE].all()
    assert (hops[:, :256] == NONE).all()


@pytest.mark.parametrize("kind", CHAINS)
def test_what_statements_lead_to_is_a_word_of_the_document_that_is_asked_about(kind):
    rows, _ = annotated(kind, 0, rows=16)
    tokens, documents, hops = (rows.steps[name] for name in ("token", "document", "hops"))
    found = np.argwhere(hops != NONE)
    assert {hop for *_, hop in found.tolist()} == {0, 1}
    assert len(found) > 60
    for row, step, hop in found:
        own = (documents[row, :256] == documents[row, step]) & (tokens[row, :256] == hops[row, step, hop])
        assert own.sum() > 1  # the statement that leads to it, and the one that goes on from it


@pytest.mark.parametrize("kind", ["plain", "facts", *CHAINS, "focused"])
def test_the_control_is_told_of_nothing_in_between(kind):
    rows, _ = annotated(kind, 1, inferences=False)
    assert (rows.weight > 0).any()
    assert (rows.steps["hops"] == NONE).all()
    reader, _ = annotated(kind, 1, rows=12)
    assert (reader.steps["hops"] != NONE).any()


@pytest.mark.parametrize("kind", CHAINS)
def test_chained_documents_ask_for_what_takes_several_statements_more_often_than_others(kind):
    def share(kind):
        rows, skills = annotated(kind, 0, rows=60)
        return np.isin(skills[answers_begin(rows)], ANNOTATED).mean()

    assert share(kind) > 1.25 * share("facts") > 0


def test_documents_that_are_plain_and_chained_have_the_wordings_of_plain_ones():
    samplers = WORLD.draw(0).samplers
    plain, chained = (samplers[kind] for kind in CHAINS)
    assert (plain.style.plain, plain.style.noise, chained.style.plain, chained.style.noise) == (True, 0.0, False, 0.5)
    assert plain.style.shares == chained.style.shares == CHAINED
    assert plain.sizes == chained.sizes


# --- what is not stated


def not_stated(shares, count=150, statements=14):
    """What is not stated by documents, as (document, question)."""
    style = STYLE._replace(shares=shares)
    documents = [draw_document(random.Random(seed), style, statements, 768) for seed in range(count)]
    return [(d, q) for d in documents for q in d.questions if q.skill == "not-stated"]


@pytest.mark.parametrize("statements", [6, 14, 40])
def test_what_a_focused_document_does_not_state_is_asked_of_a_relation_that_it_does_state(statements):
    found = not_stated(FOCUSED, statements=statements)
    assert len(found) > 30
    for document, question in found:
        asked = {fact.relation for fact in document.facts if holds(question.prompt, fact.relation)}
        assert asked
        assert any(holds(statement, relation) for relation in asked for statement in document.statements)
