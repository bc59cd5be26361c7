"""What an adapter is given when it is made: all it may know of the rest of the house."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

from learncomm_agent.clock import Clock
from learncomm_agent.commands.declaration import Catalogue


class Phrases(Protocol):
    """The sentences for people; see `learncomm_agent.words`."""

    def phrase(self, key: str, *, language: str, **values: object) -> str:
        """Return a sentence in a language, with its values filled in."""
        ...


@dataclass(frozen=True, slots=True)
class Surroundings:
    """Given to `Adapter(surroundings)` by whoever makes it."""

    folder: Path
    """A folder of the adapter's own below the data folder; the adapter makes it when it starts."""
    clock: Clock
    phrases: Phrases
    catalogue: Catalogue
    """What people can ask for, to be offered as the platform offers commands."""
    language: str = "en"
    """The community's language, for what the adapter itself has to say."""
    community: str = "community"
    """The community's name, for people."""
    options: Any = None
    """What the operator set for this adapter, checked: an instance of its class attribute `Options`, a
    pydantic model, if it has one. A variable `LEARNCOMM_<NAME>_TOKEN` is its field `token`."""
