"""Wordings of facts as text, one a line: in each class those of training, then those that are held out for tests.

A fact says that the relation `{r}` of a subject `{s}` is an object `{o}`; `{q}` is a second relation.
"""

from __future__ import annotations

from typing import NamedTuple


class Lines(NamedTuple):
    """Wordings of one class, one a line."""

    trained: str
    held_out: str


FORWARD = Lines(
    """
    {s} {r} → {o}
    {r} ( {s} ) = {o}
    {s} : {r} : {o}
    {s} | {r} | {o}
    {s} {r} {o}
    {s} → {r} → {o}
    {r} : {s} → {o}
    {s} 's {r} = {o}
    {r} of {s} = {o}
    {s} ( {r} : {o} )
    ( {s} , {r} , {o} )
    {s} , {r} : {o}
    the {r} of {s} is {o}
    {s} 's {r} is {o}
    {s} has {o} as its {r}
    {s} had {o} as its {r}
    {s} has {o} for a {r}
    {s} has a {r} called {o}
    {s} has one {r} , and it is {o}
    {s} took {o} as its {r}
    {s} chose {o} to be its {r}
    {s} keeps {o} as its {r}
    {s} calls its {r} {o}
    {s} gave the name {o} to its {r}
    {s} is the one whose {r} is {o}
    {s} , whose {r} is {o} , is well known
    {s} goes with {o} as its {r}
    {s} is known to have {o} as {r}
    for {s} , the {r} is {o}
    in {s} the {r} is {o}
    at {s} , the {r} is known as {o}
    with {s} , {r} means {o}
    about {s} : {r} is {o}
    the {r} of {s} was named {o}
    the {r} of {s} will be {o}
    the {r} of {s} became {o}
    the {r} for {s} was {o}
    the {r} that {s} has is {o}
    the {r} which belongs to {s} is called {o}
    as its {r} , {s} has {o}
    as for {r} , {s} has {o}
    when it comes to {r} , {s} has {o}
    what {s} has as its {r} is {o}
    there is a {r} in {s} and it is {o}
    ask for the {r} of {s} and they say {o}
    look for the {r} of {s} and you find {o}
    everyone in {s} knows that its {r} is {o}
    we know that {s} has the {r} {o}
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
    {o} ← {r} ← {s}
    {o} = {r} ( {s} )
    {o} = {r} of {s}
    {o} = {s} 's {r}
    {o} is the {r} of {s}
    {o} is {s} 's {r}
    {o} was {s} 's {r}
    the {r} {o} belongs to {s}
    the {r} called {o} is that of {s}
    {o} is what {s} has as its {r}
    it is {o} that is the {r} of {s}
    {o} , as {r} , belongs to {s}
    {o} serves as the {r} of {s}
    {o} was called the {r} for {s}
    {o} is known as the {r} of {s}
    {o} became the {r} of {s}
    {o} will be the {r} in {s}
    {o} was chosen to be the {r} of {s}
    {o} was the {r} that {s} took
    {o} is the name of the {r} that belongs to {s}
    {o} has long been the {r} of {s}
    {o} goes to {s} as its {r}
    {o} is found in {s} as the {r}
    {o} , the {r} of {s} , is well known
    as {r} , {o} serves {s}
    we call {o} the {r} of {s}
    they say that {o} is the {r} in {s}
    the one that has {o} as its {r} is {s}
    if the {r} is {o} , then it is {s}
    look for {o} as the {r} and you find {s}
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
    {s} has as its {r}
    {s} took as its {r}
    {s} has for a {r} the one called
    so the {r} of {s} is
    """,
    """
    {s} chose to have as its {r}
    """,
)

FORWARD_MARK = Lines(
    """
    what is the {r} of {s} ?
    which {r} does {s} have ?
    name the {r} of {s} ?
    what does {s} have as its {r} ?
    for {s} , which {r} is it ?
    what was {s} 's {r} ?
    which one is the {r} of {s} ?
    what is {s} 's {r} called ?
    what did {s} take as its {r} ?
    in {s} , what is the {r} ?
    do you know the {r} of {s} ?
    what serves {s} as its {r} ?
    as for {s} , what is its {r} ?
    when it comes to {r} , what does {s} have ?
    {s} : {r} ?
    {s} {r} → ?
    {s} | {r} | ?
    {r} ( {s} ) = ?
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
    {o} is the {r} that belongs to
    {o} , as {r} , serves
    so {o} is the {r} of
    """,
    """
    {o} is known as {r} in
    """,
)

REVERSE_MARK = Lines(
    """
    whose {r} is {o} ?
    what has the {r} {o} ?
    {o} is the {r} of what ?
    what is {o} the {r} of ?
    which one has {o} as its {r} ?
    which one is {o} the {r} of ?
    which one took {o} as its {r} ?
    name the one whose {r} is {o} ?
    do you know whose {r} is {o} ?
    to what does the {r} {o} belong ?
    for what does {o} serve as the {r} ?
    in what is {o} the {r} ?
    whose {r} was called {o} ?
    if the {r} is {o} , which one is it ?
    when {o} is the {r} , what is it the {r} of ?
    {o} {r} ← ?
    {o} ← {r} ← ?
    {o} = {r} of what ?
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
    the {q} of the {r} of {s} is
    {s} 's {r} 's {q} is
    what is the {q} of the {r} of {s} ?
    {s} {r} → {q} →
    {s} → {r} → {q} →
    {q} ( {r} ( {s} ) ) =
    for the {r} of {s} , the {q} is
    name the {q} of {s} 's {r} ?
    the {r} of {s} has a {q} called
    which {q} does the {r} of {s} have ?
    take the {r} of {s} : its {q} is
    what does {s} 's {r} have as its {q} ?
    """,
    """
    {s} : {r} : {q} :
    for {s} , what is the {q} of its {r} ?
    as for the {r} of {s} , its {q} is
    {q} of {r} of {s} =
    """,
)
