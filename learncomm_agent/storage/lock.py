"""One process holds the store: it alone runs due work and opens the vectors."""

from pathlib import Path
from types import TracebackType

from filelock import FileLock, Timeout

from learncomm_agent.errors import StorageError, StoreLockedError

LOCK = "lock"
"""The file in a data folder."""


class StoreLock:
    """Held from `acquire` to `release`; the system lets go of it when the process dies."""

    def __init__(self, folder: Path) -> None:
        """Name the store's folder."""
        # Not of one thread: whoever releases it may run on another one than who took it.
        self._lock = FileLock(folder / LOCK, thread_local=False)

    def acquire(self) -> None:
        """Take the lock at once.

        Raises:
            StoreLockedError: Another process has it.
        """
        try:
            self._lock.acquire(timeout=0)
        except Timeout as error:
            raise StoreLockedError("another process holds the store") from error
        except OSError as error:
            raise StorageError(f"the store can't be locked: {error.strerror!r}") from error

    def release(self) -> None:
        """Let go; harmless when not held."""
        self._lock.release()

    def __enter__(self) -> "StoreLock":
        """Take the lock at once; see `acquire`."""
        self.acquire()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Let go."""
        self.release()
