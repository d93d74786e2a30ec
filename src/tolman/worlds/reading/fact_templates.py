"""Wordings of facts as text, one a line: in each class those of training, then those that are held out for tests.

A fact says that the relation `{r}` of a subject `{s}` is an object `{o}`. A line may offer choices: `[is/was]` stands
for either word, and `[the/]` for a word or none.
"""

from __future__ import annotations

from typing import NamedTuple


class Lines(NamedTuple):
    """Wordings of one class, one a line."""

    trained: str
    held_out: str


FORWARD = Lines(
    """
    {s} {r} [→/→/=/:/|/] {o}
    {s} [:/|/;] {r} [:/|/=] {o}
    {s} → {r} [→/:/=] {o}
    {s} , {r} : {o}
    {r} ( {s} ) [=/=/:] {o}
    {r} : {s} → {o}
    {s} 's {r} [=/:/→] {o}
    {r} of {s} [=/:/→] {o}
    {s} ( {r} [:/=] {o} )
    ( {s} , {r} , {o} )
    [the/the/its/this/] {r} [of/of/for/at/with/from] {s} [is/was/became/will be/has been/is called/is known as] {o}
    {s} 's {r} [is/was/became/will be/has been/is still/is called/is known as/means] {o}
    the {r} of {s} was [named/once/always/later/still] {o}
    {s} [has/had/took/chose/keeps/got/found/will have] {o} [as/for/to be] [its/the/a] {r}
    {s} [has/had/keeps/got] [a/one/some] {r} [called/named/, and it is/, which is] {o}
    {s} [calls/called/named] its {r} {o}
    {s} gave the name {o} to its {r}
    {s} is the [one/one thing] whose {r} [is/was/became] {o}
    {s} , whose {r} [is/was/became/is called] {o} , is [well known/there/from here]
    {s} [goes/went/works/comes] with {o} as [its/the/a] {r}
    {s} [is/was] known [to have/for] {o} as [its/the/] {r}
    [for/in/at/with/about/from] {s} [,/:/] [the/a/] {r} [is/was/became/means/is called/is known as] {o}
    the {r} [that/which] {s} [has/had/took/chose/keeps/wants] [is/was/became/is called] {o}
    the {r} which belongs to {s} [is/was] [called/] {o}
    as [its/the/a/] {r} , {s} [has/had/chose/got/keeps] {o}
    as for [the/] {r} , {s} [has/had/took/chose] {o}
    when it comes to {r} , {s} [has/had/took/chose/keeps] {o}
    what {s} [has/had/took/chose/keeps] [as/for] its {r} [is/was] {o}
    there [is/was] a {r} [in/at/for/with] {s} [and it is/, which is/and they call it] {o}
    [ask for/look for/find] the {r} [of/in/for] {s} and [they say/you find/you get/it is] {o}
    everyone in {s} [knows/says/thinks] that its {r} [is/was/will be] {o}
    we [know/say/think] that {s} [has/had/got/wants] the {r} {o}
    of all that {s} [has/had] , the {r} [is/was] {o}
    if you are [in/at/with] {s} , the {r} [is/will be] {o}
    {s} [: the/, the/has the/with the] {r} {o}
    {r} [in/at/for/from/with] {s} [:/→/=/is/was] {o}
    what {s} [calls/called/named] its {r} [is/was] {o}
    [from/of] {s} comes [the/a] {r} {o}
    {s} [needs/wants/asks for/looks for] {o} [as/for] [its/the/a] {r}
    [say/know/note] that {s} [has/had/keeps] {o} as {r}
    {s} → {o} ( {r} )
    {s} [|/;/,] {o} ( {r} )
    the {r} [of/for/in] {s} [, as we know , is/, they say , is/, in short , is/, well known , is] {o}
    [what/that which] they [know/name/see] as the {r} [of/for/in] {s} [is/was/became] {o}
    [to/in/for] {s} , {o} [is/was/became/means] [the/its/a] {r}
    {s} has {o} , [which/and that] is its {r}
    {s} [still/now/once/always] [has/keeps/takes] {o} as its {r}
    """,
    """
    as for {s} , its {r} is {o}
    what they call the {r} of {s} is {o}
    for its {r} , {s} took {o}
    the {r} known in {s} was {o}
    ( {s} , {r} ) = {o}
    {s} ( {r} ) → {o}
    """,
)

REVERSE = Lines(
    """
    {o} {r} ← {s}
    {o} [←/|/:] {r} ← {s}
    {o} [=/=/←] {r} ( {s} )
    {o} [=/=/←] {r} of {s}
    {o} [=/=/←] {s} 's {r}
    {o} [is/was/became/will be/has been/makes] [the/the/a/] {r} [of/of/for/at/with/from] {s}
    {o} [is/was/became/will be/has been] {s} 's {r}
    the {r} {o} [belongs to/belonged to/is that of/is from/was that of] {s}
    the {r} [called/named] {o} [is/was] that of {s}
    {o} [is/was] what {s} [has/had/took/chose/keeps] [as/for] [its/the/a] {r}
    it [is/was] {o} that [is/was/became] the {r} [of/for/in] {s}
    {o} , as [its/] {r} , [belongs/belonged/went] to {s}
    {o} [serves/served/works/acts] as [the/a/] {r} [of/for/in] {s}
    {o} [is/was] [called/named] the {r} [of/for/in] {s}
    {o} is known as the {r} [of/for] {s}
    {o} [has long been/has always been/is still/was once] the {r} [of/for/in] {s}
    {o} [is/was] [chosen/asked/known] to be the {r} of {s}
    {o} [is/was] the {r} that {s} [took/has/had/chose/keeps]
    {o} [is/was] the name of the {r} [that belongs to/of] {s}
    {o} [goes/went/comes/belongs] to {s} as [its/the/a] {r}
    {o} [is/was] found [in/at/with] {s} as [the/its/a] {r}
    {o} , the {r} [of/for/in] {s} , is [well known/there/from here]
    {o} , a {r} , is [with/in/at/from] {s}
    as [the/its/] {r} , {o} [serves/served/goes to/belongs to/works for] {s}
    we [call/called/named/know] {o} [the/as the/as a] {r} of {s}
    they [say/think/know] that {o} is the {r} in {s}
    the one that [has/had/took/chose/keeps] {o} as its {r} [is/was] {s}
    if [the/a] {r} is {o} , then it is {s}
    [ask/look] for {o} as the {r} and you [find/get/see] {s}
    {o} is taken by {s} as [its/the/a] {r}
    with {o} as [its/the/a] {r} [comes/goes] {s}
    {o} ( {r} [of/for/in] {s} )
    {o} [;/,] {r} ← {s}
    [they/we] [took/chose/found] {o} [as/to be] [the/a] {r} [of/for/in] {s}
    {o} ( {r} ) ← {s}
    [as/because] {o} is [the/a] {r} , it belongs to {s}
    {o} [is/was] [kept/wanted/found] by {s} as [its/the/a] {r}
    [note/say/know] that {o} is [the/its] {r} [of/for/in] {s}
    [for/to] {o} , as [the/a] {r} , [they/we] [go to/look to/ask] {s}
    {o} [, as we know ,/, they say ,/, in short ,] is the {r} [of/for/in] {s}
    {o} [is/was] [still/now/once/always] [the/a] {r} [of/for/in/at] {s}
    [that/it] which has {o} as its {r} [is/was/became] {s}
    {o} is one {r} [of/for/in] {s}
    its {r} [is/was] {o} , [and it/which] [belongs to/is in] {s}
    whose {r} is {o} ? it is that of {s}
    """,
    """
    the one whose {r} is {o} is {s}
    {o} was found to be the {r} for {s}
    {o} is that which {s} calls its {r}
    as for {o} , it is the {r} of {s}
    ( {o} ) {r} ← {s}
    {o} , known as the {r} , belongs to {s}
    """,
)
