"""Fenced blocks of the documents in `docs/` and of the README."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]


def blocks(document: str, language: str) -> list[str]:
    text = (ROOT / document).read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```$", text, flags=re.DOTALL | re.MULTILINE)


def files(document: str, language: str) -> dict[str, str]:
    """Blocks whose first line is a comment that names a file, by that name."""
    named = {}
    for block in blocks(document, language):
        first, _, _ = block.partition("\n")
        name = first.removeprefix("#").strip()
        assert "/" in name or name.endswith(".toml"), f"{document}: {first!r} names no file"
        named[name] = block
    return named
