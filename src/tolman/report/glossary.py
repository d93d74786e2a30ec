"""Terms that every report explains; a study's presentation adds its own."""

from __future__ import annotations

from collections.abc import Iterable

from tolman.report.presentation import Presentation

GLOSSARY = {
    "explicit": "Questions of a kind that the learner was trained to answer, asked in a wording it has not seen.",
    "latent": "Questions that the training experiences answer, but that nobody asked in training. They show what was "
    "learned but cannot be used.",
    "in context": "The experimenter puts the experience that holds the answer in front of the question.",
    "control": "Questions whose answer no training experience supports.",
    "variant": "Questions of another test with other options; they enter no average. Where options are only answers "
    "that training never asked for, a model is not misled by preferring those that it did.",
    "recall@k": "Fraction of the questions for which at least one of the k retrieved experiences holds the answer.",
    "precision": "Fraction of the retrieved experiences that hold the answer.",
    "chance": "Accuracy of an answerer without the knowledge. Uniform: guessing among all options. Elimination: "
    "guessing among options that are not the answer to another trained question. Constant: always giving the single "
    "best answer.",
    "query-target tokens": "Tokens that training asked the model to predict as answers. Learners are compared at "
    "equal numbers of them.",
    "95 % interval": "Student's t over seeds. For fractions of questions it is never narrower than the Wilson interval "
    "of all questions together; other numbers have no such floor, and their row says so.",
    "not testable": "A claim about latent questions needs a learner that mastered the explicit ones. Without that it "
    "is neither confirmed nor refuted.",
    "inconclusive": "The interval straddles the claim's bound.",
}


def glossary(presentations: Iterable[Presentation]) -> dict[str, str]:
    """Return the terms of the report and of these studies."""
    own: dict[str, str] = {}
    for presentation in presentations:
        own |= presentation.glossary
    return {**GLOSSARY, **own}
