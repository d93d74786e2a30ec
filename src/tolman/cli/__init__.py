"""The command line. The commands are in `commands.py`; what they do is imported when they are used."""

from tolman.cli.commands import main

__all__ = ["main"]
