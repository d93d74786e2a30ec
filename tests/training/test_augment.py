"""Worlds with the documents of an augmentation: what is added, what is told about it, and what is refused."""

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_sources import SOMETHING, Parrot, ParrotConfig, Told, document
from tiny_checkpoint import write_tiny

from tolman.augmentation.augmentation import Augmented
from tolman.augmentation.closure import Closure
from tolman.augmentation.distilled import Distilled
from tolman.augmentation.masked import Masked
from tolman.augmentation.permuted import Permuted
from tolman.augmentation.reversed import Reversed
from tolman.augmentation.rewritten import Rewritten
from tolman.core.errors import UserError
from tolman.models.decoder import DecoderConfig
from tolman.training.augment import augmented
from tolman.training.config import AUGMENTED, Phase, Seeds, TrainingConfig, TrainingSpec
from tolman.training.data import PhaseDocuments
from tolman.worlds.builder import Builder, Question, Target
from tolman.worlds.features import Features
from tolman.worlds.reversal_curse import ReversalCurse
from tolman.worlds.texts import Texts
from tolman.worlds.two_hop import TwoHop

EXAMPLES = Path(__file__).parents[2] / "examples"
WORLD = TwoHop(8, paraphrases=1, test_items=8)
SEEDS = (Seeds(0, 5), Seeds(1, 6))
DRAWN = tuple(WORLD.draw(seeds.world) for seeds in SEEDS)
MODEL = ParrotConfig()


def spec_of(augmentation, model=MODEL, phases=()):
    return TrainingSpec(WORLD, model, TrainingConfig(batch=8, chunk=2), phases, augmentation=augmentation)


def augment(augmentation, instances=DRAWN, seeds=SEEDS, model=MODEL):
    """The instances that are trained on, and the reports on them."""
    return augmented(spec_of(augmentation, model), seeds[: len(instances)], instances)


# ---- what is written from, and what becomes of it


def test_without_an_augmentation_instances_are_the_same_objects():
    found, reports = augment(None, list(DRAWN))
    assert [one is other for one, other in zip(found, DRAWN, strict=True)] == [True, True]
    assert reports == [{}, {}]


def test_an_augmentation_is_given_what_is_in_memory_and_the_model_before_training():
    told = Told(SOMETHING, words=("strange", "teacher"))
    augment(told)
    for source, drawn, seeds, number in zip(told.sources, DRAWN, SEEDS, told.numbers, strict=True):
        rows = drawn.memory.experiences
        texts = [drawn.text(row[valid]) for row, valid in zip(rows.steps["token"], rows.valid, strict=True)]
        assert [drawn.text(np.array(tokens)) for tokens in source.statements] == texts
        assert source.vocabulary == (*drawn.vocabulary, "strange")
        assert source.is_name.tolist() == [sort == "entity" for sort in drawn.palette] + [False]
        assert source.tests is drawn.tests
        assert isinstance(source.start(("a",)), Parrot)
        assert number == np.random.default_rng([seeds.model, 4]).integers(1 << 30)


def test_what_is_written_is_random_by_the_seed_of_the_model():
    (one,), _ = augment(Permuted(), DRAWN[:1])
    (same,), _ = augment(Permuted(), DRAWN[:1], (Seeds(1, 5),))
    (other,), _ = augment(Permuted(), DRAWN[:1], (Seeds(0, 6),))
    tokens = [each.corpus.experiences.steps["token"] for each in (one, same, other)]
    assert np.array_equal(tokens[0], tokens[1])
    assert not np.array_equal(tokens[0], tokens[2])


def test_longer_documents_than_the_worlds_make_room_for_themselves_in_every_instance():
    length, most = DRAWN[0].corpus.experiences.length, DRAWN[0].most_targets
    long = document(*range(length + 3), targets=most + 2)
    found, _ = augment(Told(SOMETHING, Augmented([long])))
    for one, drawn in zip(found, DRAWN, strict=True):
        rows = one.corpus.experiences
        assert one.most_targets == most + 2
        assert {rows.length, one.corpus.cue.shape[1], one.corpus.fact.shape[1]} == {length + 3}
        assert (one.memory_length, one.memory.experiences.length) == (drawn.memory_length, drawn.memory_length)
    assert found[0].corpus.experiences.valid[-1].sum() == 2
    last = found[1].corpus.experiences
    assert last.steps["token"][-1].tolist() == long.tokens
    assert last.weight[-1].tolist() == long.weight


def test_shorter_documents_than_the_worlds_change_no_shape():
    for one, drawn in zip(augment(Told(SOMETHING))[0], DRAWN, strict=True):
        assert one.corpus.experiences.length == drawn.corpus.experiences.length
        assert one.corpus.topics.shape[1] == drawn.corpus.topics.shape[1]
        assert one.most_targets == drawn.most_targets


def test_seeds_may_differ_in_the_number_of_documents():
    found, reports = augment(Told(SOMETHING, Augmented([document(0, 1)] * 3)))
    assert [one.corpus.size - drawn.corpus.size for one, drawn in zip(found, DRAWN, strict=True)] == [1, 3]
    assert [report["documents"] for report in reports] == [1, 3]


def test_worlds_that_state_afresh_do_so_still():
    builder = Builder()
    builder.vocabulary.words("a b c", "entity")
    builder.document("a likes", Target("b"), kind="statement")
    builder.test("latent", "latent", [Question("b is liked by", "a")], options=["a", "c"])
    builder.sampler("told", lambda rng: ["b likes", Target("a"), "or", Target("c")], length=5, targets=2)
    drawn = builder.build(memory=["statement"])
    (one,), _ = augment(Reversed(), (drawn,))
    assert one.samplers is drawn.samplers
    assert one.most_targets == 2
    assert one.kinds == ("statement", AUGMENTED)


# ---- the report


def test_the_report_counts_documents_tokens_and_what_was_generated_and_dropped():
    first = Augmented([document(0, 1), document(2, 3, 4)], generated=70, dropped=3)
    second = Augmented([document(0, 1, 2, 3, 4, 5)])
    _, reports = augment(Told(first, second))
    counts = [{name: value for name, value in report.items() if name != "examples"} for report in reports]
    assert counts == [
        {"documents": 2, "tokens": 5, "generated": 70, "dropped": 3},
        {"documents": 1, "tokens": 6, "generated": 0, "dropped": 0},
    ]


@pytest.mark.parametrize(("count", "shown"), [(1, [0]), (4, [0, 1, 2, 3]), (9, [0, 1, 2, 3, 4]), (12, [0, 2, 4, 6, 8])])
def test_the_report_has_up_to_five_examples_from_all_over(count, shown):
    _, (report,) = augment(Told(Augmented([document(i, i + 1) for i in range(count)])), DRAWN[:1])
    words = DRAWN[0].vocabulary
    assert report["examples"] == [f"{words[i]} {words[i + 1]}" for i in shown]


def test_examples_are_told_in_the_words_that_were_added():
    number = len(DRAWN[0].vocabulary)
    _, (report,) = augment(Told(Augmented([document(0, number)]), words=("strange",)), DRAWN[:1])
    assert report["examples"] == [f"{DRAWN[0].vocabulary[0]} strange"]


def test_the_report_on_statements_read_backwards():
    world = ReversalCurse(4, 4, 4, paraphrases=1, test_items=8)
    drawn = world.draw(0)
    _, (report,) = augment(Reversed(), (drawn,))
    statements = drawn.memory.experiences.valid
    assert {name: report[name] for name in ("documents", "tokens", "generated", "dropped")} == {
        "documents": 4 + 4 + 2 * 4,
        "tokens": int(statements.sum()),
        "generated": 0,
        "dropped": 0,
    }
    assert len(report["examples"]) == 5


# ---- refusals


def test_a_world_without_documents_is_refused():
    with pytest.raises(UserError, match="augmentations write documents; this world has none"):
        augment(Reversed(), (Features(train_items=32, test_items=16).draw(0),))


def test_an_augmentation_that_writes_nothing_is_refused_if_it_is_for_one_seed_only():
    for written in ((Augmented([], 40, 10),), (SOMETHING, Augmented([]))):
        with pytest.raises(UserError, match="Told wrote no document from this world; leave it out"):
            augment(Told(*written))


def test_the_closure_of_a_world_in_which_nothing_is_latent_is_refused():
    drawn = tuple(dataclasses.replace(each, tests=each.tests[:2]) for each in DRAWN)
    with pytest.raises(UserError, match="Closure wrote no document from this world"):
        augment(Closure(), drawn)


def nameless():
    """The user's own documents, as if no name were known in them."""
    drawn = Texts(str(EXAMPLES / "texts_documents.jsonl"), str(EXAMPLES / "texts_tests.jsonl")).draw(0)
    return dataclasses.replace(drawn, names=frozenset())


def own_texts(folder, documents, tests):
    """A world of the user's own texts, each the text alone or a whole row."""
    rows = [{"id": f"d{i}", **(each if isinstance(each, dict) else {"text": each})} for i, each in enumerate(documents)]
    for name, given_rows in (("documents", rows), ("tests", tests)):
        (folder / f"{name}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in given_rows), encoding="utf-8")
    return Texts(str(folder / "documents.jsonl"), str(folder / "tests.jsonl")).draw(0)


def question(prompt, answer, role, supports="d0"):
    return {"prompt": prompt, "answer": answer, "role": role, "supports": supports, "group": role}


WRITERS = {"reversed": Reversed(), "permuted": Permuted(), "masked": Masked()}
SAID = ["Mei met Omar Diaz in Lima.", "Ravi left the Bank of Peru.", "Then Ravi met Mei."]
ASKED = [question("Mei met", "Omar Diaz", "explicit"), question("Ravi left the", "Bank of Peru", "explicit", "d1")]
NAMES = {"Mei", "Omar Diaz", "Lima", "Ravi", "Bank of Peru"}


@pytest.mark.parametrize("augmentation", WRITERS.values(), ids=WRITERS)
def test_what_is_asked_of_own_texts_does_not_enter_what_is_written_from_them(augmentation, tmp_path):
    made = []
    for latent in ("Mei", "of", "met"):
        drawn = own_texts(tmp_path, SAID, [*ASKED, question("who ?", latent, "latent", "d2"),
                                           question("where ?", "Lima", "latent")])  # fmt: skip
        (whole,), _ = augment(augmentation, (drawn,))
        rows = whole.corpus.experiences
        texts = [whole.text(tokens[valid]) for tokens, valid in zip(rows.steps["token"], rows.valid, strict=True)]
        made.append(sorted(zip(texts, map(tuple, rows.weight.tolist()), strict=True)))
    assert made[0] == made[1] == made[2]


def masked_names(drawn):
    """The names that are to be filled in, each once."""
    (whole,), _ = augment(Masked(), (drawn,))
    written = whole.corpus.kind == len(whole.kinds) - 1
    rows = whole.corpus.experiences
    return {whole.text(tokens[weight > 0]) for tokens, weight in zip(rows.steps["token"][written],
                                                                     rows.weight[written], strict=True)}  # fmt: skip


def test_names_in_own_texts_are_masked_whole_whether_or_not_they_are_asked_about(tmp_path):
    few = [*ASKED, question("who ?", "Mei", "latent", "d2"), question("or ?", "Ravi", "latent", "d2")]
    assert masked_names(own_texts(tmp_path, SAID, few)) == NAMES


def test_names_that_a_document_lists_are_taken_instead_of_those_with_capitals(tmp_path):
    said = [
        *SAID,
        {"text": "then lima beat peru bank", "names": ["lima", "peru bank"]},
        {"text": "So Then", "names": []},
    ]
    asked = [*ASKED, question("who ?", "Mei", "latent", "d2"), question("or ?", "Ravi", "latent", "d2")]
    drawn = own_texts(tmp_path, said, asked)
    assert masked_names(drawn) == NAMES | {"lima", "peru bank"}
    sort = dict(zip(drawn.vocabulary, drawn.palette, strict=True))
    assert (sort["Ravi"], sort["lima"], sort["met"], sort["Then"]) == ("entity", "entity", "word", "word")


@pytest.mark.parametrize("augmentation", [Reversed(), Permuted()], ids=["reversed", "permuted"])
def test_documents_without_anything_to_predict_are_not_trained_on(augmentation):
    with pytest.raises(UserError, match="wrote no document from this world: no names are known in its documents"):
        augment(augmentation, (nameless(),))


def test_a_model_that_would_be_asked_nothing_is_not_asked(tmp_path):
    model = write_tiny(tmp_path / "tiny.safetensors")
    with pytest.raises(UserError, match="Distilled wrote no document from this world"):
        augment(Distilled(("{s} →",)), (nameless(),), model=model)


def test_a_writer_that_is_not_pretrained_is_refused_whatever_is_trained():
    message = "Rewritten has the model write before it is trained, but a DecoderConfig is not pretrained"
    with pytest.raises(UserError, match=message):
        augment(Rewritten(("say {s}",), writer=DecoderConfig(width=16, layers=1, heads=2)))


# ---- phases


@pytest.mark.parametrize(
    ("fraction", "sizes", "mixture"),
    [(0.0, [16], [1.0]), (0.25, [16, 3], [0.75, 1.0]), (1.0, [3], [1.0])],
)
def test_what_is_written_has_its_share_of_the_documents(fraction, sizes, mixture):
    phase = Phase(2, {"statement": 1.0}).with_share(AUGMENTED, fraction)
    (one,), _ = augment(Told(Augmented([document(0, 1)] * 3)), DRAWN[:1])
    chunk = PhaseDocuments(spec_of(None, phases=(phase,)), phase, one, 0).chunk(0)
    assert (chunk.sizes.tolist(), chunk.mixture.tolist()) == (sizes, mixture)
    assert chunk.rows.steps["token"][-sizes[-1] :, :2].tolist().count([0, 1]) == (3 if fraction else 0)


MIXTURE = st.dictionaries(st.sampled_from("abcd"), st.floats(0.01, 10.0), min_size=1)


@given(MIXTURE, st.floats(0.0, 1.0))
def test_a_share_keeps_the_total_and_the_proportions_of_the_others(mixture, fraction):
    found = Phase(7, mixture, retrieve=False).with_share("more", fraction)
    total = sum(mixture.values())
    assert (found.steps, found.retrieve) == (7, False)
    assert list(found.mixture) == [*mixture, "more"]
    assert sum(found.mixture.values()) == pytest.approx(total)
    assert found.mixture["more"] == pytest.approx(fraction * total)
    for kind, part in mixture.items():
        assert found.mixture[kind] == pytest.approx((1 - fraction) * part)


def test_a_phase_with_a_share_is_another_phase():
    phase = Phase(4, {"statement": 0.9, "name": 0.1})
    half = phase.with_share(AUGMENTED, 0.5)
    assert dict(phase.mixture) == {"statement": 0.9, "name": 0.1}
    assert dict(half.mixture) == {"statement": 0.45, "name": 0.05, AUGMENTED: 0.5}
    assert phase.with_share(AUGMENTED, 0.25) != half == phase.with_share(AUGMENTED, 0.5)
    assert hash(half) == hash(phase.with_share(AUGMENTED, 0.5))
