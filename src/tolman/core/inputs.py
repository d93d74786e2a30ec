"""Files and folders of the user's that a world or a study is made from, as options of the command line."""

from __future__ import annotations

import dataclasses
from typing import Literal


@dataclasses.dataclass(frozen=True, kw_only=True)
class InputFile:
    """A file or folder that a world or a study takes; the key in the class's `inputs` is the name of its option.

    With `inputs = {"facts": InputFile(field="path", help="A table of facts.")}` the command line offers `--facts FILE`
    and makes the component with `path=FILE`; without the file it cannot be made, unless that is optional.

    Attributes:
        help: one line for `--help`.
        field: the dataclass field that takes the path.
        makes: registered name of the component that is made from the file in place of this one, which itself needs
            no file. Then `field` is that component's.
        optional: whether the component can be made without it.
        kind: "file", "folder", or "model", which need not be a file; it tells how help calls the value.
    """

    help: str
    field: str = ""
    makes: str = ""
    optional: bool = False
    kind: Literal["file", "folder", "model"] = "file"

    @property
    def metavar(self) -> str:
        """The placeholder of the value in `--help` and in messages."""
        return {"file": "FILE", "folder": "DIR", "model": "MODEL"}[self.kind]
