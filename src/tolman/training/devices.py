"""Set-up of JAX under its old name, until nothing imports it from here."""

from tolman.training.config import configure_jax as prepare  # noqa: F401
from tolman.training.step import seed_mesh as seed_mesh
