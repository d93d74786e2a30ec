"""Further wordings as text: categories, comparisons, sentences to rewrite or to complete, and openers.

In sentences about categories, `{s}` is said to be `{o}`; in comparisons, `{s}` is `{r}` (bigger, say) than `{o}`. In an
instruction, `{s}` is a sentence (`{o}` a second one). `_` marks the gap of a sentence to complete.
"""

from __future__ import annotations

from tolman.worlds.reading.fact_templates import Lines

MEMBER = Lines(
    """
    {s} is a {o}
    {s} was a {o}
    {s} is one of the {o}
    {s} belongs to the {o}
    {s} is among the {o}
    {s} is known as a {o}
    one of the {o} is {s}
    we call {s} a {o}
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
    every {s} is a {o}
    each {s} is a {o}
    all {s} are {o}
    the {s} are all {o}
    {s} are a kind of {o}
    {s} are among the {o}
    what is a {s} is a {o}
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
    all {s} are {o}
    every {s} is a {o}
    each {s} is a {o}
    the {s} are all {o}
    there are no {s} that are not {o}
    """,
    """
    every one of the {s} is a {o}
    all {s} belong to the {o}
    """,
)

NO = Lines(
    """
    no {s} are {o}
    no {s} is a {o}
    not one {s} is a {o}
    the {s} are never {o}
    there are no {s} that are {o}
    """,
    """
    not one of the {s} is a {o}
    no {s} belong to the {o}
    """,
)

SOME = Lines(
    """
    some {s} are {o}
    some of the {s} are {o}
    at least one {s} is a {o}
    there are some {s} that are {o}
    """,
    """
    some {s} belong to the {o}
    among the {s} there are some {o}
    """,
)

SOME_NOT = Lines(
    """
    some {s} are not {o}
    not all {s} are {o}
    at least one {s} is not a {o}
    there are some {s} that are not {o}
    """,
    """
    not every {s} is a {o}
    some of the {s} are not {o}
    """,
)

SYLLOGISM = Lines(
    """
    what follows about {s} and {o} ?
    about {s} and {o} , what follows ?
    so what follows for {s} and {o} ?
    what do we know about {s} and {o} ?
    {s} and {o} : so
    {s} , {o} : what follows ?
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
    {s} is {r} than {o}
    {s} was {r} than {o}
    {s} became {r} than {o}
    than {o} , {s} is {r}
    of {s} and {o} , {s} is the {r} one
    we know that {s} is {r} than {o}
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
    {s} is {r} than
    {s} was {r} than
    {s} became {r} than
    {s} is {r} than what ?
    than what is {s} {r} ?
    what is {s} {r} than ?
    which one is {s} {r} than ?
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
    restate this : {s} . so :
    say this again : {s} . so :
    say this in other words : {s} . so :
    restate : {s} . →
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
    reverse this : {s} . so :
    turn this around : {s} . so :
    say this the other way round : {s} . so :
    reverse : {s} . →
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
    link this : {s} . and : {o} . so :
    link the two : {s} . {o} . so :
    put the two together : {s} . {o} . so :
    link : {s} . {o} . →
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
    complete : {s} ;
    complete this : {s} →
    fill in : {s} ;
    {s} : what is missing ?
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
    they say that
    we know that
    also ,
    as we know ,
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
