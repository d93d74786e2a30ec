"""Further wordings as text: categories, comparisons, sentences to rewrite or to complete, and openers.

In sentences about categories, `{s}` is said to be `{o}`; in comparisons, `{s}` is `{r}` (bigger, say) than `{o}`. In an
instruction, `{s}` is a sentence (`{o}` a second one). `_` marks the gap of a sentence to complete. Choices are written
as in `tolman.worlds.reading.fact_templates`.
"""

from __future__ import annotations

from tolman.worlds.reading.fact_templates import Lines

MEMBER = Lines(
    """
    {s} [is/was/became/will be] [a/one/still a] {o}
    {s} is one of the {o}
    {s} [belongs/belonged] to the {o}
    {s} [is/was] among the {o}
    {s} is known as [a/one of the] {o}
    one of the {o} [is/was] {s}
    we [call/called/know] {s} [a/as a] {o}
    {s} [counts/works] as one of the {o}
    """,
    """
    {s} serves as a {o}
    among the {o} there is {s}
    {s} is , as we know , a {o}
    to the {o} belongs {s}
    """,
)

KIND = Lines(
    """
    every {s} [is/was/will be] [a/still a] {o}
    each {s} [is/was] [a/one of the] {o}
    all {s} [are/were] {o}
    the {s} [are/were] all {o}
    [the/all/] {s} are a kind of {o}
    {s} are among the {o}
    what is a {s} is [a/also a] {o}
    as for the {s} , [they/all of them] are {o}
    """,
    """
    every one of the {s} is a {o}
    a {s} is a kind of {o}
    if it is a {s} , then it is a {o}
    all {s} belong to the {o}
    """,
)

ALL = Lines(
    """
    all [the/] {s} [are/were] {o}
    every {s} [is/was] a {o}
    each {s} [is/was] a {o}
    the {s} [are/were] all {o}
    there are no {s} that are not {o}
    what is a {s} is [a/also a] {o}
    """,
    """
    every one of the {s} is a {o}
    all {s} belong to the {o}
    """,
)

NO = Lines(
    """
    no {s} [are/were] {o}
    no {s} [is/was] a {o}
    not one {s} [is/was] a {o}
    the {s} are never {o}
    there [are/were] no {s} that are {o}
    what is a {s} is [no/not a/never a] {o}
    """,
    """
    not one of the {s} is a {o}
    no {s} belong to the {o}
    """,
)

SOME = Lines(
    """
    some {s} [are/were] {o}
    some of [the/these] {s} are {o}
    at least one {s} [is/was] a {o}
    there are some {s} that are {o}
    one {s} at least [is/was] a {o}
    """,
    """
    some {s} belong to the {o}
    among the {s} there are some {o}
    """,
)

SOME_NOT = Lines(
    """
    some {s} [are/were] not {o}
    not all {s} [are/were] {o}
    at least one {s} is [not a/no] {o}
    there are some {s} that are not {o}
    one {s} at least is [not a/no] {o}
    """,
    """
    not every {s} is a {o}
    some of the {s} are not {o}
    """,
)

SYLLOGISM = Lines(
    """
    what follows [about/for] {s} and {o} ?
    about {s} and {o} , what [follows/do we know] ?
    so what follows for {s} and {o} ?
    [what do we know/what can you say] about {s} and {o} ?
    {s} and {o} [:/→] so
    {s} [,/and] {o} : what follows ?
    then what [is known/is said] of {s} and {o} ?
    """,
    """
    for {s} and {o} : what do we know ?
    so , about {s} and {o} :
    what is it that follows for {s} and {o} ?
    as for {s} and {o} , what follows ?
    """,
)

COMPARISON = Lines(
    """
    {s} [is/was/became/will be/is still/has always been] {r} than {o}
    than {o} , {s} [is/was] {r}
    of {s} and {o} , {s} [is/was] the {r} one
    we [know/say/think] that {s} is {r} than {o}
    {s} is [now/known to be] {r} than {o}
    {s} , not {o} , is the {r} one
    """,
    """
    it is {s} that is {r} than {o}
    {s} was found to be {r} than {o}
    as for {s} , it is {r} than {o}
    {s} is the one that is {r} than {o}
    """,
)

COMPARED = Lines(
    """
    {s} [is/was/became/will be/is still/has always been] {r} than
    {s} [is/was] {r} than [what/which one] ?
    than what [is/was] {s} {r} ?
    [what/which one] is {s} {r} than ?
    so {s} [is/was] {r} than
    """,
    """
    it is {s} that is {r} than
    as for {s} , it is {r} than
    {s} was found to be {r} than
    than which one will {s} be {r} ?
    """,
)

RESTATE = Lines(
    """
    restate [this/it/the text/] [:/;] {s} . [so :/→/then :]
    [please/then/] say this again : {s} . [so :/then :]
    [please/] say [this/it] in other words : {s} . [so :/→]
    [please/then/now] restate [:/;] {s} . [→/so :]
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
