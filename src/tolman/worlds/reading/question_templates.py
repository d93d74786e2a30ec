"""Wordings of questions about facts as text, to continue or to answer after a question mark.

A question asks for the object `{o}` or the subject `{s}` of a relation `{r}`, or for the object of a second relation
`{q}` of that object. Lines and choices are written as in `tolman.worlds.reading.fact_templates`.
"""

from __future__ import annotations

from tolman.worlds.reading.fact_templates import Lines

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
