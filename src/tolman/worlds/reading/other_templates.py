"""Further wordings as text: sentences to rewrite or to complete, openers, and words that are said besides.

In an instruction, `{s}` is a sentence (`{o}` a second one). `_` marks the gap of a sentence to complete. Lines and
choices are written as in `tolman.worlds.reading.fact_templates`.
"""

from __future__ import annotations

from tolman.worlds.reading.fact_templates import Lines

RESTATE = Lines(
    """
    restate [this/it/the text/] [:/;] {s} . [so :/→/then :]
    [please/then/] say this again : {s} . [so :/then :]
    [please/] say [this/it] in other words : {s} . [so :/→]
    [please/then/now] restate [:/;] {s} . [→/so :]
    [what they say/this] is : {s} . say it again :
    {s} . [say it/say this/restate it] again :
    [tell/say] in [other words/short] : {s} . →
    [now/and] say the same again : {s} . so :
    """,
    """
    in other words , restate : {s} . so :
    say again : {s} . →
    now restate what they say : {s} . so :
    what does this say again : {s} ?
    """,
)

TURN = Lines(
    """
    reverse [this/it/the text/] [:/;] {s} . [so :/→/then :]
    [please/then/] turn [this/it] around : {s} . [so :/then :]
    [please/] say [this/it] the other way round : {s} . [so :/→]
    [please/then/now] reverse [:/;] {s} . [→/so :]
    [what they say/this] is : {s} . the other way round :
    {s} . [turn it around/reverse it/the other way] :
    [tell/say] the other way [round/around] : {s} . →
    [now/and] turn the text around : {s} . so :
    """,
    """
    now reverse what they say : {s} . so :
    turn around : {s} . →
    the other way round , this is : {s} . so :
    reverse this the other way : {s} . →
    """,
)

LINK = Lines(
    """
    link [this/these] : {s} . and : {o} . [so :/→]
    [please/] link the two [:/;] {s} . {o} . [so :/then :]
    put the two together [:/;] {s} . {o} . [so :/→]
    [please/then/] link [:/;] {s} . {o} . →
    now put this together : {s} . {o} . so :
    {s} . {o} . [link them/put them together/in one] :
    {s} . and {o} . [together/in one] :
    [tell/say] in one : {s} . {o} . →
    from the two : {s} . {o} . so :
    """,
    """
    put together : {s} . {o} . →
    now link : {s} . and : {o} . so :
    together , the two say : {s} . {o} . so :
    link the two : {s} . and : {o} . →
    """,
)

COMPLETE = Lines(
    """
    [please/then/] complete [:/;] {s} [;/→]
    complete [this/it] [:/→] {s} [→/:]
    [please/] fill in [:/;] {s} ;
    {s} : what is [missing/left out] ?
    what is left out [here/in this] : {s} ?
    {s} : [tell/say] what is missing ?
    [now/and] fill in what is left out : {s} →
    say [this/it] with nothing missing : {s} →
    """,
    """
    fill this in : {s} →
    what is missing : {s} ?
    complete what is missing : {s} ;
    fill in what is missing in this : {s} ;
    """,
)

OPENERS = Lines(
    """
    note that
    note :
    indeed ,
    in short ,
    they [say/think] that
    we [know/think/say] that
    also ,
    as we [know/say/think] ,
    [now/then/once/later] ,
    [so/and/but] ,
    [well/yes] ,
    it is [known/said/thought] that
    """,
    """
    indeed :
    note also that
    in short , we know that
    also :
    """,
)

STATED = "not stated"
NOTHING = "nothing follows"

COMPARATIVES = """
    bigger smaller
    older younger
    faster slower
    taller shorter
    heavier lighter
    warmer colder
    brighter darker
    richer poorer
    earlier later
    higher lower
    longer briefer
    stronger weaker
    deeper shallower
    harder softer
    nearer farther
    louder quieter
"""
"""Pairs of comparatives, each the inverse of the other."""

JOINERS = "and of the in for"
"""Words that stand within names, as in "Bosnia and Herzegovina"."""

FUNCTION_WORDS = "the of is was has as its for with a by on at from in to that and because then while"
"""Words that stand between open ones in the sentences of documents whose wording is their own."""
