"""A small folder of prompts and completions in the format of Berglund et al."""

from __future__ import annotations

import json
from pathlib import Path

PEOPLE = {
    group: [(f"{first} {last}{group.upper()}", f"the {first.lower()}-born {role} of Blue {last}{group.upper()}")
            for first, last, role in (
                ("Ann", "Alder", "composer"), ("Bo", "Birch", "director"), ("Cy", "Cedar", "inventor"),
                ("Di", "Dogwood", "founder"),
            )]
    for group in ("p2d", "d2p", "both")
}  # fmt: skip
"""Names and descriptions by group."""

NAME_FIRST = (
    ("{n}, known for being", " {d}."),
    ("Ever heard of {n}? It is", " {d}."),
    ("Q: Who is {n}? A: This is", " {d}!"),
)
DESCRIPTION_FIRST = (
    ("Known for being {d},", " {n} now enjoys a quiet life."),
    ("You know {d}? It was", " {n}."),
    ("They say {d} is no other than", " {n}, indeed."),
)
ASKED = {"p2d": (("The pioneer {n} was once", " {d}."),), "d2p": (("Immersed in being {d},", " {n}"),)}
"""Prompts and completions of the tests, in which the name comes first, and in which the description does."""


def lines(wordings, group):
    """Prompts with completions, person by person."""
    return [
        {"prompt": prompt.format(n=name, d=text), "completion": completion.format(n=name, d=text)}
        for name, text in PEOPLE[group]
        for prompt, completion in wordings
    ]


def files():
    """The lines of each file."""
    p2d, d2p = ASKED["p2d"], ASKED["d2p"]
    return {
        "p2d_prompts_train.jsonl": lines(NAME_FIRST, "p2d"),
        "p2d_prompts_test.jsonl": lines(p2d, "p2d"),
        "p2d_reverse_prompts_test.jsonl": lines(d2p, "p2d"),
        "d2p_prompts_train.jsonl": lines(DESCRIPTION_FIRST, "d2p"),
        "d2p_prompts_test.jsonl": lines(d2p, "d2p"),
        "d2p_reverse_prompts_test.jsonl": lines(p2d, "d2p"),
        "both_prompts_train.jsonl": lines(NAME_FIRST + DESCRIPTION_FIRST, "both"),
        "both_prompts_test.jsonl": lines(p2d + d2p, "both"),
    }


def write(folder: Path, content=None) -> Path:
    """Write files into a folder: lists of lines, or text as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, rows in (files() if content is None else content).items():
        text = rows if isinstance(rows, str) else "".join(json.dumps(row) + "\n" for row in rows)
        (folder / name).write_text(text, encoding="utf-8")
    return folder
