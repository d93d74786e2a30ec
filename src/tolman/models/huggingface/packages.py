"""The packages of the extra `lm`, imported where they are used: without them, everything else works."""

from __future__ import annotations

import contextlib
import importlib
import os
from collections.abc import Iterator
from typing import Any

from tolman.core.errors import UserError


@contextlib.contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except ImportError as error:
        raise UserError(
            f'Hugging Face models need further packages ({error}); run: pip install "tolman[lm]"'
        ) from error


def torch() -> Any:
    """Return the package torch; raises `UserError` where it is not installed, as do the next three."""
    with _explained():
        return importlib.import_module("torch")


def transformers() -> Any:
    """Return the package transformers, which writes no progress and no advice to the terminal."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # else it warns where a process forks
    with _explained():
        torch()
        package = importlib.import_module("transformers")
        importlib.import_module("transformers.utils.logging").disable_progress_bar()
        return package


def peft() -> Any:
    """Return the package peft."""
    with _explained():
        return importlib.import_module("peft")


def hub() -> Any:
    """Return the package huggingface_hub."""
    with _explained():
        return importlib.import_module("huggingface_hub")
