"""Files of the user's that a world or a study is made from, as options of the command line."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that a world or a study takes; its option is the key in the class's `inputs`.

    With `inputs = {"facts": InputFile(field="path", help="A table of facts.")}` the command line offers `--facts FILE`
    and makes the component with `path=FILE`.

    Attributes:
        field: the dataclass field that takes the path.
        help: one line for `--help`.
        makes: the component that is made in place of this one if the file is given, by its registered name; this one
            then needs no file. Empty: this component itself, which cannot be made without the file.
    """

    field: str
    help: str
    makes: str = ""
