"""What the recommended approaches need, as files: a search index, and training data for other programs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tolman.advise.advice import Advice
from tolman.advise.cloze import OPENING, json_lines
from tolman.advise.results import Outcome
from tolman.core.atomic import is_taken, new_folder
from tolman.core.errors import UserError
from tolman.core.experience import Corpus
from tolman.core.world import Instance
from tolman.experiments.condition import Condition
from tolman.training.augment import augmented
from tolman.training.config import Seeds
from tolman.training.splitting import split_corpus

_SPACE = re.compile(r" (?=[.,:;!?)\]])|(?<=[(\[]) ")

_RETRIEVE = '''"""Print the statements that BM25 finds for a question: python retrieve.py "Lima capital of"."""
import json
import sys
from pathlib import Path

import bm25s

here = Path(__file__).parent
retriever = bm25s.BM25.load(here / "index")
statements = [json.loads(line)["text"] for line in (here / "statements.jsonl").open(encoding="utf-8")]
tokens = bm25s.tokenize([sys.argv[1]], token_pattern=r"\\w+", stopwords=[], show_progress=False)
found, scores = retriever.retrieve(tokens, k=min({k}, len(statements)), show_progress=False)
for row, score in zip(found[0], scores[0]):
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

    Retrieval: `statements.jsonl` with an index of BM25 (bm25s) and `retrieve.py`, which uses it. Finetuning:
    `train.jsonl` (prompt and completion) and `train_messages.jsonl` (messages of user and assistant), the documents
    that the approach was trained on at the first seed.

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
    import bm25s

    rows = instance.memory.experiences
    pairs = zip(rows.steps["token"], rows.valid, strict=True)
    statements = [_bare(_spaced(instance.text(tokens[valid]))) for tokens, valid in pairs]
    _write(folder / "statements.jsonl", [{"id": i, "text": text} for i, text in enumerate(statements)])
    index = bm25s.BM25()
    tokens = bm25s.tokenize(statements, token_pattern=r"\w+", stopwords=[], show_progress=False)
    index.index(tokens, show_progress=False)
    index.save(folder / "index")
    k = 1 if best is not None and best.approach.name == "retrieval-bm25-1" else 3
    (folder / "retrieve.py").write_text(_RETRIEVE.format(k=k), encoding="utf-8")
    return f"{len(statements):,} statements with a BM25 index, and retrieve.py, which searches it"


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
