import pytest
from tiny_llama import VOCABULARY, make

from tolman.models.huggingface import HuggingFaceConfig


@pytest.fixture(scope="session")
def folder(tmp_path_factory):
    return make(tmp_path_factory.mktemp("llama"))


@pytest.fixture
def model(folder):
    return HuggingFaceConfig(str(folder)).start(VOCABULARY)


@pytest.fixture
def chat(folder):
    return HuggingFaceConfig(str(folder), chat_template=True).start(VOCABULARY)
