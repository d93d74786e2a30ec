"""Speed of the builder of worlds against a tokeniser in Python.

    python benchmarks/bench_builder.py            # 100,000 documents, 10,000 questions
    python benchmarks/bench_builder.py --json     # machine-readable

The builder is given documents of 12 words with one question each, and tests of 1,000 options. bm25s is given the same
texts to tokenise, which is a part of what the builder does. Both are timed by the process's CPU time.
"""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable

import bm25s
import click
import numpy as np

from tolman.worlds.builder import Builder, Question

FILLER = 8


def questions(count: int, names: int) -> tuple[list[str], list[Question]]:
    """Distinct facts about as many names as there are options."""
    rng = np.random.default_rng(0)
    words = [f"name{i}" for i in range(names)]
    given, answered = rng.integers(0, names, (2, count))
    asked = [
        Question(f"{words[g]} relation{i // names}", words[a], fact=i, frame=i // names)
        for i, (g, a) in enumerate(zip(given % names, answered, strict=True))
    ]
    return words, [question._replace(prompt=f"{question.prompt} {i}") for i, question in enumerate(asked)]


def build(words: list[str], asked: list[Question], filler: list[str], tested: int) -> int:
    """Documents and a test through the builder; returns the number of steps."""
    builder = Builder()
    for question, text in zip(asked, filler, strict=True):
        builder.document(text, question)
    builder.test("asked", "explicit", asked[:tested], options=words)
    return int(builder.build().corpus.experiences.valid.sum())


def tokenise(texts: list[str]) -> int:
    """The same words through bm25s's tokeniser."""
    found = bm25s.tokenize(texts, token_pattern=r"\S+", stopwords=None, show_progress=False)
    return sum(map(len, found.ids))


def seconds(work: Callable[[], int], repeats: int) -> tuple[list[float], int]:
    """CPU seconds of each call, and what it returned."""
    times, result = [], 0
    for _ in range(repeats):
        start = time.process_time()
        result = work()
        times.append(time.process_time() - start)
    return times, result


@click.command()
@click.option("--documents", default=100_000, show_default=True)
@click.option("--tested", default=10_000, show_default=True, help="Questions of the test.")
@click.option("--options", default=1_000, show_default=True, help="Answers to choose from.")
@click.option("--repeats", default=3, show_default=True)
@click.option("--json", "as_json", is_flag=True)
def main(documents: int, tested: int, options: int, repeats: int, as_json: bool) -> None:
    """Compare the builder with a tokeniser of the same texts."""
    words, asked = questions(documents, options)
    rng = np.random.default_rng(1)
    filler = [" ".join(f"w{i}" for i in row) for row in rng.integers(0, 500, (documents, FILLER))]
    texts = [f"{text} {question.prompt} {question.answer}" for text, question in zip(filler, asked, strict=True)]
    ours, steps = seconds(lambda: build(words, asked, filler, tested), repeats)
    theirs, tokens = seconds(lambda: tokenise(texts), repeats)
    assert steps == tokens, (steps, tokens)
    mine, other = statistics.median(ours), statistics.median(theirs)
    found = {"documents": documents, "tokens": tokens, "builder_s": mine, "bm25s_s": other, "ratio": mine / other}
    if as_json:
        print(json.dumps(found))
    else:
        print(f"{documents:,} documents of {tokens:,} words, {tested:,} questions with {options:,} options")
        print(f"builder {mine:.2f} s, bm25s's tokeniser {other:.2f} s of CPU time, ratio {mine / other:.1f}")


if __name__ == "__main__":
    main()
