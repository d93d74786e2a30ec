"""A test of questions about one list of options."""

import numpy as np

from tolman.core.experience import NONE, Chance, TestSet


def option_test(name, role, prompts, options, correct):
    """One question for each right option in `correct`, all of them about `options` [1, o, l]."""
    m = len(correct)
    right = np.zeros((m, options.shape[1]), bool)
    right[np.arange(m), correct] = True
    none, half = np.full((m, 1), NONE), np.full(m, 0.5)
    return TestSet(
        name=name,
        role=role,
        prompts=prompts,
        options=options,
        choice=np.zeros(m, int),
        correct=right,
        cue=np.arange(m),
        fact=np.arange(m),
        supports=none,
        topics=none,
        item_ids=tuple(f"{name}/{i}" for i in range(m)),
        groups=("",) * m,
        chance=Chance(half, half, half),
    )
