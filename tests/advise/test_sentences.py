"""The sentences of an advice: its reasons, its doubts, and whether they can be read."""

from __future__ import annotations

import dataclasses
import json
import re

import pytest
from advice_samples import ACCURACY, MATERIAL, RUNS, USUAL, Did, advice, changed, names, spaced, told
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

# --- reasons


def test_less_text_and_more_text_are_compared_with_what_is_recommended():
    found = told(advice())
    assert "Less is not enough. With 1 fact in the prompt, found by BM25, it answers 95 % as stated" in found
    assert "95 % as stated and 80 % reversed" in found
    assert "it answers no more (99 % as stated and 98 % reversed) and reads 400 tokens." in found
    found = told(advice(changed(retrieval_bm25=Did(0.98, 0.92, 18), retrieval_everything=Did(1.0, 0.95, 400)),
                        items=800))  # fmt: skip
    assert "it answers more (100 % as stated and 95 % reversed) and reads 400 tokens." in found


@pytest.mark.parametrize(
    ("items", "said"), [(30, "Whether less is enough is not settled."), (3000, "Less is not enough.")]
)
def test_less_is_not_enough_only_where_the_interval_of_the_difference_says_so(items, said):
    """0.08 below the best: a difference that few questions cannot tell from the margin of 0.05."""
    found = advice(changed(retrieval_bm25_1=Did(0.98, 0.89, 9), retrieval_everything=None), items=items)
    if items == 30:
        (best,) = [each for each in found.outcomes if each.approach.name == "retrieval-bm25"]
        (less,) = [each for each in found.outcomes if each.approach.name == "retrieval-bm25-1"]
        assert less.above(best, "latent").low < -0.05 < less.above(best, "latent").high
    assert f"{said} With 1 fact in the prompt, found by BM25, it answers" in told(found)


@pytest.mark.parametrize("tokens", [17.0, 17.8, 18.2, 19.4])
def test_as_many_statements_found_otherwise_are_neither_less_nor_more(tokens):
    """The same three statements are a token longer or shorter: no reason to speak of costs."""
    did = changed(retrieval_tfidf=Did(0.98, 0.6, tokens), retrieval_bm25_1=None, retrieval_everything=None)
    found = advice(did)
    assert names(found)[0] == "retrieval-bm25"
    assert "Less is not enough" not in told(found)
    assert "1 times" not in told(found)


def test_plain_finetuning_is_judged_against_guessing():
    (said,) = [s for s in advice(chance=0.05).sentences if s.startswith("Plain finetuning")]
    assert re.findall(r"[\d.]+ %", spaced(said)) == ["100 %", "2 %", "5 %"]
    assert "guessing" in said


def test_nothing_follows_about_weights_that_did_not_learn():
    found = advice(changed(parametric=Did(0.6, 0.02, 4, trained=9_000)))
    assert not [s for s in found.sentences if s.startswith("Plain finetuning")]
    (doubt,) = found.doubts
    assert spaced(doubt).startswith(
        "Finetuning did not learn the facts. It answers only 60 % [56, 64] of the questions"
    )


def test_the_best_of_the_weights_is_named_where_prompts_win():
    (said,) = [s for s in advice().sentences if s.startswith("If it must be in the weights")]
    assert spaced(said) == (
        "If it must be in the weights: finetune, also to fill in a masked name. They then answer 100 % [99.4, 100] of "
        "the questions asked as stated and 60 % [56, 64] of the reversed ones."
    )
    none = told(advice(changed(masked=Did(1.0, 0.1, 4))))
    assert "No way of finetuning that was tried makes the weights answer the reversed questions." in none
    without = {name: did for name, did in USUAL.items() if name.startswith("retrieval")}
    assert "weights" not in told(advice(without))


def test_facts_learned_in_both_directions_are_a_reason_to_write_both():
    both = "so where you write the training data, write both."
    assert both not in told(advice())
    assert both in told(advice(changed(parametric=Did(1.0, 0.02, 4, trained=9, reverse=0.98))))
    assert both not in told(advice(changed(parametric=Did(1.0, 0.02, 4, trained=9, reverse=0.8))))


def hops(found) -> list[str]:
    return [spaced(s) for s in found.sentences if "two facts" in s]


def test_two_hops_are_told_where_there_are_some():
    assert hops(advice()) == []
    scores = dict.fromkeys(USUAL, 0.4) | {"retrieval-everything": 0.9, "retrieval-oracle": 0.95, "parametric": 0.2}
    did = {name: each._replace(two_hop=scores[name]) for name, each in USUAL.items()}
    found = advice(did)
    (said,) = hops(found)
    assert "all facts in the prompt" in said
    assert [float(n) for n in re.findall(r"([\d.]+) %", said)] == [90, 20, 95, 3]
    for each in found.outcomes:
        assert each.two_hop.mean == pytest.approx(scores[each.approach.name])
        assert each.latent.mean == pytest.approx(USUAL[each.approach.name].latent)
        assert f"{each.text} answers" not in said, "what one does answers nothing: the model does"
    assert names(found) == names(advice()), "questions that take two facts decide nothing else"


def test_the_finetuned_weights_are_not_compared_with_themselves():
    did = {name: each._replace(two_hop=0.9 if name == "parametric" else 0.1) for name, each in USUAL.items()}
    (said,) = hops(advice(did))
    assert said.count("90 %") == 1


def test_reading_that_finetuning_cost_is_told():
    assert "After finetuning" not in told(advice())
    said = told(advice(changed(parametric_context=Did(0.98, 0.5, 9))))
    assert (
        "After finetuning the model is worse at using facts in its prompt. With the right fact there, it answered "
        "99 % as stated and 98 % reversed before, and 98 % and 50 % after plain finetuning."
    ) in said
    assert "After finetuning" not in told(advice(changed(parametric_context=None)))


# --- doubts


def test_good_results_leave_no_doubt():
    assert advice().doubts == ()


@pytest.mark.parametrize(
    ("did", "options", "begins"),
    [
        (changed(retrieval_oracle=Did(0.7, 0.98, 18)), {}, "This model does not read these facts well."),
        (changed(retrieval_oracle=Did(0.98, 0.7, 18)), {}, "This model does not read these facts well."),
        (changed(parametric=Did(0.89, 0.02, 4)), {}, "Finetuning did not learn the facts."),
        (USUAL, {"seeds": 4}, "With fewer than 5 seeds"),
        (USUAL, {"seeds": 1}, "With fewer than 5 seeds"),
        (changed(retrieval_random=Did(0.1, 0.2, 18)), {}, "Irrelevant facts in the prompt give"),
    ],
)
def test_a_doubt_is_told_when_there_is_one(did, options, begins):
    (doubt,) = advice(did, **options).doubts
    assert doubt.startswith(begins)


def test_a_wide_interval_is_doubted():
    wide = Did(0.98, [1.0, 0.7, 1.0, 0.6, 1.0, 0.9], 18)
    did = {"retrieval-bm25": wide, "retrieval-oracle": USUAL["retrieval-oracle"]}
    (doubt,) = advice(did).doubts
    assert spaced(doubt).startswith("The interval of the reversed questions, 87 % [6")
    assert advice({"retrieval-bm25": Did(0.98, 0.87, 18)}).doubts == ()


@pytest.mark.parametrize(
    ("did", "options"),
    [
        (changed(retrieval_oracle=Did(0.81, 0.81, 18)), {}),
        (changed(retrieval_oracle=None), {}),
        (changed(parametric=Did(0.9, 0.02, 4)), {}),
        (changed(parametric=None), {}),
        (USUAL, {"seeds": 5}),
        (changed(retrieval_random=Did(0.1, 0.06, 18)), {}),
        (changed(retrieval_random=Did(0.6, 0.5, 18)), {"chance": 0.5}),
    ],
)
def test_no_doubt_is_told_without_reason(did, options):
    assert advice(did, **options).doubts == ()


# --- how it reads


WORDS = dataclasses.replace(MATERIAL, one="document", many="documents", latent="latent")


@settings(max_examples=25, phases=(Phase.generate,))
@given(
    did=RUNS,
    references=st.dictionaries(
        st.sampled_from(["retrieval-oracle", "retrieval-random", "retrieval-oracle-1", "parametric-context"]),
        st.builds(lambda stated, latent: Did(stated, latent, 18), ACCURACY, ACCURACY),
    ),
    linked=st.booleans(),
    seeds=st.sampled_from([1, 2, 5]),
    items=st.sampled_from([1, 20, 500]),
    material=st.sampled_from([MATERIAL, WORDS]),
)
def test_every_sentence_is_one_that_can_be_read(did, references, linked, seeds, items, material):
    did = {name: each._replace(two_hop=each.stated if linked else None) for name, each in (did | references).items()}
    found = advice(did, seeds=seeds, items=items, material=material)
    for said in (*found.sentences, *found.doubts):
        assert said.count(":") <= 1, said
        assert said[0].isupper(), said
        assert said.endswith("."), said
        assert not re.search(r"None|nan|inf|[{}]|  | [.,;]|\.\.", said), said
        assert " 1 times " not in said, said
        for each in found.outcomes:
            assert f"{each.text} it " not in said, f"a comma is missing: {said}"
            assert f"{each.text} answers" not in said, f"what one does answers nothing: {said}"
    json.dumps(found.plain(), allow_nan=False)
