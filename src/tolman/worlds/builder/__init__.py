"""Builds a world's instance from documents and questions in words.

A world's author writes documents, marks what is to be predicted, and asks questions; the builder makes the
vocabulary, the arrays, the cues for the leak check, supports, topics, item ids and chances. For example:

    builder = Builder()
    builder.document(Question("p1 married", "p2", fact="couple 1"), kind="statement")
    builder.document("hello", Target("p1"), kind="greeting")
    builder.test("latent", "latent", [Question("p2 married", "p1", fact="couple 1")], options=["p1", "p2"])
    instance = builder.build(memory=["statement"])
"""

from __future__ import annotations

import zlib
from collections.abc import Hashable, Iterable, Sequence

import numpy as np

from tolman.core.experience import NONE, Role
from tolman.core.world import CorpusSampler, Instance
from tolman.worlds.builder.answers import Answered, OptionLists, PromptIndex, TrainedAnswers
from tolman.worlds.builder.assembly import Asked, Assembly, Entry, check
from tolman.worlds.builder.parts import Draw as Draw
from tolman.worlds.builder.parts import Part as Part
from tolman.worlds.builder.parts import Question as Question
from tolman.worlds.builder.parts import Target as Target
from tolman.worlds.documents import Document, Vocabulary, sampler


class Builder:
    """Collects documents and tests in words, and makes an `Instance` of them.

    Attributes:
        vocabulary: the words so far. Words that are declared beforehand, as in
            `builder.vocabulary.words("p1 p2", "entity")`, have a sort (a colour in `tolman look`) and an order of their
            own.
    """

    def __init__(self) -> None:
        self.vocabulary = Vocabulary()
        self._ids: dict[Hashable, int] = {}  # of facts and topics
        self._cues: dict[Hashable, int] = {}  # by what is given as cue, or else by prompt
        self._entries: list[Entry] = []
        self._names: dict[Hashable, int] = {}
        self._tests: dict[str, tuple[Role, list[Asked]]] = {}
        self._samplers: dict[str, CorpusSampler] = {}
        self._most_sampled = 0
        self._options = OptionLists(self.vocabulary)
        self._trained = TrainedAnswers()
        self._prompts = PromptIndex()

    def document(
        self,
        *parts: Part,
        kind: str = "document",
        name: Hashable = None,
        supports: Sequence[Hashable] | None = None,
        topics: Sequence[Hashable] | None = None,
    ) -> None:
        """Add a document.

        Args:
            *parts: its words in order: plain ones, targets, and questions with their answers.
            kind: which kind of document it is; a phase's mixture refers to kinds.
            name: what questions and documents call it in their `supports`.
            supports: names of the documents that contain what this one asks for, in place of those that state the
                facts of its answers.
            topics: what it is about, in place of its facts.
        """
        document = self._document(parts)
        for part in parts:
            if isinstance(part, Question) and part.weight > 0:
                self._trained.add(part.frame, self._cue(part), self.vocabulary.words(part.answers[0]))
        if name is not None and self._names.setdefault(name, len(self._entries)) != len(self._entries):
            raise ValueError(f"two documents are called {name!r}; expected different names")
        self._entries.append(Entry(kind, document, supports, self._topic_ids(topics)))

    def test(self, name: str, role: Role, questions: Iterable[Question], options: Sequence[str] = ()) -> None:
        """Add a test that is answered by ranking `options`, or each question's own."""
        shared = tuple(options)
        asked = [self._ask(name, role, question, shared) for question in questions]
        if not asked or name in self._tests:
            raise ValueError(f"the test {name!r} {'exists already' if asked else 'has no questions'}")
        self._tests[name] = role, asked

    def sampler(self, kind: str, draw: Draw, *, length: int, targets: int) -> None:
        """Add a kind of document that is sampled afresh all the time and is true only within itself.

        Args:
            kind: its name.
            draw: returns the parts of a document, in words that the vocabulary has by the time it is built.
            length: most words of a document.
            targets: most words of a document that are to be predicted.
        """

        def document(rng: np.random.Generator) -> Document:
            drawn = self._document(draw(rng))
            self._prompts.annotate(drawn)
            if sum(weight > 0 for weight in drawn.weight) > targets:
                raise ValueError(f"a document of the kind {kind!r} has more than the {targets} targets announced")
            return drawn

        self._samplers[kind] = sampler(document, length)
        self._most_sampled = max(self._most_sampled, targets)

    def build(
        self, memory: Sequence[str] | None = None, *, length: int | None = None, memory_length: int | None = None
    ) -> Instance:
        """Return the instance.

        Args:
            memory: the kinds of document that episodic memory holds; None: all.
            length: words per row; None: those of the longest document. Several seeds share a compiled program of this
                shape, so it must be given where another seed would draw longer documents.
            memory_length: the same for the documents in memory.

        Raises:
            ValueError: a document is longer than that, or a question could not be learned (see `check`).
            LeakError: a document trains for the answer of a latent question.
        """
        for entry in self._entries:
            for found in self._prompts.annotate(entry.document):
                self._trained.add(found.frame, found.cue, found.answer)
        made = Assembly(self._entries, self._names, memory)
        tests: list[tuple[str, Role, list[Asked]]] = [(name, *test) for name, test in self._tests.items()]
        check(made, tests, self.vocabulary.texts, fresh=bool(self._samplers))
        self.vocabulary.complete = True
        documents = [entry.document for entry in made.entries]
        return Instance(
            vocabulary=tuple(self.vocabulary.texts),
            palette=tuple(self.vocabulary.sorts),
            kinds=made.kinds,
            memory_kinds=made.memory_kinds,
            memory_length=_longest(documents[: made.memory_size], memory_length),
            most_targets=max(self._most_sampled, *(sum(w > 0 for w in d.weight) for d in documents)),
            corpus=made.corpus(_longest(documents, length)),
            tests=tuple([made.test(*test, self._trained) for test in tests]),
            samplers=self._samplers,
        )

    def _document(self, parts: Sequence[Part]) -> Document:
        document, words = Document(), self.vocabulary.words
        for part in parts:
            if isinstance(part, str):
                document.extend(words(part))
            elif isinstance(part, Target):
                document.extend(words(part.text), part.weight, fact=self._id(part.fact))
            else:
                answer = _only_answer(part)
                document.extend(words(part.prompt))
                document.extend(words(answer), part.weight, self._cue(part), self._id(part.fact))
        if not document.tokens or document.weight[0] > 0:
            raise ValueError(f"the document {parts!r} begins with a target; expected a word to predict it from")
        return document

    def _ask(self, test: str, role: Role, question: Question, options: tuple[str, ...]) -> Asked:
        words, prompt = self.vocabulary.words, self.vocabulary.words(question.prompt)
        listed = self._options.add(options if question.options is None else tuple(question.options))
        cue, fact = self._cue(question), self._id(question.fact)
        correct = [listed.places.get(words(answer), NONE) for answer in question.answers]
        if not prompt or not correct or NONE in correct or len(correct) == len(listed.places):
            raise ValueError(f"test {test!r}: {_fault(question, correct)}")
        id = question.id or f"{question.prompt}|{'|'.join(question.answers)}"
        latent = f"{test}/{id}" if role == "latent" else ""
        for answer in question.answers:
            self._prompts.add(prompt, Answered(words(answer), cue, fact, question.frame, latent))
        return Asked(
            id=id,
            prompt=prompt,
            options=listed,
            correct=correct,
            cue=cue,
            fact=fact,
            frame=question.frame,
            group=question.group,
            pool=None if question.pool is None else self._id(("pool", question.pool)),
            supports=question.supports,
            topics=self._topic_ids(question.topics),
        )

    def _cue(self, question: Question) -> int:
        """Return the id of a question; fresh documents ask some that nothing else does, numbered by their words."""
        given = question.cue is not None
        asked: Hashable = ("cue", question.cue) if given else self.vocabulary.words(question.prompt)
        if not self.vocabulary.complete:
            return self._cues.setdefault(asked, len(self._cues))
        return self._cues.get(asked, len(self._cues) + zlib.crc32(repr(asked).encode()) % 2**30)

    def _id(self, fact: Hashable) -> int:
        return NONE if fact is None else self._ids.setdefault(fact, len(self._ids))

    def _topic_ids(self, topics: Sequence[Hashable] | None) -> list[int] | None:
        return None if topics is None else [self._id(topic) for topic in topics]


def _only_answer(question: Question) -> str:
    if len(question.answers) != 1:
        raise ValueError(f"{question.prompt!r} has {len(question.answers)} answers; a document gives exactly one")
    return question.answers[0]


def _fault(question: Question, correct: Sequence[int]) -> str:
    if not question.prompt.split():
        return f"the question with the answer {question.answer!r} has an empty prompt; give it at least one word"
    if not correct:
        return f"the question {question.prompt!r} has no correct option; give it an answer"
    if NONE in correct:
        answer = question.answers[correct.index(NONE)]
        return f"the answer {answer!r} of {question.prompt!r} is not among its options; add it to them"
    return f"every option answers {question.prompt!r}; add wrong ones"


def _longest(documents: Sequence[Document], given: int | None) -> int:
    longest = max(len(document.tokens) for document in documents)
    if given is not None and longest > given:
        raise ValueError(f"a document has {longest} words where at most {given} were announced")
    return longest if given is None else given
