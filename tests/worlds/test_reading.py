"""Documents to read: their answers are right by an independent reading, and rows are laid out as promised."""

import itertools
import random
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tolman.core.errors import UserError
from tolman.core.experience import NONE
from tolman.worlds.reading import FOCUSED, Reading
from tolman.worlds.reading import documents as drawing
from tolman.worlds.reading import wordings as w
from tolman.worlds.reading.documents import draw_document, new_draft, state_noise
from tolman.worlds.reading.draft import INFERENCES, INSERTED, REPLACED, SKILLS, Shares, Style
from tolman.worlds.reading.names import Names
from tolman.worlds.reading.syllogisms import ALL, NO, SOME, STRONGEST, Premises, valid
from tolman.worlds.reading.tests import draw_tests

OPEN = len(w.CLOSED)
IN_NAMES = {*w.JOINERS, w.THE}
STYLE = Style(range(OPEN, OPEN + 2048), block=32)
SMALL = Reading(test_items=5)
SEEDS = st.integers(0, 2**32)


@pytest.fixture(scope="module")
def instance():
    return SMALL.draw(0)


# --- reading without knowing what was drawn


def match(template, tokens, bound):
    """Every way in which a template fits tokens, as {slot: name}."""
    if not template:
        if not tokens:
            yield bound
        return
    first, rest = template[0], template[1:]
    if first >= 0:
        if tokens[:1] == (first,):
            yield from match(rest, tokens[1:], bound)
    elif first in bound:
        known = bound[first]
        if tokens[: len(known)] == known:
            yield from match(rest, tokens[len(known) :], bound)
    else:
        for end in range(1, len(tokens) + 1):
            if tokens[end - 1] < OPEN and tokens[end - 1] not in IN_NAMES:
                return
            if tokens[end - 1] >= OPEN:  # no name ends in a closed-class word
                yield from match(rest, tokens[end:], {**bound, first: tokens[:end]})


class Fitting:
    """The templates of classes of wordings that may fit a text, as all of their words occur in it."""

    def __init__(self, *classes):
        templates = dict.fromkeys(itertools.chain(*(wordings.templates for wordings in classes)))
        self._words = {template: frozenset(part for part in template if part >= 0) for template in templates}
        self._known = {}

    def __call__(self, text):
        if text not in self._known:
            said = set(text)
            self._known[text] = [template for template, words in self._words.items() if words <= said]
        return self._known[text]


FORWARD, REVERSE, FACTS = Fitting(w.FORWARD), Fitting(w.REVERSE), Fitting(w.FORWARD, w.REVERSE)
FORWARD_QUESTION, REVERSE_QUESTION = Fitting(w.FORWARD_OPEN, w.FORWARD_MARK), Fitting(w.REVERSE_OPEN, w.REVERSE_MARK)
FACT_QUESTION = Fitting(w.FORWARD_OPEN, w.FORWARD_MARK, w.REVERSE_OPEN, w.REVERSE_MARK)
TWO_HOP, MEMBER, KIND, SYLLOGISM = map(Fitting, (w.TWO_HOP, w.MEMBER, w.KIND, w.SYLLOGISM))
QUANTIFIED = tuple(map(Fitting, w.QUANTIFIED))
ALL_OR_KIND = Fitting(w.QUANTIFIED[ALL], w.KIND)


def sentence(statement):
    """A statement without its full stop, and without each opener that it may begin with."""
    text = tuple(statement[:-1])
    return [text, *(text[len(opener) :] for opener in w.OPENERS.templates if text[: len(opener)] == opener)]


def find(document, fitting, wanted, **bound):
    """Every name that some statement puts in a slot, in one of the wordings, where other slots are as given."""
    known = {w.SLOTS["{" + slot + "}"]: tuple(name) for slot, name in bound.items()}
    texts = [text for statement in document.statements for text in sentence(statement)]
    return {f[wanted] for text in texts for t in fitting(text) for f in match(t, text, known)}


def objects(document, s, r):
    return find(document, FACTS, w.OBJECT, s=s, r=r)


def subjects(document, r, o):
    return find(document, FACTS, w.SUBJECT, r=r, o=o)


def readings(question, fitting):
    prompt = tuple(question.prompt)
    return [f for t in fitting(prompt) for f in match(t, prompt, {})]


def solve(document, question):
    """All answers to a question for a fact, over all readings of the question."""
    forward = readings(question, FORWARD_QUESTION)
    reverse = readings(question, REVERSE_QUESTION)
    assert forward or reverse
    answers = [objects(document, f[w.SUBJECT], f[w.RELATION]) for f in forward]
    return set().union(*answers, *(subjects(document, f[w.RELATION], f[w.OBJECT]) for f in reverse))


def documents(count, statements=14, **style):
    # Without word noise unless it is asked for, so that every sentence can be read by the wordings alone.
    style = STYLE._replace(**{"noise": 0.0, **style})
    return [draw_document(random.Random(seed), style, statements, 768) for seed in range(count)]


def asked(skill, count=60, statements=14, **style):
    found = [(d, q) for d in documents(count, statements, **style) for q in d.questions if q.skill == skill]
    assert len(found) > 10
    return found


def stated_in_facts(question):
    return readings(question, FACT_QUESTION)


@pytest.mark.parametrize("held_out", [False, True])
@pytest.mark.parametrize("skill", ["same", "reversed"])
def test_what_is_asked_of_a_fact_is_the_only_answer(skill, held_out):
    for document, question in asked(skill, held_out=held_out):
        if stated_in_facts(question):
            assert solve(document, question) == {tuple(question.answer)}


@pytest.mark.parametrize("held_out", [False, True])
def test_what_is_not_stated_has_no_answer(held_out):
    for document, question in asked("not-stated", held_out=held_out):
        assert solve(document, question) == set()
        assert question.answer == w.NOT_STATED


def test_what_is_asked_of_one_premise_is_what_it_says_in_the_order_of_the_question_if_that_says_the_same():
    both = [(d, q, {(f[w.SUBJECT], f[w.OBJECT]) for f in readings(q, SYLLOGISM)}) for d, q in asked("same")]
    found = [(document, question, ends) for document, question, ends in both if ends]
    assert len(found) > 20
    for document, question, ends in found:
        [(quantifier, x, y)] = _conclusions(tuple(question.answer))
        stated = _quantified(document)
        if quantifier in (NO, SOME):
            assert {(quantifier, x, y), (quantifier, y, x)} & stated
            assert (x, y) in ends
        else:
            assert (quantifier, x, y) in stated
            assert {(x, y), (y, x)} & ends


def _conclusions(answer):
    """Every reading of an answer that is a whole sentence about two categories."""
    forms = enumerate(w.QUANTIFIED_FORMS)
    return [(quantifier, f[w.SUBJECT], f[w.OBJECT]) for quantifier, form in forms for f in match(form, answer, {})]


def test_what_is_asked_of_one_link_is_the_only_answer():
    links = [(question, found) for document, question in asked("same") for found in _linked(document, question)]
    assert len(links) > 20
    for question, found in links:
        assert found == {tuple(question.answer)}


def _linked(document, question):
    """For each way in which a question opens a sentence about categories, every category that a statement puts next."""
    readers = {w.MEMBER_FORM: MEMBER, **dict(zip(w.QUANTIFIED_FORMS, QUANTIFIED, strict=True))}
    readers[w.QUANTIFIED_FORMS[ALL]] = ALL_OR_KIND
    for form, reader in readers.items():
        for f in match(form[: form.index(w.OBJECT)], tuple(question.prompt), {}):
            # Categories have no closed-class words.
            yield {name for name in find(document, reader, w.OBJECT, s=f[w.SUBJECT]) if min(name) >= OPEN}


def two_hops(document, question):
    """All answers to a question that takes two facts."""
    answers = set()
    for f in readings(question, TWO_HOP):
        for middle in objects(document, f[w.SUBJECT], f[w.RELATION]):
            answers |= objects(document, middle, f[w.SECOND])
    return answers


def test_two_hops_follow_two_facts():
    for document, question in asked("two-hop"):
        assert two_hops(document, question) == {tuple(question.answer)}


def test_members_have_what_their_categories_have():
    for document, question in asked("inheritance"):
        answers = set()
        for f in readings(question, FORWARD_QUESTION):
            holders = {f[w.SUBJECT]} | find(document, MEMBER, w.OBJECT, s=f[w.SUBJECT])
            for holder in tuple(holders):
                holders |= find(document, KIND, w.OBJECT, s=holder)
            for holder in holders:
                answers |= objects(document, holder, f[w.RELATION])
        assert answers == {tuple(question.answer)}


def test_comparisons_are_inverted():
    inverse = {(a,): (b,) for pair in w.COMPARATIVES for a, b in (pair, pair[::-1])}
    comparatives = set(itertools.chain(*w.COMPARATIVES))
    for document, question in asked("comparison"):
        [(name, said)] = {(f[w.SUBJECT], f[w.RELATION]) for f in _compared(question, comparatives)}
        found = set()
        for template in w.COMPARISON.templates:
            filled = [tuple(inverse[said][0] if part == w.RELATION else part for part in template)]
            found |= find(document, lambda _, filled=filled: filled, w.SUBJECT, o=name)
        assert found == {tuple(question.answer)}


def _compared(question, comparatives):
    prompt = tuple(question.prompt)
    for template in w.COMPARED.templates:
        for word in comparatives:
            filled = tuple(word if part == w.RELATION else part for part in template)
            yield from ({**f, w.RELATION: (word,)} for f in match(filled, prompt, {}))


def test_syllogisms_are_answered_by_the_strongest_conclusion():
    for document, question in asked("syllogism"):
        ends = {(f[w.SUBJECT], f[w.OBJECT]) for f in readings(question, SYLLOGISM)}
        assert tuple(question.answer) in {answer for pair in ends for answer in _answers(document, *pair)}


def _answers(document, a, c):
    """Answers to a question about two categories, from the premises that the document states."""
    said = _quantified(document)
    pairs = [(p, q) for p in said for q in said if a in p and c in q and set(p[1:]) - {a} == set(q[1:]) - {c}]
    for p, q in pairs:
        premises = Premises(p[0], int(p[2] == a), q[0], int(q[1] == c))
        found = brute_force(premises)
        yield from () if found else [w.NOTHING_FOLLOWS]
        for quantifier, turned in found:
            yield tuple(w.fill(w.QUANTIFIED_FORMS[quantifier], *((c, (), a) if turned else (a, (), c))))


def _quantified(document):
    """Every premise that the document states, as its quantifier and two categories."""
    texts = [text for statement in document.statements for text in sentence(statement)]
    return {
        (quantifier, f[w.SUBJECT], f[w.OBJECT])
        for quantifier, fitting in enumerate(QUANTIFIED)
        for text in texts
        for t in fitting(text)
        for f in match(t, text, {})
    }


def test_sentences_of_random_words_and_of_a_documents_own_wordings_are_completed_as_they_stand():
    found = [(document, question) for document, question in asked("cloze-same") if w.GAP not in question.prompt]
    assert len(found) > 20
    for document, question in found:
        start = tuple(question.prompt)
        texts = [text for statement in document.statements for text in sentence(statement)]
        assert {text[len(start) :] for text in texts if text[: len(start)] == start} == {tuple(question.answer)}


def test_a_statement_of_random_words_asks_for_them_from_the_third_or_fourth_on():
    cuts = Counter()
    for seed in range(200):
        draft = new_draft(random.Random(seed), STYLE, 14, room=768)
        if question := state_noise(draft):
            (statement,) = draft.statements
            assert question.skill == "cloze-same"
            assert (*question.prompt, *question.answer) in sentence(statement)
            cuts[len(question.prompt)] += 1
    assert cuts.keys() == {2, 3}
    assert min(cuts.values()) > 50


def test_random_words_that_do_not_fit_are_neither_stated_nor_asked_for():
    draft = new_draft(random.Random(0), STYLE, 14, room=3)
    assert state_noise(draft) is None
    assert draft.statements == []


# --- shares


def skills_of(**style):
    """How many questions for each skill 40 documents ask."""
    return Counter(question.skill for document in documents(40, **style) for question in document.questions)


def test_documents_state_and_ask_what_their_shares_say():
    others = {"syllogism", "inheritance", "comparison"}
    assert not skills_of(shares=Shares(only_facts=1.0)).keys() & others
    for skill, share in (("syllogism", (1.0, 0.0)), ("inheritance", (0.0, 1.0)), ("comparison", (0.0, 0.0))):
        found = skills_of(shares=Shares(0.0, *share))
        # Comparisons fill up documents that have no room for more than one statement.
        assert found.keys() & others <= {skill, "comparison"}
        assert found[skill] == max(found[other] for other in others) > 50


def test_questions_about_one_fact_and_about_two_are_as_many_as_their_shares_say():
    only = Shares(only_facts=1.0)
    assert skills_of(shares=only._replace(facts=0.0))["reversed"] == 0 < skills_of(shares=only)["reversed"]
    few, some, every = (skills_of(shares=only._replace(pairs=pairs))["two-hop"] for pairs in (0.0, 0.15, 5.0))
    assert 0 < few < some < every
    assert few <= 40  # one at most in each document


# --- facts that are much alike


def neighbours(one, other):
    """Whether two names differ in one word, or by one that stands before or after the other name."""
    shorter, longer = sorted((one, other), key=len)
    if len(shorter) == len(longer):
        return len(shorter) > 1 and sum(a != b for a, b in zip(shorter, longer, strict=True)) == 1
    return shorter in (longer[1:], longer[:-1])


def alike(fact, other):
    """Whether two facts have a name in common, or names that are neighbours."""
    return any(a == b or neighbours(a, b) for a in fact.names for b in other.names)


def first_groups(facts):
    """For documents of so many facts: their first fact, and the next three, which stand in the same group."""
    shares = Shares(only_facts=1.0, focused=True)
    return [(d.facts[0], d.facts[1:4]) for d in documents(200, facts, shares=shares) if len(d.facts) > 3]


@pytest.mark.parametrize("facts", [8, 16, 64])
def test_half_of_a_group_share_the_relation_of_its_first_fact_and_half_have_a_name_like_one_of_its_names(facts):
    groups = first_groups(facts)
    assert len(groups) > 150
    same = [other.relation == first.relation for first, others in groups for other in others]
    near = [alike(first, other) for first, others in groups for other in others]
    assert np.mean(same) == pytest.approx(0.5, abs=0.08)
    assert np.mean(near) == pytest.approx(0.5, abs=0.12)


@pytest.mark.parametrize("statements", [8, 16, 64])
def test_focused_documents_have_more_names_that_are_neighbours_of_one_another(statements):
    def share(**style):
        found = [list(itertools.combinations(d.facts, 2)) for d in documents(60, statements, **style)]
        pairs = itertools.chain(*found)
        return np.mean([any(neighbours(a, b) for a in one.names for b in other.names) for one, other in pairs])

    assert share(shares=FOCUSED) > 1.15 * share(shares=FOCUSED._replace(focused=False)) > 0


@pytest.mark.parametrize("statements", [8, 16, 64])
def test_nearly_every_fact_of_a_focused_document_has_its_relation_or_a_name_like_its_own_in_another(statements):
    found = [
        any(other.relation == fact.relation or alike(fact, other) for other in document.facts if other is not fact)
        for document in documents(60, statements, shares=FOCUSED)
        for fact in document.facts
    ]
    assert np.mean(found) > 0.9


def test_the_kind_focused_alone_has_facts_in_groups(instance):
    focused = {kind: sampler.style.shares.focused for kind, sampler in instance.samplers.items()}
    assert {kind for kind, groups in focused.items() if groups} == {"focused"}
    assert focused.keys() == {"plain", "facts", "plain-chained", "chained", "focused"}
    assert instance.samplers["focused"].sizes == instance.samplers["facts"].sizes


@pytest.mark.parametrize("statements", [8, 30])
@pytest.mark.parametrize("skill", ["same", "reversed"])
def test_what_is_asked_of_a_fact_among_much_alike_ones_is_the_only_answer(skill, statements):
    checked = 0
    for document, question in asked(skill, 60, statements, shares=FOCUSED):
        if stated_in_facts(question):
            assert solve(document, question) == {tuple(question.answer)}
            checked += 1
    assert checked > 60


def test_two_hops_among_much_alike_facts_have_one_answer():
    for document, question in asked("two-hop", shares=FOCUSED):
        assert two_hops(document, question) == {tuple(question.answer)}


# --- syllogisms


TESTS = [
    lambda x, y: x <= y,
    lambda x, y: not x & y,
    lambda x, y: bool(x & y),
    lambda x, y: bool(x - y),
]


def worlds():
    """Every three sets of individuals that have members, where individuals of one kind are one individual."""
    for individuals in itertools.chain.from_iterable(itertools.combinations(range(8), n) for n in range(1, 9)):
        sets = [{i for i in individuals if i >> bit & 1} for bit in range(3)]
        if all(sets):
            yield sets


def brute_force(premises):
    """The strongest conclusions, from sets of individuals."""
    possible = []
    for a, b, c in worlds():
        first, second = ((b, a) if premises.first_turned else (a, b)), ((c, b) if premises.second_turned else (b, c))
        if TESTS[premises.first](*first) and TESTS[premises.second](*second):
            possible.append((a, c))
    every = list(itertools.product(range(4), range(2)))
    extension = {
        k: {i for i, (a, _, c) in enumerate(worlds()) if TESTS[k[0]](*((c, a) if k[1] else (a, c)))} for k in every
    }
    true = [k for k in every if all(TESTS[k[0]](*((c, a) if k[1] else (a, c))) for a, c in possible)]
    return {k for k in true if not any(extension[other] < extension[k] for other in true)}


def test_strongest_conclusions_agree_with_sets_of_individuals():
    assert len(STRONGEST) == 64
    for premises, found in STRONGEST.items():
        assert set(found) == brute_force(premises)


def test_the_24_valid_forms_are_valid_and_no_others():
    forms = {
        1: "AAA EAE AII EIO AAI EAO",
        2: "EAE AEE EIO AOO EAO AEO",
        3: "AAI IAI AII EAO OAO EIO",
        4: "AAI AEE IAI EAO EIO AEO",
    }
    figures = {1: (0, 0), 2: (0, 1), 3: (1, 0), 4: (1, 1)}  # is the minor premise turned, is the major one
    known = {
        (Premises("AEIO".index(minor), figures[n][0], "AEIO".index(major), figures[n][1]), "AEIO".index(said))
        for n, moods in forms.items()
        for major, minor, said in moods.split()
    }
    assert known == {(p, quantifier) for p in STRONGEST for quantifier, turned in valid(p) if not turned}


# --- wordings


def test_each_class_of_wordings_is_as_varied_as_promised():
    least = {"FORWARD": 800, "REVERSE": 350, "TWO_HOP": 60, "FORWARD_MARK": 200, "REVERSE_MARK": 100}
    for name, wordings in w.WORDINGS.items():
        trained, held_out = (set(itertools.chain(*lines)) for lines in wordings)
        if name not in ("FORWARD_OPEN", "REVERSE_OPEN", "ALL", "NO", "SOME", "SOME_NOT"):
            assert len(trained) >= least.get(name, 13)
            assert len(held_out) >= 4
        assert not trained & held_out
    for wordings in (w.FORWARD_OPEN, w.REVERSE_OPEN):
        assert len(set(itertools.chain(*wordings.trained))) >= 200
        assert len(wordings.held_out) >= 4


@pytest.mark.parametrize(
    ("name", "least"),
    [("FORWARD", 200), ("REVERSE", 200), ("TWO_HOP", 90), ("FORWARD_MARK", 110), ("REVERSE_MARK", 110)],
)
def test_facts_and_questions_about_them_are_trained_in_so_many_lines(name, least):
    trained = w.LINES[name].trained
    assert len(set(trained)) == len(trained) >= least


def every(half, classes):
    """All templates of one half of classes of wordings."""
    return {template for wordings in classes for line in getattr(wordings, half) for template in line}


@pytest.mark.parametrize(
    "classes", [(w.FORWARD, w.REVERSE), (w.FORWARD_OPEN, w.FORWARD_MARK, w.REVERSE_OPEN, w.REVERSE_MARK)]
)
def test_no_held_out_wording_is_a_trained_one_with_other_slots(classes):
    def without_slots(half):
        return {tuple(max(part, -1) for part in template) for template in every(half, classes)}

    assert without_slots("held_out")
    assert not without_slots("held_out") & without_slots("trained")


def by_appearance(template):
    """A template whose subject and object are numbered as they appear, from -11 on downwards."""
    ends = [part for part in template if part in (w.SUBJECT, w.OBJECT)]
    return tuple(-11 - ends.index(part) if part in ends else part for part in template)


@pytest.mark.parametrize(
    ("forward", "reverse"),
    [(w.FORWARD, w.REVERSE), (w.FORWARD_OPEN, w.REVERSE_OPEN), (w.FORWARD_MARK, w.REVERSE_MARK)],
)
@pytest.mark.parametrize("half", w.Wordings._fields)
def test_every_wording_tells_the_subject_from_the_object(forward, reverse, half):
    one, other = ({by_appearance(t) for t in every(half, [wordings])} for wordings in (forward, reverse))
    assert one
    assert other
    assert not one & other


@pytest.mark.parametrize("held_out", [False, True])
def test_a_fact_is_worded_with_its_subject_first_forwards_and_with_its_object_first_in_reverse(held_out):
    for wordings, first, second in ((w.FORWARD, w.SUBJECT, w.OBJECT), (w.REVERSE, w.OBJECT, w.SUBJECT)):
        for template in itertools.chain(*(wordings.held_out if held_out else wordings.trained)):
            assert template.index(first) < template.index(second), " ".join(w.CLOSED[max(0, t)] for t in template)


def test_a_line_stands_for_every_way_to_choose():
    made = w.parse_line("[the/] {r} [of/for] {s} is known as {o}")
    assert made == tuple(
        w.parse(f"{first}{{r}} {second} {{s}} is known as {{o}}") for first in ("the ", "") for second in ("of", "for")
    )
    assert w.parse_line("{s} {r} {o}") == (w.parse("{s} {r} {o}"),)


def test_facts_of_plain_documents_are_worded_by_the_first_lines():
    first = {line[0] for wordings in (w.FORWARD, w.REVERSE) for line in wordings.trained[:2]}

    def plain(**style):
        said = [text for d in documents(20, **style) for statement in d.statements for text in sentence(statement)]
        worded = [[t for t in FACTS(text) if max(t) >= 0 and any(match(t, text, {}))] for text in said]
        return np.mean([bool(first & set(templates)) for templates in worded if templates])

    assert plain(plain=True) > 0.9
    assert plain() < 0.15


def test_arrows_are_trained():
    assert w.parse("{s} {r} → {o}") in w.FORWARD.templates
    assert w.parse("{o} {r} ← {s}") in w.REVERSE.templates
    assert w.parse("{s} {r} →") in w.FORWARD_OPEN.templates
    assert w.parse("{o} {r} ←") in w.REVERSE_OPEN.templates


def test_every_closed_word_is_said_in_training():
    said = set()
    for document in documents(6000, statements=8):
        for tokens in (*document.statements, *((*q.prompt, *q.answer) for q in document.questions)):
            said.update(tokens)
    # The only line with "after" leaves no room for two sentences.
    assert [word for number, word in enumerate(w.CLOSED) if number not in said] == ["<pad>", "after"]


def test_held_out_wordings_are_no_copies_of_trained_ones_but_for_one_word():
    for name, wordings in w.WORDINGS.items():
        for held in itertools.chain(*wordings.held_out) if name != "OPENERS" else ():
            for template in itertools.chain(*wordings.trained):
                if len(held) == len(template):
                    different = [(a, b) for a, b in zip(held, template, strict=True) if a != b]
                    assert len(different) > 1, (name, held)
                longer, shorter = sorted((held, template), key=len, reverse=True)
                if len(longer) == len(shorter) + 1:
                    left_out = [longer[:i] + longer[i + 1 :] for i in range(len(longer))]
                    assert shorter not in left_out, (name, held)


def test_held_out_wordings_are_never_trained(instance):
    trained = [t for _, wordings in w.WORDINGS.items() for line in wordings.trained for t in line]
    statements = _held_out(w.FORWARD, w.REVERSE, w.COMPARISON, w.MEMBER, w.KIND)
    questions = _held_out(w.FORWARD_MARK, w.REVERSE_MARK, w.TWO_HOP, w.SYLLOGISM, w.COMPARED)
    assert not set(trained) & set(statements)
    seen = Counter()
    for document in documents(150):
        for statement in document.statements:
            seen.update(t for text in sentence(statement) for t in statements if any(match(t, text, {})))
        for question in document.questions:
            seen.update(t for t in questions if any(match(t, tuple(question.prompt), {})))
    assert sum(seen.values()) <= 1  # a random sentence may look like one


def _held_out(*classes):
    return [template for wordings in classes for line in wordings.held_out for template in line]


# --- word noise


def varied(seed, wordings, noisy):
    """A wording that a document takes, with word noise or without."""
    draft = new_draft(random.Random(seed), STYLE, 14, room=768)
    draft.noisy = noisy
    return draft.varied(wordings)


def between(template):
    """The words before the first name, between names, and after the last one."""
    slots = [-1, *(i for i, part in enumerate(template) if part < 0), len(template)]
    return [template[a + 1 : b] for a, b in itertools.pairwise(slots)]


@pytest.mark.parametrize("name", ["FORWARD", "REVERSE", "FORWARD_MARK", "TWO_HOP", "MEMBER", "COMPARED", "SYLLOGISM"])
def test_word_noise_changes_words_of_a_wording_and_neither_names_nor_marks(name):
    inserted, pairs, replaced, fillers = 0, 0, 0, 0
    for seed in range(1500):
        quiet, noisy = (varied(seed, getattr(w, name), noisy) for noisy in (False, True))
        assert [part for part in noisy if part not in w.FILLERS] == [part for part in quiet if part not in w.FILLERS]
        for before, after in zip(between(quiet), between(noisy), strict=True):
            assert len(after) >= len(before)
            assert len(after) == len(before) or len(before) > 1  # no further word stands beside a name
            inserted += len(after) - len(before)
            pairs += max(0, len(before) - 1)
        if len(quiet) == len(noisy):
            fillers += sum(word in w.FILLERS for word in quiet)
            replaced += sum(a != b for a, b in zip(quiet, noisy, strict=True))
    assert inserted / pairs == pytest.approx(INSERTED, abs=0.025)
    assert replaced / fillers == pytest.approx(REPLACED, abs=0.025)


def test_word_noise_is_made_of_many_closed_words_that_negate_compare_and_number_nothing():
    assert all(w.CLOSED[word].isalpha() for word in w.FILLERS)
    assert len(set(w.FILLERS)) == len(w.FILLERS) > 120
    telling = "no not never none nothing without until but only other than unlike first second left right"
    assert not {*w.FILLERS} & {*w.parse(telling)}


def test_documents_with_word_noise_state_their_facts_with_whole_names():
    for document in documents(60, noise=1.0):
        for fact in document.facts:
            parts = (*fact.names, fact.relation[:1])  # a document's own wording has no more of the relation
            assert any(all(holds(statement, part) for part in parts) for statement in document.statements)
        names = {name for fact in document.facts for name in fact.names}
        answers = {tuple(q.answer) for q in document.questions if q.skill in ("reversed", "two-hop", "cloze-reversed")}
        assert answers <= names


def holds(statement, name):
    """Whether a name stands in a statement."""
    return any(tuple(statement[i : i + len(name)]) == name for i in range(len(statement)))


@pytest.fixture
def drafts(monkeypatch):
    """The drafts of all documents that the test draws."""
    made = []
    monkeypatch.setattr(drawing, "new_draft", lambda *given: made.append(new_draft(*given)) or made[-1])
    return made


@pytest.mark.parametrize("noise", [0.0, 0.5, 1.0])
def test_so_many_documents_have_word_noise_but_none_that_words_sentences_alike(noise, drafts):
    read_whole = {True: [], False: []}
    for document, draft in zip(documents(120, 30, noise=noise, shares=Shares(only_facts=1.0)), drafts, strict=True):
        facts = [fact for fact in document.facts if fact.relation not in draft.cloze]
        if len(facts) > 8:
            whole = all(fact.object in objects(document, fact.subject, fact.relation) for fact in facts)
            read_whole[draft.uniform].append(whole)
    assert len(read_whole[True]) > 15
    assert all(read_whole[True])
    assert 1 - np.mean(read_whole[False]) == pytest.approx(noise, abs=0.12 * (noise == 0.5))


def test_word_noise_is_for_training_on_documents_of_all_wordings_alone(instance):
    assert {kind: sampler.style.noise for kind, sampler in instance.samplers.items()} == {
        "plain": 0.0,
        "facts": 0.5,
        "plain-chained": 0.0,
        "chained": 0.5,
        "focused": 0.5,
    }
    quiet, noisy = (draw_tests(0, STYLE._replace(noise=noise), 3) for noise in (0.0, 1.0))
    for one, other in zip(quiet, noisy, strict=True):
        assert np.array_equal(one.prompts.steps["token"], other.prompts.steps["token"])


# --- words and names


def test_open_words_are_new_and_pronounceable(instance):
    words = instance.vocabulary[OPEN:]
    assert instance.vocabulary[:OPEN] == w.CLOSED
    assert w.CLOSED[0] == "<pad>"
    assert len(set(instance.vocabulary)) == len(instance.vocabulary) == OPEN + 2048
    assert all(word.isalpha() and 3 <= len(word) <= 8 for word in words)
    assert set(instance.palette[:OPEN]) == {"marker", "word"}
    assert set(instance.palette[OPEN:]) == {"entity"}


def test_names_share_words_and_some_hold_closed_ones():
    names = [{*(n for f in d.facts for n in f.names)} for d in documents(60)]
    lengths = Counter(len(n) for document in names for n in document)
    assert set(lengths) >= {1, 2, 3, 4}
    closed = np.mean([min(n) < OPEN for document in names for n in document])
    assert 0.04 < closed < 0.2
    near = [neighbours(a, b) for document in names for a, b in itertools.combinations(document, 2)]
    assert np.mean(near) > 0.01


@pytest.mark.parametrize("plain", [False, True])
def test_names_do_not_run_out(plain):
    names = Names(random.Random(0), STYLE.pool, 4, lengths=(0.8, 1.0))
    drawn = [names.name(1, plain) for _ in range(200)]
    assert len(set(drawn)) == 200
    assert set(map(len, drawn)) == {1, 2}


@pytest.mark.parametrize("seed", range(5))
def test_every_word_serves_in_names_before_they_run_out(seed):
    # With so many facts, a document has all hundred words, half of which it spares at first.
    names = Names(random.Random(seed), range(OPEN, OPEN + 100), 60, lengths=(1.0,))
    assert {names.name() for _ in range(100)} == {(word,) for word in range(OPEN, OPEN + 100)}
    with pytest.raises(RuntimeError, match="no names are left"):
        names.name()


@given(SEEDS)
@settings(max_examples=40, deadline=None)
def test_a_relation_and_an_object_have_one_subject(seed):
    facts = draw_document(random.Random(seed), STYLE, 20, 400).facts
    assert len({(f.relation, f.object) for f in facts}) == len({(f.subject, f.relation) for f in facts}) == len(facts)


# --- rows


@given(SEEDS, st.sampled_from(["plain", "facts", "plain-chained", "chained", "focused"]), st.booleans())
@settings(max_examples=30, deadline=None)
def test_rows_hold_whole_documents_and_questions_about_them(seed, kind, inferences):
    sampler = Reading(test_items=0, inferences=inferences).draw(0).samplers[kind]
    corpus, skills = sampler.annotated(np.random.default_rng(seed), 2)
    rows, context = corpus.experiences, 768
    for token, document, valid_, weight, segment, skill in zip(
        rows.steps["token"], rows.steps["document"], rows.valid, rows.weight, rows.segment, skills, strict=True
    ):
        assert valid_[:context].all()
        assert (np.diff(valid_.astype(int)) <= 0).all()
        assert (document[~valid_] == NONE).all()
        assert (token[valid_] > 0).all()
        assert np.array_equal(weight > 0, skill != NONE)
        assert weight.sum() <= sampler.most_targets
        assert (weight[:context] == 0).all()
        assert (document[context:][valid_[context:]] != NONE).all()
        assert set(document[context:].tolist()) <= set(document[:context].tolist()) | {NONE}
        assert sorted(set(document[:context].tolist()) - {NONE}) == list(range(document.max() + 1))
        assert (np.diff(segment[valid_]) >= 0).all()
        assert np.bincount(segment[valid_]).max() <= 32
        for part in np.split(np.flatnonzero(valid_), np.flatnonzero(np.diff(segment[valid_])) + 1):
            assert len(set(document[part].tolist())) == 1
            if part[0] >= context:
                assert weight[part][-1] == 1
                assert weight[part][0] == 0
                assert token[part][-1] == w.STOP
                assert (np.diff(weight[part]) >= 0).all()
            elif document[part[0]] != NONE:
                assert token[part][-1] == w.STOP
        assert any(fits(size, statements_of(token[:context], document[:context])) for size in sampler.sizes)


def statements_of(token, document):
    """Number of statements of each of a row's documents."""
    return [int((token[document == number] == w.STOP).sum()) for number in range(document.max() + 1)]


def fits(size, statements):
    """Whether documents of that size have so many statements each; without a limit there is one document."""
    within = all(size.fewest <= count <= (size.most or 768) for count in statements)
    return within and (size.most is not None or len(statements) == 1)


def test_rows_are_of_every_size_of_their_kind(instance):
    kinds = {"plain": 1, "facts": 3, "plain-chained": 3, "chained": 3, "focused": 3}
    for kind, count in kinds.items():
        sampler, found = instance.samplers[kind], set()
        rows = sampler(np.random.default_rng(0), 24).experiences
        for token, document in zip(rows.steps["token"][:, :768], rows.steps["document"][:, :768], strict=True):
            (size,) = {size for size in sampler.sizes if fits(size, statements_of(token, document))}
            found.add(size)
        assert found == set(sampler.sizes)
        assert len(found) == count


def test_chained_documents_ask_for_what_takes_several_statements_more_often_than_plain_ones(instance):
    def share(kind):
        _, skills = instance.samplers[kind].annotated(np.random.default_rng(0), 20)
        several = [SKILLS.index(skill) for skill in ("two-hop", "syllogism", "inheritance")]
        return np.isin(skills, several).sum() / (skills != NONE).sum()

    assert share("plain-chained") > 1.4 * share("plain") > 0


def test_both_halves_are_nearly_full_and_questions_are_not_repeated(instance):
    for kind, sampler in instance.samplers.items():
        rows = sampler(np.random.default_rng(0), 100).experiences
        assert (rows.steps["document"][:, :768] != NONE).mean() > 0.9
        # Chained documents ask most to rewrite sentences in all wordings, and what is longer than a block is left out.
        assert rows.valid[:, 768:].mean() > (0.92 if kind == "chained" else 0.95)
        for token, document, segment in zip(rows.steps["token"], rows.steps["document"], rows.segment, strict=True):
            asked = segment[768:][document[768:] != NONE]
            texts = [(document[segment == s][0], *token[segment == s]) for s in set(asked.tolist()) if s > 0]
            assert len(set(texts)) == len(texts)


def test_rows_are_drawn_by_the_generator_alone(instance):
    for sampler in instance.samplers.values():
        one, again, other = (sampler(np.random.default_rng(seed), 4).experiences for seed in (0, 0, 1))
        assert np.array_equal(one.steps["token"], again.steps["token"])
        assert not np.array_equal(one.steps["token"], other.steps["token"])


def test_the_control_asks_for_nothing_that_is_not_stated_so():
    for sampler in Reading(test_items=0, inferences=False).draw(0).samplers.values():
        _, skills = sampler.annotated(np.random.default_rng(0), 20)
        assert not {SKILLS[s] for s in set(skills.ravel().tolist()) - {NONE}} & set(INFERENCES)
    for document in documents(40, inferences=False):
        for question in document.questions:
            if question.skill == "same":
                assert _said_in_that_direction(document, question)


def _said_in_that_direction(document, question):
    """Whether a statement gives what is asked before the answer, or, of categories, names both in that order."""
    found = set()
    for f in readings(question, FORWARD_QUESTION):
        found |= find(document, FORWARD, w.OBJECT, s=f[w.SUBJECT], r=f[w.RELATION])
    for f in readings(question, REVERSE_QUESTION):
        found |= find(document, REVERSE, w.SUBJECT, r=f[w.RELATION], o=f[w.OBJECT])
    found = found.union(*_linked(document, question))
    for f in _compared(question, set(itertools.chain(*w.COMPARATIVES))):
        found |= find(document, lambda _: w.COMPARISON.templates, w.OBJECT, s=f[w.SUBJECT], r=f[w.RELATION])
    return tuple(question.answer) in found


def test_training_asks_for_every_skill(instance):
    _, skills = instance.samplers["facts"].annotated(np.random.default_rng(0), 60)
    assert {SKILLS[s] for s in set(skills.ravel().tolist()) - {NONE}} == set(SKILLS)


# --- tests


def test_tests_are_drawn_by_the_seed(instance):
    again, other = SMALL.draw(0), SMALL.draw(1)
    for test, same, different in zip(instance.tests, again.tests, other.tests, strict=True):
        assert np.array_equal(test.prompts.steps["token"], same.prompts.steps["token"])
        assert np.array_equal(test.options, same.options)
        assert not np.array_equal(test.options, different.options)
    assert Reading(test_items=0).draw(0).tests == ()


def test_the_control_takes_the_same_tests(instance):
    control = Reading(test_items=5, inferences=False).draw(0)
    for test, same in zip(instance.tests, control.tests, strict=True):
        assert np.array_equal(test.prompts.steps["token"], same.prompts.steps["token"])


def test_prompts_are_statements_and_then_a_question(instance):
    for test in instance.tests:
        rows = test.prompts
        for token, valid_, segment in zip(rows.steps["token"], rows.valid, rows.segment, strict=True):
            said, numbers = token[valid_], segment[valid_]
            assert set(np.diff(numbers).tolist()) == {0, 1}
            for number in range(numbers[-1]):
                assert said[numbers == number][-1] == w.STOP
        right = test.options[test.choice][test.correct]
        assert all(option[option != NONE][-1] == w.STOP for option in right)


def test_the_longest_prompts_fill_a_window(instance):
    lengths = instance.test("reversed-window").prompts.valid.sum(axis=1)
    assert lengths.min() > 1800
    assert lengths.max() <= 1900 + 32


def test_five_word_names_have_five_words(instance):
    test = instance.test("five-word-16")
    assert {int((option != NONE).sum()) for option in test.options[test.choice][test.correct]} == {6}


def test_syllogisms_offer_no_weaker_conclusion(instance):
    test = Reading(test_items=60).draw(3).test("syllogism")
    strong = {option[0] for option in test.options[test.choice][test.correct].tolist()}
    assert len(strong) >= 4
    all_word, some_word = w.parse("all some")
    for options, correct in zip(test.options[test.choice], test.correct, strict=True):
        texts = [tuple(o[o != NONE]) for o in options if o[0] != NONE]
        right = {texts[i] for i in np.flatnonzero(correct)}
        if any(text[0] == all_word for text in right):
            assert sum(text[0] == some_word for text in texts) == 2  # only the two with "not"
        assert len(texts) == len(set(texts))


@pytest.mark.parametrize("parameters", [{"words": 10}, {"context": 16}, {"block": 8}, {"test_items": -1}])
def test_impossible_sizes_are_refused(parameters):
    with pytest.raises(UserError, match=next(iter(parameters))):
        Reading(**parameters)


def test_templates_know_only_the_slots():
    for name, lines in w.LINES.items():
        slots = {word for text in itertools.chain(*lines) for word in text.split() if set(word) & set("{}")}
        assert slots <= set(w.SLOTS), name
