"""One run of the terminal: what was kept is read, the person is greeted, line follows on line."""

import asyncio
import sys
from collections.abc import AsyncIterator, Coroutine, Iterator
from typing import TextIO, cast

from prompt_toolkit.patch_stdout import StdoutProxy

from learncomm_agent.chat.events import Event, MemberChanged, RoomChanged
from learncomm_agent.chat.people import Account
from learncomm_agent.chat.platform import Sink
from learncomm_agent.commands.surroundings import Surroundings
from learncomm_agent.errors import LearncommError
from learncomm_terminal import own, rooms
from learncomm_terminal.answers import Answers
from learncomm_terminal.completing import Names
from learncomm_terminal.desk import Desk, Means
from learncomm_terminal.keyboard import Keyboard, script
from learncomm_terminal.lines import OWN
from learncomm_terminal.posts import Posts
from learncomm_terminal.screen import Screen
from learncomm_terminal.store import Store

_MEMBERS = ("Ada", "Ben", "Chloé")
"""Who is there at first; the first of them leads."""
_ROOMS = ("lobby", "book-club")
_REMEMBERED = 200


class Session:
    """Puts the parts together, and runs."""

    def __init__(
        self,
        surroundings: Surroundings,
        sink: Sink,
        lines: AsyncIterator[str] | None,
        out: TextIO | None,
    ) -> None:
        """Put the parts together; nothing is read or printed yet."""
        is_live = lines is None and out is None and _is_terminal(sys.stdin, sys.stdout)
        self._surroundings = surroundings
        self._sink = sink
        self._lines = lines
        self._proxy = StdoutProxy(raw=True, sleep_between_writes=0.02) if is_live else None
        self._keyboard: Keyboard | None = None
        self._reading: asyncio.Task[None] | None = None
        self.left = asyncio.Event()
        self.store = Store(surroundings.folder)
        self.answers = Answers(surroundings.clock)
        self.screen = Screen(
            self.store.transcript,
            surroundings.phrases,
            surroundings.language,
            surroundings.clock,
            cast(TextIO, self._proxy) if self._proxy is not None else out,
        )
        means = Means(
            self.store,
            self.screen,
            self.answers,
            surroundings.clock,
            surroundings.catalogue,
            self._deliver,
            waits=not is_live,
        )
        self.desk = Desk(means, own.do)
        self.posts = Posts(self.desk, surroundings.folder / "files")
        if is_live:
            self._keyboard = Keyboard(self._prompt, self._toolbar, self._names())

    async def start(self) -> None:
        """Read what was kept, and begin to take lines.

        Raises:
            StorageError: It can't be read, or a new community not be written.
        """
        await self.store.load()
        is_new = not self.store.transcript.members
        if is_new:
            for event in _beginnings():
                await self.store.happen(event)
        self._sit_down()
        self._reading = asyncio.create_task(self._read(is_new), name="terminal")

    async def stop(self) -> None:
        """End; what was printed is on the screen."""
        if self._reading is not None:
            self._reading.cancel()
            await asyncio.gather(self._reading, return_exceptions=True)
        self.store.close()
        if self._proxy is not None:
            await asyncio.to_thread(self._proxy.close)
        self.left.set()

    async def finished(self) -> None:
        """Come back when the person has left, or raise what has ended the session."""
        await self._surroundings.clock.idle(self.left.wait(), "people in the terminal")
        if self._reading is not None and self._reading.done() and not self._reading.cancelled():
            self._reading.result()

    def refresh(self) -> None:
        """Show what has changed below the typed line."""
        if self._keyboard is not None:
            self._keyboard.refresh()

    def _sit_down(self) -> None:
        """Take the first seat: posts may come before anything was shown."""
        transcript = self.store.transcript
        self.desk.speaker_id = next(iter(transcript.members))
        self.desk.room = transcript.rooms_of(self.desk.speaker_id)[0].room

    async def _read(self, is_new: bool) -> None:
        try:
            self._greet(is_new)
            await self.desk.look()
            await self._safely(self._deliver_rest())
            async for line in self._typed():
                if not await self._safely(self.desk.take(line)):
                    break
            self.screen.tell("terminal.bye")
        finally:
            self.left.set()

    async def _safely(self, work: Coroutine[None, None, bool]) -> bool:
        """Do something; where it can't be done, say why and go on."""
        try:
            return await work
        except LearncommError as error:
            self.screen.tell(error.advice.phrase, **error.advice.values)
            return True

    def _greet(self, is_new: bool) -> None:
        values = {
            "community": self._surroundings.community,
            "speaker": self.desk.speaker.name,
            "room": rooms.label(self.desk.room),
        }
        self.screen.tell("terminal.welcome" if is_new else "terminal.back", **values)
        if is_new:
            self.screen.tell("terminal.own", names=[f"/{name}" for name in OWN])
        if self.store.unreadable:
            self.screen.tell("terminal.mended", count=self.store.unreadable)

    def _typed(self) -> AsyncIterator[str]:
        if self._lines is not None:
            return self._lines
        if self._keyboard is None:
            return script()
        return self._keyboard.lines(self._past())

    def _past(self) -> Iterator[str]:
        """Yield what was said last, for the arrow keys."""
        said = sorted(
            (
                entry
                for room in self.store.transcript.places.values()
                for entry in self.store.transcript.said(room.room.ref)
            ),
            key=lambda entry: entry.number,
        )
        yield from (entry.text for entry in said[-_REMEMBERED:])

    async def _deliver(self) -> None:
        """Tell the agent what waits, oldest first."""
        while self.store.waiting:
            await self._sink(self.store.waiting[0])
            await self.store.taken()

    async def _deliver_rest(self) -> bool:
        await self._deliver()
        return True

    def _names(self) -> Names:
        transcript = self.store.transcript
        return Names(
            self._surroundings.catalogue,
            self.screen.phrase,
            lambda: [member.name for member in list(transcript.members.values())],
            lambda: [place.room.name for place in transcript.rooms_of(self.desk.speaker_id)],
        )

    def _prompt(self) -> str:
        return f"{self.desk.speaker.name} {rooms.label(self.desk.room)} › "

    def _toolbar(self) -> str:
        key = "terminal.reading" if self.answers.is_reading else "terminal.toolbar"
        return self.screen.phrase(key)


def _is_terminal(*streams: TextIO | None) -> bool:
    return all(stream is not None and stream.isatty() for stream in streams)


def _beginnings() -> Iterator[Event]:
    """Yield how a new community begins."""
    for name in _MEMBERS:
        account = Account(rooms.account_ref(name), name, is_leader=name == _MEMBERS[0])
        yield MemberChanged(None, account)
    for name in _ROOMS:
        yield RoomChanged(rooms.open_room(name))
