"""The store of one process: the folder, its lock and its database."""

from pathlib import Path
from typing import Literal

from learncomm_agent.errors import StorageError
from learncomm_agent.storage.database import Database
from learncomm_agent.storage.lock import StoreLock

DATABASE = "learncomm.sqlite3"
VECTORS = "vectors"


class Store:
    """A data folder that this process holds alone from `open` to `close`."""

    def __init__(self, folder: Path, *, synchronous: Literal["full", "normal"] = "full") -> None:
        """Name the folder; it is made when opened."""
        self.folder = folder
        self.database = Database(folder / DATABASE, synchronous=synchronous)
        self._lock = StoreLock(folder)

    def open(self) -> None:
        """Make the folder if need be, take the lock, and bring the database up to date. Blocks.

        Raises:
            StoreLockedError: Another process holds it.
            StorageError: The folder can't be made or written to, or the database is broken.
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"no data folder {str(self.folder)!r}: {error.strerror}") from error
        self._lock.acquire()
        try:
            self.database.open()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Finish what waits, and let go. Blocks; harmless when not open."""
        self.database.close()
        self._lock.release()
