"""The optimiser's configuration under its old name, until nothing imports it from here."""

from tolman.training.config import OptimiserConfig as OptimiserConfig
