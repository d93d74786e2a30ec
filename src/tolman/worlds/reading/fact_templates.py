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
    {s} [: the/, the/has the/with the] {r} {o}
    {r} [in/at/for/from/with] {s} [:/→/=/is/was] {o}
    [they/we] [took/chose/named/found] {o} [as/to be] [the/a] {r} [of/for/in] {s}
    [from/of] {s} comes [the/a] {r} {o}
    {s} [needs/wants/asks for/looks for] {o} [as/for] [its/the/a] {r}
    [say/know/note] that {s} [has/had/keeps] {o} as {r}
    {s} → {o} ( {r} )
    {s} [|/;/,] {o} ( {r} )
    the {r} [of/for/in] {s} [, as we know , is/, they say , is/, in short , is/, well known , is] {o}
    [what/that which] they [know/name/see] as the {r} [of/for/in] {s} [is/was/became] {o}
    [to/in/for] {s} , {o} [is/was/became/means] [the/its/a] {r}
    {s} has {o} , [which/and that] is its {r}
    its {r} [is/was] {o} , [and it/which] [belongs to/is in] {s}
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
    {o} ← {s} ( {r} )
    {o} ( {r} ) ← {s}
    [as/because] {o} is [the/a] {r} , it belongs to {s}
    {o} [is/was] [kept/wanted/found] by {s} as [its/the/a] {r}
    [note/say/know] that {o} is [the/its] {r} [of/for/in] {s}
    [for/to] {o} , as [the/a] {r} , [they/we] [go to/look to/ask] {s}
    {o} [, as we know ,/, they say ,/, in short ,] is the {r} [of/for/in] {s}
    {o} [is/was] [still/now/once/always] [the/a] {r} [of/for/in/at] {s}
    [that/it] which has {o} as its {r} [is/was/became] {s}
    {o} is one {r} [of/for/in] {s}
    what {s} [calls/called/named] its {r} [is/was] {o}
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

FORWARD_OPEN = Lines(
    """
    {s} [has/had/took/chose/keeps] as [its/the/a] {r}
    {s} has for a {r} [the one called/what we call]
    so the {r} [of/for] {s} [is/was]
    {s} [goes/works/comes] , as [its/the] {r} , with
    {s} [has/had/keeps/took] , [as/for] [its/the/a] {r} ,
    and what {s} [has/had/chose] as [its/the/a] {r} is
    it is known that the {r} [of/for/in] {s} [is/was]
    {s} [calls/called/named] as its {r}
    [of/with] {s} the {r} [is/was]
    {s} [wanted/came/got] to [take/keep/find] as [its/the/a] {r}
    {s} [asks/looks/goes] for [its/the/a] {r} , [which/and it] is
    what [they/we/you] [see/find/know] in {s} as [its/the/a] {r} is
    [about/to] {s} , the {r} [is/was/means]
    [and/so/also] its {r} , in {s} , is
    {r} [of/for/in/at/with] {s} [is/was/=/:/→]
    [its/the] {r} that {s} [has/had/keeps] is
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
    [of/for/in/at/with] {s} [,/:] what is [the/its/a] {r} ?
    {s} : which [is/was/became] its {r} ?
    what [do/did/will] they [name/say is/take as] the {r} [of/for/at] {s} ?
    [what/which one] [belongs to/goes to/comes from] {s} as its {r} ?
    what [do we/do you/do they] [know/name/find] as the {r} [of/for/in] {s} ?
    what [is/was] it that [is/was/became] the {r} [of/for/in] {s} ?
    ( {s} , {r} , what ) ?
    tell [the/its/] {r} [of/for/in] {s} ?
    and {s} ? [what/which one] is its {r} ?
    which is the {r} [of/for/in] {s} ?
    what was it that {s} [took/chose/got] as [its/the/a] {r} ?
    {s} has a {r} ; [what/which one] is it ?
    what is it , the {r} [of/for/in] {s} ?
    {s} [has/had/took/keeps] [which/what] {r} ?
    which {r} is [that of/in/with] {s} ?
    [with/in/at] {s} what do [we/they/you] [call/name/know as] {r} ?
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
    {o} is , as we know , the {r} [of/for/in]
    [as/for] the {r} , {o} [belongs to/goes to]
    {o} [is/was] [still/now/once/always] [the/a] {r} [of/for/in]
    and {o} [is/was] [the/a] {r} [of/for/in/at]
    what has {o} as [its/the/a] {r} is
    {o} , [a/the/its] {r} , [is/was] [of/for/in]
    [what/that which] [calls/called/named] {o} its {r} is
    {o} [still/now/once/always] [serves/works] as {r} [of/for/in]
    {r} {o} [of/for/in/from]
    {o} is [the/its/a] {r} , and it [belongs to/comes from/goes to]
    the {r} is {o} , in
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
    [of/in/at/with] what [is/was] {o} [the/a] {r} ?
    what [is/was] it that [has/had/took/chose/keeps] {o} as its {r} ?
    {o} , the {r} , [belongs to/is from/is that of] [what/which one] ?
    [to/for] which one [does/did] {o} [belong/go/work] as [its/the/a] {r} ?
    {o} : the {r} [of/for/in] [what/which one] ?
    {o} ( {r} ) ← ?
    {o} ← ( {r} ) ?
    ( what , {r} , {o} ) ?
    tell whose {r} [is/was/became] {o} ?
    and {o} ? [what/which one] is it the {r} of ?
    what [calls/called/named] {o} its {r} ?
    they call {o} the {r} ; of what ?
    which is the one that [has/had/keeps/took] {o} as {r} ?
    in which one [is/was] {o} [named/known as] the {r} ?
    [who knows/do we know] what [has/had/keeps] {o} as {r} ?
    the {r} is {o} : [of what/in what/in which one] ?
    [what/which one] [was/became] it whose {r} [is/was] {o} ?
    [with/for] what does {o} go , as {r} ?
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
    [of/with/in] {s} , the {q} of [its/the] {r} [is/was]
    {s} [;/,] {r} [;/,] {q} [;/,/=/→]
    {q} of {s} 's {r} [=/:/→]
    {s} 's {r} [has/had/keeps/took] as [its/the/a] {q}
    [which/what] [is/was] the {q} that the {r} of {s} [has/had/keeps] ?
    [in/at/for/with] the {r} of {s} , what [is/was/became] the {q} ?
    {s} has [a/one] {r} ; what is [its/the] {q} ?
    the {r} of {s} : what is [its/the] {q} ?
    [what/which one] [do/did] they [name/know as] the {q} of {s} 's {r} ?
    whatever {s} [has/had] as [its/the/a] {r} , its {q} [is/was]
    tell the {q} [of/for/in] the {r} [of/for/in] {s} ?
    {s} [→/|/;] {r} ; [its/the] {q} [→/:/=/is]
    and the {q} of what is the {r} of {s} [is/was]
    ( {s} , {r} , {q} ) [=/:/→]
    go from {s} to its {r} , [and then/then] to its {q} :
    if the {r} of {s} is known , its {q} [is/will be]
    when it comes to {s} 's {r} , the {q} [is/was]
    """,
    """
    {s} : {r} : {q} :
    for {s} , what is the {q} of its {r} ?
    as for the {r} of {s} , its {q} is
    {q} of {r} of {s} =
    """,
)
