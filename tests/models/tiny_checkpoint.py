"""A checkpoint of a tiny decoder that was never trained, for whatever starts from one."""

import dataclasses
import functools

import jax

from tolman.models.open_vocabulary import OpenVocabularyConfig
from tolman.models.parallel_context import ParallelContextConfig
from tolman.models.pretrained import PretrainedConfig, save_pretrained

CLOSED = ("→", "←", "the", "of")
DECODER = ParallelContextConfig(width=16, layers=1, local_layers=0, heads=2, hidden=16, conv=2, block=16)
CONFIG = OpenVocabularyConfig(len(CLOSED), DECODER, code=32)
CARD = {"model": "tiny", "seed": 0}


@functools.cache
def tiny_decoder(seed=0):
    """The decoder in float32, over six open words besides the closed ones."""
    return _make(jax.random.key(seed))


_make = jax.jit(lambda key: CONFIG.make((), (len(CLOSED) + 6,), key))


def write_tiny(path, seed=0, **changes):
    """Write a checkpoint of a decoder with these settings changed, and return the configuration that starts from it."""
    config = dataclasses.replace(CONFIG, decoder=dataclasses.replace(DECODER, **changes))
    save_pretrained(path, tiny_decoder(seed), config, CLOSED, CARD)
    return PretrainedConfig(str(path))
