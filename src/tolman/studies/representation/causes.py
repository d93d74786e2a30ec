"""Reasons why claims about representations fail, as far as they are known."""

from __future__ import annotations

from tolman.claims.published import Cause

_LOG = "docs/log.md#2026-11-25-representations-what-held-and-what-did-not"

DEPTH = Cause(why="the published settings are not public; leaky ReLU networks narrow the gap as well", log=_LOG)
ONE_FEATURE = Cause(
    why="the published networks may have had both features to compute; the claims several-look-like-easy-* test that",
    log=_LOG,
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
