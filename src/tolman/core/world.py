"""Worlds: parameters from which experiences and tests are drawn by a seed, and the check for leaks."""

from __future__ import annotations

import abc
import dataclasses
import hashlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np

from tolman.core.assemble import tree_map
from tolman.core.errors import UserError
from tolman.core.experience import NONE, Corpus, Experiences, TestSet
from tolman.core.extent import bounded
from tolman.core.inputs import InputFile
from tolman.core.ranges import Checked

if TYPE_CHECKING:
    from tolman.core.view import View

CorpusSampler = Callable[[np.random.Generator, int], Corpus]
"""`sampler(rng, n)` draws `n` experiences afresh; the content of each is true within it only."""

TaskSampler = Callable[[np.random.Generator, int], Any]
"""`sampler(rng, n)` draws `n` tasks to act in, with their environment (`tolman.envs.environment.TaskBatch`)."""


class LeakError(Exception):
    """A latent answer was a training target of its own question: the world is built wrongly."""


@dataclasses.dataclass(frozen=True)
class Instance:
    """One draw of a world.

    Attributes:
        vocabulary: token id -> its text.
        palette: token id -> sort of token (`"entity"`, `"relation"`, ...), which `tolman look` colours.
        kinds: names of the kinds of documents in the corpus; a phase's mixture refers to them and to `samplers`.
        memory_kinds: the kinds that episodic memory holds. They come first in `kinds` and in the corpus.
        memory_length: maximum number of steps of an experience in memory; like every length, equal for all seeds.
        most_targets: maximum number of weighted steps of an experience, sampled ones included.
        corpus: the persistent experiences.
        tests: explicit, latent and control tests.
        samplers: kind of document -> sampler of documents of that kind, drawn afresh for every chunk of training.
        groups: sizes of the vocabulary's groups, each with one correct entry (the values of a feature, say); empty
            where the vocabulary is a single group, as for tokens.
        task_samplers: kind of task -> sampler of tasks to learn from by acting.
        names: the names in the documents, as token ids; None where every run of tokens of the sort `"entity"` is one.
    """

    vocabulary: tuple[str, ...]
    palette: tuple[str, ...]
    kinds: tuple[str, ...]
    memory_kinds: tuple[str, ...]
    memory_length: int
    most_targets: int
    corpus: Corpus
    tests: tuple[TestSet, ...]
    samplers: Mapping[str, CorpusSampler]
    groups: tuple[int, ...] = ()
    task_samplers: Mapping[str, TaskSampler] = dataclasses.field(default_factory=dict)
    names: frozenset[tuple[int, ...]] | None = None

    @property
    def inputs(self) -> tuple[int, ...]:
        """The shape of one step's input; `()` for tokens."""
        steps = self.corpus.experiences.steps
        return steps["input"].shape[2:] if "input" in steps else ()

    @property
    def outputs(self) -> tuple[int, ...]:
        """The sizes of the groups of logits that a model needs."""
        return self.groups or (len(self.vocabulary),)

    @property
    def memory(self) -> Corpus:
        """The part of the corpus that episodic memory holds; row ids are the corpus's."""
        held = int(np.isin(self.corpus.kind, range(len(self.memory_kinds))).sum())
        return take(self.corpus, held, self.memory_length)

    def test(self, name: str) -> TestSet:
        """Return the test of that name; raises `KeyError` naming the others."""
        for test in self.tests:
            if test.name == name:
                return test
        raise KeyError(f"no test {name!r}; this instance has {', '.join(t.name for t in self.tests)}")

    def text(self, tokens: np.ndarray) -> str:
        """Return token ids as words."""
        return " ".join(self.vocabulary[t] for t in tokens if t != NONE)


class AbstractWorld(Checked, abc.ABC):
    """A family of controlled experiences. Subclasses are frozen dataclasses; their fields are its parameters.

    Attributes:
        version: rises whenever the same parameters and seed would give other experiences or tests; part of every
            record's key.
        inputs: the user's files that the world is made from, by the name of their option.
    """

    version: ClassVar[int]
    inputs: ClassVar[Mapping[str, InputFile]] = {}

    def __init_subclass__(cls, **arguments: Any) -> None:
        super().__init_subclass__(**arguments)
        if "draw" in vars(cls):
            cls.draw = bounded(cls.draw)

    @abc.abstractmethod
    def draw(self, seed: int) -> Instance:
        """Draw an instance; the same seed gives the same arrays, bit for bit.

        Raises:
            UserError: it would have more than `MOST_NUMBERS` numbers, by `extents`.
        """

    def extents(self) -> tuple[Mapping[str, int], ...]:
        """Return, for each large part of an instance, factors of about how many numbers it has, named.

        Nothing where the user's files alone say how many.
        """
        return ()

    def sizes(self) -> dict[str, int]:
        """Return numbers that say how large the material is, where the parameters do not (a table's subjects, say)."""
        return {}

    def notice(self) -> str:
        """Return what a user should know before anything is learned, in one or two sentences; mostly nothing."""
        return ""

    def view(self, instance: Instance, width: int, colour: bool) -> View | None:
        """Return how `tolman look` renders an instance; None for the view that fits what its steps are made of.

        Args:
            instance: as drawn.
            width: columns of the terminal.
            colour: whether it shows colours.
        """
        del instance, width, colour
        return None

    @classmethod
    def export(cls, folder: Path, settings: Mapping[str, str], **options: Any) -> Path:
        """Write an expert's demonstrations in this world to a folder, for `tolman export`.

        Args:
            folder: new, or empty.
            settings: parameters of the environment as text, by name.
            options: `episodes`, `levels`, `seed`, `noise`, `format`, `command`, `progress`.

        Raises:
            UserError: the world has no expert.
        """
        del folder, settings, options
        raise UserError(f"{cls.__name__} is no world to act in: it has no expert whose demonstrations it could export.")


def take(corpus: Corpus, rows: int, length: int) -> Corpus:
    """Return the first `rows` rows, cut to `length` steps; raises `ValueError` if that would lose a step."""
    if corpus.experiences.valid[:rows, length:].any():
        raise ValueError(f"an experience in memory is longer than {length} steps")
    cut = tree_map(lambda leaf: leaf[:rows, :length], corpus.experiences._asdict())
    whole = Corpus(Experiences(**cut), *(leaf[:rows] for leaf in corpus[1:]))
    return whole._replace(cue=whole.cue[:, :length], fact=whole.fact[:, :length])


def _targets(corpus: Corpus) -> np.ndarray:
    return (corpus.cue != NONE) & (corpus.experiences.weight > 0)


def check_leaks(instance: Instance, fresh_draws: int = 256) -> dict[str, np.ndarray]:
    """Check that no answer to a latent question was ever a training target in the question's own frame.

    Over all persistent documents and `fresh_draws` of each sampler: (1) no weighted step carries the cue of a latent
    item; (2) every token of every latent answer is a weighted target somewhere, since a token that is never predicted
    scores 0 for a trivial reason. Tests that are answered by acting have no such tokens.

    Returns:
        For each latent test, `[m]` the number of weighted steps that express the item's fact in *another* frame.

    Raises:
        LeakError: names the test, the item and the offending row.
    """
    rng = np.random.default_rng(0)
    corpora = [instance.corpus, *(draw(rng, fresh_draws) for draw in instance.samplers.values())]
    return {
        test.name: _exposure(test, corpora)
        for test in instance.tests
        if test.role == "latent" and _no_leak(test, corpora) is None
    }


def _no_leak(test: TestSet, corpora: list[Corpus]) -> None:
    for corpus in corpora:
        target = _targets(corpus)
        hits = np.argwhere(target & np.isin(corpus.cue, test.cue))
        if len(hits):
            row, step = hits[0]
            item = test.item_ids[int(np.flatnonzero(test.cue == corpus.cue[row, step])[0])]
            raise LeakError(f"test {test.name!r}, item {item!r}: row {row} trains its answer at step {step}")
    if test.ranks_options:
        _no_strange_answer(test, corpora)


def _no_strange_answer(test: TestSet, corpora: list[Corpus]) -> None:
    trained = set[int]()
    for corpus in corpora:
        weighted = corpus.experiences.weight > 0
        trained.update(np.unique(corpus.experiences.steps["token"][weighted]).tolist())
    answers = test.options[test.choice][test.correct]
    never = set(np.unique(answers).tolist()) - trained - {NONE}
    if never:
        raise LeakError(f"test {test.name!r}: tokens {sorted(never)[:5]} are answers but never a target")


def _exposure(test: TestSet, corpora: list[Corpus]) -> np.ndarray:
    facts = np.concatenate([corpus.fact[corpus.experiences.weight > 0] for corpus in corpora])
    values, counts = np.unique(facts[facts != NONE], return_counts=True)
    table = dict(zip(values.tolist(), counts.tolist(), strict=True))
    return np.array([table.get(int(f), 0) for f in test.fact])


def world_hash(world: AbstractWorld, instance: Instance) -> str:
    """Return a digest of the arrays that were drawn: equal exactly if the material is."""
    total = hashlib.sha256(type(world).__name__.encode())
    for rows in (instance.corpus.experiences, *(test.prompts for test in instance.tests)):
        for leaf in (*(rows.steps[name] for name in sorted(rows.steps)), rows.weight, rows.valid):
            total.update(np.ascontiguousarray(leaf).tobytes())
    return total.hexdigest()[:24]
