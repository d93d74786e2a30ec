"""Wordings of sentences about categories, of syllogisms and of comparisons as text.

In sentences about categories, `{s}` is said to be `{o}`; in comparisons, `{s}` is `{r}` (bigger, say) than `{o}`. Lines
and choices are written as in `tolman.worlds.reading.fact_templates`.
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
