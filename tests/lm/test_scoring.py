"""Log-probabilities of continuations: against unpadded passes over whole texts, whatever is batched or cached."""

import numpy as np
import pytest
import torch
from tiny_llama import VOCABULARY, make, options, rows

from tolman.core.experience import NONE, Chance, TestSet, score, token_rows
from tolman.models.base import ContinuationModel, SequenceModel
from tolman.models.huggingface import HuggingFaceConfig
from tolman.training.evaluate import option_logprobs
from tolman.training.options import normalisers

ROWS = rows(
    "the sea is",
    "Anna 's sea | Anna is of the",
    "Anna 's sea | the seahorse is of",
    "the sea , the seahorse ( of Anna ) is of | Annabel : the sea .  | the sea of",
    "Anna",
)
OPTIONS = np.stack([options("seahorse .", "sea", "sea seahorse .", "café →", "")] * len(ROWS.valid))
TEXTS = ["the sea is", "Anna is of the", "the seahorse is of", "the sea of", "Anna"]
HEADS = ["", "Anna's sea\n", "Anna's sea\n", "the sea, the seahorse (of Anna) is of\nAnnabel: the sea.\n", ""]
ENDS = [" seahorse.", " sea", " sea seahorse.", " café →"]


def by_hand(model, head, text, end):
    """One unpadded pass over the whole text; tokens that end after the prompt are the option's."""
    tokenizer = model.prompts.tokenizer
    found = tokenizer(head + text + end, return_offsets_mapping=True, add_special_tokens=not model.prompts.chat)
    tokens = torch.tensor([found["input_ids"]])
    with torch.no_grad():
        logprobs = model.network(tokens).logits[0].float().log_softmax(-1)
    start = len(head + text)
    of_option = [i for i, (_, stop) in enumerate(found["offset_mapping"]) if stop > start]
    return sum(float(logprobs[i - 1, tokens[0, i]]) for i in of_option)


def test_it_is_a_continuation_model_and_has_no_next_word(model):
    assert isinstance(model, ContinuationModel)
    assert not isinstance(model, SequenceModel)


def test_options_have_the_probability_of_their_tokens_in_an_unpadded_pass(model):
    found = model.option_logprobs(ROWS, OPTIONS)
    expected = [[by_hand(model, head, text, end) for end in ENDS] for head, text in zip(HEADS, TEXTS, strict=True)]
    np.testing.assert_allclose(found[:, :4], expected, rtol=1e-4, atol=1e-4)
    assert (found[:, 4] == -np.inf).all()
    assert found.dtype == np.float32


def test_in_a_chat_the_context_is_the_users_and_the_text_the_assistants(chat):
    found = chat.option_logprobs(ROWS, OPTIONS)
    heads = [f"<s>user\n{head}Complete the sentence.</s><s>assistant\n" for head in HEADS]
    expected = [[by_hand(chat, head, text, end) for end in ENDS] for head, text in zip(heads, TEXTS, strict=True)]
    np.testing.assert_allclose(found[:, :4], expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("batch", [1, 8])
@pytest.mark.parametrize("cached", [True, False])
def test_neither_the_batch_nor_the_cache_changes_a_number(model, batch, cached):
    found = model.option_logprobs(ROWS, OPTIONS, batch=batch, cached=cached)
    np.testing.assert_allclose(found, model.option_logprobs(ROWS, OPTIONS), rtol=1e-5, atol=1e-5)


def test_a_shared_context_is_read_once(model, monkeypatch):
    read = []
    forward = type(model.network).forward
    monkeypatch.setattr(
        type(model.network),
        "forward",
        lambda self, **given: read.append(given["input_ids"].numel()) or forward(self, **given),
    )
    context = " ".join(["the sea is of Anna ."] * 10)
    many = rows(*[f"{context} | {text}" for text in ("the", "sea", "Anna", "is", "of")])
    model.option_logprobs(many, OPTIONS)
    cached = sum(read)
    read.clear()
    model.option_logprobs(many, OPTIONS, cached=False)
    assert cached < sum(read) / 8


def test_special_tokens_around_a_text_are_read_before_it_and_not_after(tmp_path):
    begun = HuggingFaceConfig(str(make(tmp_path, begin=True))).start(VOCABULARY)
    (tokens,) = begun.prompts.tokenise(begun.prompts.split(rows("the sea")))
    assert tokens.ids[0] == 0
    assert tokens.ids[-1] != 1
    assert tokens.word[0] == NONE
    found = begun.option_logprobs(ROWS, OPTIONS)[4, 0]
    assert found == pytest.approx(by_hand_without_end(begun, "Anna", " seahorse."), abs=1e-4)


def by_hand_without_end(model, text, end):
    found = model.prompts.tokenizer(text + end, return_offsets_mapping=True)
    ids, offsets = found["input_ids"][:-1], found["offset_mapping"][:-1]
    with torch.no_grad():
        logprobs = model.network(torch.tensor([ids])).logits[0].log_softmax(-1)
    return sum(float(logprobs[i - 1, ids[i]]) for i, (_, stop) in enumerate(offsets) if stop > len(text))


def test_embeddings_do_not_depend_on_padding(model):
    together = model.embed(ROWS)
    for number, (head, text) in enumerate(zip(HEADS, TEXTS, strict=True)):
        tokens = torch.tensor([model.prompts.tokenizer(head + text)["input_ids"]])
        with torch.no_grad():
            hidden = model.network(tokens, output_hidden_states=True).hidden_states[-1][0]
        np.testing.assert_allclose(together[number], hidden.mean(0), rtol=1e-4, atol=1e-4)


def test_generation_is_greedy_and_does_not_depend_on_the_batch(model):
    found = model.generate(ROWS, 3, batch=1)
    np.testing.assert_array_equal(found, model.generate(ROWS, 3, batch=8))
    assert found.shape == (len(TEXTS), 3)
    for row, (head, text) in enumerate(zip(HEADS, TEXTS, strict=True)):
        assert found[row].tolist() == [*words_by_hand(model, head + text), NONE, NONE, NONE][:3]


def words_by_hand(model, text):
    """Words of the line that is written token by token, each the most probable after an unpadded pass."""
    tokens = model.prompts.tokenizer(text, return_tensors="pt")["input_ids"]
    start, longest = tokens.shape[1], max(len(model.prompts.tokenizer(f" {word}")["input_ids"]) for word in VOCABULARY)
    while tokens.shape[1] < start + 3 * longest and tokens[0, -1] != 1:
        with torch.no_grad():
            tokens = torch.cat([tokens, model.network(tokens).logits[:, -1:].argmax(-1)], dim=1)
    written = model.prompts.tokenizer.decode(tokens[0, start:], skip_special_tokens=True)
    return model.reader.read(written.lstrip("\n").split("\n")[0])


def by_hand_ids(model, head, text, end):
    """Ids of a whole text, and the places of the option's tokens."""
    tokenizer = model.prompts.tokenizer
    found = tokenizer(head + text + end, return_offsets_mapping=True, add_special_tokens=not model.prompts.chat)
    start = len(head + text)
    return found["input_ids"], [i for i, (_, stop) in enumerate(found["offset_mapping"]) if stop > start]


def test_the_tokens_of_an_option_are_counted_after_its_prompt(model):
    found = model.option_tokens(ROWS, OPTIONS)
    expected = [[len(by_hand_ids(model, *pair, end)[1]) for end in ENDS] for pair in zip(HEADS, TEXTS, strict=True)]
    np.testing.assert_array_equal(found[:, :4], expected)
    assert len({*expected[0]}) > 1
    assert (found[:, 4] == 0).all()


@pytest.mark.parametrize("batch", [1, 8])
def test_unconditional_options_stand_after_answer_alone(model, batch):
    found = model.unconditional_logprobs(OPTIONS[0, :4], batch=batch)
    np.testing.assert_allclose(found, [by_hand(model, "", "Answer:", end) for end in ENDS], rtol=1e-4, atol=1e-4)
    assert found.dtype == np.float32


def test_in_a_chat_answer_is_what_the_assistant_begins_with(chat):
    head = "<s>user\nComplete the sentence.</s><s>assistant\n"
    found = chat.unconditional_logprobs(OPTIONS[0, :4])
    np.testing.assert_allclose(found, [by_hand(chat, head, "Answer:", end) for end in ENDS], rtol=1e-4, atol=1e-4)


def test_a_test_is_scored_in_three_ways_as_by_hand(model):
    choice, correct = np.arange(len(TEXTS)), np.eye(5, dtype=bool)[[0, 1, 2, 3, 0]]
    half = np.full(len(TEXTS), 0.5)
    none = np.full((len(TEXTS), 1), NONE)
    asked = TestSet("t", "latent", ROWS, OPTIONS, choice, correct, choice, choice, none, none, tuple("abcde"),
                    ("",) * 5, Chance(half, half, half))  # fmt: skip
    by = normalisers(model, VOCABULARY, [asked])["t"]
    found = score(asked, option_logprobs(model, ROWS, asked, by), by)
    for item, (head, text) in enumerate(zip(HEADS, TEXTS, strict=True)):
        sums = np.array([by_hand(model, head, text, end) for end in ENDS])
        counts = np.array([len(by_hand_ids(model, head, text, end)[1]) for end in ENDS])
        alone = np.array([by_hand(model, "", "Answer:", end) for end in ENDS])
        right = correct[item, :4]
        for name, scores in (("per_token", sums / counts), ("unconditional", sums - alone)):
            assert found.correct_by[name][item] == (scores[right].max() > scores[~right].max())


def test_a_model_over_other_words_scores_as_before(model):
    other = ("is", "Anna", "sea", ".", "the", "of")
    found = model.config.rebind(model, VOCABULARY, other)
    assert tuple(found.vocabulary) == other
    there = [[other.index(word) for word in text.split()] for text in ("the sea is", "of", "Anna")]
    here = model.option_logprobs(rows("the sea is"), options("of", "Anna")[None])
    again = found.option_logprobs(token_rows(there[:1]), np.array([there[1:]]))
    np.testing.assert_array_equal(again, here)
