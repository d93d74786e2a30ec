"""Rows of words as the token ids that a model reads, with the word that each token belongs to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np

from tolman.core.errors import UserError
from tolman.core.experience import NONE, Experiences
from tolman.models.huggingface.words import render

INSTRUCTION = "Complete the sentence."
"""What the user asks in a chat, after the context; the assistant's turn is the text itself."""

NEUTRAL = ("Answer", ":")
"""The words after which an option is unconditional (Brown et al., arXiv 2005.14165, section 2.4)."""


class Prompt(NamedTuple):
    """A row cut into the text before its last experience, and the words of that experience.

    Attributes:
        head: what the model reads first: the context, and in a chat the user's turn.
        words: of the last experience.
    """

    head: str
    words: tuple[str, ...]


class Tokenised(NamedTuple):
    """Token ids, and for each the index of the word of the last experience that it ends in; `NONE` in the head."""

    ids: list[int]
    word: list[int]


class Prompts:
    """Turns rows of words into tokens.

    Args:
        tokenizer: the model's.
        vocabulary: the world's words.
        chat: whether the model's chat template is used.

    Raises:
        UserError: the tokenizer has no chat template, or cannot tell where in the text its tokens are.
    """

    def __init__(self, tokenizer: Any, vocabulary: Sequence[str], chat: bool) -> None:
        if chat and not tokenizer.chat_template:
            raise UserError("this model has no chat template; set model.chat_template=false")
        if not tokenizer.is_fast:
            raise UserError("this model's tokenizer does not tell where its tokens stand; expected a fast tokenizer")
        self.tokenizer, self.vocabulary, self.chat = tokenizer, tuple(vocabulary), chat
        self.heads = dict[tuple[str, ...], str]()

    def split(self, rows: Experiences) -> list[Prompt]:
        """Return the prompts of rows of word ids."""
        return [self._prompt(*row) for row in zip(rows.steps["token"], rows.valid, rows.segment, strict=True)]

    def _prompt(self, tokens: np.ndarray, valid: np.ndarray, segment: np.ndarray) -> Prompt:
        tokens, segment = tokens[valid], segment[valid]
        parts = [tuple(self.words(tokens[segment == number])) for number in np.unique(segment)]
        if not parts:
            raise ValueError("a prompt has no valid step; expected 1 or more each")
        context = tuple(render(part).text for part in parts[:-1])
        if context not in self.heads:
            self.heads[context] = self._head(context)
        return Prompt(self.heads[context], parts[-1])

    @property
    def neutral(self) -> Prompt:
        """The prompt that asks nothing, without a context."""
        return Prompt(self._head(()), NEUTRAL)

    def words(self, ids: np.ndarray) -> list[str]:
        """Return word ids as words."""
        return [self.vocabulary[number] for number in ids.tolist()]

    def _head(self, context: Sequence[str]) -> str:
        if not self.chat:
            return "".join(f"{text}\n" for text in context)
        said = [{"role": "user", "content": "\n".join([*context, INSTRUCTION])}]
        return self.tokenizer.apply_chat_template(said, add_generation_prompt=True, tokenize=False)

    def tokenise(self, prompts: Sequence[Prompt]) -> Iterator[Tokenised]:
        """Yield the tokens of prompts. Head and words are tokenised together: see `continued`."""
        rendered = [render(prompt.words) for prompt in prompts]
        texts = [prompt.head + text for prompt, (text, _) in zip(prompts, rendered, strict=True)]
        found = self.tokenizer(texts, add_special_tokens=not self.chat, return_offsets_mapping=True)
        for prompt, (_, ends), ids, offsets in zip(
            prompts, rendered, found["input_ids"], found["offset_mapping"], strict=True
        ):
            last = np.array([end for _, end in offsets]) - len(prompt.head)
            # Some tokenizers end a text with a special token, which has no place in it.
            size = int(np.flatnonzero(last > 0)[-1]) + 1
            word = np.where(last > 0, np.searchsorted(ends, last), NONE)
            yield Tokenised(ids[:size], word[:size].tolist())

    def continued(self, prompts: Sequence[Prompt], options: Sequence[Sequence[str]]) -> Iterator[tuple[list[int], int]]:
        """Yield for each prompt with its option the ids of both, and the place of the option's first token.

        The text is tokenised as a whole, and a token counts as the option's if it ends within it. A prompt that is
        tokenised alone may end otherwise: "sea" and "sea horse" need not share a token, and the space between two words
        belongs to the second in most models, so that a prompt that ended in it would be one that no model has met.
        """
        whole = [Prompt(head, (*words, *option)) for (head, words), option in zip(prompts, options, strict=True)]
        for prompt, (ids, word) in zip(prompts, self.tokenise(whole), strict=True):
            yield ids, int(np.searchsorted(word, len(prompt.words)))
