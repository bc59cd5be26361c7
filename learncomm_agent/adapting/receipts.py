"""Which key was posted as which messages, on disk, so that a repeat after a restart posts nothing.

One line of JSON a change in `receipts.jsonl`: a key is first begun, then done or given up. What was
begun and no more is what a crash has cut off; whether it is there must be looked up. Keys are
forgotten after 40 days, once a day while it runs.
"""

import asyncio
import errno
import json
import os
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from learncomm_agent.chat.messages import utc
from learncomm_agent.clock import Clock
from learncomm_agent.errors import DisconnectedError, PlatformError, StorageFullError, for_log
from learncomm_agent.log import logger

KEPT = timedelta(days=40)
"""Longer than a poll can be open, as its votes are told apart by what is kept of it."""
_CLEARED = timedelta(days=1)
"""How often old ones leave memory and file while it runs."""
_log = logger(__name__)


@dataclass(frozen=True, slots=True)
class Entry:
    """What is known of a key."""

    key: str
    at: datetime
    """When it was begun."""
    room: str
    """Id of the room on the platform."""
    message: str | None = None
    """Id of what was posted; None while it was only begun."""
    handle: str = ""
    """Digest of the reply handle whose first response it fills."""
    is_given_up: bool = False
    """Whether it is known that nothing was posted."""
    is_private: bool = False
    """Whether one person alone sees it."""
    options: Mapping[str, str] = field(default_factory=dict)
    """Of a poll: our id of each option, by the platform's."""

    def made(self, id: int | str, options: Mapping[str, str] | None = None) -> "Entry":
        """Return it with what was posted."""
        return replace(self, message=str(id), options=options or {})


class Receipts:
    """All keys of the last 40 days, in memory and in a file."""

    def __init__(self, folder: Path, clock: Clock) -> None:
        """Name the file; nothing is read or made yet, the folder neither."""
        self._path = folder / "receipts.jsonl"
        self._clock = clock
        self._entries: dict[str, Entry] = {}
        self._fills: dict[str, str] = {}
        self._messages: dict[str, Entry] = {}
        self._cleared_at = clock.now()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="receipts")

    async def load(self) -> None:
        """Read what was kept; old entries and what a kill has torn leave the file. Makes the folder.

        Raises:
            PlatformError: The disk does not let us.
        """
        self._cleared_at = now = self._clock.now()
        self._know(await self._run(lambda: self._clear(now - KEPT)))

    def find(self, key: str) -> Entry | None:
        """Return what is known of a key."""
        return self._entries.get(key)

    def is_known(self, message: str) -> bool:
        """Whether a message is that of some key."""
        return message in self._messages

    def of_message(self, message: str) -> Entry | None:
        """Return what is known of the key that a message is of."""
        return self._messages.get(message)

    def filled_by(self, handle: str) -> str | None:
        """Return the key that fills the first response of a reply handle."""
        return self._fills.get(handle)

    async def begin(
        self, key: str, room: str, handle: str = "", *, is_private: bool = False
    ) -> Entry:
        """Note that a key is about to be posted; keeps the time of an earlier beginning.

        Raises:
            PlatformError: The disk did not take it, so nothing may be posted.
        """
        known = self._entries.get(key)
        if known is None or known.is_given_up:
            entry = Entry(key, self._clock.now(), room, handle=handle, is_private=is_private)
            return await self._keep(entry)
        if (known.handle, known.is_private) == (handle, is_private):
            return known
        return await self._keep(replace(known, handle=handle, is_private=is_private))

    async def done(self, entry: Entry, message: str) -> Entry:
        """Note what was posted.

        Raises:
            PlatformError: The disk did not take it; it is looked up at the next attempt.
        """
        return await self._keep(replace(entry, message=message))

    async def give_up(self, entry: Entry) -> None:
        """Note that nothing was posted, so nothing needs to be looked up."""
        try:
            await self._keep(replace(entry, handle="", is_given_up=True))
        except PlatformError:
            _log.warning("receipt not kept", key=entry.key)

    def close(self) -> None:
        """End the thread once it has written what it was given."""
        self._thread.shutdown(wait=False)

    async def _keep(self, entry: Entry) -> Entry:
        await self._run(lambda: self._append(entry))
        self._note(entry)
        if self._clock.now() - self._cleared_at >= _CLEARED:
            await self._forget_old()
        return entry

    async def _forget_old(self) -> None:
        self._cleared_at = now = self._clock.now()
        oldest = now - KEPT
        try:
            await self._run(lambda: self._clear(oldest))
        except PlatformError as error:  # tomorrow, then: what is to be posted need not wait for it
            _log.warning("old receipts not cleared", error=for_log(error))
        self._know([each for each in self._entries.values() if each.at >= oldest])

    def _know(self, entries: Iterable[Entry]) -> None:
        """Know these and no others."""
        self._entries, self._fills, self._messages = {}, {}, {}
        for entry in entries:
            self._note(entry)

    def _note(self, entry: Entry) -> None:
        earlier = self._entries.get(entry.key)
        if earlier is not None and earlier.handle and not entry.handle:
            self._fills.pop(earlier.handle, None)
        self._entries[entry.key] = entry
        if entry.handle:
            self._fills[entry.handle] = entry.key
        if entry.message is not None:
            self._messages[entry.message] = entry

    async def _run(self, work: Any) -> Any:
        try:
            running = asyncio.get_running_loop().run_in_executor(self._thread, work)
        except RuntimeError as error:  # a post that was on its way at the end
            raise DisconnectedError(f"{self._path.name!r} is closed") from error
        try:
            return await running
        except OSError as error:
            full = StorageFullError.phrase if error.errno == errno.ENOSPC else None
            raise PlatformError(f"{self._path.name!r}: {error.strerror}", phrase=full) from error

    def _clear(self, oldest: datetime) -> list[Entry]:
        """Leave one line an entry in the file, and none of an old one.

        It reads the file itself, on the thread that writes it, so that nothing is lost which was
        appended in between.
        """
        self._path.parent.mkdir(parents=True, exist_ok=True)
        whole = self._path.read_bytes() if self._path.exists() else b""
        last = {entry.key: entry for entry in _parsed(whole.split(b"\n"))}
        kept = [entry for entry in last.values() if entry.at >= oldest]
        self._rewrite(kept)
        return kept

    def _append(self, entry: Entry) -> None:
        with self._path.open("ab") as file:
            file.write(b"\n" + _line(entry))  # a full disk may have torn the one before
            file.flush()
            os.fsync(file.fileno())

    def _rewrite(self, entries: Iterable[Entry]) -> None:
        beside = self._path.with_suffix(".new")
        with beside.open("wb") as file:
            file.writelines(map(_line, entries))
            file.flush()
            os.fsync(file.fileno())
        beside.replace(self._path)


def _line(entry: Entry) -> bytes:
    record = {**asdict(entry), "at": entry.at.isoformat()}
    return json.dumps(record).encode() + b"\n"


def _entry(record: Mapping[str, Any]) -> Entry:
    entry = Entry(**{**record, "at": utc(datetime.fromisoformat(record["at"]))})
    texts = (entry.key, entry.room, entry.handle, entry.message or "")
    if not all(isinstance(text, str) for text in texts) or not isinstance(entry.options, dict):
        raise TypeError("not of its kind")
    return entry


def _parsed(lines: Iterable[bytes]) -> Iterator[Entry]:
    for line in lines:
        try:
            record = json.loads(line) if line.strip() else None
            if record is not None:
                yield _entry(record)
        except (ValueError, TypeError, KeyError, OverflowError, RecursionError):
            _log.warning("receipt unreadable")
