"""Files of the user's that a world or a study is made from, as options of the command line."""

from __future__ import annotations

import dataclasses


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file that a world or a study takes; the key in the class's `inputs` is the name of its option.

    With `inputs = {"facts": InputFile(field="path", help="A table of facts.")}` the command line offers `--facts FILE`
    and makes the component with `path=FILE`; without the file it cannot be made, unless that is optional.

    Attributes:
        help: one line for `--help`.
        field: the dataclass field that takes the path.
        makes: registered name of the component that is made from the file in place of this one, which itself needs
            no file. Then `field` is that component's.
        optional: whether the component can be made without it.
        metavar: what help calls its value, where that need not be a file.
    """

    help: str
    field: str = ""
    makes: str = ""
    optional: bool = False
    metavar: str = "FILE"
