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
    {s} [: a/, a/is called a/is still one] {o}
    [as for/about] {s} , it is [a/one] {o}
    {s} [is/was] , [they say/in short/well known] , [a/one] {o}
    {s} [comes from/is from] the {o}
    {s} → {o}
    {s} is [one/still one/now one] of the {o}
    [there is/they know] {s} [among/in] the {o}
    {s} works as one {o}
    the {o} [have/had] {s} among them
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
    {s} [:/→] all {o}
    each of the {s} is [a/also a] {o}
    [what/whatever] is [one/called one] of the {s} is [a/one of the] {o}
    the {o} have all the {s} among them
    {s} [count/work] as {o}
    to be a {s} is to be [a/one of the] {o}
    a {s} is always [a/one] {o}
    when it is a {s} , it is [a/also a] {o}
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
    each of the {s} is [a/also a] {o}
    a {s} is always [a/one] {o}
    to be a {s} is to be a {o}
    {s} are [always/all] {o}
    whatever is a {s} is [a/also a] {o}
    when it is a {s} , it is a {o}
    the {o} have all the {s} among them
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
    a {s} is never a {o}
    {s} and {o} are never the same
    there is not one {s} that is a {o}
    none of the {s} [are/were] {o}
    {s} are never {o}
    when it is a {s} , it is [not/never] a {o}
    the {o} have none of the {s} among them
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
    [one/some] or more of the {s} are {o}
    there is [a/one] {s} that is a {o}
    [a/one] {s} [is/was] also a {o}
    some of those that are {s} are {o}
    the {o} have some of the {s} among them
    some of what is a {s} is a {o}
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
    there is [a/one] {s} that is [not/never] a {o}
    not all of the {s} are {o}
    some of those that are {s} are not {o}
    [a/one] {s} [is/was] not a {o}
    one or more of the {s} are not {o}
    some of what is a {s} is not a {o}
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
    about {s} and {o} , [we/they] [know/say/think] that
    [then/now/also/in short] about {s} and {o} ,
    [and/so/then] what of {s} and {o} ?
    what [is/was] it that we know [of/about] {s} and {o} ?
    [of/for/about] {s} and {o} [,/:] [what is known/what is said/what can you say] ?
    {s} , {o} : [what follows/what is known/what do we know] ?
    [how/and how] are {s} and {o} [linked/put together] ?
    put {s} and {o} together : what [follows/do we know] ?
    take {s} and {o} : [what follows/then] ?
    what follows , if we [take/know/look at] {s} and {o} ?
    [say/tell] what follows [about/for/of] {s} and {o} ?
    when it comes to {s} and {o} , what follows ?
    in short , {s} and {o} :
    {s} and {o} : what follows from this ?
    from this , about {s} and {o} , [it follows that/we know that]
    [then/now/also] , [with/of] {s} and {o} :
    so what [is/was] it [with/of] {s} and {o} ?
    [do we know/can you say] what follows for {s} and {o} ?
    [in/with] the case of {s} and {o} , [what follows/what do we know] ?
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
    [as we know/they say/in short] , {s} is {r} than {o}
    {s} [:/→] {r} than {o}
    {o} [is not/was never] {r} than {s} ; {s} is
    [when/if] it comes to {s} and {o} , {s} is {r}
    {s} and {o} : {s} is the {r} [one/of the two]
    what is {r} than {o} is {s}
    {s} is the {r} one , not {o}
    {s} [is/was] also {r} than {o}
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
    {s} is [also/now/always/, they say ,] {r} than
    {s} [:/→] {r} than
    [tell/say] what {s} is {r} than ?
    what [is/was] it that {s} [is/was] {r} than ?
    as we know , {s} is {r} than
    [when/if] it comes to {s} , it is {r} than
    {s} is the {r} one , not
    which one is not {r} , if {s} is {r} ?
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
