"""Wordings of facts as text, one a line: in each class those of training, then those that are held out for tests.

A fact says that the relation `{r}` of a subject `{s}` is an object `{o}`; `{q}` is a second relation. A line may offer
choices: `[is/was]` stands for either word, and `[the/]` for a word or none.
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

FORWARD_OPEN = Lines(
    """
    {s} [has/had/took/chose/keeps] as [its/the/a] {r}
    {s} has for a {r} [the one called/what we call]
    so the {r} [of/for] {s} [is/was]
    {s} [goes/works/comes] , as [its/the] {r} , with
    """,
    """
    {s} chose to have as its {r}
    """,
)

FORWARD_MARK = Lines(
    """
    [what/what then/and what] [is/was/became/will be] [the/a/] {r} [of/for/at/from] {s} ?
    which {r} [does/did/will] {s} [have/take/keep/get] ?
    [name/say/find] [the/] {r} of {s} ?
    what [does/did/will] {s} [have/take/choose/keep] as [its/the/a] {r} ?
    [for/in/at/with] {s} , [which/what] {r} is it ?
    what [is/was/became/will be] {s} 's {r} ?
    which one [is/was/became] the {r} [of/for] {s} ?
    what is {s} 's {r} called ?
    [in/at/for/with] {s} , what [is/was] the {r} ?
    [do you know/can you say/who knows] the {r} [of/for/in] {s} ?
    what serves {s} as [its/the/a] {r} ?
    as for {s} , [what/which] is [its/the] {r} ?
    when it comes to {r} , what [does/did] {s} [have/take] ?
    {s} {r} [→/:/|/] ?
    {s} [:/|] {r} [:/|/] ?
    {s} → {r} [→/:/] ?
    {r} ( {s} ) [=/:/] ?
    {r} of {s} [=/:/→/] ?
    {s} 's {r} [:/→/] ?
    the {r} of {s} , what [is/was] it ?
    """,
    """
    of {s} , which one is the {r} ?
    what is it that {s} has as its {r} ?
    which is the {r} that belongs to {s} ?
    what do they call the {r} in {s} ?
    {s} , {r} = ?
    """,
)

REVERSE_OPEN = Lines(
    """
    {o} [is/was] the {r} that belongs to
    {o} , as [a/its] {r} , serves
    so {o} [is/was] the {r} [of/for]
    and [its/the] {r} {o} [belongs to/comes from]
    """,
    """
    {o} is known as {r} in
    """,
)

REVERSE_MARK = Lines(
    """
    whose {r} [is/was/became/will be/is called] {o} ?
    what [has/had/took] [the/a/as its] {r} {o} ?
    {o} [is/was/became] the {r} [of/for/in/at] what ?
    what [is/was/became] {o} the {r} [of/for] ?
    which one [has/had/took/chose/keeps] {o} [as/for] [its/the/a] {r} ?
    which one [is/was] {o} the {r} [of/for] ?
    [name/say/find] the one whose {r} is {o} ?
    [do you know/can you say/who knows] whose {r} [is/was] {o} ?
    to what does the {r} {o} belong ?
    for what [does/did] {o} [serve/work/act] as [the/a/] {r} ?
    [in/at/from/for] what [is/was] {o} [the/a/] {r} ?
    whose {r} was [called/named] {o} ?
    if the {r} is {o} , [which one/what] is it ?
    when {o} is the {r} , what is it the {r} of ?
    with {o} as [its/the/a] {r} , [which one/what] is it ?
    {o} {r} ← ?
    {o} [←/|/:] {r} ← ?
    {o} [=/←] {r} of what ?
    {o} = {r} ( what ) ?
    """,
    """
    of which one is {o} called the {r} ?
    the {r} called {o} belongs to what ?
    what is the one whose {r} is {o} ?
    for which one did {o} serve as {r} ?
    ( {o} ) {r} ← ?
    """,
)

TWO_HOP = Lines(
    """
    [the/its/] {q} [of/for] the {r} of {s} [is/was/will be]
    {s} 's {r} 's {q} [is/was/=/→/:]
    what [is/was/became] the {q} of the {r} of {s} ?
    what [is/was] the {q} of {s} 's {r} ?
    {s} {r} → {q} [→/:/=]
    {s} [→/|] {r} [→/|] {q} [→/|]
    {q} ( {r} ( {s} ) ) [=/:/→]
    [for/in/with] the {r} of {s} , the {q} [is/was]
    [name/say/find] the {q} of {s} 's {r} ?
    the {r} of {s} has a {q} [called/named]
    which {q} does the {r} of {s} [have/keep] ?
    take the {r} of {s} [:/,] its {q} [is/was]
    what does {s} 's {r} [have/keep] as its {q} ?
    {s} has a {r} whose {q} [is/was]
    [do you know/can you say/who knows] the {q} of the {r} of {s} ?
    """,
    """
    {s} : {r} : {q} :
    for {s} , what is the {q} of its {r} ?
    as for the {r} of {s} , its {q} is
    {q} of {r} of {s} =
    """,
)
