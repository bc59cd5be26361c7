"""nio's machine for keys and its store, on a thread of their own: both block, and belong to one thread."""

import asyncio
import contextlib
import os
import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from hashlib import blake2b
from pathlib import Path
from typing import Any, TypeVar

import peewee
from nio.crypto import Olm
from nio.crypto.log import logger as library
from nio.store import SqliteStore

from learncomm_agent.errors import DisconnectedError, PlatformError, StorageFullError
from learncomm_matrix.connection.answers import Me

# It warns of what is usual, and may quote what it takes offence at, keys among it; we say what matters.
library.setLevel("CRITICAL")

T = TypeVar("T")
STORE_FAILED = (peewee.PeeweeException, sqlite3.Error, OSError)
_TURN = threading.Lock()
"""The library binds its tables for the whole process, so that two stores may never work at once."""


class Machine:
    """The keys of one device; what is done at once is kept at once, or not at all."""

    def __init__(self, folder: Path) -> None:
        """Name the folder; nothing is read or made yet."""
        self._folder = folder
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="matrix keys")
        self._olm: Olm | None = None

    async def open(self, me: Me) -> None:
        """Read the keys of a device, or make them.

        Raises:
            PlatformError: The disk does not let us, or they can't be read.
        """
        await self._run(lambda: self._opened(me))

    async def close(self) -> None:
        """Let go of the store; harmless where it is not open."""
        await asyncio.get_running_loop().run_in_executor(None, self._end)

    async def do(self, work: Callable[[Olm], T]) -> T:
        """Do something with the keys, and return what comes of it.

        Raises:
            PlatformError: The disk did not take it; then all is as it was before.
        """
        return await self._run(lambda: self._done(work))

    async def _run(self, work: Callable[[], T]) -> T:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # something that was on its way at the end
            raise DisconnectedError("the keys are closed") from error
        try:
            return await running
        except STORE_FAILED as error:
            full = StorageFullError.phrase if "full" in str(error) else None
            raise PlatformError(f"keys: {error}", phrase=full) from error

    def _opened(self, me: Me) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self._folder.chmod(0o700)
        path = device_path(self._folder, me)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        path.chmod(0o600)
        try:
            with _TURN:
                store = _Store(me.user_id, me.device_id, str(self._folder), database_name=path.name)
                self._olm = _Careful(me.user_id, me.device_id, store)
        except peewee.OperationalError:  # of the disk, not of what stands there
            raise
        except (peewee.DatabaseError, ValueError) as error:  # of the keys, too
            raise keys_lost(f"keys can't be read: {error}") from error

    def _done(self, work: Callable[[Olm], T]) -> T:
        olm = self._olm
        if olm is None:
            raise DisconnectedError("the keys are not open")
        try:
            with _TURN, olm.store.database.atomic():
                return work(olm)
        except STORE_FAILED:
            # What stands in memory is ahead of the disk now, and would be gone with a crash.
            with _TURN, contextlib.suppress(*STORE_FAILED):
                olm.store.known = None
                self._olm = _Careful(olm.user_id, olm.device_id, olm.store)
            raise

    def _end(self) -> None:
        with contextlib.suppress(RuntimeError):  # it is closed already
            self._thread.submit(self._shut).result()
        self._thread.shutdown()

    def _shut(self) -> None:
        olm, self._olm = self._olm, None
        if olm is not None:
            olm.store.database.close()


class _Store(SqliteStore):  # type: ignore[misc]
    """Asks for its account once, and not before each of a thousand letters."""

    known: Any = None

    def _get_account(self) -> Any:
        self.known = self.known or super()._get_account()
        return self.known


class _Careful(Olm):  # type: ignore[misc]  # the library ships no types
    """Lets no key for a room be replaced by one that opens less of it."""

    def create_group_session(
        self, sender_key: str, sender_fp_key: str, room_id: str, session_id: str, session_key: str
    ) -> None:
        known = self.inbound_group_store.get(room_id, sender_key, session_id)
        super().create_group_session(sender_key, sender_fp_key, room_id, session_id, session_key)
        new = self.inbound_group_store.get(room_id, sender_key, session_id)
        if known is not None and known.first_known_index < new.first_known_index:
            self.inbound_group_store.add(known)
            self.save_inbound_group_session(known)


def device_path(folder: Path, me: Me) -> Path:
    """Return where the keys of a device stand."""
    # Ids may hold whatever a homeserver likes, and are no names of files.
    digest = blake2b(f"{me.user_id}\n{me.device_id}".encode(), digest_size=8).hexdigest()
    return folder / f"device-{digest}.sqlite"


def keys_lost(said: str) -> PlatformError:
    """Return that the keys of this login are not the ones that the homeserver knows."""
    return PlatformError(said, phrase="matrix.keys_lost")
