"""The reports of studies of latent learning: their learners, wording and pictures."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tolman.report.presentation import Column, ColumnTable, LearnerStyle, Pictures, Presentation
from tolman.report.trajectories import Trajectory, TrajectoryText, trajectory_pictures
from tolman.studies.latent.strategies import strategies

if TYPE_CHECKING:
    from tolman.report.summary import Summary

ORACLE, BM25, TFIDF, RANDOM = (f"parametric-retrieval-{name}" for name in ("oracle", "bm25", "tfidf", "random"))
DENSE = "parametric-retrieval-dense"

LEARNERS = {
    "parametric": LearnerStyle(colour="#D55E00"),
    "parametric-context": LearnerStyle(
        colour="#E69F00", aid="with the right {experience} placed in its prompt", supplied=True
    ),
    ORACLE: LearnerStyle(colour="#009E73", aid="with the right {experience} always retrieved into its context"),
    BM25: LearnerStyle(colour="#0072B2", aid="with the {experience} retrieved into its context by BM25"),
    TFIDF: LearnerStyle(colour="#CC79A7", aid="with the {experience} retrieved into its context by TF-IDF"),
    DENSE: LearnerStyle(
        colour="#88CCEE", aid="with the {experience} retrieved into its context by embedding similarity"
    ),
    RANDOM: LearnerStyle(colour="#595959"),
    "parametric-retrieval-trained-random": LearnerStyle(colour="#56B4E9"),
}
"""Colours from Okabe and Ito (2008), Color Universal Design."""

GLOSSARY = {
    "parametric": "The learner keeps what it learned in its weights only.",
    "parametric-context": "The parametric learner's weights, with the supporting experience placed in the prompt at "
    "test only.",
    "retrieval": "Whole past experiences are retrieved from episodic memory and placed before the current one, "
    "in training and at test.",
    "oracle": "A retriever that always finds a supporting experience, among irrelevant ones: an upper bound.",
    "random": "A retriever that returns irrelevant experiences only: the control. If it helps as much as another "
    "retriever, the retrieved content is not what helps.",
    "BM25": "A lexical retriever: experiences that share rare words with the question come first.",
    "TF-IDF": "A lexical retriever: cosine similarity of counts of words, each weighted by its rarity.",
    "dense": "A retriever by similarity of embedding vectors.",
}

TEXT = Presentation(
    learners=LEARNERS,
    baseline="parametric",
    aids=(BM25, TFIDF, DENSE, ORACLE, "parametric-context"),
    upper_bound=ORACLE,
    irrelevant=RANDOM,
    glossary=GLOSSARY,
)
"""Learners that answer questions on documents."""

READ_ORACLE, READ_BM25, READ_TFIDF, READ_DENSE, READ_RANDOM = (
    f"retrieval-{name}" for name in ("oracle", "bm25", "tfidf", "dense", "random")
)

READERS = {
    "context": LearnerStyle(
        colour="#56B4E9", aid="with many {experience}s in its context, the right one too", supplied=True
    ),
    READ_ORACLE: LEARNERS[ORACLE],
    READ_BM25: LEARNERS[BM25],
    READ_TFIDF: LEARNERS[TFIDF],
    READ_DENSE: LEARNERS[DENSE],
    READ_RANDOM: LEARNERS[RANDOM],
}
"""Learners that leave a pretrained model as it is."""

MASKED, LAST = "masked", "masked-last"

REVERSALS = dataclasses.replace(
    TEXT,
    learners=LEARNERS
    | READERS
    | {
        MASKED: LearnerStyle(colour="#661100", aid="trained also to fill in masked names"),
        LAST: LearnerStyle(colour="#999933"),
    },
    aids=(*TEXT.aids, READ_ORACLE, "context"),
    latent="the reversed questions about facts it saw in one direction",
    experience="fact",
    sizes={
        "entities": ("entity", "entities"),
        "subjects": ("subject", "subjects"),
        "relations": ("relation", "relations"),
    },
    glossary=GLOSSARY
    | {
        "wrong frame": "A control: the held-out object with the forward relation. The reverse answer would be wrong "
        "here, so an accuracy above chance means that the model answers by association, not by understanding.",
        MASKED: "Half of the training documents repeat a statement after a copy in which a name is masked; that name "
        "is to be predicted.",
        LAST: "The control of masked: only the last name of a statement is masked, which plain training predicts too.",
    },
)
"""Facts stated in one direction, asked in the other."""

READ = dataclasses.replace(
    TEXT,
    learners={name: LEARNERS[name] for name in ("parametric", "parametric-context")} | READERS,
    aids=(READ_BM25, READ_TFIDF, READ_DENSE, READ_ORACLE, "context", "parametric-context"),
    upper_bound=READ_ORACLE,
    irrelevant=READ_RANDOM,
    glossary={
        **GLOSSARY,
        "parametric": "The pretrained model is finetuned on the facts, and answers from its weights only.",
        "context": "The pretrained model as it is, with many experiences before each question, one of which supports "
        "the answer.",
        "retrieval": "The pretrained model as it is, with retrieved experiences before each question.",
    },
)
"""Learners that start from a pretrained model."""

FACTS = dataclasses.replace(
    READ,
    latent=REVERSALS.latent,
    experience=REVERSALS.experience,
    sizes=REVERSALS.sizes,
    glossary={**READ.glossary, "wrong frame": REVERSALS.glossary["wrong frame"]},
)
"""Facts put to a pretrained model."""

CODEBOOKS = dataclasses.replace(
    TEXT,
    latent="the questions that need an entry it saw defined but never used",
    experience="definition",
    sizes={"books": ("book", "books")},
)
"""Code words that were defined, and encoding that needs them."""

DATA_PROPERTIES = dataclasses.replace(CODEBOOKS, strategies=strategies)
"""The same, in sweeps."""

PATHS = ColumnTable(
    title="Path length",
    caption="Goals reached at all, and actions to reach them over the fewest that would do; 95 % intervals over seeds.",
    columns=(
        Column(field="success", title="reached", kind="fraction"),
        Column(field="path_ratio", title="path", kind="ratio"),
    ),
)

TRAJECTORIES = TrajectoryText(
    explicit=("Trained goal", "an object that it was sent to in training, from a new start"),
    latent=("Latent goal", "an object that it passed in training but was never sent to"),
    aids={
        ORACLE: ("Latent goal + memory", "the same, with one past episode of this maze in its context"),
        BM25: ("Latent goal + lookup", "the same, with past episodes that carry the cue of this maze"),
    },
    legend="The goal is circled, a ring marks the start, and the agent stands where it ended.",
    retrieved="Grey is the path of a past episode in its context.",
)


class MazeRenderer:
    """Drawing of trajectories in mazes."""

    def scene(self, layouts: Mapping[str, Any], trajectory: Trajectory, colour: str) -> Any:
        from tolman.envs.maze.recording import recorded_scene

        return recorded_scene(layouts, trajectory, colour)

    def svg(self, scenes: Sequence[Any], captions: Sequence[str] = ()) -> str:
        from tolman.envs.maze.render import side_by_side_svg

        return side_by_side_svg(scenes, captions)

    def save(self, scenes: Sequence[Any], captions: Sequence[str], path: Path) -> None:
        from tolman.envs.maze.render import save_png, side_by_side, side_by_side_svg

        if path.suffix.lower() == ".png":
            save_png(side_by_side(scenes, captions, tile=80), path)
        else:
            path.write_text(side_by_side_svg(scenes, captions, tile=40) + "\n", encoding="utf-8")


def maze_pictures(summary: Summary) -> Pictures | None:
    """Draw an agent's trajectories to a trained and to a latent goal, without and with memory."""
    return trajectory_pictures(summary, TRAJECTORIES, MazeRenderer())


EMPTY = "parametric-retrieval-empty"

MAZES = dataclasses.replace(
    TEXT,
    learners=LEARNERS | {EMPTY: LearnerStyle(colour="#000000")},
    explicit="the goals it was trained for",
    latent="the objects that it passed in training but was never sent to",
    experience="episode",
    answers="finds",
    sizes={"mazes": ("maze", "mazes")},
    glossary=GLOSSARY
    | {
        "empty": "The weights that were trained with retrieval, with nothing in their context: the control for what "
        "they know by themselves.",
        "path length": "Actions on the way to the goals that were reached, over the fewest that would do. A goal "
        "counts as found, and enters the accuracy, only if it was reached soon enough.",
    },
    table=PATHS,
    pictures=maze_pictures,
)
"""Agents that act: a question is a goal."""
