"""What the recommended approaches need, as files: a search index, and training data for other programs."""

from __future__ import annotations

import inspect
import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tolman.advise.advice import Advice
from tolman.advise.approaches import K
from tolman.advise.cloze import OPENING, json_lines
from tolman.advise.results import Outcome
from tolman.core.atomic import is_taken, new_folder
from tolman.core.errors import UserError
from tolman.core.experience import Corpus
from tolman.core.world import Instance
from tolman.experiments.condition import Condition
from tolman.retrieval.bm25 import BM25
from tolman.training.augment import augmented
from tolman.training.config import Seeds
from tolman.training.splitting import split_corpus
from tolman.worlds.texts.words import apart, is_punctuation

_SPACE = re.compile(r" (?=[.,:;!?)\]])|(?<=[(\[]) ")

_RETRIEVE = '''"""Print the statements that BM25 finds for a question: python retrieve.py {example}

A word counts once, and as it is written: capitals matter, and so do signs such as "→". This is the search that was
measured.
"""
import json
import sys
import unicodedata
from pathlib import Path

import bm25s
import numpy as np

here = Path(__file__).parent
index = bm25s.BM25.load(here / "index")
with (here / "statements.jsonl").open(encoding="utf-8") as lines:
    statements = [json.loads(line)["text"] for line in lines]
relations = json.loads((here / "relations.json").read_text(encoding="utf-8"))
longest = max((len(relation.split()) for relation in relations), default=1)


def retrieve(question, k={k}):
    """Return the ids and scores of at most k statements that share a word with a question, the best first."""
    words = [word for word in dict.fromkeys(split(question)) if word in index.vocab_dict]
    scores = index.get_scores(words) if words else np.zeros(len(statements))
    return [(int(row), float(scores[row])) for row in np.argsort(-scores, kind="stable")[:k] if scores[row] > 0]


def split(text):
    """Return the words of a text, punctuation apart, and the relations in it of several words as one each."""
    said, found = text.split(), []
    while said:
        sizes = range(min(len(said), longest), 1, -1)
        size = next((n for n in sizes if " ".join(said[:n]) in relations), 1)
        word, said = " ".join(said[:size]), said[size:]
        found += [word] if size > 1 or word in index.vocab_dict else apart(word)
    return found


{splitting}

if __name__ == "__main__":
    for row, score in retrieve(sys.argv[1]):
        print(f"{{score:.2f}}  {{statements[row]}}")
'''


def check_folder(folder: str) -> None:
    """Refuse a folder that holds something, before anything is trained.

    Raises:
        UserError: it is a file, or not empty.
    """
    path = Path(folder)
    if is_taken(path):
        raise UserError(f"--export {folder}: this exists; name a new folder")


def export(advice: Advice, condition: Condition, folder: Path) -> list[str]:
    """Write what the recommended approaches need, and return what was written, in words.

    Retrieval: `statements.jsonl` with an index of BM25 (bm25s), `relations.json` and `retrieve.py`, which uses them.
    Finetuning: `train.jsonl` (prompt and completion) and `train_messages.jsonl` (messages of user and assistant), the
    documents that the approach was trained on at the first seed.

    Args:
        advice: what is recommended.
        condition: what was run.
        folder: new.
    """
    said, (seed, _) = list[str](), advice.outcomes[0].summary.records[0].seeds
    with new_folder(folder) as made:
        said.append(_retrieval(advice.recommended, condition.world.draw(seed), made))
        if advice.weights is not None:
            said.append(_finetuning(advice.weights, condition, seed, made))
    return said


def _retrieval(best: Outcome | None, instance: Instance, folder: Path) -> str:
    """Write the index that was searched in the measurement, over words in place of tokens."""
    import bm25s

    context = best.approach.learner.context if best is not None else None
    found = context.retriever if context is not None else None
    retriever, k = (found, context.k) if context is not None and isinstance(found, BM25) else (BM25(), K)
    rows = instance.memory.experiences
    stated = [tokens[valid] for tokens, valid in zip(rows.steps["token"], rows.valid, strict=True)]
    statements = [_bare(_spaced(instance.text(tokens))) for tokens in stated]
    _write(folder / "statements.jsonl", [{"id": i, "text": text} for i, text in enumerate(statements)])
    index = bm25s.BM25(k1=retriever.k1, b=retriever.b, method="lucene")
    index.index([[instance.vocabulary[token] for token in tokens] for tokens in stated], show_progress=False)
    index.save(folder / "index")
    relations = [text for text in instance.vocabulary if " " in text]  # tokens of several words
    (folder / "relations.json").write_text(json.dumps(relations, ensure_ascii=False), encoding="utf-8")
    (folder / "retrieve.py").write_text(_program(instance, k), encoding="utf-8")
    return f"{len(statements):,} statements with a BM25 index, and retrieve.py, which searches it"


def _program(instance: Instance, k: int) -> str:
    asked = next(test.prompts for test in instance.tests if test.role == "latent")
    example = shlex.quote(instance.text(asked.steps["token"][0][asked.valid[0]]).replace("\\", ""))
    splitting = "\n\n".join(map(inspect.getsource, (apart, is_punctuation)))
    return _RETRIEVE.format(example=example.replace('"""', ""), k=k, splitting=splitting)


def _finetuning(best: Outcome, condition: Condition, seed: int, folder: Path) -> str:
    spec = condition.spec(condition.learner(best.approach.name))
    (instance,), _ = augmented(spec, (Seeds(seed, seed),), (condition.world.draw(seed),))
    pairs = list(_pairs(instance, split_corpus(instance, spec.training.splitting).corpus))
    _write(folder / "train.jsonl", [{"prompt": prompt, "completion": text} for prompt, text in pairs])
    roles = ("user", "assistant")
    messages = [[{"role": r, "content": t.strip()} for r, t in zip(roles, pair, strict=True)] for pair in pairs]
    _write(folder / "train_messages.jsonl", [{"messages": each} for each in messages])
    return f"{len(pairs):,} training examples, as prompt and completion and as messages ({best.text})"


def _pairs(instance: Instance, corpus: Corpus) -> Iterator[tuple[str, str]]:
    """Yield each training document cut before its first target and after its last; documents of names are left out."""
    rows, kind = corpus.experiences, corpus.kind
    for tokens, weight, of in zip(rows.steps["token"], rows.weight, kind, strict=True):
        (targets,) = weight.nonzero()
        if len(targets) and instance.kinds[of] != "name":
            prompt, whole = (_spaced(instance.text(tokens[:end])) for end in (targets[0], targets[-1] + 1))
            bare = _bare(whole)
            # Without its opening a sentence begins with what was to be predicted: its first word is the prompt.
            cut = len(prompt) if bare == whole else len(bare.split(" ", 1)[0])
            yield bare[:cut], bare[cut:]


def _spaced(text: str) -> str:
    """Return words as text, with no space inside brackets and before punctuation."""
    return _SPACE.sub("", text)


def _bare(text: str) -> str:
    """Return a sentence without the opening that was put before it."""
    return text.removeprefix(_spaced(OPENING) + " ")


def _write(path: Path, rows: list[dict[str, Any]]) -> None:
    path.write_text(json_lines(rows), encoding="utf-8")
