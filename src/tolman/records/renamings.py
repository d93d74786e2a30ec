"""Names in records of earlier schemas, with the names that have replaced them."""

from __future__ import annotations

CLASSES = {
    "Contrastive": "OracleHardNegatives",
    "Maze": "MazeConfig",
    "Preference": "ProbePreference",
    "Reinforcement": "PPOConfig",
    "VarianceProbe": "VarianceMetric",
}
"""Classes of configurations."""

FIELDS = {
    "AgentConfig": {"foresight": "goal_prediction_coef"},
    "Codebooks": {"lesson": "max_definitions", "latent_share": "latent_fraction"},
    "Condition": {"probe": "metric", "reinforcement": "ppo"},
    "Facts": {"lesson": "max_premises", "held_share": "held_out_fraction"},
    "Maze": {
        "limit": "max_steps",
        "recognise": "identified_by",
        "view": "view_size",
        "position": "observe_position",
        "walls": "wall_density",
    },
    "Mazes": {
        "latent": "latent_goals",
        "supports": "min_supports",
        "past": "context_trials",
        "trials": "trials_per_episode",
    },
    "Phase": {"reinstate": "retrieve"},
    "Preference": {"decoders": "probes"},
    "Reinforcement": {
        "discount": "gamma",
        "trace": "gae_lambda",
        "clip": "clip_eps",
        "value_cost": "vf_coef",
        "entropy_cost": "ent_coef",
        "memory": "episodes_per_level",
    },
    "Reversals": {"lesson": "max_premises"},
    "TrainingConfig": {
        "transients": "fresh",
        "lanes": "parallel_seeds",
        "reinstatement": "retrieval",
        "reinforcement": "ppo",
        "probe": "metric",
    },
}
"""Old class -> the parameters of its configuration that have new names."""

ADDED = {
    "Consistency": {
        "measures": ["rsa", "cka_linear_debiased"],
        "last_layer_measures": ["linear_predictivity_symmetric"],
    },
    "PairwiseSimilarity": {
        "measures": [
            "rsa",
            "rsa?compare=spearman",
            "rsa?rdm=euclidean",
            "cka_linear",
            "cka_linear_debiased",
            "cca_mean_squared",
            "procrustes_similarity",
            "linear_predictivity_symmetric",
            "partial_rsa",
            "cka_controlled",
        ]
    },
}
"""Old class -> parameters that have come since, with the values that old results rest on."""

RETRIEVERS = {"contrastive": "oracle-hard-negatives"}
KINDS = {
    "lesson": "long-in-context",
    "short-lesson": "short-in-context",
    "unrelated-lesson": "long-unrelated",
    "unrelated-short-lesson": "short-unrelated",
    "practice": "task",
    "long-practice": "multi-trial",
    "unrelated-long-practice": "multi-trial-unrelated",
}
"""Kinds of documents and tasks."""

TRAJECTORIES = {
    "sketch": "layouts",
    "dials": "config",
    "mazes": "levels",
    "places": "object_cells",
    "place": "level",
    "way": "path",
    "arrived": "success",
    "remembered": "retrieved",
}
"""Fields of recorded trajectories."""

WEIGHTS = {
    ".reading.": ".input_embedding.",
    ".acting.": ".policy_head.",
    ".judging.": ".value_head.",
    ".foreseeing.": ".goal_head.",
}
"""Beginnings of the names of an agent's weights."""

REPLAY = {"inputs": "observations", "sees": "revealed", "shows": "features"}
"""Arrays of a replay buffer."""

TFIDF = {
    "retrieval-dense": "retrieval-tfidf",
    "parametric-retrieval-dense": "parametric-retrieval-tfidf",
}
"""Learners whose retriever is TF-IDF since schema 4."""
