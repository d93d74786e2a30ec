"""Documents written from statements alone, or from the tests: known answers, and what no statement can break."""

import dataclasses
import itertools
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sources import WORDS, names_in, source_of, text_of, texts, to_predict, tokens_of, written

from tolman.augmentation.augmentation import STOP, words_of
from tolman.augmentation.closure import Closure
from tolman.augmentation.masked import Masked
from tolman.augmentation.permuted import Permuted
from tolman.augmentation.reversed import Reversed
from tolman.core.errors import UserError
from tolman.core.experience import Chance, TestSet, ragged, token_rows
from tolman.core.names import KnownNames

WORD = st.sampled_from([word for word in WORDS if word != STOP])
SENTENCE = st.lists(WORD, min_size=1, max_size=8)
STATEMENT = st.builds(lambda words, stop: " ".join([*words, *stop]), SENTENCE, st.sampled_from([(), (STOP,)]))
STATEMENTS = st.lists(STATEMENT, min_size=1, max_size=4)


# ---- sources


def test_words_that_a_source_lacks_come_last_and_are_no_names():
    source = source_of("Ann wrote", words=("Ann", "wrote"))
    more = source.with_words(("say", "wrote", STOP))
    assert more.vocabulary == ("Ann", "wrote", "say", STOP)
    assert more.is_name.tolist() == [True, False, False, False]
    assert (more.statements, more.tests, more.start) == (source.statements, source.tests, source.start)
    assert source.vocabulary == ("Ann", "wrote")


def test_a_source_lacks_nothing_that_it_has():
    source = source_of("Ann wrote")
    same = source.with_words(("wrote", STOP, "Ann"))
    assert same.vocabulary == source.vocabulary
    assert same.is_name.tolist() == source.is_name.tolist()


def test_parts_are_names_and_what_stands_between_them():
    source = source_of()
    parts = source.parts(tokens_of("the author of Blue Sky is Ann Lee ."))
    assert [text_of(part) for part in parts] == ["the author of", "Blue Sky", "is", "Ann Lee", "."]
    assert [text_of(name) for name in source.names(tokens_of("Bob wrote Blue Sky"))] == ["Bob", "Blue Sky"]
    assert source.parts([]) == source.names([]) == source.names(tokens_of("wrote .")) == []


def test_known_names_are_cut_out_whole_and_the_longest_first():
    names = ["author of Blue", "author", "Blue Sky", "Ann", "Lee"]
    source = dataclasses.replace(source_of(), known_names=frozenset(tuple(tokens_of(name)) for name in names))
    cut = [
        (is_name, text_of(part)) for is_name, part in source.marked(tokens_of("the author of Blue Sky is Ann Lee of"))
    ]
    assert cut == [(False, "the"), (True, "author of Blue"), (False, "Sky is"), (True, "Ann"), (True, "Lee"),
                   (False, "of")]  # fmt: skip
    assert text_of(source.first_name(tokens_of("Blue Sky by"))) == "Blue Sky"
    assert source.first_name(tokens_of("of author")) == source.first_name([]) == []
    assert source.written(tokens_of("Blue Sky by author")).weight == [0.0, 1.0, 0.0, 1.0]


@given(st.lists(st.lists(WORD, min_size=1, max_size=3)), SENTENCE)
def test_cutting_loses_nothing_and_parts_are_names_exactly_where_it_says_so(names, said):
    known = {tuple(name) for name in names}
    cut = KnownNames(names).cut(said)
    assert [word for _, part in cut for word in part] == said
    assert all((tuple(part) in known) == is_name for is_name, part in cut if is_name or len(part) == 1)
    assert all(a or b for (a, _), (b, _) in itertools.pairwise(cut))
    rest = [part for is_name, part in cut if not is_name]
    inside = {tuple(part[i:j]) for part in rest for i in range(len(part)) for j in range(i + 1, len(part) + 1)}
    assert not inside & known


def test_a_word_that_a_vocabulary_has_twice_is_the_first():
    assert source_of(words=("Ann", "is", "Ann")).tokens("is Ann") == [1, 0]


def test_a_strange_word_is_an_error():
    with pytest.raises(KeyError, match="says"):
        source_of().tokens("Ann says")


@pytest.mark.parametrize(
    ("text", "expected"),
    [("Ann wrote .", "Ann wrote"), ("Ann wrote", "Ann wrote"), ("Ann . wrote", "Ann . wrote"), (".", ""), ("", "")],
)
def test_a_sentence_ends_before_its_full_stop(text, expected):
    assert text_of(source_of().sentence(tokens_of(text))) == expected


@pytest.mark.parametrize("instruction", ["the {s} of", "{s} of", "the {s}", "{s}"])
def test_an_instruction_has_the_sentence_in_its_place(instruction):
    made = source_of().instructed(instruction, s=tokens_of("Ann wrote"))
    assert text_of(made) == instruction.format(s="Ann wrote")


def test_words_of_instructions_are_listed_once_and_without_the_place_of_the_statement():
    assert words_of(("say {s} again :", ": {s} say", "{s}")) == ("say", "again", ":")
    assert words_of(()) == ()


# ---- reversed


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Ann Lee wrote Blue Sky .", "blue SKY wrote ANN LEE ."),
        ("Ann Lee wrote Blue Sky", "blue SKY wrote ANN LEE"),
        ("the author of Blue Sky is Ann Lee .", "ann LEE is BLUE SKY of author the ."),
        ("Bob is the author .", "author the is BOB ."),
        ("Ann Lee . Bob .", "bob . ANN LEE ."),
        ("Ann Lee Bob wrote .", "wrote ANN LEE BOB ."),
    ],
)
def test_a_statement_is_read_backwards_with_names_whole_and_the_full_stop_last(statement, expected):
    assert to_predict(*written(Reversed(), statement)) == [expected]


@given(STATEMENTS)
def test_what_is_reversed_twice_is_as_it_was(statements):
    once = texts(*written(Reversed(), *statements))
    assert texts(*written(Reversed(), *once)) == statements


@given(STATEMENT)
def test_reversal_keeps_words_names_and_the_full_stop(statement):
    (backwards,) = texts(*written(Reversed(), statement))
    assert Counter(backwards.split()) == Counter(statement.split())
    assert names_in(backwards) == names_in(statement)[::-1]
    assert backwards.endswith(STOP) == statement.endswith(STOP)


# ---- permuted


@pytest.mark.parametrize("copies", [1, 3])
def test_permutations_of_a_statement_have_its_parts(copies):
    statements = ["the author of Blue Sky is Ann Lee .", "Ann wrote ."]
    parts = [["the author of", "Blue Sky", "is", "Ann Lee", "."], ["Ann", "wrote ."]]
    orders = [{" ".join(order) for order in itertools.permutations(each)} for each in parts]
    found = texts(*written(Permuted(copies), *statements))
    assert len(found) == 2 * copies
    assert all(text in orders[number // copies] for number, text in enumerate(found))


def test_every_order_of_parts_is_drawn():
    found = texts(*written(Permuted(100), "Ann Lee wrote Blue Sky"))
    counts = Counter(found)
    assert counts.keys() == {" ".join(order) for order in itertools.permutations(["Ann Lee", "wrote", "Blue Sky"])}
    assert min(counts.values()) > 5


def test_in_permutations_names_are_to_be_predicted_but_for_the_first_word():
    expected = {
        "ann LEE wrote BLUE SKY",
        "ann LEE BLUE SKY wrote",
        "blue SKY wrote ANN LEE",
        "blue SKY ANN LEE wrote",
        "wrote ANN LEE BLUE SKY",
        "wrote BLUE SKY ANN LEE",
    }
    assert set(to_predict(*written(Permuted(100), "Ann Lee wrote Blue Sky"))) == expected


def test_another_seed_permutes_in_another_order():
    statements = ["the author of Blue Sky is Ann Lee ."] * 4
    first, again, other = (texts(*written(Permuted(), *statements, seed=seed)) for seed in (0, 0, 1))
    assert first == again != other


@given(st.lists(st.permutations(WORDS).flatmap(lambda words: st.integers(1, 13).map(lambda n: words[:n])), max_size=3))
def test_permutations_keep_the_number_of_every_part(sentences):
    statements = [" ".join(words) for words in sentences]
    augmented, source = written(Permuted(copies=2), *statements)
    for number, document in enumerate(augmented.documents):
        parts = source.parts(source.statements[number // 2])
        by_first = {part[0]: part for part in parts}  # words are different, so a part is known by its first one
        tokens, found = document.tokens, []
        while tokens:
            found.append(by_first[tokens[0]])
            assert tokens[: len(found[-1])] == found[-1]
            tokens = tokens[len(found[-1]) :]
        assert sorted(found) == sorted(parts)


@pytest.mark.parametrize("copies", [0, 101])
def test_permutations_are_one_to_a_hundred(copies):
    with pytest.raises(UserError, match=f"Permuted: copies is {copies}; expected 1 to 100"):
        Permuted(copies)


# ---- masked


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "Ann Lee wrote Blue Sky .",
            ["_ wrote blue sky . ANN LEE wrote blue sky .", "ann lee wrote _ . ann lee wrote BLUE SKY ."],
        ),
        (
            "Ann Lee wrote Blue Sky",
            ["_ wrote blue sky . ANN LEE wrote blue sky", "ann lee wrote _ . ann lee wrote BLUE SKY"],
        ),
        ("the author is Bob .", ["the author is _ . the author is BOB ."]),
        ("the author is .", []),
    ],
)
def test_each_name_is_masked_once_and_only_it_is_to_be_predicted(statement, expected):
    assert to_predict(*written(Masked(), statement)) == expected


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("Ann Lee wrote Blue Sky .", ["ann lee wrote _ . ann lee wrote BLUE SKY ."]),
        ("Bob is Bob", ["bob is _ . bob is BOB"]),
        ("the author is .", []),
    ],
)
def test_of_the_control_only_the_last_name_is_masked(statement, expected):
    assert to_predict(*written(Masked("last"), statement)) == expected


def test_the_weights_of_a_reconstruction_are_one_and_zero():
    made, _ = written(Masked(), "Ann Lee wrote Blue Sky .")
    assert [document.weight for document in made.documents] == [
        [0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0, 0.0, 0.0, 0.0],
        [0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0, 1.0, 0.0],
    ]


def test_of_two_names_that_are_alike_one_is_masked_at_a_time():
    expected = ["_ is bob . BOB is bob .", "bob is _ . bob is BOB ."]
    assert to_predict(*written(Masked(), "Bob is Bob .")) == expected


def test_reconstructions_need_the_words_that_a_world_may_lack():
    made, source = written(Masked(), "Bob wrote", words=("Bob", "wrote"))
    assert source.vocabulary == ("Bob", "wrote", "_", ".")
    assert texts(made, source) == ["_ wrote . Bob wrote"]


@given(STATEMENTS)
def test_what_is_to_be_predicted_in_reconstructions_are_all_names_in_order(statements):
    made, source = written(Masked(), *statements)
    predicted = [
        text_of([token for token, weight in zip(document.tokens, document.weight, strict=True) if weight])
        for document in made.documents
    ]
    assert predicted == [name for statement in statements for name in names_in(statement)]
    assert all(any(text.endswith(statement) for statement in statements) for text in texts(made, source))


# ---- what is the same of all three


@pytest.mark.parametrize("augmentation", [Reversed(), Permuted(), Masked()], ids=lambda each: type(each).__name__)
def test_no_model_and_no_test_is_needed(augmentation):
    made, _ = written(augmentation, "Ann Lee wrote Blue Sky .", "Bob is the author .")
    assert (made.generated, made.dropped) == (0, 0)
    assert made.documents


# ---- closure


def question_set(name, role, prompts, options, choice, correct):
    """A test in words; `options` are lists of options, `correct` the numbers of the right ones."""
    count, most = len(prompts), max(map(len, options))
    listed = np.stack(
        [ragged([tokens_of(text) for text in each] + [[]] * (most - len(each)), width=3) for each in options]
    )
    nothing, nowhere = np.zeros(count), np.full((count, 1), -1)
    return TestSet(
        name=name,
        role=role,
        prompts=token_rows([tokens_of(text) for text in prompts]),
        options=listed,
        choice=np.array(choice),
        correct=np.array([[number in right for number in range(most)] for right in correct]),
        cue=np.arange(count),
        fact=np.arange(count),
        supports=nowhere,
        topics=nowhere,
        item_ids=tuple(prompts),
        groups=("",) * count,
        chance=Chance(nothing, nothing, nothing),
    )


LATENT = question_set(
    "latent",
    "latent",
    ["Blue Sky is by", "the author is", "Bob is"],
    [["Ann Lee", "Bob", "Ann"], ["the author", "Bob"]],
    [0, 0, 1],
    [[0], [0, 1], [0]],
)
EXPLICIT = question_set("explicit", "explicit", ["Ann Lee wrote"], [["Blue Sky", "Bob"]], [0], [[0]])
ANSWERED = ["blue sky is by ANN LEE", "the author is ANN LEE", "the author is BOB", "bob is THE AUTHOR"]


def test_the_closure_is_every_latent_question_with_each_of_its_answers():
    made, source = written(Closure(), "Ann Lee wrote Blue Sky .", tests=(EXPLICIT, LATENT))
    assert to_predict(made, source) == ANSWERED
    assert (made.generated, made.dropped) == (0, 0)


def test_the_closure_is_of_all_latent_tests_and_of_no_other():
    roles = ("explicit", "context", "control", "latent")
    asked = zip(roles, ("Ann is", "Lee is", "Blue is", "Sky is"), strict=True)
    tests = [question_set(role, role, [prompt], [["Bob", "Ann"]], [0], [[0]]) for role, prompt in asked]
    assert to_predict(*written(Closure(), tests=(*tests, LATENT))) == ["sky is BOB", *ANSWERED]
    assert texts(*written(Closure(), tests=tuple(tests[:3]))) == []
