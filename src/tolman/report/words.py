"""Hyperparameters and names as a reader meets them: the same in the terminal, the page and the figures."""

from __future__ import annotations

import functools
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from tolman.records.statistics import Interval

if TYPE_CHECKING:
    from tolman.claims.effects import Unit
    from tolman.claims.verdict import Verdict

SPACE = "\N{NO-BREAK SPACE}"

GLOSSARY = {
    "explicit": "Questions of a kind that the learner was trained to answer, asked in a wording it has not seen.",
    "latent": "Questions whose answer stood in the training experiences, but that nobody asked in training. "
    "What is learned and cannot be used shows here.",
    "in context": "The experience that holds the answer is put in front of the question by the experimenter.",
    "wrong frame": "A control: the held-out object with the forward relation. The reverse answer would be wrong "
    "here, so an accuracy above chance means that the model answers by association, not by understanding.",
    "parametric": "The learner keeps what it learned in its weights only.",
    "parametric-context": "The parametric learner's weights, with the supporting experience placed in the prompt at "
    "test only.",
    "retrieval": "Whole past experiences are retrieved from episodic memory and placed before the current one, "
    "in training and at test.",
    "oracle": "A retriever that always finds a supporting experience, among irrelevant ones: an upper bound.",
    "random": "A retriever that returns irrelevant experiences only: the control. If it helps as much as another "
    "retriever, what helps is not the content that was retrieved.",
    "BM25": "A lexical retriever: experiences that share rare words with the question come first.",
    "dense": "A retriever by similarity of embedding vectors.",
    "recall@k": "How often at least one of the k retrieved experiences holds the answer.",
    "precision": "Which share of the retrieved experiences hold the answer.",
    "path length": "Where one answers by acting: actions on the way to the goals that were reached, over the fewest "
    "that would do. A goal counts as found, and enters the accuracy, only if it was reached soon enough.",
    "chance": "What an answerer without the knowledge would score. Uniform: guessing among all options. "
    "Elimination: guessing among options that are not the answer to another trained question. Constant: always "
    "giving the single best answer.",
    "query-target tokens": "Tokens that training asked the model to predict as answers. Learners are compared at "
    "equal numbers of them.",
    "95 % interval": "Student's t over seeds, never narrower than the Wilson interval of all questions together.",
    "not testable": "A claim about latent questions needs a learner that mastered the explicit ones. Without that it "
    "is neither confirmed nor refuted.",
    "inconclusive": "The interval straddles the claim's bound.",
}  # fmt: skip

_SCOPES = {"entities": "entity entities", "subjects": "subject subjects", "relations": "relation relations",
           "books": "book books", "mazes": "maze mazes"}  # fmt: skip


def percent(value: float) -> str:
    """A share in percent with as many digits as matter; only exactly 0 and 1 read as 0 % and 100 %."""
    return f"{_digits(value)}{SPACE}%"


def signed(value: float) -> str:
    """A share or a difference of shares, in percentage points, for tables of effects."""
    text = f"{100 * value:.1f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def spread(interval: Interval) -> str:
    """`[low–high]` in percent."""
    return f"[{_digits(interval.low)}–{_digits(interval.high)}]"


def measured(interval: Interval | None) -> str:
    """Mean and interval in percent, or a dash where nothing was measured."""
    return "–" if interval is None else f"{percent(interval.mean)} {spread(interval)}"


def ratio(interval: Interval | None) -> str:
    """`1.04 [1.02–1.06]`, without brackets where there was one seed only, or a dash."""
    if interval is None:
        return "–"
    spread = "" if interval.n == 1 else f" [{interval.low:.2f}–{interval.high:.2f}]"
    return f"{interval.mean:.2f}{spread}"


def effect_text(verdict: Verdict) -> str:
    """A verdict's effect with its interval, in its unit, or a dash; shares are percentage points."""
    if verdict.effect is None:
        return "–"
    text = functools.partial(quantity, unit=verdict.unit)
    if verdict.low is None or verdict.high is None:
        return text(verdict.effect)
    return f"{text(verdict.effect)} [{text(verdict.low)}, {text(verdict.high)}]"


def bound_text(verdict: Verdict) -> str:
    """What the effect is compared with, for example `≥ 95.0` or `within ±5.0`."""
    sign = {">=": f"≥{SPACE}", "<=": f"≤{SPACE}", "within": f"within{SPACE}±"}.get(verdict.direction, "")
    return f"{sign}{quantity(verdict.bound, verdict.unit)}"


def quantity(value: float, unit: Unit) -> str:
    """A share in percentage points, a number as it is, a ratio as `5.0 ×`."""
    if unit == "fraction":
        return signed(value)
    if unit == "ratio":
        return f"{value:.2g}{SPACE}×" if value < 10 else f"{value:.0f}{SPACE}×"
    text = f"{value:.3f}"
    return text.lstrip("-") if float(text) == 0 else text.replace("-", "−")


def count(n: int, one: str, many: str | None = None) -> str:
    """A number with its noun: `1 seed`, `5 seeds`."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def listed(parts: list[str], last: str = "and") -> str:
    """`a`, `a and b`, `a, b and c`."""
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def scope(world: Mapping[str, Any]) -> str:
    """How much there was to learn, as far as the world's dials say: `195 subjects and 3 relations`, or nothing."""
    parts = []
    for dial, nouns in _SCOPES.items():
        value = world.get(dial)
        size = len(value) if isinstance(value, list | tuple) else value
        if isinstance(size, int) and not isinstance(size, bool):
            parts.append(count(size, *nouns.split()))
    return listed(parts) if parts else ""


def _digits(value: float) -> str:
    """One decimal below 10 % and above 99 %, where it tells chance and mastery apart."""
    share = 100 * value
    if 0 < share < 0.1:
        return "<0.1"
    if 99.9 < share < 100:
        return ">99.9"
    return (f"{share:.1f}" if share < 10 or share > 99 else f"{share:.0f}").removesuffix(".0")
