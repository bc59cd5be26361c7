"""What a reader is, and what it gives where it can't read."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Protocol

from learncomm_agent.errors import UnreadableResourceError
from learncomm_agent.library.resources import Reading


@dataclass(frozen=True, slots=True)
class Unread:
    """A file, or a line of one, that was not read; nothing is left out without one of these."""

    source: str
    """As in `Reading.source`; for a line the name of its file alone."""
    error: UnreadableResourceError
    """Never raised: for the one who asked to decide."""


class Reader(Protocol):
    """Makes readings of one format. Plugins offer it under `learncomm_agent.readers`."""

    def __call__(
        self, name: str, stream: BinaryIO, max_bytes: int, /
    ) -> Iterator[Reading | Unread]:
        """Yield what the stream holds, in its order, as far as the caller asks for it.

        Args:
            name: What becomes `Reading.source`, or its beginning.
            stream: At its beginning; not to be closed, and not all of it need fit into memory.
            max_bytes: The most that may be read for one resource.

        Raises:
            UnreadableResourceError: Nothing more can be read; what was yielded stands.
        """
        ...


def unreadable(name: str, why: str, phrase: str, **values: object) -> UnreadableResourceError:
    """Make the error for one source.

    Args:
        name: The source; also the phrase's value `name`.
        why: For the log, completes "<name> …".
        phrase: The sentence for the person, without the leading `error.`.
        values: What the sentence needs besides.
    """
    return UnreadableResourceError(f"{name!r} {why}", phrase=f"error.{phrase}", name=name, **values)


def too_large(name: str, max_bytes: int) -> UnreadableResourceError:
    """Make the error for a source above the limit; the phrase's value `limit_mb` is a number."""
    return unreadable(name, "is too large", "unreadable_large", limit_mb=max_bytes / 1_000_000)
