"""The command line, called as a person or a program would, in one process."""

import json
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a call printed, and how it ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> object:
        (line,) = self.out.splitlines()
        return json.loads(line)


Call = Callable[..., Outcome]
