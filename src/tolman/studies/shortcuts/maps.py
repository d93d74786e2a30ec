"""Maps of the sweet spot, as sweeps that are ready: what predictivity does, by length, vocabulary, model and data.

Values and sizes are ours; nothing is claimed of them.
"""

from __future__ import annotations

from tolman.studies.shortcuts.setting import PRESETS
from tolman.sweeps.ready import ReadySweep

MAP = "map"
"""The map of predictivity and length; the name of the study's main sweep in every preset."""

FURTHER = {
    "vocabulary": "world.vocabulary=8,16,32,64",
    "convolution": "model.conv=0,2,4",
    "depth": "model.layers=1,2,3,4",
}
"""Further maps of `full`: the second axis by name."""

PREDICTIVITY, LENGTH = "world.predictivity", "world.length"


def maps(preset: str, condition: str) -> tuple[ReadySweep, ...]:
    """Return the sweeps of a preset over one condition: the map in each, and further ones in `full`."""
    if preset == "smoke":
        return (_sweep(preset, condition, MAP, "0.5,0.75,1", f"{LENGTH}=8,12", seeds=2),)
    if preset == "quick":
        return (_sweep(preset, condition, MAP, "0.5,0.6,0.7,0.75,0.85,0.95,1", f"{LENGTH}=8,12,16", seeds=5),)
    return (
        _sweep(preset, condition, MAP, "0.5:1:11", f"{LENGTH}=12,18,24,36"),
        *(_sweep(preset, condition, name, "0.5,0.6,0.75,0.9,1", axis) for name, axis in FURTHER.items()),
        _sweep(preset, condition, "training-set", "0.5,0.6,0.75,0.9,1", "world.examples=1024:65536:4:log", finite=True),
    )


def _sweep(
    preset: str, condition: str, name: str, predictivity: str, axis: str, *, seeds: int = 10, finite: bool = False
) -> ReadySweep:
    """Return a sweep up to the budget of the claims, all seeds of a cell side by side.

    Args:
        preset: of the study.
        condition: of the study.
        name: of the sweep.
        predictivity: the values of the first axis.
        axis: the second axis.
        seeds: number of seeds.
        finite: the training set is `world.examples` sequences, not fresh ones.
    """
    fixed = {"phases.0.steps": str(PRESETS[preset].budget), "training.parallel_seeds": str(seeds)}
    return ReadySweep(
        name=name,
        question=f"At which predictivity is the relation learned, by {axis.partition('=')[0]}?",
        condition=condition,
        learners=("parametric",),
        over=(f"{PREDICTIVITY}={predictivity}", axis),
        seeds=seeds,
        fixed={**fixed, **({"phases.0.mixture": "sequence:1"} if finite else {})},
    )
