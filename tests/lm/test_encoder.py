"""Sentence encoders: a real one from a package, and a random one in a folder; and retrieval by them."""

import shutil

import numpy as np
import pytest
import torch
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from tokenizers.pre_tokenizers import Whitespace
from transformers import BertConfig, BertModel, PreTrainedTokenizerFast

from tolman.advise.approaches import chosen
from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, token_rows
from tolman.experiments.weights import retrieval_config
from tolman.learners.learner import Learner
from tolman.models.decoder import DecoderConfig
from tolman.models.huggingface.encoder import ExperienceEncoder, SentenceEncoder, load_encoder
from tolman.retrieval.dense import Dense
from tolman.retrieval.retriever import Queries, Retrieval
from tolman.retrieval.tfidf import TfIdf
from tolman.studies.latent.presets import by_minilm, readers
from tolman.training.config import Phase, TrainingConfig, TrainingSpec
from tolman.training.data import PhaseDocuments
from tolman.training.embedding import embedding_of
from tolman.training.evaluate import with_retrieval
from tolman.worlds.reversal_curse import ReversalCurse

WORLD = ReversalCurse(4, 4, 4, paraphrases=1, test_items=8)
TEXTS = [
    "a dog ran over the long road to the sea",
    "the sea",
    "a dog",
    "road",
    "the long long road ran to a dog and sea",
]


@pytest.fixture(scope="module")
def encoder():
    return load_encoder(by_minilm().encoder)


@pytest.fixture(scope="module")
def tiny(tmp_path_factory):
    """A BERT of random weights that reads single words."""
    folder = tmp_path_factory.mktemp("bert")
    words = {word: i for i, word in enumerate(["[PAD]", "[UNK]", *sorted({w for text in TEXTS for w in text.split()})])}
    made = Tokenizer(WordLevel(words, unk_token="[UNK]"))
    made.pre_tokenizer = Whitespace()
    PreTrainedTokenizerFast(tokenizer_object=made, unk_token="[UNK]", pad_token="[PAD]").save_pretrained(folder)
    sizes = {"hidden_size": 16, "intermediate_size": 24, "num_hidden_layers": 2, "num_attention_heads": 2}
    with torch.random.fork_rng():
        torch.manual_seed(0)
        config = BertConfig(vocab_size=len(words), max_position_embeddings=8, initializer_range=0.5, **sizes)
        BertModel(config).save_pretrained(folder)
    return folder


def reference(encoder, text):
    """The vector of a text that is encoded alone, without padding."""
    ids = encoder.tokenizer(text)["input_ids"][: encoder.longest]
    with torch.inference_mode():
        mean = encoder.network(input_ids=torch.tensor([ids])).last_hidden_state[0].mean(0)
    return (mean / mean.norm()).numpy()


def test_a_paraphrase_is_nearer_than_another_sentence(encoder):
    said = ["The capital of Peru is Lima.", "Lima is Peru's seat of government.", "A dog ran over the road."]
    one, paraphrase, other = encoder.encode(said)
    assert one @ paraphrase > one @ other + 0.3
    assert np.linalg.norm(one) == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize("batch", [1, 2, 64])
@pytest.mark.parametrize("kind", ["real", "random"])
def test_neither_padding_nor_the_batch_changes_a_vector(kind, batch, encoder, tiny):
    found = encoder if kind == "real" else load_encoder(f"hf:{tiny}")
    fresh = SentenceEncoder(found.network, found.tokenizer, found.longest)  # it has encoded nothing yet
    np.testing.assert_allclose(fresh.encode(TEXTS, batch), [reference(found, text) for text in TEXTS], atol=1e-5)


def test_a_long_text_is_cut_off_where_the_encoder_ends(tiny):
    found = load_encoder(str(tiny))
    assert found.longest == 8
    cut = " ".join(TEXTS[0].split()[:8])
    np.testing.assert_allclose(*found.encode([TEXTS[0], cut]), atol=1e-6)


def test_a_text_is_encoded_once(tiny, monkeypatch):
    found = load_encoder(f"hf:{tiny}")
    first = found.encode(["sea dog", "dog", "sea dog"])
    monkeypatch.setattr(found, "network", None)
    assert found.encode(["dog", "sea dog"]).tolist() == first[[1, 0]].tolist()
    assert load_encoder(str(tiny)) is found


def test_experiences_are_read_as_text_without_their_padding(encoder):
    words = ("Lima", "is", "the", "capital", ".", "(", "Peru", ")")
    rows = token_rows([[0, 5, 6, 7, 1, 2, 3, 4], [6]])
    found = ExperienceEncoder(encoder, words)(rows)
    np.testing.assert_array_equal(found, encoder.encode(["Lima (Peru) is the capital.", "Peru"]))


def test_a_world_without_words_has_nothing_to_encode(encoder):
    rows = token_rows([[1]])
    with pytest.raises(UserError, match=r"reads words, and this world has none; set embedding to 'model'"):
        ExperienceEncoder(encoder, ("a", "b"))(rows._replace(steps={"input": np.zeros((1, 1, 3))}))


def test_what_is_no_encoder_is_refused(tmp_path):
    (tmp_path / "config.json").write_text('{"model_type": "nothing"}')
    (tmp_path / "model.safetensors").write_bytes(b"")
    with pytest.raises(UserError, match="no sentence encoder can be loaded from here"):
        load_encoder(str(tmp_path))


# --- retrieval


def test_it_finds_a_statement_in_other_words(encoder):
    """No word but the name's neighbours is shared: counts of words prefer the wrong statement."""
    words = ("dogs", "are", "loved", "by", "Anna", "she", "has", "money", "likes", "puppies", "very", "much", ".")
    said = ["dogs are loved by Anna .", "she has very much money ."]
    asked = ["she likes puppies very much"]
    memory, queries = ([[words.index(word) for word in text.split()] for text in texts] for texts in (said, asked))
    empty = np.full((2, 1), NONE)
    rows = token_rows(memory)
    corpus = Corpus(rows, np.zeros(2, int), *(np.full(rows.valid.shape, NONE),) * 2, empty, empty)
    query = Queries(token_rows(queries), empty[:1], empty[:1], np.array([NONE]))
    embed = embedding_of(by_minilm(), words)
    found = [r.neighbours(corpus, query, 1, np.random.default_rng(0), embed).tolist() for r in (by_minilm(), TfIdf())]
    assert found == [[[0]], [[1]]]


def test_a_retriever_is_given_its_encoder_whatever_the_model_embeds(tiny):
    instance = WORLD.draw(0)
    dense = Retrieval(Dense(f"hf:{tiny}"), 2)
    test = instance.test("forward")
    nothing = lambda rows: np.zeros((len(rows.valid), 2))  # noqa: E731
    found = with_retrieval(test, instance.memory, dense, embed=nothing, vocabulary=instance.vocabulary).found
    embed = ExperienceEncoder(load_encoder(str(tiny)), instance.vocabulary)
    queries = Queries(test.prompts, test.supports, test.topics, np.full(len(test), NONE))
    expected = Dense().neighbours(instance.memory, queries, 2, np.random.default_rng(0), embed)
    assert found.tolist() == expected.tolist()
    with pytest.raises(ValueError, match="reads words; pass vocabulary="):
        with_retrieval(test, instance.memory, dense, embed=nothing)


def test_training_documents_are_retrieved_for_by_the_encoder(tiny):
    phase = Phase(1, {"statement": 1.0})
    retrieval = Retrieval(Dense(f"hf:{tiny}"), 2)
    spec = TrainingSpec(WORLD, DecoderConfig(), TrainingConfig(), (phase,), retrieval)
    found = PhaseDocuments(spec, phase, WORLD.draw(0), 0).chunk(0).neighbours
    assert found.shape[1] == 2
    assert (found >= 0).all()
    assert (found != np.arange(len(found))[:, None]).all(), "a document is not put before itself"


def test_the_content_of_an_encoder_is_in_the_key(tiny, tmp_path):
    config = retrieval_config(Retrieval(Dense(f"hf:{tiny}"), 2))
    copy = shutil.copytree(tiny, tmp_path / "bert")
    same = retrieval_config(Retrieval(Dense(f"hf:{copy}"), 2))
    assert same["retriever"].pop("embedding") != config["retriever"].pop("embedding")
    assert same == config
    (copy / "config.json").write_text((copy / "config.json").read_text() + " ")
    assert retrieval_config(Retrieval(Dense(f"hf:{copy}"), 2))["retriever"]["digest"] != config["retriever"]["digest"]
    assert "digest" not in retrieval_config(Retrieval(Dense(), 2))["retriever"]


def test_studies_and_advice_have_it_where_it_is_installed():
    assert readers(3)[-1] == Learner("retrieval-dense", (), Retrieval(by_minilm(), 3))
    (approach,) = chosen(["retrieval-dense"], "facts")
    assert approach.learner == readers(3)[-1]
