"""The community on disk and in memory: what happens is first written, then true, then told.

`waiting.jsonl` holds what the agent has not taken yet, `history.jsonl` what stands in the rooms. An
event goes to both before it is told, so a kill at any moment loses nothing that could be seen; what
waits is told again at the next start, and a repeat is harmless since it bears the same id.
"""

import asyncio
from collections import deque
from pathlib import Path
from typing import get_args

from learncomm_agent.chat.events import Event
from learncomm_agent.errors import StorageError
from learncomm_terminal.changes import changes
from learncomm_terminal.history import History
from learncomm_terminal.records import Records
from learncomm_terminal.transcript import Entry, Record, Transcript


class Store:
    """Keeps the transcript and the events that wait."""

    def __init__(self, folder: Path) -> None:
        """Use a folder; nothing is read or made yet."""
        self._folder = folder
        self.transcript = Transcript()
        self.waiting: deque[Event] = deque()
        self.turn = asyncio.Lock()
        """Held by whoever takes a number, until what bears it is kept and shown."""
        records, events = Records(get_args(Record)), Records(get_args(Event))
        self._history = History[Record](folder / "history.jsonl", records.dump, records.parse)
        self._waiting = History[Event](folder / "waiting.jsonl", events.dump, events.parse)

    @property
    def unreadable(self) -> int:
        """How many lines could not be read."""
        return self._history.unreadable + self._waiting.unreadable

    async def load(self) -> None:
        """Make the folder, read what was kept, and finish what a kill has cut off.

        Raises:
            StorageError: It can't be read.
        """
        try:
            await asyncio.to_thread(self._folder.mkdir, parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"no folder {str(self._folder)!r}: {error.strerror}") from error
        for record in await self._history.load():
            self.transcript.put(record)
        for event in await self._waiting.load():
            self.waiting.append(event)
            await self.keep(*changes(event, self.transcript))

    async def happen(self, event: Event) -> None:
        """Keep an event until it is taken, and what it changes for good.

        Raises:
            StorageError: It was not kept.
        """
        await self._waiting.append([event])
        self.waiting.append(event)
        try:
            await self.keep(*changes(event, self.transcript))
        except StorageError:
            # Its number will be taken anew, so it must not be told under that number later.
            self.waiting.pop()
            await self._waiting.rewrite(self.waiting)
            raise

    async def taken(self) -> None:
        """Forget the first of the events that wait."""
        self.waiting.popleft()
        await self._waiting.rewrite(self.waiting)

    async def keep(self, *records: Record) -> None:
        """Write changes; what they take the place of leaves the disk at once.

        Raises:
            StorageError: They were not kept.
        """
        last = self.transcript.next_number
        if any(isinstance(record, Entry) and record.number < last for record in records):
            for record in records:
                self.transcript.put(record)
            await self._history.rewrite(self.transcript.records())
        elif records:
            await self._history.append(records)
            for record in records:
                self.transcript.put(record)

    def close(self) -> None:
        """Let go of the files."""
        self._history.close()
        self._waiting.close()
