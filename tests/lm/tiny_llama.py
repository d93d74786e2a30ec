"""A Llama of random weights with a tokenizer that splits words, saved as a folder; nothing is downloaded."""

from __future__ import annotations

import itertools

import numpy as np
import torch
from tokenizers import ByteLevelBPETokenizer
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from tolman.core.experience import NONE, token_rows

VOCABULARY = (
    "the",
    "sea",
    "seahorse",
    "is",
    "of",
    "Anna",
    "Annabel",
    "(",
    ")",
    "'s",
    ",",
    ".",
    ":",
    "→",
    ".km",
    "café",
)
TEXTS = ["the sea is of Anna 's seahorse .", "Anna: the sea, the seahorse (of Annabel) is .km.", "of café → the sea"]
TEMPLATE = "{% for m in messages %}<s>{{ m['role'] + '\n' + m['content'] }}</s>{% endfor %}{{ '<s>assistant\n' }}"
SPECIAL = ["<s>", "</s>"]


def make(folder, template=TEMPLATE, seed=0, begin=False):
    """Save the model; with `begin`, its tokenizer puts `<s>` before every text."""
    made = ByteLevelBPETokenizer()
    made.train_from_iterator(TEXTS * 4, vocab_size=300, min_frequency=2, special_tokens=SPECIAL, show_progress=False)
    if begin:
        from tokenizers.processors import TemplateProcessing

        made.post_processor = TemplateProcessing(single="<s> $A </s>", special_tokens=[("<s>", 0), ("</s>", 1)])
    fast = PreTrainedTokenizerFast(tokenizer_object=made._tokenizer, bos_token="<s>", eos_token="</s>")
    fast.chat_template = template
    fast.save_pretrained(folder)
    sizes = {"hidden_size": 32, "intermediate_size": 48, "num_hidden_layers": 2, "num_attention_heads": 4}
    config = LlamaConfig(
        vocab_size=len(fast), num_key_value_heads=2, bos_token_id=0, eos_token_id=1, initializer_range=0.3, **sizes
    )
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        LlamaForCausalLM(config).save_pretrained(folder)
    return folder


def ids(text):
    """Words of the vocabulary as ids."""
    return [VOCABULARY.index(word) for word in text.split()]


def rows(*texts):
    """Rows of words; the experiences of a row are separated by `|`."""
    parts = [[ids(part) for part in text.split("|")] for text in texts]
    made = token_rows([list(itertools.chain(*each)) for each in parts])
    for segment, each in zip(made.segment, parts, strict=True):
        numbers = np.repeat(np.arange(len(each)), [len(part) for part in each])
        segment[: len(numbers)] = numbers
    return made


def options(*texts):
    """Options `[o, l]` for one item, padded; an empty text is none."""
    found = [ids(text) for text in texts]
    out = np.full((len(found), max(map(len, found))), NONE)
    for row, each in zip(out, found, strict=True):
        row[: len(each)] = each
    return out
