"""What an adapter must still know after a restart: small values by kind and key, in a file of its own.

All of it stands in memory too, so that reading is free; what is freed on disk is overwritten.
"""

import asyncio
import errno
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from learncomm_agent.adapting.finishing import Finishing
from learncomm_agent.chat.messages import whole
from learncomm_agent.errors import DisconnectedError, PlatformError, StorageFullError
from learncomm_agent.log import logger

T = TypeVar("T")
_log = logger(__name__)
_FILE = "notes.sqlite"


@dataclass(frozen=True, slots=True)
class Note:
    """One value to be kept, or to go."""

    kind: str
    key: str
    value: Any = None
    """Whatever JSON can hold; None takes the note away."""


class Notes:
    """Keeps notes; what is written together is there together, or not at all."""

    def __init__(self, folder: Path) -> None:
        """Name the file; nothing is read or made yet, the folder neither."""
        self._path = folder / _FILE
        self._finishing = Finishing()
        self._kinds: dict[str, dict[str, Any]] = {}
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="notes")
        self._file: sqlite3.Connection | None = None

    async def load(self) -> None:
        """Read what was kept; makes the folder and the file.

        Raises:
            PlatformError: The disk does not let us, or the file is no longer readable.
        """
        self._kinds = {}
        for kind, key, value in await self._run(self._open):
            try:
                self._kinds.setdefault(kind, {})[key] = json.loads(value)
            except (
                ValueError,
                RecursionError,
            ):  # one that is spoilt must not take the others along
                _log.warning("note unreadable", kind=kind)

    def get(self, kind: str, key: str) -> Any:
        """Return a value; None where there is none."""
        return self._kinds.get(kind, {}).get(key)

    def all(self, kind: str) -> Mapping[str, Any]:
        """Return all of a kind by their keys, the oldest first; not to be changed."""
        return self._kinds.get(kind, {})

    async def put(self, *notes: Note) -> None:
        """Keep notes, in one transaction; once it returns, a crash loses none of them.

        It comes to its end though the asker be cancelled: what is on disk is known here, too.

        Raises:
            PlatformError: The disk did not take them; then none is kept.
        """
        if notes:
            await self._finishing.finish(self._put(notes))

    async def _put(self, notes: Sequence[Note]) -> None:
        rows = [(each.kind, whole(each.key), _text(each.value)) for each in notes]
        await self._run(lambda: self._write(rows))
        for each in notes:
            kind = self._kinds.setdefault(each.kind, {})
            if each.value is None:
                kind.pop(each.key, None)
            else:
                kind[each.key] = each.value

    async def scrub(self) -> None:
        """Take what went from the notes out of the file's log as well.

        Raises:
            PlatformError: The disk did not let us; a later call does the same.
        """
        await self._run(self._scrub)

    async def close(self) -> None:
        """Close the file; harmless when it is not open."""
        await self._finishing.settle()
        await asyncio.get_running_loop().run_in_executor(None, self._end)

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # something that was on its way at the end
            raise DisconnectedError(f"{self._path.name!r} is closed") from error
        try:
            return await running
        except (OSError, sqlite3.Error, ValueError) as error:
            full = StorageFullError.phrase if _is_full(error) else None
            raise PlatformError(f"{self._path.name!r}: {error}", phrase=full) from error

    def _open(self) -> list[tuple[str, str, str]]:
        self._path.parent.mkdir(parents=True, exist_ok=True)
        file = sqlite3.connect(self._path, check_same_thread=False, isolation_level=None)
        self._path.chmod(0o600)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON"):
            file.execute(f"PRAGMA {pragma}")
        file.execute(
            "CREATE TABLE IF NOT EXISTS notes (kind TEXT NOT NULL, key TEXT NOT NULL,"
            " value TEXT NOT NULL, PRIMARY KEY (kind, key)) STRICT"
        )
        self._file = file
        return list(file.execute("SELECT kind, key, value FROM notes ORDER BY rowid"))

    def _write(self, rows: Iterable[tuple[str, str, str | None]]) -> None:
        if self._file is None:
            raise OSError("not open")
        self._file.execute("BEGIN IMMEDIATE")
        try:
            for kind, key, value in rows:
                if value is None:
                    self._file.execute("DELETE FROM notes WHERE kind = ? AND key = ?", (kind, key))
                else:
                    self._file.execute(
                        "INSERT INTO notes VALUES (?, ?, ?)"
                        " ON CONFLICT DO UPDATE SET value = excluded.value",
                        (kind, key, value),
                    )
            self._file.execute("COMMIT")
        except BaseException:
            if self._file.in_transaction:  # a full disk ends one by itself
                self._file.execute("ROLLBACK")
            raise

    def _scrub(self) -> None:
        if self._file is None:
            raise OSError("not open")
        self._file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()

    def _end(self) -> None:
        self._thread.shutdown(wait=True)
        if self._file is not None:
            self._file.close()
            self._file = None


def _is_full(error: Exception) -> bool:
    if isinstance(error, OSError):
        return error.errno == errno.ENOSPC
    code: int = getattr(error, "sqlite_errorcode", 0)
    return code & 0xFF == sqlite3.SQLITE_FULL


def _text(value: Any) -> str | None:
    return None if value is None else json.dumps(value)
