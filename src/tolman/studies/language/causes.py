"""Reasons why claims about language fail, as far as they are known."""

from __future__ import annotations

from tolman.claims.published import Cause

_CATEGORIES = "docs/log.md#2026-11-27-a-hierarchy-of-categories-and-what-the-reader-takes-from-the-category-above"

UNLEARNED = Cause(
    "mismatch explained",
    "a learning rate of .015 damages reading; at .002 it is kept (explored on two seeds of reversal-curse)",
    "docs/log.md#2026-11-28-what-of-finetuning-damages-reading",
)
MISLED = Cause(
    "mismatch explained",
    "without the sentences that say what a category is the reader answers 1.00 in other words; with them it looks at "
    "the category above",
    _CATEGORIES,
)
EASY = Cause(why="nothing else is stated of held-out categories that could mislead; not tested", log=_CATEGORIES)
WORDINGS = Cause(
    why="in wordings of its training it answers more (reversed among 4, 16 and 64 facts .97, .95 and .96), not all",
    log="docs/log.md#2026-11-27-what-was-missing-were-wordings-and-the-second-hop-from-the-beginning",
)
