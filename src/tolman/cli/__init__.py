"""The command line: a module for each command, and `commands` with their options."""

from tolman.cli.commands import main

__all__ = ["main"]
