"""Reasons why claims about representations fail, as far as they are known."""

from __future__ import annotations

from tolman.claims.published import Cause

_LOG = "docs/log.md#2026-11-25-representations-what-held-and-what-did-not"
_JUDGED = "docs/log.md#2026-11-27-representations-the-rest-judged"

DEPTH = Cause(why="the published settings are not public; leaky ReLU networks narrow the gap as well", log=_LOG)
ONE_FEATURE = Cause(
    why="the published networks may have had both features to compute; the claims several-look-like-easy-* test that, "
    "and fail as well",
    log=_LOG,
)
SEVERAL_FEATURES = Cause(
    why="two networks of a bit and three XORs are more alike than either and one of the bit alone; beside a single XOR "
    "the two pairs are equally alike",
    log=_JUDGED,
)
COMPLEXITY = Cause(why="a parity of three bits takes twice the variance of XOR in the same network", log=_JUDGED)
LINEARITY = Cause(
    "mismatch explained",
    "units that make XOR linear and leave its coding open make networks as alike as a given coding does",
    _JUDGED,
)
PROBE = Cause(
    why="the probe decides: class means follow the easy feature, logistic regression to convergence the better one; "
    "how the published probe was trained is not public",
    log=_LOG,
)
LINEAR = Cause(
    "defect",
    "XOR is a linear function of either coding's units, so that no later layer has to keep the coding",
    "docs/log.md#2026-11-27-claims-as-a-sceptic-reads-them",
)
